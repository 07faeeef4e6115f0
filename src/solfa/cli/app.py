"""The application that commands join, and where errors cross to the person."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from solfa.errors import SolfaError


class _Group(TyperGroup):
    """Where errors cross to the person: one line, no traceback."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            code = super().main(*arguments, **{**options, "standalone_mode": False})
        except Exception as error:  # usage errors share no base that all versions of typer name
            if not hasattr(error, "format_message"):
                raise
            message = _in_words(error)
            typer.echo(message if "\n" in message else f"solfa: {message}", err=True)
            code = getattr(error, "exit_code", 2)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SolfaError as error:
            typer.echo(f"solfa: {error}", err=True)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


def _in_words(error: Any) -> str:
    """What is wrong with the usage; of a wrong number, with what was typed."""
    try:
        detail = error.__cause__.errors()[0]
        kind = {"int": "whole number", "float": "number"}[detail["type"].partition("_")[0]]
        return f"{error.param.opts[0]} {detail['input']!r} is not a {kind}"
    except (AttributeError, LookupError, TypeError):
        return str(error.format_message())


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Composes melodies with neural networks: in key, in metre, with phrases and an ending.",
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
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass
