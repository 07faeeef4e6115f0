"""The phrase plan of a request: where each phrase begins and ends, what it repeats, its cadence."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from solfa.analysis.cadences import endings
from solfa.analysis.note_overlap import PhrasePlan
from solfa.composing.request.request import Request
from solfa.encodings.ticks import to_quarters, to_ticks

VARIED = 0.7
"""The likeness of a phrase with a prime, where repeats are exact."""
_CLOSED = {"half": False, "full": True, "free": None}


class PhraseSpan(NamedTuple):
    """A phrase from tick ``start`` to ``end``.

    ``likeness`` to the phrase ``like`` (an index), the first with its letter: 1 is note for note, 0
    and no ``like`` a new phrase, None leaves it open. It ends by the ``cadence``, on one of the
    pitch classes ``endings``.
    """

    start: int
    end: int
    like: int | None = None
    likeness: float | None = None
    cadence: str = "free"
    endings: frozenset[int] = frozenset(range(12))

    @property
    def length(self) -> int:
        """In ticks."""
        return self.end - self.start

    @property
    def exact(self) -> bool:
        """Whether it repeats an earlier phrase note for note."""
        return self.like is not None and self.likeness == 1


def phrase_spans(request: Request) -> tuple[PhraseSpan, ...]:
    """The phrases of the request's form, which must part its bars; the last ends on the tonic.

    Phrases without a number of bars have equal shares of what the others leave.
    """
    bar, form = request.meter.bar, request.form
    given = sum(phrase.bars or 0 for phrase in form) * bar
    sharing = sum(phrase.bars is None for phrase in form)
    share = (request.length - given) / sharing if sharing else Fraction(0)
    lengths = [share if phrase.bars is None else phrase.bars * bar for phrase in form]
    borders = [to_ticks(border) for border in accumulate(lengths, initial=Fraction(0))]
    first: dict[str, int] = {}
    spans = []
    for index, (phrase, cadence) in enumerate(zip(form, _cadences(request), strict=True)):
        like = first.setdefault(phrase.letter, index) if phrase.letter else index
        if like == index:
            likeness = 0.0 if phrase.letter else None
        else:
            likeness = VARIED if phrase.primes and request.likeness == 1 else request.likeness
        allowed = endings(cadence, request.key.mode)
        spans.append(
            PhraseSpan(
                borders[index],
                borders[index + 1],
                None if like == index else like,
                likeness,
                cadence,
                frozenset((request.key.pitch_class + step) % 12 for step in allowed),
            )
        )
    return tuple(spans)


def _cadences(request: Request) -> tuple[str, ...]:
    """How each phrase of the form ends; the last on the tonic."""
    asked = request.cadences or ("free",)
    inner = asked * (len(request.form) - 1) if len(asked) == 1 else asked[: len(request.form) - 1]
    return (*inner, "full")[: len(request.form)]


def as_conditions(phrases: Sequence[PhraseSpan]) -> tuple[PhrasePlan, ...]:
    """The phrases as the conditions of a model."""
    return tuple(
        PhrasePlan(
            to_quarters(phrase.length), phrase.like, phrase.likeness, _CLOSED[phrase.cadence]
        )
        for phrase in phrases
    )


def exact_repeats(phrases: Sequence[PhraseSpan]) -> dict[int, list[int]]:
    """The phrases that are the same note for note, under the index of the first of them."""
    same: dict[int, list[int]] = {}
    for index, phrase in enumerate(phrases):
        if phrase.like is not None and phrase.exact:
            same.setdefault(phrase.like, [phrase.like]).append(index)
    return same
