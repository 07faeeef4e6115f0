"""A bare line of ABC, as a tune's body is printed: ``G2 A B | c2 d2``, without a header.

A note is an eighth, or, where a metre is given, the quarter or sixteenth with which the fullest bar
fills it. Without a metre the fullest bar gives it; without a key the key is found from the notes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from solfa.formats.abc.reader import read
from solfa.formats.read_options import ReadOptions
from solfa.melody import Key, Melody, Meter

_NOTE = re.compile(
    r"(?:(?:\^{1,2}|_{1,2}|=)?[A-Ga-g][,']{0,5}|[zx])(?P<over>\d{0,6})(?P<under>(?:/{1,4}\d{0,6})?)"
)
_LINE = re.compile(rf"(?:{_NOTE.pattern}|[\s|:\[\]()<>-]|(?<=[\[(|])\d)++")
_UNITS = (Fraction(1, 8), Fraction(1, 4), Fraction(1, 16))


def is_line(text: str) -> bool:
    """Whether a text is a bare line of ABC; one word without a bar line is the name of a file."""
    several = len(text.split()) > 1 or "|" in text
    return several and bool(re.search("[A-Ga-g]", text)) and bool(_LINE.fullmatch(text))


def read_line(text: str, key: Key | None, meter: Meter | None) -> Melody:
    """The melody of a bare line; ``key`` and ``meter`` are those of its header, if it had one.

    Raises `SolfaError` as the reader of whole tunes does.
    """
    bars = [_length(bar) for bar in re.split(r"[|:\[\]]+", text)] if "|" in text else []
    longest, unit = max(bars, default=Fraction(0)), _UNITS[0]
    if meter and longest:
        unit = next((unit for unit in _UNITS if 4 * unit * longest == meter.bar), unit)
    its = meter or Meter.of(4 * unit * longest) if bars else None
    mode = f"{key.tonic} {key.mode}" if key else "none"
    tune = f"M:{its or 'none'}\nL:{unit}\nK:{mode}\n{' '.join(text.split())}\n"
    (melody,) = read(tune.encode(), "", ReadOptions())
    if not isinstance(melody, Melody):
        raise type(melody)(melody.reason)
    names = {Fraction(1, 8): "eighths", Fraction(1, 4): "quarters", Fraction(1, 16): "sixteenths"}
    how = f"notes: read as ABC, in {names[unit]}"
    return melody.replace(
        metadata=replace(melody.metadata, comments=(*melody.metadata.comments, how))
    )


def _length(bar: str) -> Fraction:
    """How many units the notes of a bar last, tuplets as they are written."""
    return sum((_units(note) for note in _NOTE.finditer(bar)), Fraction(0))


def _units(note: re.Match[str]) -> Fraction:
    slashes = note["under"].count("/")
    under = note["under"].strip("/")
    return Fraction(int(note["over"] or 1), int(under or 0) or 2**slashes)
