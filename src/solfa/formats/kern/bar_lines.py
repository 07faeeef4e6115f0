"""Bar lines and metres of a kern file.

Bar lines are the file's: a bar that disagrees with the metre in force has the metre of its own
length. ``*MX`` (no regular metre) and ``*MFREI`` are free metre, where bar lines are dropped, if
all of the tune is in it; under ``*MZ`` (mixed), ``*M?`` and what is no metre each bar has that of
its length. Without any metre it is that of most bars.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from itertools import pairwise

from solfa.errors import ReadError, SolfaError
from solfa.formats.bars import FREE, Barring, DrawnBar, barring
from solfa.melody import Meter

FREE_METER = ("*MX", "*MFREI")
NO_METER = (*FREE_METER, "*MZ", "*M?")
"""How the interpretations begin that say that there is no metre, or that it is not known."""

_METER = re.compile(r"\*M(\d{1,2}(?:\+\d{1,2})*)/(\d{1,2})(?:%%.*)?")


def meter_of(token: str) -> Meter | None:
    """The metre that an interpretation names, if it is one."""
    match = _METER.fullmatch(token)
    try:
        return Meter(sum(map(int, match[1].split("+"))), int(match[2])) if match else None
    except SolfaError:
        return None


class BarLines:
    """The bar lines and metres read so far."""

    def __init__(self) -> None:
        self._free = False
        self._meters: dict[Fraction, Meter | None] = {}
        self._coming: tuple[Fraction, Meter] | None = None  # written before its bar line
        self._lines: dict[Fraction, tuple[int, bool]] = {}  # onset: (line, between two bars)

    def meter(self, token: str, onset: Fraction) -> None:
        self._free |= token.startswith(FREE_METER)
        meter = meter_of(token)
        if not onset or onset in self._lines or meter is None:
            self._meters[onset] = meter
        else:
            self._coming = onset, meter

    def bar_line(self, token: str, onset: Fraction, line: int) -> None:
        between = any(map(str.isdigit, token))  # repeats may stand within a bar, unnumbered
        first, numbered = self._lines.get(onset, (line, False))
        self._lines[onset] = (first, numbered or between)
        if self._coming:
            self._meters[onset] = self._coming[1]
            self._coming = None

    def begin_note(self, line: int) -> None:
        """A metre that has no bar line before the next note draws one."""
        if self._coming:
            onset, meter = self._coming
            self._meters[onset] = meter
            self._lines[onset] = (line, True)
            self._coming = None

    def barring(self, stop: Fraction) -> tuple[Barring, bool]:
        """The barring of a tune that lasts until ``stop``, and whether its metre was given."""
        bars = self._bars(stop)
        given = bool(self._meters)
        if (self._free and not any(self._meters.values())) or (not given and len(bars) == 1):
            return FREE, True
        if not given:
            [(usual, _)] = Counter(bar.length for bar in bars).most_common(1)
            meter = Meter.of(usual)
            if meter is None:
                raise ReadError("no metre; give one like *M3/4, or *MX for free metre")
            bars = [bar._replace(meter=meter) for bar in bars]
        return barring(bars, pickup=Fraction(0) not in self._lines), given

    def _bars(self, stop: Fraction) -> list[DrawnBar]:
        """The bars; a repeat sign within one makes no new one."""
        bars: list[DrawnBar] = []
        onsets = [Fraction(0), *(onset for onset in self._lines if 0 < onset < stop)]
        meter = None
        for onset, end in pairwise([*onsets, stop]):
            meter = self._meters.get(onset, meter)
            line, between = self._lines.get(onset, (None, True))
            if not between and onset not in self._meters and meter:
                whole = bars[-1].length + end - onset
                if whole == meter.bar:
                    bars[-1] = bars[-1]._replace(length=whole, meter=meter)
                    continue
            bars.append(DrawnBar(end - onset, meter, line))
        return bars
