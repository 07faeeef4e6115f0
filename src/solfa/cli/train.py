"""`solfa train`: from tunes to a model that composes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import log, watched
from solfa.cli.options import Corpora, HowTunesAreRead, option
from solfa.cli.spread import spread
from solfa.models import registry


@app.command(
    epilog=examples(
        "solfa train melody_lstm --from bundled --corpus my-tunes/ --out runs/mine",
        "solfa train melody_lstm --out runs/mine --resume",
        "solfa train melody_lstm --seed 1 --out runs/seed1",
        "solfa train gru_attention --recipe report --corpus german --budget 2h",
    )
)
@spread
def train(
    model: Annotated[
        str,
        typer.Argument(help=f"{', '.join(registry.trained())}; ngram counts by itself when used."),
    ],
    *,
    recipe: Annotated[
        str | None,
        option("default; report: the report's own settings; or a recipe.json that a sweep wrote."),
    ] = None,
    from_: Annotated[
        str | None,
        option("Fine-tune: bundled, or the folder of an exported model or of a run.", "--from"),
    ] = None,
    corpus: Corpora = None,
    valid: Annotated[
        str | None,
        option("Whose validation songs choose the epoch: german, or the first corpus given."),
    ] = None,
    split: Annotated[
        str | None,
        option(
            "family, if left out, keeps variants of a tune apart; random shows what leakage"
            " flatters."
        ),
    ] = None,
    keys: Annotated[
        str | None,
        option("Of each song: 24 (both modes), 12, 1 (as written), or tonic (heard from it)."),
    ] = None,
    set: Annotated[
        list[str] | None, option("Any size of the network: beta=0.2, loss=squared_error, ...")
    ] = None,
    out: Annotated[
        Path | None, option("Folder of the run; runs/MODEL, or runs/MODEL-CORPUS with --from.")
    ] = None,
    resume: Annotated[
        bool, option("Go on with the run in the folder; it says itself how it was begun.")
    ] = False,
    budget: Annotated[
        str | None, option("Scale the whole recipe to '20m', '2h' or '5000' (steps).")
    ] = None,
    epochs: Annotated[int | None, option("At most so many; the recipe's if left out.")] = None,
    seed: Annotated[
        int | None, option("Of the first weights, the order of tunes, dropout; 1 if left out.")
    ] = None,
    read: HowTunesAreRead,
) -> None:
    """Train a model on tunes (all repertoires if no corpus is named); export it for composing.

    Ctrl-C is safe at any moment: --resume goes on as if never interrupted, on the same tunes and
    by the run's own recipe. The report's models learn from the german corpus if none is named.
    With --from a trained model goes on learning: an epoch is kept only where held-out tunes of the
    corpus find it better, and others say what it brought.
    """
    from solfa.training import extra

    with extra("training"):
        from solfa.training.recipe import read_sizes
    from solfa.training.train import train as run

    try:
        done = run(
            model,
            corpora=corpus,
            start=from_,
            recipe=recipe,
            valid=valid,
            split=split,
            keys=keys,
            sizes=read_sizes(set or []),
            budget=budget,
            epochs=epochs,
            seed=seed,
            out=out,
            reading=read.options(),
            resume=resume,
            progress=watched(),
            tell=log.info,
        )
    except KeyboardInterrupt as stopped:
        typer.echo(str(stopped) or "interrupted; what was saved before is kept", err=True)
        raise
    typer.echo(
        f"best: epoch {done.epoch}, {done.bits_per_note:.3f} bits a note on validation;"
        f" compose with --model {done.exported}"
    )
    if done.finetuned:
        typer.echo(str(done.finetuned))
