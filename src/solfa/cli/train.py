"""`solfa train`: from tunes to a model that composes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app
from solfa.cli.options import Corpora, option
from solfa.errors import SolfaError

FEW_TUNES = 500


@app.command()
def train(
    model: Annotated[str, typer.Argument(help="melody_lstm; ngram counts by itself when used.")],
    corpus: Corpora = None,
    valid: Annotated[
        str | None,
        option("Whose validation songs choose the epoch: german, or the first corpus given."),
    ] = None,
    out: Annotated[Path | None, option("Folder of the run; runs/MODEL if left out.")] = None,
    resume: Annotated[bool, option("Go on with the run in the folder.")] = False,
    epochs: Annotated[int, option("At most so many.")] = 16,
    minutes: Annotated[float | None, option("At most about so long.")] = None,
    seed: Annotated[int, option("Of the first weights, the order of tunes, dropout.")] = 1,
) -> None:
    """Train a model on tunes (all repertoires if no corpus is named); export it for composing.

    Ctrl-C is safe: --resume goes on, on the same tunes and by the run's own recipe.
    """
    if model != "melody_lstm":
        raise SolfaError(
            f"{model!r} cannot be trained; melody_lstm can, ngram is counted when first used"
        )
    import platform
    from importlib.metadata import version

    from solfa import corpora

    try:
        from solfa.training.export import export
        from solfa.training.loop import Recipe
        from solfa.training.loop import train as run
    except ModuleNotFoundError as error:
        remedy = "run: pip install 'solfa[train]'"
        raise SolfaError(f"training needs {error.name}, which is missing; {remedy}") from error

    recipe = Recipe(epochs=epochs, minutes=minutes, seed=seed)
    names = corpus or list(corpora.REPERTOIRES)
    tunes = corpora.load(*names).split("train").tunes
    held_out = corpora.load(valid or ("german" if not corpus else names[0])).split("valid").tunes
    terms = {corpora.REPERTOIRES[n].terms if n in corpora.REPERTOIRES else n for n in names}
    data = {"train": names, "songs": len(tunes), "terms": sorted(terms)}
    typer.echo(f"{len(tunes):,} tunes to train on, {len(held_out):,} to validate")
    if len(tunes) < FEW_TUNES:
        typer.echo(f"fewer than {FEW_TUNES} tunes teach little; the bundled model may do better")
    folder = out or Path("runs") / model
    try:
        result = run(tunes, held_out, folder, recipe, data=data, resume=resume)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; --resume goes on from the last epoch in {folder}", err=True)
        raise
    card = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, torch {version('torch')}"}
    export(result.checkpoint, folder / "exported", card)
    typer.echo(
        f"best: epoch {result.epoch}, {result.bits_per_note:.3f} bits a note on validation;"
        f" compose with --model {folder / 'exported'}"
    )
