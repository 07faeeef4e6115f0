"""`solfa replay`: the tune of a file again, or why not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app, examples
from solfa.cli.options import Files, HowSet, option
from solfa.cli.output import prepare, written_tunes
from solfa.cli.spread import spread


@app.command(
    epilog=examples(
        "solfa replay tunes/german-g-major-3-4-16-bars-melody-lstm-seed7-1.mid",
        "solfa replay tune.abc --out again/ --format pdf --chords",
    )
)
@spread
def replay(
    file: Annotated[
        Path, typer.Argument(help="A tune that solfa wrote: mid, musicxml, abc or krn.")
    ],
    *,
    tune: Annotated[int, option("Which tune of a file with several, counted from 1.")] = 1,
    model: Annotated[
        str | None,
        option("Folder of the model that made it; the bundled one if left out.", of="model"),
    ] = None,
    set: HowSet,
    files: Files,
) -> None:
    """Compose the tune of a file again, as its own request, model and seed say."""
    prepare(files, set)
    import solfa
    from solfa.errors import SolfaError

    again = solfa.replay(file, model, tune=tune)
    with written_tunes(files, set) as write:
        write(again)
    same = again.checks[-1]
    if not same.kept:
        raise SolfaError(f"not {same.guarantee}")
