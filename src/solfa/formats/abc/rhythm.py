"""The durations of written notes in ABC: unit length, tuplets and broken rhythm, in quarters."""

from __future__ import annotations

import re
from fractions import Fraction

from solfa.errors import ReadError
from solfa.melody import Meter

_MOST = 999  # notes in a tuplet
_USUAL = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # in the time of how many notes a tuplet is played


class Rhythm:
    """The state that says how long a written note lasts."""

    def __init__(self) -> None:
        self.unit: Fraction | None = None  # length of a plain note
        self.tuplet, self.tuplet_left = Fraction(1), 0
        self.broken = Fraction(1)  # what broken rhythm leaves for the next note

    def read_unit(self, value: str) -> None:
        """Takes a field ``L:``. Raises `ReadError`."""
        match = re.match(r"([1-9]\d?)(?:/([1-9]\d{0,2}))?$", value)
        if not match:
            raise ReadError("a unit length L: that cannot be read")
        self.unit = Fraction(4 * int(match[1]), int(match[2] or 1))

    def unit_length(self, meter: Meter | None) -> Fraction:
        """Length of a plain note: as ``L:`` has it, else a sixteenth in metres below 3/4."""
        if self.unit is None:
            small = meter is not None and meter.bar < 3
            self.unit = Fraction(1, 4) if small else Fraction(1, 2)
        return self.unit

    def begin_tuplet(self, symbol: re.Match[str], meter: Meter | None) -> None:
        """Takes ``(p:q:r``: the next r notes, p in the time of q. Raises `ReadError`."""
        p = int(symbol["p"])
        compound = meter is not None and meter.beat.numerator == 3
        q = int(symbol["q"] or _USUAL.get(p, 3 if compound else 2))
        if not p or not q:
            raise ReadError("a tuplet of no notes")
        r = int(symbol["r"] or p)
        if max(p, q, r) > _MOST:
            raise ReadError(f"a tuplet of more than {_MOST} notes")
        self.tuplet, self.tuplet_left = Fraction(q, p), r

    def break_after(self, marks: str) -> Fraction:
        """Takes ``>`` or ``<``; by how much the note before is lengthened."""
        short = Fraction(1, 2 ** len(marks))
        before, self.broken = (2 - short, short) if marks[0] == ">" else (short, 2 - short)
        return before

    def played(self, duration: Fraction) -> Fraction:
        """How long the next note lasts that is written with ``duration``."""
        duration *= self.broken
        self.broken = Fraction(1)
        if self.tuplet_left:
            duration *= self.tuplet
            self.tuplet_left -= 1
        return duration


def multiple(text: str) -> Fraction:
    """``3/2``, ``/``, ``//``, ``/4`` as a multiple of the unit."""
    number, slash, rest = text.partition("/")
    divisor = 2 ** (len(rest) + 1) if not rest.strip("/") else int(rest.strip("/"))
    return Fraction(int(number or 1), divisor if slash else 1) if divisor else Fraction(0)
