"""What one data token of a ``**kern`` spine says."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from solfa.errors import ReadError
from solfa.melody import Note

SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}

_NOT_RHYTHM_OR_PITCH = re.compile(r"[^0-9.%a-gA-Gr#\-]")
_NOTE = re.compile(
    r"(\d{1,9})(?:%([1-9]\d{0,8}))?(\.{0,4})(?:(?P<letter>[a-gA-G])((?P=letter)*)(#*|-*)|(.*r.*))"
)
_SOUNDING = re.compile(r"[a-gA-G]")


class Token(NamedTuple):
    """A note or rest and its marks; ``note`` is None for a grace note."""

    note: Note | None
    opens: bool  # a phrase
    closes: bool
    tied_back: bool = False
    tied_on: bool = False
    tied_perhaps: bool = False  # ``[`` and ``]`` on one note, which the Essen files use for either


def is_sounding(token: str) -> bool:
    """Whether a token of a kern spine, of whatever kind, is one with a pitch."""
    return (
        token[:1] not in ("", ".", "!", "*", "=")
        and "r" not in token
        and bool(_SOUNDING.search(token))
    )


@lru_cache(maxsize=1 << 14)
def parse(token: str, *, top: bool = False) -> Token:
    """Reads one token, of a chord its ``top`` note; raises `ReadError` without a place."""
    if " " in token:
        return _of_chord([parse(member) for member in token.split()], top)
    opens, closes = "{" in token, "}" in token
    if "q" in token or "Q" in token:
        return Token(None, opens, closes)
    core = _NOT_RHYTHM_OR_PITCH.sub("", token)
    match = _NOTE.fullmatch(core)
    if not match:
        raise ReadError(
            "a token that cannot be read as one note"
            if core[:1].isdigit()
            else "a note without a duration"
        )
    number, whole, dots, letter, more, signs, rest = match.groups()
    if set(number) == {"0"}:  # breve, long, maxima
        duration = Fraction(4 << len(number))
    else:
        duration = Fraction(4 * int(whole or 1), int(number))
    duration *= 2 - Fraction(1, 2 ** len(dots))
    if rest:
        return Token(Note(None, duration), opens, closes, tied_back="N" in token)
    octave = 5 + len(more) if letter.islower() else 4 - len(more)
    pitch = 12 * octave + SEMITONES[letter.lower()] + signs.count("#") - signs.count("-")
    if not 0 <= pitch <= 127:
        raise ReadError("a pitch outside MIDI's range")
    begins, ends, goes_on = "[" in token, "]" in token, "_" in token
    return Token(
        Note(pitch, duration),
        opens,
        closes,
        tied_back=goes_on or (ends and not begins),
        tied_on=goes_on or (begins and not ends),
        tied_perhaps=begins and ends,
    )


def _of_chord(members: list[Token], top: bool) -> Token:
    """The highest of several notes; a note that is only doubled is one."""
    sounding = [token for token in members if token.note and token.note.pitch is not None]
    if not top and (len(sounding) < len(members) or len({token.note for token in sounding}) > 1):
        raise ReadError("a chord; give one voice, or take its top with top=True (--top)")
    highest = max(sounding or members, key=lambda token: (token.note and token.note.pitch) or 0)
    return highest._replace(
        opens=any(token.opens for token in members),
        closes=any(token.closes for token in members),
    )
