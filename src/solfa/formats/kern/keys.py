"""Keys of a kern file: signatures (``*k[f#]``) and designations (``*G:``, ``*e:``, ``*d:dor``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from solfa.analysis.keys import find_key
from solfa.formats.signatures import key_of_signature
from solfa.melody import MODES, Key, KeyChange, Note, note_onsets

_MODES = {
    "aeo": "minor",
    "dor": "dorian",
    "phr": "phrygian",
    "lyd": "lydian",
    "mix": "mixolydian",
    "loc": "locrian",
    "ion": "major",
}
_MODE_NAMES = {mode: name for name, mode in _MODES.items()}
_DESIGNATION = re.compile(r"\*([a-gA-G])([#-]?):(\w*)")
_SIGNATURE = re.compile(r"\*k\[((?:[a-g](?:#{1,2}|-{1,2}))*)\]")
_STEP = re.compile(r"[a-g][#-]+")
_MOST = range(-14, 15)  # sharps


def signature(key: Key) -> str:
    """``*k[f#c#]``; what is doubly altered bears two signs."""
    steps = (step.lower() + signs(alter) for step, alter in key.accidentals.items())
    return f"*k[{''.join(steps)}]"


def signs(alter: int) -> str:
    """Sharps, or flats below zero."""
    return "#" * alter + "-" * -alter


def designation(key: Key) -> str:
    """``*G:``, ``*g:``, ``*d:dor``: a lower-case tonic where the third is minor."""
    minor = 3 in MODES[key.mode]
    tonic = key.tonic.replace("b", "-")
    mode = "" if key.mode in ("major", "minor") else _MODE_NAMES[key.mode]
    return f"*{tonic.lower() if minor else tonic}:{mode}"


_SHARPS = {
    frozenset(_STEP.findall(signature(key_of_signature(sharps, mode)))): sharps
    for mode in MODES
    for sharps in _MOST
    if key_of_signature(sharps, mode).signature == sharps
}
"""How many sharps a signature has, flats below zero."""


def is_designation(token: str) -> bool:
    """Whether an interpretation names a key."""
    return bool(_DESIGNATION.fullmatch(token))


class Keys:
    """The keys read so far; of a signature and a designation at one place the latter holds."""

    def __init__(self) -> None:
        self._sharps: dict[Fraction, int] = {}
        self._named: dict[Fraction, Key] = {}

    def take(self, token: str, onset: Fraction) -> bool:
        """Whether a signature or a designation is one that a key has."""
        if match := _DESIGNATION.fullmatch(token):
            mode = _MODES.get(match[3][:3], "minor" if match[1].islower() else "major")
            self._named[onset] = Key(match[1].upper() + match[2].replace("-", "b"), mode)
            return True
        match = _SIGNATURE.fullmatch(token)
        sharps = _SHARPS.get(frozenset(_STEP.findall(match[1]))) if match else None
        if sharps is not None:
            self._sharps[onset] = sharps
        return sharps is not None

    def resolved(self, notes: Sequence[Note]) -> tuple[Key, list[KeyChange], str]:
        """The first key, its changes, and which of key and mode was not given but found."""
        onsets = sorted({*self._sharps, *self._named})
        first = min(self._named, default=None)
        found = ""
        if first is not None and not any(0 < onset <= first for onset in self._sharps):
            key = self._named[first]
        else:
            change = next(filter(None, onsets), None)
            starts = zip(notes, note_onsets(notes), strict=True)
            begun = [note for note, onset in starts if change is None or onset < change]
            if Fraction(0) in self._sharps:
                sharps = self._sharps[Fraction(0)]
                among = [key_of_signature(sharps, mode) for mode in ("major", "minor")]
                key, found = find_key(begun, among), "mode"
            else:
                key, found = find_key(begun), "key"
        changes = []
        now, written = key, self._sharps.get(Fraction(0), key.signature)
        for onset in filter(None, onsets):
            sharps = self._sharps.get(onset, written)
            same = now if sharps == written else key_of_signature(sharps, now.mode)
            now, written = self._named.get(onset, same), sharps
            changes.append(KeyChange(onset, now))
        return key, changes, found
