"""The application that commands are added to; it prints errors as one line."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from solfa.cli.console import set_verbosity
from solfa.errors import PluginWarning, SolfaError


class _Group(TyperGroup):
    """The group of all commands: prints an error as one line, without a traceback."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            with warnings.catch_warnings():
                _word_warnings()
                code = super().main(*arguments, **{**options, "standalone_mode": False})
        except Exception as error:  # usage errors share no base that all versions of typer name
            if not hasattr(error, "format_message"):
                raise
            message = _in_words(error)
            typer.echo(message if "\n" in message else f"solfa: {message}", err=True)
            code = getattr(error, "exit_code", 2)
        sys.exit(code if isinstance(code, int) else 0)

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _in_a_line():  # --help and --version print here
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _in_a_line():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


@contextmanager
def _in_a_line() -> Iterator[None]:
    """Prints what a person can mend as one line; an interrupt needs none."""
    try:
        yield
    except SolfaError as error:
        typer.echo(f"solfa: {error}", err=True)
        raise typer.Exit(1) from error
    except OSError as error:  # of a stream: `solfa.files` words what befalls files
        _leave_standard_output()
        place = error.filename or "standard output"
        typer.echo(f"solfa: cannot write to {place}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _leave_standard_output() -> None:
    """Drops what cannot be printed, or Python would try once more when it ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:  # a stream that is no file of the system's
        return


def _word_warnings() -> None:
    """Prints one line on a package that is passed over, and nothing while the shell completes."""
    others = warnings.showwarning

    def show(message: Any, category: type[Warning], *place: Any, **how: Any) -> None:
        if issubclass(category, PluginWarning):
            typer.echo(f"solfa: {message}", err=True)
        else:
            others(message, category, *place, **how)

    warnings.showwarning = show
    if "_SOLFA_COMPLETE" in os.environ:
        warnings.simplefilter("ignore", PluginWarning)


def _in_words(error: Any) -> str:
    """What is wrong with the usage; of a wrong number, with what was typed."""
    try:
        detail = error.__cause__.errors()[0]
        kind = {"int": "whole number", "float": "number"}[detail["type"].partition("_")[0]]
        words = f"{error.param.opts[0]} {detail['input']!r} is not a {kind}"
    except (AttributeError, LookupError, TypeError):
        words = str(error.format_message())
    return words + _place(error)


def _place(error: Any) -> str:
    """Where a wrong value stands, if not on the command line."""
    try:
        source = error.ctx.get_parameter_source(error.param.name).name
    except AttributeError:
        return ""
    if source == "DEFAULT_MAP":
        return f" (in {error.ctx.find_root().obj})"
    variable = f"{error.ctx.auto_envvar_prefix}_{error.param.name}".upper()
    return f" (in the environment, {variable})" if source == "ENVIRONMENT" else ""


def examples(*commands: str) -> str:
    """The end of a command's help: lines to paste, each a paragraph as typer wants it."""
    return "\n\n".join(["Examples:", *commands])


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"auto_envvar_prefix": "SOLFA"},
    help="Composes melodies with neural networks: in key, in metre, with phrases and an ending.",
    epilog="\n\n".join(
        [
            "Defaults: an option given here, else SOLFA_COMPOSE_KEY and its like in the"
            " environment, else the config file (solfa config).",
            "Exit codes: 0 done, 1 refused, in one line, 2 wrong usage, 130 interrupted.",
            examples(
                "solfa compose --style irish --key D --meter 6/8",
                "solfa convert tunes/ out/ --to pdf --for clarinet",
                "solfa show tune.abc",
            ),
        ]
    ),
)


def main() -> None:
    """The console script."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        import solfa

        typer.echo(f"solfa {solfa.__version__}")
        raise typer.Exit


@app.callback()
def _solfa(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            allow_from_autoenv=False,
            help="Print the version.",
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results alone: of new tunes, their files.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what is read, by whom, and how long.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="Defaults of options; solfa.toml here, or your own.")
    ] = None,
) -> None:
    if quiet and verbose:
        raise typer.BadParameter("--quiet and --verbose contradict; leave one out")
    set_verbosity(quiet, verbose)
    from solfa.cli.config_file import defaults, place

    context.obj = place(config)
    context.default_map = defaults(context.obj, context.command)
