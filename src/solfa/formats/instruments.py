"""Instruments that play a melody: their sound, their clefs, and how their parts are transposed."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from solfa.errors import SolfaError
from solfa.melody import Key, Melody


class Clef(NamedTuple):
    """A clef: its sign on a line counted from below, octaves higher, and the pitch it centres."""

    sign: str
    line: int
    octave: int
    middle: int  # MIDI, on the middle line


CLEFS = {
    "treble": Clef("G", 2, 0, 71),
    "bass": Clef("F", 4, 0, 50),
    "alto": Clef("C", 3, 0, 60),
    "tenor": Clef("C", 4, 0, 57),
    "treble8vb": Clef("G", 2, -1, 59),
}
"""Clefs by name."""

_REACH = 16  # semitones about a clef's middle line, four ledger lines' reach


class Instrument(NamedTuple):
    """``program`` is the General MIDI sound, from 0; a written note sounds ``transposition``
    semitones higher; the first of ``clefs`` is the usual one.
    """

    title: str
    program: int
    transposition: int = 0
    clefs: tuple[str, ...] = ("treble",)


_LOW = ("bass", "tenor", "treble")

INSTRUMENTS = {
    "piano": Instrument("Piano", 0, clefs=("treble", "bass")),
    "voice": Instrument("Voice", 52, clefs=("treble", "bass")),
    "tenor-voice": Instrument("Tenor", 52, clefs=("treble8vb", "bass")),
    "bass-voice": Instrument("Bass", 52, clefs=("bass",)),
    "flute": Instrument("Flute", 73),
    "piccolo": Instrument("Piccolo", 72, 12),
    "recorder": Instrument("Soprano recorder", 74, 12),
    "alto-recorder": Instrument("Alto recorder", 74),
    "tin-whistle": Instrument("Tin whistle", 72, 12),
    "oboe": Instrument("Oboe", 68),
    "cor-anglais": Instrument("Cor anglais", 69, -7),
    "clarinet": Instrument("Clarinet in B♭", 71, -2),
    "clarinet-in-a": Instrument("Clarinet in A", 71, -3),
    "bassoon": Instrument("Bassoon", 70, clefs=_LOW),
    "soprano-sax": Instrument("Soprano saxophone", 64, -2),
    "alto-sax": Instrument("Alto saxophone", 65, -9),
    "tenor-sax": Instrument("Tenor saxophone", 66, -14),
    "baritone-sax": Instrument("Baritone saxophone", 67, -21),
    "trumpet": Instrument("Trumpet in B♭", 56, -2),
    "horn": Instrument("Horn in F", 60, -7, ("treble", "bass")),
    "trombone": Instrument("Trombone", 57, clefs=_LOW),
    "tuba": Instrument("Tuba", 58, clefs=("bass",)),
    "violin": Instrument("Violin", 40),
    "viola": Instrument("Viola", 41, clefs=("alto", "treble")),
    "cello": Instrument("Violoncello", 42, clefs=_LOW),
    "double-bass": Instrument("Double bass", 43, -12, _LOW),
    "guitar": Instrument("Guitar", 24, clefs=("treble8vb",)),
    "ukulele": Instrument("Ukulele", 24),
    "mandolin": Instrument("Mandolin", 25),
    "banjo": Instrument("Banjo", 105, clefs=("treble8vb",)),
    "bass-guitar": Instrument("Bass guitar", 33, -12, ("bass", "treble")),
    "harp": Instrument("Harp", 46, clefs=("treble", "bass")),
    "harmonica": Instrument("Harmonica", 22),
    "accordion": Instrument("Accordion", 21, clefs=("treble", "bass")),
    "organ": Instrument("Organ", 19, clefs=("treble", "bass")),
    "marimba": Instrument("Marimba", 12, clefs=("treble", "bass")),
    "xylophone": Instrument("Xylophone", 13, 12),
    "glockenspiel": Instrument("Glockenspiel", 9, 24),
}
"""Instruments by name. No pitch is refused: what a player can reach, the player knows."""


def written(melody: Melody, instrument: str) -> Melody:
    """The melody as the instrument's part writes it, its keys in the simplest spelling.

    Raises `SolfaError` where a written note would be outside MIDI's range.
    """
    up = -INSTRUMENTS[instrument].transposition
    if not up:
        return melody
    try:
        part = melody.transpose(up)
    except SolfaError as error:
        raise SolfaError(f"a part for {instrument} cannot be written: {error}") from error
    changes = [(at, _written_key(key, up)) for at, key in melody.key_changes]
    return part.replace(key=_written_key(melody.key, up), key_changes=changes)


def _written_key(key: Key, up: int) -> Key:
    """The key that sounds as ``key``, written so many semitones higher."""
    part = key.transpose(up)
    usual = [same for same in _keys(part) if steps(key, same, up) == _usual_steps(up)]
    # Six sharps or six flats: what is a plain transposition of the key.
    tied = [same for same in usual if abs(same.signature) == abs(part.signature)]
    return tied[0] if tied else part


def _keys(key: Key) -> list[Key]:
    """The names of the key with up to seven accidentals."""
    every = [Key.of_signature(sharps, key.mode) for sharps in range(-7, 8)]
    return [same for same in every if same.pitch_class == key.pitch_class]


def steps(old: Key, new: Key, semitones: int) -> int:
    """Steps of the scale from one tonic up to another that is ``semitones`` higher."""
    letters = "CDEFGAB".index(new.tonic[0]) - "CDEFGAB".index(old.tonic[0])
    return letters + 7 * round((semitones - 12 * letters / 7) / 12)


def _usual_steps(semitones: int) -> int:
    """Steps of the plain interval: 1 for a major second, 2 for a minor third, 4 for a fifth."""
    octaves, rest = divmod(semitones, 12)
    return 7 * octaves + (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)[rest]


def clef_of(part: Melody, instrument: str) -> str:
    """The name of the clef that suits a written part: the usual one unless the notes leave it."""
    names = INSTRUMENTS[instrument].clefs
    if not part.pitches:
        return names[0]
    middle = median(part.pitches)
    if abs(middle - CLEFS[names[0]].middle) <= _REACH:
        return names[0]
    return min(names, key=lambda name: abs(middle - CLEFS[name].middle))
