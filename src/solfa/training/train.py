"""`train`: from tunes to a model that composes, in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solfa import corpora as corpora_
from solfa.choices import check_flag
from solfa.files import Place, as_place, as_places
from solfa.formats.read_options import ReadOptions
from solfa.melody import Melody
from solfa.models.registry import trained_row
from solfa.training import extra

if TYPE_CHECKING:
    from solfa.training.finetuning import Parts, Start
    from solfa.training.plan import Asked, Plan

FEW_TUNES = 500
"""Tunes below which a model that begins from nothing learns little."""


@dataclass(frozen=True)
class Finetuned:
    """Bits per note before and after fine-tuning, on ``songs`` tunes that are ``held_out`` so."""

    before: float
    after: float
    songs: int
    held_out: str
    kept: bool
    """Whether no epoch was better and the given weights are kept."""

    def __str__(self) -> str:
        if self.kept:
            return f"no epoch was better: the given weights are kept, {self.before:.3f} bits a note"
        return (
            f"bits a note: {self.before:.3f} before, {self.after:.3f} after,"
            f" on {self.songs} held-out tunes {self.held_out}"
        )


@dataclass(frozen=True)
class Trained:
    """A finished run: its ``folder``, and the folder of the ``exported`` model for composing.

    ``epoch`` was the best, with so many ``bits_per_note`` on the validation songs.
    """

    folder: Path
    exported: Path
    epoch: int
    bits_per_note: float
    finetuned: Finetuned | None = None


def train(
    model: str,
    *,
    corpora: Place | Sequence[Place] | None = None,
    start: Place | None = None,
    recipe: str | None = None,
    valid: Place | None = None,
    split: str | None = None,
    keys: str | None = None,
    sizes: Mapping[str, Any] | None = None,
    budget: str | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    out: Place | None = None,
    reading: ReadOptions | None = None,
    resume: bool = False,
    progress: bool = False,
    tell: Callable[[str], None] = print,
    watch: Callable[[dict[str, Any]], None] | None = None,
) -> Trained:
    """Trains ``model`` on tunes and exports it for composing.

        import solfa
        done = solfa.train("melody_lstm", start="bundled", corpora="my-tunes/", epochs=3)
        solfa.compose(model=done.exported, bars=16)

    ``corpora`` are repertoires (`solfa.corpora.REPERTOIRES`) or folders of tunes; if none is named,
    melody_lstm and melody_vae learn from all repertoires, the others from german.
    ``start``: fine-tune from ``"bundled"``, or from the folder of an exported model or of a run.
    ``recipe``: ``default``, ``finetune`` (the default with a start), ``report``, or a
    ``recipe.json``. ``valid``: the corpus whose validation songs choose the epoch, the first if
    left out. ``split``: ``family``, or ``random``. ``keys``: 24, 12, 1 or tonic, of models that
    read windows. ``sizes`` of the network by name; ``budget`` as ``"20m"``, ``"2h"`` or ``"5000"``
    steps; ``seed`` 1 if left out. ``reading``: how the files of folders are read; the run
    remembers it. ``out`` is the folder of the run, ``runs/MODEL`` if left out,
    ``runs/MODEL-CORPUS`` with a start.

    Ctrl-C and SIGTERM raise `KeyboardInterrupt` once a checkpoint is written; ``resume`` then goes
    on with the run in the folder, which records how it was begun: choices may be left out, and
    must not contradict it. ``tell`` is called with lines of progress; ``watch`` with the figures
    of each epoch, which are printed if it is left out; ``progress`` shows a bar.

    Raises `SolfaError` for choices that cannot be, tunes that are too few, and a missing package.
    """
    with extra("training"):
        from solfa.training.export import export
        from solfa.training.finetuning import Parts, start_of
        from solfa.training.loop import check_folder, fit
        from solfa.training.plan import Asked, Plan, run_folder

    model = trained_row(model).name
    check_flag("resume", resume)
    asked = Asked(
        (None if corpora is None else as_places("corpus", corpora)) or None,
        None if valid is None else as_place("valid", valid),
        split,
        recipe,
        None if start is None else as_place("start", start),
        keys,
        {} if sizes is None else sizes,
        budget,
        epochs,
        seed,
        reading,
    )
    folder = run_folder(model, asked, None if out is None else as_place("out", out))
    if resume:
        plan = Plan.of_run(folder, model, asked)
    else:
        plan = Plan.of(model, asked)
        check_folder(folder, resume=False)
    # as it was asked for, where it was: so do errors name it
    source = asked.start or plan.start
    given = start_of(model, source) if source else None

    taught, held_out, tested, unreadable = _tunes(plan, asked)
    parts = Parts.of(given, taught, held_out, tested) if given else None
    if parts:
        taught, held_out = parts.train, parts.valid
    tell(f"{len(taught):,} tunes to train on, {len(held_out):,} to validate")
    if parts:
        tell(_parts_line(parts, unreadable))
    elif len(taught) < FEW_TUNES:
        tell(f"fewer than {FEW_TUNES} tunes teach little; the bundled model may do better")
    result = fit(
        model,
        taught,
        held_out,
        folder,
        plan.recipe,
        start=given,
        data=_data(plan, len(taught), given),
        asked=plan.to_json(),
        resume=resume,
        progress=progress,
        watch=watch,
    )
    exported = folder / "exported"
    export(result.checkpoint, exported, {"recipe_name": Path(plan.recipe_name).stem})
    judged = _judged(given, parts, exported) if given and parts else None
    return Trained(folder, exported, result.epoch, result.bits_per_note, judged)


def _tunes(
    plan: Plan, asked: Asked
) -> tuple[Sequence[Melody], Sequence[Melody], Sequence[Melody], int]:
    """Tunes to train on, to validate and to test, and how many could not be read."""
    durations = corpora_.REPORT_DURATIONS if plan.recipe_name == "report" else None
    given = corpora_.load(
        *(asked.corpora or plan.corpora), durations=durations, options=plan.reading
    )
    judging = corpora_.load(asked.valid or plan.valid, options=plan.reading)
    return (
        given.split("train", plan.split).tunes,
        judging.split("valid", plan.split).tunes,
        judging.split("test", plan.split).tunes if plan.start else (),
        len(given.refused),
    )


def _data(plan: Plan, songs: int, start: Start | None) -> dict[str, Any]:
    """The facts of the tunes for the card: what is fine-tuned inherits the terms of its bases."""
    builtin = corpora_.REPERTOIRES
    terms = {builtin[name].terms if name in builtin else name for name in plan.names}
    data: dict[str, Any] = {
        "train": list(plan.names),
        "split": plan.split,
        "songs": songs,
        "terms": sorted(terms),
    }
    if not start:
        return data
    base_data = start.card.get("data", {})
    base = {"model": start.card["model"], "hash": start.model.hash}
    base |= {name: base_data[name] for name in ("train", "songs", "terms") if name in base_data}
    return data | {
        "terms": sorted(terms.union(base_data.get("terms", ()))),
        "finetuned_from": start.model.hash,
        "bases": [base, *base_data.get("bases", ())],
    }


def _parts_line(parts: Parts, unreadable: int) -> str:
    """A line on the split of fine-tuning, and why some tunes are left out."""
    tests = f"{len(parts.test)} others say what it brings"
    line = f"{len(parts.valid)} choose the epoch, {tests if parts.disjoint else 'and judge it too'}"
    reasons = [f"{reason} ({count})" for reason, count in parts.refused.most_common(3)]
    rest = parts.refused.total() - sum(count for _, count in parts.refused.most_common(3))
    reasons += [f"other reasons ({rest})"] if rest else []
    reasons += [f"unreadable ({unreadable})"] if unreadable else []
    return f"{line}; refused: {', '.join(reasons)}" if reasons else line


def _judged(start: Start, parts: Parts, exported: Path) -> Finetuned:
    """What fine-tuning brought, put on the card too."""
    from solfa.evaluation.likelihood import bits
    from solfa.runtime import load_model
    from solfa.training.export import add_to_card

    model = load_model(exported.resolve())  # never taken for a model's name
    before, after = (
        bits(each, parts.test, phrases=False, style=False).total for each in (start.model, model)
    )
    held_out = "that neither taught nor chose" if parts.disjoint else "that chose the epoch"
    songs = len(parts.test)
    facts = {"before": before, "after": after, "songs": songs, "held_out": held_out}
    add_to_card(exported, finetuned=facts)
    return Finetuned(before, after, songs, held_out, model.hash == start.model.hash)
