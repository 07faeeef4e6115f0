"""Phrases of real songs, and others made from them: altered, or unlike but as long."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy as np

from solfa.analysis.note_overlap import UNLIKE, note_overlap
from solfa.melody import Key, Melody, Meter, Note, total

_FEWEST = 5  # notes of a phrase: fewer say too little
_TRIES = 50
_STEPS = (-4, -3, -2, -1, 1, 2, 3, 4)

Phrase: TypeAlias = tuple[Note, ...]


class Sung(NamedTuple):
    """A phrase of a song (by number), which is in a key and a metre."""

    song: int
    key: Key
    meter: Meter
    notes: Phrase

    @property
    def length(self) -> Fraction:
        """In quarters."""
        return total([note.duration for note in self.notes])


def sung(songs: Sequence[Melody]) -> list[Sung]:
    """The marked phrases of songs in one metre that have notes enough to be told apart."""
    return [
        Sung(number, song.key, song.meter, phrase)
        for number, song in enumerate(songs)
        if song.meter and not song.meter_changes and song.phrase_ends
        for phrase in song.phrases()
        if sum(note.pitch is not None for note in phrase) >= _FEWEST
    ]


def over(size: int, count: int, random: np.random.Generator) -> list[int]:
    """Places 0..size, shuffled, again and again until ``count`` of them can be used."""
    return [int(p) for _ in range(1 + 4 * count // max(size, 1)) for p in random.permutation(size)]


def altered(phrase: Sung, share: float, random: np.random.Generator) -> Phrase:
    """The phrase with this share of its notes altered, one at least.

    They move to other degrees of the scale, by a fifth at most; are split in two, the second the
    same or a step away; or are joined with the next.
    """
    notes = list(phrase.notes)
    left = max(1, round(share * len(notes)))
    made: dict[int, list[Note]] = {}  # what stands instead of each note
    for place in random.permutation(len(notes)).tolist():
        if left <= 0:
            break
        if place in made:
            continue
        note, following = notes[place], place + 1
        joins = following < len(notes) and following not in made and left >= 2
        way = random.choice(["move", "move", "split", "join"])
        if way == "join" and joins:
            pitch = notes[following].pitch if note.pitch is None else note.pitch
            made[place] = [Note(pitch, note.duration + notes[following].duration)]
            made[following] = []
            left -= 2
            continue
        if note.pitch is None:
            continue
        if way == "split":
            half, step = note.duration / 2, int(random.choice([-1, 0, 0, 1]))
            made[place] = [Note(note.pitch, half), Note(_moved(note.pitch, step, phrase.key), half)]
        else:
            pitch = _moved(note.pitch, int(random.choice(_STEPS)), phrase.key)
            made[place] = [Note(pitch, note.duration)]
        left -= 1
    return tuple(new for place, note in enumerate(notes) for new in made.get(place, [note]))


def _moved(pitch: int, steps: int, key: Key) -> int:
    """The pitch so many degrees of the scale away; a chromatic one counts as the next lower."""
    if not steps:
        return pitch
    degrees = key.scale
    scale = [p for p in range(128) if p % 12 in degrees]
    return scale[bisect_right(scale, pitch) - 1 + steps]


def unlike(
    those: Sequence[Sung], among: Sequence[Sung], random: np.random.Generator
) -> Phrase | None:
    """A phrase among others that is `UNLIKE` all those, in the key and register of the first."""
    for _ in range(min(_TRIES, len(among))):
        other = _brought(among[int(random.integers(len(among)))], those[0])
        if all(note_overlap(one.notes, other.notes) < UNLIKE for one in those):
            return other.notes
    return None


def _brought(other: Sung, one: Sung) -> Sung:
    """The other phrase on the tonic of the one, in the octave nearest to it."""
    up = (one.key.pitch_class - other.key.pitch_class) % 12
    means = [
        np.mean([note.pitch for note in phrase.notes if note.pitch is not None])
        for phrase in (one, other)
    ]
    up += 12 * round((means[0] - means[1] - up) / 12)
    notes = tuple(Note(None if n.pitch is None else n.pitch + up, n.duration) for n in other.notes)
    return other._replace(key=one.key, notes=notes)
