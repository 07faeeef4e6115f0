"""Note overlap: how alike phrases are, and the phrase plan of a tune by it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from solfa.melody import Melody, Note, note_onsets, total

Placed: TypeAlias = "tuple[Fraction, int | None, Fraction]"
"""A note of a phrase: when, from its start on, what, and for how long."""

UNLIKE = 0.3
"""Phrases less alike than this are unrelated."""


class PhrasePlan(NamedTuple):
    """What is planned of one phrase, whose ``length`` is in quarters.

    ``likeness`` to the earlier phrase ``like`` (an index): 0 and no ``like`` is a new phrase, 1 the
    same again (`note_overlap`); None leaves it open. ``closed``: whether it ends on the
    tonic; None leaves it open.
    """

    length: Fraction
    like: int | None = None
    likeness: float | None = None
    closed: bool | None = None


def note_overlap(one: Sequence[Note], other: Sequence[Note]) -> float:
    """The share of the notes of both, 0..1, that are the same at the same time from the start."""
    return _share(_placed(one), _placed(other)) if one and other else 0.0


def _share(one: set[Placed], other: set[Placed]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _placed(notes: Sequence[Note]) -> set[Placed]:
    return {(at, n.pitch, n.duration) for at, n in zip(note_onsets(notes), notes, strict=True)}


def phrase_plan_of(melody: Melody, parts: Fraction | None = None) -> tuple[PhrasePlan, ...]:
    """The phrase plan that a finished tune answers, for training and measuring.

    Its phrases are those that the tune marks, or ``parts`` of so many quarters from its beginning
    on; none where none is marked, or where a note goes on from one part into the next. Each refers
    to the earlier phrase most like it, the first of several, unless all are `UNLIKE` it.
    """
    phrases = _parted(melody, parts) if parts else melody.phrases() if melody.phrase_ends else ()
    placed = [_placed(phrase) for phrase in phrases]
    plan = []
    for index, phrase in enumerate(phrases):
        alike = [_share(earlier, placed[index]) for earlier in placed[:index]]
        most = max(alike, default=0.0)
        known = most >= UNLIKE
        sounding = [note.pitch for note in phrase if note.pitch is not None]
        plan.append(
            PhrasePlan(
                total([note.duration for note in phrase]),
                alike.index(most) if known else None,
                most if known else 0.0,
                bool(sounding) and sounding[-1] % 12 == melody.key.pitch_class,
            )
        )
    return tuple(plan)


def _parted(melody: Melody, length: Fraction) -> tuple[tuple[Note, ...], ...]:
    onsets = melody.onsets()
    if any(
        onset // length != (onset + note.duration - Fraction(1, 1000)) // length
        for onset, note in zip(onsets, melody.notes, strict=True)
    ):
        return ()
    parts: dict[int, list[Note]] = {}
    for onset, note in zip(onsets, melody.notes, strict=True):
        parts.setdefault(int(onset // length), []).append(note)
    return tuple(map(tuple, parts.values()))
