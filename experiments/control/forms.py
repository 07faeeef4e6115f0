"""Tunes composed with a form: is it found again by who does not know it, and how alike are repeats?

Every phrase is held against the first of each letter before it: the same, varied or new, as was
asked, and as the detector judges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from experiments.control.pairs import RELATIONS, Relation, judge
from experiments.control.phrases import Phrase
from solfa.analysis.form import find_form
from solfa.analysis.note_overlap import note_overlap
from solfa.composing.compose import compose
from solfa.composing.constraints.phrase_plan import PhraseSpan, phrase_spans
from solfa.composing.request.ask import ask
from solfa.composing.request.request import Request
from solfa.encodings.ticks import to_quarters
from solfa.evaluation.songs import notes_within
from solfa.evaluation.statistics import Mean, Share, rank_correlation
from solfa.melody import Melody
from solfa.models.protocol import Model

FORMS = ("AABA", "ABAC", "AA'BB'", "ABAB", "AABB")
LIKENESSES = (1.0, 0.9, 0.75, 0.6, 0.45, 0.3)
"""For which the form is looked for."""
DIAL = tuple(round(0.3 + 0.05 * step, 2) for step in range(15))
"""For which the likeness of repeats is measured."""
BARS = (16, 32)
_METERS = ("2/4", "3/4", "4/4", "6/8")
_KEYS = ("C", "G", "D", "A", "E", "F", "Bb", "Eb", "A minor", "E minor", "D minor", "G minor")
_TOGETHER = 12  # tunes of one request


class Again(NamedTuple):
    """A phrase that was asked to come again: how like its first, and how like it is."""

    asked: float
    measured: float


class Heard(NamedTuple):
    """What is heard of a tune with a form.

    ``letters``: they are found again; ``names``: and so is whether each repeat is the same or
    varied. ``pairs`` are (asked, judged) for each phrase and the first of each letter before it.
    """

    letters: bool
    names: bool
    pairs: tuple[tuple[Relation, Relation], ...]
    again: tuple[Again, ...]


@dataclass(frozen=True)
class Row:
    """What is heard of all tunes that were asked one likeness; None: that were asked no form.

    ``right`` are the shares of pairs judged as asked, by what was asked.
    """

    asked: float | None
    letters: Share
    names: Share
    pairs: Share
    right: dict[Relation, Share]
    likeness: Mean


@dataclass(frozen=True)
class Dial:
    """How like repeats are to their first, by what was asked; over all, a correlation of ranks."""

    means: dict[float, Mean]
    phrases: int
    correlation: float


def asks(
    model: Model, alike: float, count: int, seed: int, lengths: Sequence[int] = BARS
) -> list[dict[str, Any]]:
    """At least ``count`` tunes to ask for, all forms and lengths as often: `compose` takes each."""
    random = np.random.default_rng(seed)
    rounds = ceil(count / (len(FORMS) * len(lengths) * _TOGETHER))
    together = ceil(count / (len(FORMS) * len(lengths) * rounds))
    styles = model.encoding.styles or (None,)
    return [
        {
            "form": form,
            "likeness": alike,
            "bars": bars,
            "meter": _METERS[random.integers(len(_METERS))],
            "key": _KEYS[random.integers(len(_KEYS))],
            "style": styles[random.integers(len(styles))],
            "count": together,
            "seed": int(random.integers(10**6)),
        }
        for _ in range(rounds)
        for form in FORMS
        for bars in lengths
    ]


def composed(model: Model, asked: dict[str, Any], *, form: bool = True) -> list[Heard]:
    """What is heard of the tunes of one request; not ``form``: it is kept from the model."""
    request = ask(**asked)
    told = {name: value for name, value in asked.items() if form or name not in _FORM}
    return [hear(tune.melody, request) for tune in compose(model=model, **told)]


_FORM = ("form", "likeness")


def hear(tune: Melody, request: Request) -> Heard:
    """Looks in the tune for the form of the request."""
    plan = phrase_spans(request)
    phrases = phrases_at(tune, plan)
    first: dict[str, int] = {}
    pairs: list[tuple[Relation, Relation]] = []
    again = []
    for index, (named, planned) in enumerate(zip(request.form, plan, strict=True)):
        for letter, place in first.items():
            comes_again = letter == named.letter
            asked: Relation = (
                "new" if not comes_again else "same" if planned.likeness == 1 else "varied"
            )
            pairs.append((asked, judge(phrases[place], phrases[index])))
            if comes_again:
                again.append(
                    Again(planned.likeness or 0.0, note_overlap(phrases[place], phrases[index]))
                )
        first.setdefault(named.letter, index)
    found = find_form(tune)
    letters = [p.letter for p in found] == [p.letter for p in request.form]
    names = letters and all(
        planned.like is None
        or (found[index].primes == found[planned.like].primes) is (planned.likeness == 1)
        for index, planned in enumerate(plan)
    )
    return Heard(letters, names, tuple(pairs), tuple(again))


def phrases_at(tune: Melody, plan: Sequence[PhraseSpan]) -> list[Phrase]:
    """The tune cut into the phrases of its request."""
    return [notes_within(tune, to_quarters(p.start), to_quarters(p.end)) for p in plan]


def row(asked: float | None, heard: Sequence[Heard]) -> Row:
    """The figures of tunes that were asked one likeness."""
    pairs = [pair for tune in heard for pair in tune.pairs]
    return Row(
        asked,
        letters=Share.true(tune.letters for tune in heard),
        names=Share.true(tune.names for tune in heard),
        pairs=Share.true(truth == judged for truth, judged in pairs),
        right={
            relation: Share.true(judged == relation for truth, judged in pairs if truth == relation)
            for relation in RELATIONS
        },
        likeness=Mean.of(
            phrase.measured
            for tune in heard
            for phrase in tune.again
            if asked in (None, phrase.asked)
        ),
    )


def dial(again: Sequence[Again]) -> Dial:
    """Asked likeness against measured."""
    asked, measured = zip(*again, strict=True)
    return Dial(
        {
            value: Mean.of(phrase.measured for phrase in again if phrase.asked == value)
            for value in sorted(set(asked))
        },
        len(again),
        rank_correlation(asked, measured),
    )


def forms_of(
    model: Model, count: int, seed: int, progress: Callable[[str], None] = lambda _: None
) -> tuple[list[Row], Dial]:
    """All rows, the first of tunes that were asked no form; and the dial.

    ``count`` tunes at likeness 1, a third of them at each other of `LIKENESSES` and unasked, a
    sixth, and these short, for what else is in `DIAL`.
    """
    rows: list[Row] = []
    again: list[Again] = []
    for number, alike in enumerate(sorted({*LIKENESSES, *DIAL}, reverse=True)):
        shown = alike in LIKENESSES
        tunes = count if alike == 1 else count // 3 if shown else count // 6
        asked = asks(model, alike, tunes, seed + number, BARS if shown else BARS[:1])
        progress(f"{model.name}: tunes with a form, likeness {alike:g}")
        heard = [tune for request in asked for tune in composed(model, request)]
        again += [phrase for tune in heard for phrase in tune.again]
        if shown:
            rows.append(row(alike, heard))
        if alike == LIKENESSES[-1]:
            progress(f"{model.name}: the same tunes, asked no form")
            plain = [t for request in asked for t in composed(model, request, form=False)]
            rows.insert(0, row(None, plain))
    return rows, dial(again)
