"""`solfa train`: from tunes to a model that composes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app
from solfa.cli.options import Corpora, option
from solfa.errors import SolfaError

FEW_TUNES = 500


@app.command()
def train(
    model: Annotated[
        str,
        typer.Argument(
            help="melody_lstm, gru_attention, vae, lstm_attention or stacked_bilstm;"
            " ngram counts by itself when used."
        ),
    ],
    recipe: Annotated[
        str,
        option("default; report: the report's own settings; or a recipe.json that a sweep wrote."),
    ] = "default",
    corpus: Corpora = None,
    valid: Annotated[
        str | None,
        option("Whose validation songs choose the epoch: german, or the first corpus given."),
    ] = None,
    split: Annotated[
        str, option("family keeps variants of a tune apart; random shows what leakage flatters.")
    ] = "family",
    keys: Annotated[
        str | None,
        option("Of each song: 24 (both modes), 12, 1 (as written), or tonic (heard from it)."),
    ] = None,
    set: Annotated[
        list[str] | None, option("Any size of the network: beta=0.2, loss=squared_error, ...")
    ] = None,
    out: Annotated[Path | None, option("Folder of the run; runs/MODEL if left out.")] = None,
    resume: Annotated[bool, option("Go on with the run in the folder.")] = False,
    budget: Annotated[
        str | None, option("Scale the whole recipe to '20m', '2h' or '5000' (steps).")
    ] = None,
    epochs: Annotated[int | None, option("At most so many; the recipe's if left out.")] = None,
    seed: Annotated[int, option("Of the first weights, the order of tunes, dropout.")] = 1,
) -> None:
    """Train a model on tunes (all repertoires if no corpus is named); export it for composing.

    Ctrl-C is safe: --resume goes on, on the same tunes and by the run's own recipe. The report's
    models learn from the german corpus if none is named.
    """
    import platform
    from importlib.metadata import version

    from solfa import corpora

    try:
        from solfa.training.export import export
        from solfa.training.loop import train as run
        from solfa.training.recipe import Feed, recipe_of
    except ModuleNotFoundError as error:
        remedy = "run: pip install 'solfa[train]'"
        raise SolfaError(f"training needs {error.name}, which is missing; {remedy}") from error

    chosen = replace(recipe_of(model, recipe), seed=seed).sized(set or [])
    if budget is not None:
        chosen = chosen.budgeted(budget)
    if epochs is not None:
        chosen = replace(chosen, epochs=epochs)
    if keys is not None:
        if not isinstance(chosen.feed, Feed):
            raise SolfaError(f"{model} hears every tune from its tonic; leave keys out")
        chosen = replace(chosen, feed=replace(chosen.feed, keys=keys))
    names = corpus or (list(corpora.REPERTOIRES) if model == "melody_lstm" else ["german"])
    durations = corpora.REPORT_DURATIONS if recipe == "report" else None
    tunes = corpora.load(*names, durations=durations).split("train", split).tunes
    judging = valid or ("german" if not corpus else names[0])
    held_out = corpora.load(judging).split("valid", split).tunes
    terms = {corpora.REPERTOIRES[n].terms if n in corpora.REPERTOIRES else n for n in names}
    data = {"train": names, "split": split, "songs": len(tunes), "terms": sorted(terms)}
    typer.echo(f"{len(tunes):,} tunes to train on, {len(held_out):,} to validate")
    if len(tunes) < FEW_TUNES:
        typer.echo(f"fewer than {FEW_TUNES} tunes teach little; the bundled model may do better")
    folder = out or Path("runs") / model
    try:
        result = run(model, tunes, held_out, folder, chosen, data=data, resume=resume)
    except KeyboardInterrupt:
        begun = (folder / "last.safetensors").exists()
        remedy = (
            f"--resume goes on from the last epoch in {folder}" if begun else "nothing to resume"
        )
        typer.echo(f"interrupted; {remedy}", err=True)
        raise
    machine = f"{platform.machine()}, {os.cpu_count()} cores, torch {version('torch')}"
    export(
        result.checkpoint,
        folder / "exported",
        {"machine": machine, "recipe_name": Path(recipe).stem},
    )
    typer.echo(
        f"best: epoch {result.epoch}, {result.bits_per_note:.3f} bits a note on validation;"
        f" compose with --model {folder / 'exported'}"
    )
