"""`solfa join`: an ensemble of networks that were trained separately."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app, examples
from solfa.cli.options import option


@app.command(
    epilog=examples(
        "solfa join runs/seed1 runs/seed2 runs/seed3",
        "solfa join runs/seed1 runs/seed2 --out runs/two",
    )
)
def join(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs of melody_lstm.")],
    out: Annotated[Path, option("Folder of the ensemble.")] = Path("runs/joined"),
) -> None:
    """Join runs that differ in their --seed into one model; it is better than any of them.

    The model says the mean of what its members say. Members can be trained at the same time, on as
    many cores or machines.
    """
    from solfa.training import extra

    with extra("joining"):
        from solfa.training.export import export
        from solfa.training.joining import join as joined

    export(joined(runs, out), out / "exported")
    typer.echo(f"joined {len(runs)} runs; compose with --model {out / 'exported'}")
