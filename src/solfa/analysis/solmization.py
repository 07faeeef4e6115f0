"""Notes named as singers name them: by syllables of sol-fa, or by numbers of scale degrees.

The syllables are those of movable do: John Curwen, *The Standard Course of the Tonic Sol-fa
Method* (1858), with the vowels of the English-speaking Kodály schools for chromatic notes, -i for
raised and -e (``ra``: -a) for lowered ones. A name follows the written note, not the key on the
piano: F sharp in C is ``fi``, G flat ``se``. `Key.spell` writes no note that would need a double
alteration or another syllable than these, in either system.
"""

from __future__ import annotations

import re

from solfa.choices import choose
from solfa.errors import SolfaError
from solfa.melody import MODES, Key, MelodyLike, as_melody

SYSTEMS = ("do", "la", "degrees")
"""Tonic sol-fa with every tonic as do; with minor from la, dorian from re and so on; degrees."""

_FLATS = 6
SYLLABLES = (
    *("se", "ra", "le", "me", "te"),  # lowered
    *("fa", "do", "so", "re", "la", "mi", "ti"),
    *("fi", "di", "si", "ri", "li"),  # raised
)
"""The syllables in the order of the line of fifths, in which spelling is reckoned too."""


def syllables(melody: MelodyLike, system: str = "do") -> tuple[str | None, ...]:
    """The name of every note in a system of `SYSTEMS`, without octave marks; None for a rest.

    ``"do"`` and ``"degrees"`` count from the tonic: the third of minor is ``me``, and ``3``,
    since degrees are the mode's own, altered by # and b. ``"la"`` counts from the do of the key
    signature; after a change of key both count from the new one. Raises `SolfaError` for an
    unknown system.
    """
    system = choose("syllables", system, SYSTEMS)
    melody = as_melody(melody)
    keys = melody.note_keys()
    names = {
        (pitch, key): _name(pitch, key, system)
        for pitch, key in zip([n.pitch for n in melody.notes], keys, strict=True)
    }
    return tuple(names[note.pitch, key] for note, key in zip(melody.notes, keys, strict=True))


def _name(pitch: int | None, key: Key, system: str) -> str | None:
    if pitch is None:
        return None
    if system == "degrees":
        return degree_name(pitch, key)
    place = key.spell(pitch).fifths
    return SYLLABLES[place - (key.fifths if system == "do" else key.signature) + _FLATS]


def degree_name(pitch: int, key: Key) -> str:
    """The degree of a pitch in a key, as `degree` reads it: ``5``, ``#7``."""
    place = key.spell(pitch).fifths
    number = (place - key.fifths) * 4 % 7 + 1  # a fifth goes up four steps
    alter = (place - key.signature + 1) // 7
    return ("b" * -alter or "#" * alter) + str(number)


def home(key: Key, system: str) -> int:
    """The pitch class that a system counts from: that of do or of degree 1."""
    return (7 * key.signature) % 12 if system == "la" else key.pitch_class


def syllable(name: str) -> int:
    """Semitones of a syllable above do, 0..11; `SolfaError` for any but `SYLLABLES`."""
    if name not in SYLLABLES:
        raise SolfaError(f"syllable {name!r} is none of {', '.join(SYLLABLES)}")
    return 7 * (SYLLABLES.index(name) - _FLATS) % 12


def degree(name: str, mode: str) -> int:
    """Semitones of a degree above the tonic; the mode's own, # or b before it alters.

    ``b1`` is -1. Raises `SolfaError` for another name.
    """
    match = re.fullmatch(r"([#b]?)([1-7])", name)
    if not match:
        raise SolfaError(f"degree {name!r} is none of 1..7, altered by # or b")
    return MODES[mode][int(match[2]) - 1] + {"": 0, "#": 1, "b": -1}[match[1]]
