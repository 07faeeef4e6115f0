"""How right the detector of form is, where the truth is known because the phrases were made so.

Pairs of phrases of real songs: one and the same; one and itself with some notes altered; two of
equal length that are `UNLIKE`, from the same song or from two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from experiments.control.phrases import Phrase, Sung, altered, over, sung, unlike
from solfa.analysis.form import VARIED, edit_similarity
from solfa.errors import SolfaError
from solfa.evaluation.statistics import Share
from solfa.melody import Melody, Meter, Note

Relation: TypeAlias = Literal["same", "varied", "new"]
RELATIONS: tuple[Relation, ...] = ("same", "varied", "new")

ALTERED = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
"""Shares of its notes that a phrase is altered by."""


class Pair(NamedTuple):
    """Two phrases; ``truth`` is how they were made, in words ``how``."""

    first: Phrase
    second: Phrase
    truth: Relation
    how: str


@dataclass(frozen=True)
class Judged:
    """How often pairs made in each way (the keys) were judged to be what."""

    counts: dict[str, Counter[str]]
    truth: dict[str, Relation]

    def right(self, how: str | None = None) -> Share:
        """The share judged right, of all pairs or of those made one way."""
        ways = [how] if how else list(self.counts)
        of = sum(self.counts[way].total() for way in ways)
        return Share(sum(self.counts[way][self.truth[way]] for way in ways), of)


def pairs_of(songs: Sequence[Melody], count: int, seed: int = 0) -> list[Pair]:
    """``count`` pairs of each kind: the same, altered by each of `ALTERED`, unlike in two ways.

    Raises `SolfaError` where the songs have not enough phrases.
    """
    random = np.random.default_rng(seed)
    phrases = sung(songs)
    as_long: dict[tuple[Meter, Fraction], list[Sung]] = defaultdict(list)
    for one in phrases:
        as_long[one.meter, one.length].append(one)

    def other(one: Sung, own: bool) -> Phrase | None:
        others = [o for o in as_long[one.meter, one.length] if (o.song == one.song) is own]
        return unlike([one], others, random)

    Make: TypeAlias = Callable[[Sung], Phrase | None]
    ways: list[tuple[str, Relation, Make]] = [
        ("the same again", "same", lambda one: one.notes),
        *(
            (
                f"{100 * share:.0f} % of the notes altered",
                "varied",
                partial(altered, share=share, random=random),
            )
            for share in ALTERED
        ),
        ("unlike, of one song", "new", partial(other, own=True)),
        ("unlike, of two songs", "new", partial(other, own=False)),
    ]
    found = []
    for how, truth, make in ways:
        made = 0
        for place in over(len(phrases), count, random):
            second = make(phrases[place])
            if second is not None:
                found.append(Pair(phrases[place].notes, second, truth, how))
                made += 1
            if made == count:
                break
        else:
            raise SolfaError(f"{len(phrases)} phrases are too few for pairs {how}; give more songs")
    return found


def judge(one: Sequence[Note], other: Sequence[Note], varied: float = VARIED) -> Relation:
    """What two phrases are to each other by their `edit_similarity`."""
    alike = edit_similarity(one, other)
    return "same" if alike == 1 else "varied" if alike >= varied else "new"


def judged(pairs: Sequence[Pair]) -> Judged:
    """What the detector says of pairs, way by way."""
    counts: dict[str, Counter[str]] = {pair.how: Counter() for pair in pairs}
    for pair in pairs:
        counts[pair.how][judge(pair.first, pair.second)] += 1
    return Judged(counts, {pair.how: pair.truth for pair in pairs})


def best_threshold(pairs: Sequence[Pair]) -> float:
    """The similarity, in hundredths, that parts varied pairs from new ones with fewest errors.

    Both kinds weigh alike; the middle one of those that part them as well.
    """
    alike = {
        truth: np.array([edit_similarity(p.first, p.second) for p in pairs if p.truth == truth])
        for truth in ("varied", "new")
    }
    thresholds = np.arange(1, 100) / 100
    varied = (alike["varied"] >= thresholds[:, None]).mean(1)
    new = (alike["new"] < thresholds[:, None]).mean(1)
    best = np.flatnonzero(varied + new >= (varied + new).max() - 1e-9)
    return float(thresholds[best[len(best) // 2]])
