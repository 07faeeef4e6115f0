"""All figures of control: the detector's own, then those of each model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from experiments.control.assembled import assembled, found_again
from experiments.control.cadences import Cadences, cadences_of
from experiments.control.forms import FORMS, Dial, Row, forms_of
from experiments.control.gaps import Middle, middles_of
from experiments.control.pairs import Judged, best_threshold, judged, pairs_of
from experiments.control.repeats import Repeats, repeats_of
from solfa.analysis.note_overlap import note_overlap
from solfa.errors import SolfaError
from solfa.evaluation.sampling import as_composed, requests
from solfa.evaluation.statistics import Share
from solfa.melody import Melody
from solfa.models.protocol import Model

REPEATS_ALTERED = (0.0, 0.3, 0.6)
"""By how much repeats are altered in the whole tunes that the detector is tried on."""


@dataclass(frozen=True)
class Detector:
    """What the detector is right in: pairs of phrases, and whole tunes put together from them.

    ``best`` is the threshold that training pairs would choose; ``likeness`` the mean of each way.
    ``tunes`` are, by how much repeats are altered, the shares found with phrase marks and without.
    """

    best: float
    pairs: Judged
    likeness: dict[str, float]
    tunes: dict[float, tuple[Share, Share]]


@dataclass(frozen=True)
class Figures:
    """All figures of a model but its rankings; ``unasked`` are tunes that were asked no form."""

    model: str
    hash: str
    rows: list[Row]
    dial: Dial
    unasked: Repeats
    cadences: Cadences
    middles: list[Middle]


@dataclass(frozen=True)
class Counts:
    """How much is measured: tunes at likeness 1; songs; gaps of each length; gaps filled.

    Pairs of each kind try the detector. Raises `SolfaError` for one below 1.
    """

    pairs: int
    tunes: int
    songs: int
    gaps: int
    filled: int

    def __post_init__(self) -> None:
        for name, count in asdict(self).items():
            if count < 1:
                raise SolfaError(f"{name} {count} is below 1; measure at least one")


def detector_of(
    train: Sequence[Melody], held_out: Sequence[Melody], count: int, seed: int
) -> Detector:
    """How right the detector is on pairs and tunes made of held-out phrases."""
    pairs = pairs_of(held_out, count, seed)
    tunes = {}
    for share in REPEATS_ALTERED:
        marked, bare = Share(0, 0), Share(0, 0)
        for form in sorted({form.replace("'", "") for form in FORMS}):
            made = assembled(held_out, form, share, max(count // 8, 1), seed)
            marked += found_again(made, form)
            bare += found_again([tune.replace(phrase_ends=()) for tune in made], form)
        tunes[share] = marked, bare
    alike = {
        how: float(np.mean([note_overlap(p.first, p.second) for p in pairs if p.how == how]))
        for how in dict.fromkeys(pair.how for pair in pairs)
    }
    return Detector(best_threshold(pairs_of(train, count, seed)), judged(pairs), alike, tunes)


def figures_of(
    model: Model,
    songs: Sequence[Melody],
    counts: Counts,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Figures:
    """All figures of a model but its rankings; ``songs`` are held out."""
    rows, dial = forms_of(model, counts.tunes, seed, progress)
    progress(f"{model.name}: what comes again unasked")
    unasked = repeats_of(as_composed(model, requests(songs, model.encoding, counts.songs, seed)))
    progress(f"{model.name}: cadences")
    cadences = cadences_of(model, songs, counts.songs, seed)
    progress(f"{model.name}: what the right side of a gap tells")
    middles = middles_of(model, songs, counts.gaps, seed)
    return Figures(model.name, model.hash, rows, dial, unasked, cadences, middles)
