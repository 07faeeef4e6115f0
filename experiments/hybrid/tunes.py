"""Tunes as sets of notes, as phrases of four bars, and as sixteenths."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from solfa.analysis.bars import bars_of
from solfa.encodings.units import BARS
from solfa.evaluation.songs import notes_within
from solfa.melody import Melody, Meter, Note

_QUARTERS = 16  # the longest opening, as the report's autoencoder hears it
PlacedNote = tuple[Fraction, Fraction, int | None]
"""A note where it stands: onset, duration, pitch."""


def placed(melody: Melody, begin: Fraction = Fraction(0)) -> set[PlacedNote]:
    """Onset after ``begin``, duration and pitch of every note."""
    onsets = melody.onsets()
    return {
        (onset - begin, note.duration, note.pitch)
        for note, onset in zip(melody.notes, onsets, strict=True)
    }


def share_kept(song: Melody, tune: Melody) -> float:
    """The share of a song's notes that a tune has too."""
    return share_of(placed(song), placed(tune))


def apart(one: Melody, other: Melody) -> float:
    """The share of the notes of two tunes that only one of them has."""
    first, second = placed(one), placed(other)
    return 1 - 2 * len(first & second) / max(len(first) + len(second), 1)


def share_of(one: set[PlacedNote], other: set[PlacedNote]) -> float:
    """The share of ``one`` that ``other`` has too; 1 of nothing."""
    return len(one & other) / len(one) if one else 1.0


def phrases_of(melody: Melody, meter: Meter | None) -> list[set[PlacedNote]]:
    """The notes of every four bars, each counted from where these begin; see `encodings.units`."""
    length = BARS * (meter or Meter(4, 4)).bar
    parts: list[set[PlacedNote]] = [set() for _ in range(-int(-melody.duration // length))]
    for onset, duration, pitch in placed(melody):
        parts[int(onset // length)].add((onset % length, duration, pitch))
    return parts


def notes_of(melody: Melody) -> list[list[Note]]:
    """The notes that begin in every four bars."""
    length = BARS * (melody.meter or Meter(4, 4)).bar
    parts: list[list[Note]] = [[] for _ in range(-int(-melody.duration // length))]
    for note, onset in zip(melody.notes, melody.onsets(), strict=True):
        parts[int(onset // length)].append(note)
    return [part for part in parts if part]


def opening(song: Melody) -> Melody:
    """The first four bars, or as many as the report's autoencoder hears."""
    bar = (song.meter or Meter(4, 4)).bar
    end = min(BARS, int(_QUARTERS / bar), bars_of(song)) * bar
    return song.replace(notes=notes_within(song, Fraction(0), end), phrase_ends=())


def sounds(melody: Melody) -> np.ndarray:
    """Of every sixteenth what begins there, a pitch or -1 for a rest, or -2."""
    sounds = np.full(-int(-melody.duration // Fraction(1, 4)), -2)
    for note, onset in zip(melody.notes, melody.onsets(), strict=True):
        sounds[int(onset * 4)] = -1 if note.pitch is None else note.pitch
    return sounds


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """The share of sixteenths that are alike, of those of the longer."""
    shared = min(len(one), len(other))
    return float((one[:shared] == other[:shared]).sum() / max(len(one), len(other)))
