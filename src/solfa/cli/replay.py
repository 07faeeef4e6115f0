"""`solfa replay`: the tune of a file again, or why not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app
from solfa.cli.options import Engraver, Formats, Out, folder, option
from solfa.cli.show import show, suffixes_of


@app.command()
def replay(
    file: Annotated[
        Path, typer.Argument(help="A tune that solfa wrote: mid, musicxml, abc or krn.")
    ],
    tune: Annotated[int, option("Which tune of a file with several, counted from 1.")] = 1,
    model: Annotated[
        str | None, option("Folder of the model that made it; the bundled one if left out.")
    ] = None,
    out: Out = Path("tunes"),
    format: Formats = None,
    engraver: Engraver = "verovio",
) -> None:
    """Compose the tune of a file again, as its own request, model and seed say."""
    suffixes_of(format, engraver)
    folder(out)
    import solfa
    from solfa.errors import SolfaError

    again = solfa.replay(file, model, tune=tune)
    show([again], out, format, engraver)
    same = again.checks[-1]
    if not same.kept:
        raise SolfaError(f"not {same.guarantee}")
