"""Features of a few bars: density, compass, height, slope, steps, repeated pitches, unevenness."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import nan

import numpy as np

from solfa.melody import Note, total

SMOOTH = 2
"""The largest step, in semitones."""


def density(notes: Sequence[Note], tonic: int) -> float:
    """Notes a quarter."""
    return len(notes) / float(total([note.duration for note in notes])) if notes else nan


def compass(notes: Sequence[Note], tonic: int) -> float:
    """Semitones from the lowest pitch to the highest."""
    pitches = _pitches(notes)
    return float(max(pitches) - min(pitches)) if pitches else nan


def height(notes: Sequence[Note], tonic: int) -> float:
    """The mean pitch in semitones above ``tonic``, each weighed by how long it sounds."""
    sounding = [note for note in notes if note.pitch is not None]
    if not sounding:
        return nan
    lasts = [float(note.duration) for note in sounding]
    return float(np.average([(note.pitch or 0) - tonic for note in sounding], weights=lasts))


def slope(notes: Sequence[Note], tonic: int) -> float:
    """How fast the line through the pitches rises, in semitones a quarter."""
    onsets = np.cumsum([0.0, *(float(note.duration) for note in notes)])[:-1]
    points = [(at, note.pitch) for at, note in zip(onsets, notes, strict=True) if note.pitch]
    if len(points) < 2:
        return nan
    times, pitches = np.array(points, float).T
    return float(np.polyfit(times, pitches, 1)[0])


def stepwise(notes: Sequence[Note], tonic: int) -> float:
    """The share of intervals that are a step: no leap, and no repeated pitch."""
    intervals = [abs(b - a) for a, b in pairwise(_pitches(notes))]
    return sum(0 < i <= SMOOTH for i in intervals) / len(intervals) if intervals else nan


def repeated(notes: Sequence[Note], tonic: int) -> float:
    """The share of intervals that repeat a pitch."""
    intervals = [b - a for a, b in pairwise(_pitches(notes))]
    return sum(i == 0 for i in intervals) / len(intervals) if intervals else nan


def unevenness(notes: Sequence[Note], tonic: int) -> float:
    """How much durations differ: the standard deviation of their logarithms to base 2."""
    return float(np.std([np.log2(float(note.duration)) for note in notes])) if notes else nan


ATTRIBUTES = {
    "notes a quarter": density,
    "range": compass,
    "height above the tonic": height,
    "slope": slope,
    "share of steps": stepwise,
    "share of repeated pitches": repeated,
    "unevenness of rhythm": unevenness,
}
"""The features of a few notes, by name; each function takes them and the tonic (MIDI)."""


def _pitches(notes: Sequence[Note]) -> list[int]:
    return [note.pitch for note in notes if note.pitch is not None]
