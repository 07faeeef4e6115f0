"""Metrics of sets of melodies: tunes of models beside real songs, measured in the same way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

import numpy as np

from solfa.errors import SolfaError
from solfa.evaluation.sampling import as_composed, as_they_come, requests
from solfa.evaluation.statistics import jensen_shannon, margin
from solfa.evaluation.tune_metrics import DISTRIBUTIONS, describe
from solfa.melody import Melody
from solfa.models.protocol import Model

_DRAWS = 200


@dataclass(frozen=True)
class Figure:
    """A value, and the half of its 95 % interval over the set's melodies."""

    value: float
    margin: float


@dataclass(frozen=True)
class Row:
    """The figures of one set: ``count`` tunes of a ``model``, ``how`` they were drawn; or songs.

    ``figures`` have the names of `describe` and `DISTRIBUTIONS`: means over the tunes for which
    they are defined, and divergences in bits from the test songs. What is defined for no tune is
    left out.
    """

    model: str
    how: str
    count: int
    figures: dict[str, Figure]

    def to_json(self) -> dict[str, Any]:
        """The row as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Row:
        """The inverse of `to_json`."""
        figures = {name: Figure(**figure) for name, figure in data["figures"].items()}
        return cls(data["model"], data["how"], data["count"], figures)


TEST, TRAINING = "test songs", "training songs"
COME, COMPOSED = "as they come", "composed"


def measure(
    models: Sequence[Model],
    real_test: Sequence[Melody],
    real_train: Sequence[Melody],
    count: int = 100,
    seed: int = 0,
    temperature: float = 1.0,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """The test songs, as many training songs as are drawn (the ceiling), then every model twice.

    A model is asked for ``count`` tunes in the keys, metres and lengths of test songs drawn with
    ``seed``, as they come and as composed under the rules.
    """
    if count < 1:
        raise SolfaError(f"count {count} is below 1; measure at least one tune")
    drawn = np.random.default_rng(seed).permutation(len(real_train))[:count]
    rows = [
        row(real_test, "", TEST),
        row([real_train[index] for index in drawn], "", TRAINING, against=real_test),
    ]
    for model in models:
        asked = requests(real_test, model.encoding, count, seed, temperature)
        for how, draw in ((COME, as_they_come), (COMPOSED, as_composed)):
            progress(f"{count} tunes of {model.name}, {how}")
            rows.append(row(draw(model, asked), model.name, how, against=real_test))
    return rows


def row(melodies: Sequence[Melody], model: str, how: str, against: Sequence[Melody] = ()) -> Row:
    """The figures of a set, its divergences too if there are songs to measure it ``against``.

    Raises `SolfaError` for an empty set.
    """
    if not melodies:
        raise SolfaError(f"there are no {how or 'tunes'} to measure; give at least one")
    figures: dict[str, Figure] = {}
    described = [describe(melody) for melody in melodies]
    for name in described[0]:
        values = np.array([d[name] for d in described if not isnan(d[name])])
        if len(values):
            figures[name] = Figure(float(values.mean()), margin(values.std(), len(values)))
    for name, counts in DISTRIBUTIONS.items() if against else ():
        found = _diverges([counts(m) for m in melodies], sum(map(counts, against), Counter()))
        if found:
            figures[name] = found
    return Row(model, how, len(melodies), figures)


def _diverges(tunes: Sequence[Counter[object]], songs: Counter[object]) -> Figure | None:
    """The divergence of all tunes together, with a margin by resampling tunes with replacement.

    The margin is from the deviation of the resampled values, since their mean lies above the value
    itself: the bootstrap is biased here.
    """
    names = list(sum(tunes, Counter(songs)))
    counts = np.array([[tune[name] for name in names] for tune in tunes])
    reference = np.array([songs[name] for name in names])
    if not counts.sum() or not reference.sum():
        return None
    times = np.random.default_rng(0).multinomial(
        len(tunes), np.full(len(tunes), 1 / len(tunes)), _DRAWS
    )
    drawn = times @ counts
    spread = jensen_shannon(drawn[drawn.sum(1) > 0], reference).std()
    return Figure(float(jensen_shannon(counts.sum(0), reference)), margin(spread))
