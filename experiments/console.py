"""What the commands of experiments share: their parser, and how errors cross to the person."""

from __future__ import annotations

import shlex
import sys
from argparse import Action, ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path

from solfa.cli.console import log, set_verbosity
from solfa.cli.options import folder
from solfa.errors import SolfaError
from solfa.files import write_atomically

progress = log.info
"""Says on standard error how work goes on."""


class _Help(ArgumentDefaultsHelpFormatter):
    """Shows defaults, where there are any."""

    def _get_help_string(self, action: Action) -> str | None:
        return action.help if action.default is None else super()._get_help_string(action)


def parser(experiment: str, about: str) -> ArgumentParser:
    """The parser of ``python -m experiments.EXPERIMENT``."""
    return ArgumentParser(
        prog=f"python -m experiments.{experiment}",
        description=about,
        formatter_class=_Help,
        allow_abbrev=False,
    )


def command(experiment: str, arguments: Sequence[str]) -> str:
    """The command as a page names it."""
    return shlex.join(["python", "-m", f"experiments.{experiment}", *arguments])


def usable(page: Path) -> None:
    """Makes the folder of a page before any work; `SolfaError` where none can be written."""
    folder(page.parent)


def write(page: Path, text: str) -> None:
    """Writes the page and prints where it stands."""
    print(write_atomically(page, text.encode()))


def run(main: Callable[[Sequence[str]], None]) -> None:
    """Runs a command on the arguments of this process: an error is one line, exit code 1."""
    set_verbosity(quiet=False, verbose=False)
    try:
        main(sys.argv[1:])
    except SolfaError as error:
        print(f"solfa: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
