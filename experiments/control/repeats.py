"""How much comes again in tunes that were asked nothing, real ones and composed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.control.pairs import RELATIONS, Relation
from solfa.analysis.form import name_phrases
from solfa.analysis.note_overlap import phrase_plan_of
from solfa.evaluation.statistics import Mean, Share
from solfa.melody import Melody

_FOUR = 4


@dataclass(frozen=True)
class Repeats:
    """Of all phrases but the first of each tune, which are the same again, varied, new.

    ``told`` by `phrase_plan_of`, ``found`` by the detector; ``agree`` where both say the same.
    ``likeness`` is the mean of the varied; ``forms`` counts the forms, by letters, of tunes of
    four phrases.
    """

    tunes: int
    told: dict[Relation, Share]
    found: dict[Relation, Share]
    agree: Share
    likeness: Mean
    forms: Counter[str]


def repeats_of(tunes: Sequence[Melody]) -> Repeats:
    """The figures of tunes that mark their phrases; others are left out."""
    marked = [tune for tune in tunes if tune.phrase_ends]
    told: list[Relation] = []
    found: list[Relation] = []
    alike: list[float] = []
    forms: Counter[str] = Counter()
    for tune in marked:
        heard = name_phrases(tune.phrases())
        for planned, phrase in zip(phrase_plan_of(tune)[1:], heard[1:], strict=True):
            told.append(_relation(planned.like, planned.likeness or 0.0))
            found.append(_relation(phrase.like, phrase.similarity))
            if told[-1] == "varied":
                alike.append(planned.likeness or 0.0)
        if len(heard) == _FOUR:
            forms["".join(phrase.letter for phrase in heard)] += 1
    return Repeats(
        len(marked),
        told=_shares(told),
        found=_shares(found),
        agree=Share.true(one == other for one, other in zip(told, found, strict=True)),
        likeness=Mean.of(alike),
        forms=forms,
    )


def _relation(like: int | None, alike: float) -> Relation:
    return "new" if like is None else "same" if alike == 1 else "varied"


def _shares(relations: Sequence[Relation]) -> dict[Relation, Share]:
    return {kind: Share(relations.count(kind), len(relations)) for kind in RELATIONS}
