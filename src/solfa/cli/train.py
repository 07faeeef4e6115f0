"""`solfa train`: from tunes to a model that composes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from solfa.cli.app import app, examples
from solfa.cli.console import log, watched
from solfa.cli.options import Corpora, option
from solfa.errors import SolfaError
from solfa.melody import Melody

if TYPE_CHECKING:
    from solfa.training.finetuning import Parts, Start

FEW_TUNES = 500


@app.command(
    epilog=examples(
        "solfa train melody_lstm --from bundled --corpus my-tunes/",
        "solfa train gru_attention --recipe report --corpus german --budget 2h",
        "solfa train melody_lstm --out runs/mine --resume",
    )
)
def train(
    model: Annotated[
        str,
        typer.Argument(
            help="melody_lstm, melody_vae, gru_attention, vae, lstm_attention or stacked_bilstm;"
            " ngram counts by itself when used."
        ),
    ],
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
        str, option("family keeps variants of a tune apart; random shows what leakage flatters.")
    ] = "family",
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
    resume: Annotated[bool, option("Go on with the run in the folder.")] = False,
    budget: Annotated[
        str | None, option("Scale the whole recipe to '20m', '2h' or '5000' (steps).")
    ] = None,
    epochs: Annotated[int | None, option("At most so many; the recipe's if left out.")] = None,
    seed: Annotated[int, option("Of the first weights, the order of tunes, dropout.")] = 1,
) -> None:
    """Train a model on tunes (all repertoires if no corpus is named); export it for composing.

    Ctrl-C is safe: --resume goes on, on the same tunes and by the run's own recipe. The report's
    models learn from the german corpus if none is named. With --from a trained model goes on
    learning: an epoch is kept only where held-out tunes of the corpus find it better, and others
    say what it brought.
    """
    from solfa import corpora

    try:
        from solfa.training.export import export
        from solfa.training.finetuning import Parts, start_of
        from solfa.training.loop import fit as run
        from solfa.training.recipe import Feed, recipe_of
    except ModuleNotFoundError as error:
        remedy = "run: pip install 'solfa[train]'"
        raise SolfaError(f"training needs {error.name}, which is missing; {remedy}") from error

    recipe = recipe or ("finetune" if from_ else "default")
    chosen = replace(recipe_of(model, recipe), seed=seed).sized(set or [])
    if budget is not None:
        chosen = chosen.budgeted(budget)
    if epochs is not None:
        chosen = replace(chosen, epochs=epochs)
    if keys is not None:
        if not isinstance(chosen.feed, Feed):
            raise SolfaError(f"{model} hears every tune from its tonic; leave keys out")
        if from_:
            raise SolfaError("the given model has its keys; leave keys out")
        chosen = replace(chosen, feed=replace(chosen.feed, keys=keys))
    if from_ and not corpus:
        raise SolfaError("name the tunes to fine-tune on: --corpus, a folder or a repertoire")
    start = start_of(model, from_) if from_ else None
    ours = model in ("melody_lstm", "melody_vae")
    names = corpus or (list(corpora.REPERTOIRES) if ours else ["german"])
    durations = corpora.REPORT_DURATIONS if recipe == "report" else None
    given = corpora.load(*names, durations=durations)
    judging = corpora.load(valid or ("german" if not corpus else names[0]))
    tunes: Sequence[Melody] = given.split("train", split).tunes
    held_out: Sequence[Melody] = judging.split("valid", split).tunes
    if start:
        parts = Parts.of(start, tunes, held_out, judging.split("test", split).tunes)
        tunes, held_out = parts.train, parts.valid
    terms = {corpora.REPERTOIRES[n].terms if n in corpora.REPERTOIRES else n for n in names}
    data: dict[str, Any] = {
        "train": names,
        "split": split,
        "songs": len(tunes),
        "terms": sorted(terms),
    }
    log.info(f"{len(tunes):,} tunes to train on, {len(held_out):,} to validate")
    folder = out or Path("runs") / model
    if start:
        data["finetuned_from"] = start.model.hash
        folder = out or Path("runs") / f"{model}-{Path(names[0]).resolve().name}"
        log.info(_told(parts, len(given.refused)))
    elif len(tunes) < FEW_TUNES:
        log.info(f"fewer than {FEW_TUNES} tunes teach little; the bundled model may do better")
    try:
        result = run(
            model,
            tunes,
            held_out,
            folder,
            chosen,
            start=start,
            data=data,
            resume=resume,
            progress=watched(),
        )
    except KeyboardInterrupt:
        begun = (folder / "last.safetensors").exists()
        remedy = (
            f"--resume goes on from the last epoch in {folder}" if begun else "nothing to resume"
        )
        typer.echo(f"interrupted; {remedy}", err=True)
        raise
    export(result.checkpoint, folder / "exported", {"recipe_name": Path(recipe).stem})
    typer.echo(
        f"best: epoch {result.epoch}, {result.bits_per_note:.3f} bits a note on validation;"
        f" compose with --model {folder / 'exported'}"
    )
    if start:
        typer.echo(_judged(start, parts, folder / "exported"))


def _told(parts: Parts, unreadable: int) -> str:
    """What the tunes of fine-tuning are for, and why some are left out."""
    tests = f"{len(parts.test)} others say what it brings"
    said = f"{len(parts.valid)} choose the epoch, {tests if parts.apart else 'and judge it too'}"
    reasons = [f"{reason} ({count})" for reason, count in parts.refused.most_common(3)]
    rest = parts.refused.total() - sum(count for _, count in parts.refused.most_common(3))
    reasons += [f"other reasons ({rest})"] if rest else []
    reasons += [f"unreadable ({unreadable})"] if unreadable else []
    return f"{said}; refused: {', '.join(reasons)}" if reasons else said


def _judged(start: Start, parts: Parts, exported: Path) -> str:
    """Bits a note of the given model and of what became of it, put on the card too."""
    from solfa.evaluation.likelihood import bits
    from solfa.runtime import load_model
    from solfa.training.export import add_to_card

    models = {"before": start.model, "after": load_model(exported.resolve())}
    found = {
        name: bits(model, parts.test, phrases=False, style=False).total
        for name, model in models.items()
    }
    judges = "that neither taught nor chose" if parts.apart else "that chose the epoch"
    add_to_card(exported, finetuned={**found, "songs": len(parts.test), "held_out": judges})
    if models["after"].hash == start.model.hash:
        return f"no epoch was better: the given weights are kept, {found['before']:.3f} bits a note"
    return (
        f"bits a note: {found['before']:.3f} before, {found['after']:.3f} after,"
        f" on {len(parts.test)} held-out tunes {judges}"
    )
