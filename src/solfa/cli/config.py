"""`solfa config`: where the config file lies and what it says."""

from __future__ import annotations

import typer

from solfa.cli.app import app, examples


@app.command(epilog=examples("solfa config", "solfa --config my.toml config"))
def config(context: typer.Context) -> None:
    """Show where the config file lies and what it says.

    It is TOML, a table for each command and a line for each option, as typed but for the dashes:
    [compose], then style = "irish", then count-in = true. Of solfa.toml here and your own in the
    system's folder for configuration the first is read; --config or SOLFA_CONFIG names another.
    """
    path = context.find_root().obj
    content = path.read_text("utf-8").strip() if path.is_file() else ""
    typer.echo(f"{path}{'' if path.is_file() else ' (not there)'}")
    if content:
        typer.echo(content)
