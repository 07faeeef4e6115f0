"""Commands that are experiments now: for one version their old names hand over to them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

from solfa.cli.app import app
from solfa.cli.console import log
from solfa.errors import SolfaError


def hand_over(command: str, experiment: str, arguments: Sequence[str]) -> None:
    """Runs ``python -m experiments.EXPERIMENT`` in place of ``command``, its old name.

    Raises `SolfaError` where solfa was installed without its experiments.
    """
    new = f"python -m experiments.{experiment}"
    try:
        main = import_module(f"experiments.{experiment}.__main__").main
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("experiments"):
            raise
        raise SolfaError(
            f"{command} is {new} now, which no installation has; run it in a checkout of solfa"
        ) from None
    log.info(f"{command} is {new} now")
    main(arguments)


def alias(group: typer.Typer, name: str, path: str, experiment: str) -> None:
    """Adds a command ``name``, not shown in help, that hands its arguments over."""

    @group.command(
        name,
        hidden=True,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def command(context: typer.Context) -> None:
        hand_over(path, experiment, context.args)


alias(app, "control", "solfa control", "control")
