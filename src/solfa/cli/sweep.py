"""`solfa sweep`: a search for better hyper-parameters."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import log
from solfa.cli.options import Corpora, option
from solfa.models import registry

SHOWN = 7
"""Columns that a terminal has room for: of the values, the three that mattered most."""


@app.command(
    epilog=examples(
        "solfa sweep vae --trials 20 --budget 20m",
        "solfa sweep melody_lstm --budget 500 --corpus irish",
    )
)
def sweep(
    model: Annotated[str, typer.Argument(help=f"{', '.join(registry.trained())}.")],
    trials: Annotated[int, option("Until so many are done, those done before included.")] = 20,
    budget: Annotated[str, option("Of each trial: '500' (steps), '20m' or '2h'.")] = "500",
    corpus: Corpora = None,
    out: Annotated[Path | None, option("Folder; runs/sweep-MODEL if left out.")] = None,
    seed: Annotated[int, option("Of the values that are tried, and of every training.")] = 1,
) -> None:
    """Search hyper-parameters on validation bits per note (german if no corpus is named).

    Ctrl-C is safe: the same command goes on, and only the trial under way begins anew.
    """
    from rich import box
    from rich import print as show
    from rich.table import Table

    from solfa import corpora
    from solfa.training import extra

    with extra("a sweep"):
        from solfa.training import findings
        from solfa.training.recipe import recipe_of
        from solfa.training.sweep import sweep as search

    recipe_of(model).budgeted(budget)  # refused before the tunes are read
    names = corpus or ["german"]
    tunes = corpora.load(*names).split("train").tunes
    valid = corpora.load(names[0]).split("valid").tunes
    log.info(f"{len(tunes):,} tunes to train on, {len(valid):,} to validate")
    folder = out or Path("runs") / f"sweep-{model}"
    data = {"train": names, "split": "family", "songs": len(tunes)}
    try:
        study = search(
            model,
            tunes,
            valid,
            folder,
            trials=trials,
            budget=budget,
            seed=seed,
            data=data,
            tell=log.info,
        )
    except KeyboardInterrupt:
        typer.echo(f"interrupted; the same command goes on with {folder}", err=True)
        raise
    header, rows = findings.rows(study)
    table = Table(*header[:SHOWN], box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*row[:SHOWN])
    show(table)
    typer.echo(f"every value: {folder / 'table.md'}; what mattered: {folder / 'importance.png'}")
    if findings.best(study):
        named = [word for name in names for word in ("--corpus", name)]
        recipe = str(folder / "recipe.json")
        typer.echo(f"best: {shlex.join(['solfa', 'train', model, *named, '--recipe', recipe])}")
