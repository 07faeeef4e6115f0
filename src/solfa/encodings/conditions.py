"""Conditions: what a model is given of a tune before its first token."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import NamedTuple

from solfa.analysis.note_overlap import PhrasePlan
from solfa.encodings.sentinels import REST
from solfa.encodings.ticks import to_ticks
from solfa.melody import Key, KeyChange, Melody, Meter, MeterChange


class FixedNote(NamedTuple):
    """A note that stands whatever else is composed: ticks, and a MIDI pitch or `REST`."""

    onset: int
    pitch: int
    duration: int

    @property
    def end(self) -> int:
        """Where it ends, in ticks."""
        return self.onset + self.duration


def notes_in_ticks(melody: Melody) -> tuple[FixedNote, ...]:
    """The notes of a melody; `SolfaError` for times that are no whole number of ticks."""
    return tuple(
        FixedNote(
            to_ticks(onset), REST if note.pitch is None else note.pitch, to_ticks(note.duration)
        )
        for onset, note in zip(melody.onsets(), melody.notes, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a tune; None is unknown.

    ``tonic`` is the MIDI pitch that degrees are counted from: the first key's, with its register,
    through the whole tune, so that a tune that goes to another key is heard to leave its own.
    ``length`` the whole length in quarters; ``pickup`` in quarters; ``density`` the notes a
    quarter; ``span`` the semitones from the lowest pitch to the highest; ``plan`` the phrases, the
    first at the tune's beginning; ``fixed`` the notes that stand already, in order; ``phrases``
    whether phrase ends are tokens. Free metre and unknown metre are the same to a model.
    """

    key: Key
    tonic: int
    meter: Meter | None = None
    meter_changes: tuple[MeterChange, ...] = ()
    key_changes: tuple[KeyChange, ...] = ()
    pickup: Fraction | None = None
    style: str | None = None
    length: Fraction | None = None
    density: float | None = None
    span: int | None = None
    plan: tuple[PhrasePlan, ...] = ()
    fixed: tuple[FixedNote, ...] = ()
    phrases: bool = True

    @classmethod
    def of(cls, melody: Melody, *, phrases: bool = True, whole: bool = False) -> Conditions:
        """The conditions of a tune; phrases only where the tune marks them.

        ``whole``: length, density and span, which follow from the whole tune, are given too.
        """
        return cls(
            key=melody.key,
            tonic=register(melody.pitches, melody.key.pitch_class),
            meter=melody.meter,
            meter_changes=melody.meter_changes,
            key_changes=melody.key_changes,
            pickup=melody.pickup if melody.meter else None,
            style=melody.metadata.style or None,
            length=melody.duration if whole else None,
            density=float(len(melody.notes) / melody.duration) if whole else None,
            span=max(melody.pitches) - min(melody.pitches) if whole and melody.pitches else None,
            phrases=phrases and bool(melody.phrase_ends),
        )


def register(pitches: tuple[int, ...], pitch_class: int) -> int:
    """The tonic (MIDI) that lies nearest to five semitones below the mean of ``pitches``.

    Folk tunes centre there; B4 stands for the mean where there is no pitch. Exact, and the higher
    of two that are as near, so that a transposed tune has its tonic transposed.
    """
    mean = Fraction(sum(pitches), len(pitches)) if pitches else Fraction(71)
    octave = floor((mean - 5 - pitch_class) / 12 + Fraction(1, 2))
    return pitch_class + 12 * octave
