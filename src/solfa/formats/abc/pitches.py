"""The pitches of written notes in ABC: the key, its signature and the accidentals in force."""

from __future__ import annotations

import re

from solfa.errors import ReadError
from solfa.formats.abc.text import ABC_MODES, ALTER
from solfa.melody import MODES, Key, Spelling

_ACCIDENTAL = re.compile(r"(\^{1,2}|_{1,2}|=)([A-Ga-g])")
_KEY = re.compile(
    r"""
      (?P<pipes>H[Pp])$
    | (?P<tonic>[A-G](?:\#|(?-i:b))?)
      (?:\s*(?P<mode>m(?![a-z])|(?:maj|min|mix|dor|phr|lyd|loc|aeo|ion)[a-z]*))?
      (?:\s*(?P<exp>exp))?
      (?=[\s_=^]|$)
      (?P<accidentals>(?:\s*(?:\^{1,2}|_{1,2}|=)[A-Ga-g])*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CLEF_FIELD = re.compile(r"(clef|treble|bass|alto|tenor|perc|octave|transpose|middle|staff)")
_CLEF = re.compile(
    r"\b(?:clef\s*=\s*\"?[A-Za-z]+|treble|bass|alto|tenor)[1-5]?(?P<octaves>[+-](?:8|15))?\b"
)
_CLEF_OCTAVES = {"+8": 12, "-8": -12, "+15": 24, "-15": -24}


class Pitches:
    """The state that says how a written note sounds."""

    def __init__(self) -> None:
        self.key: Key | None = None  # None in the header, before K:
        self.unknown = False  # K:none
        self.signature: dict[str, int] = {}
        self.shifts: dict[str, int] = {}  # semitones, by octave=, transpose= and the clef
        self.propagate = "pitch"  # where an accidental holds in its bar: pitch, octave, not
        self.altered: dict[str, int] = {}  # accidentals in force in this bar
        self.last = ("", 0)  # the last note's written name and alteration, for a tie to hold

    def read_shift(self, value: str) -> None:
        """Takes what a field says of notes that sound elsewhere than they are written."""
        for name, semitones in (("octave", 12), ("transpose", 1)):
            if match := re.search(rf"\b{name}\s*=\s*([+-]?\d{{1,2}})\b", value):
                self.shifts[name] = semitones * int(match[1])
        if clef := _CLEF.search(value):
            self.shifts["clef"] = _CLEF_OCTAVES.get(clef["octaves"], 0)

    def read_key(self, value: str) -> None:
        """Takes a field ``K:``. Raises `ReadError`."""
        if _CLEF_FIELD.match(value):
            self.key = self.key or Key("C")
            return
        self.end_bar()
        if value.split()[:1] in ([], ["none"]):
            self.key, self.unknown, self.signature = self.key or Key("C"), not self.key, {}
            return
        self.key, self.signature = _parse_key(value.rstrip("?"))

    def end_bar(self) -> None:
        self.altered = {}

    def pitch(self, symbol: re.Match[str], *, tied: bool) -> int:
        """The MIDI number of a written note; ``tied`` says whether the one before is."""
        step, marks = symbol["step"].upper(), symbol["octave"]
        octave = (5 if symbol["step"].islower() else 4) + marks.count("'") - marks.count(",")
        name = step if self.propagate == "pitch" else f"{step}{octave}"
        if sign := symbol["accidental"]:
            alter = ALTER[sign]
            if self.propagate != "not":
                self.altered[name] = alter
        elif tied and self.last[0] == f"{step}{octave}":
            alter = self.last[1]
        else:
            alter = self.altered.get(name, self.signature.get(step, 0))
        self.last = (f"{step}{octave}", alter)
        return Spelling(step, alter, octave).pitch + sum(self.shifts.values())


def _parse_key(value: str) -> tuple[Key, dict[str, int]]:
    """The key of ``K:`` and its signature, with accidentals named beside it."""
    match = _KEY.match(value)
    if not match:
        raise ReadError("a key that cannot be read")
    if match["pipes"]:
        key = Key("A", "mixolydian")
    else:
        key = Key(match["tonic"], ABC_MODES[(match["mode"] or "").lower()[:3]])
    explicit = {
        step.upper(): ALTER[sign] for sign, step in _ACCIDENTAL.findall(match["accidentals"] or "")
    }
    if not match["exp"]:
        return key, {**key.accidentals, **explicit}
    same = (Key(key.tonic, mode) for mode in MODES)
    return next((k for k in same if k.accidentals == explicit), key), explicit
