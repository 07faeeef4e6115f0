"""From the bars that a file draws to the metre, pickup and metre changes of a `Melody`."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from solfa.errors import ReadError
from solfa.melody import Meter, MeterChange


class DrawnBar(NamedTuple):
    """A bar as it is drawn: its length in quarters and the signature in force, None if there is
    none and the length alone tells the metre; ``line`` is where it begins in the file.
    """

    length: Fraction
    meter: Meter | None
    line: int | None = None


class Barring(NamedTuple):
    """Where a melody has its bar lines: the `Melody` fields of the same names."""

    meter: Meter | None
    pickup: Fraction
    meter_changes: tuple[MeterChange, ...]


FREE = Barring(None, Fraction(0), ())
"""Free metre: no bar lines."""


def barring(bars: Sequence[DrawnBar], *, pickup: bool = False) -> Barring:
    """The barring that draws exactly these bars.

    A first bar that is too short is a pickup if others follow (or if ``pickup`` says so), and
    a last bar may stay short. Any other bar that disagrees with its signature is a change to
    the metre it fills. Raises `ReadError` for a length that no metre has.
    """
    onset, upbeat, found = Fraction(0), Fraction(0), []
    last = len(bars) - 1
    for i, (length, meter, line) in enumerate(bars):
        short = meter is not None and length < meter.bar and i in (0, last)
        if short and i == 0 and (last or pickup):
            upbeat = length
        filled = meter if short or (meter and length == meter.bar) else Meter.of(length)
        if filled is None:
            raise ReadError("a bar whose length no metre has", line=line)
        found.append(MeterChange(onset, filled))
        onset += length
    changes = [new for old, new in pairwise(found) if new.meter != old.meter]
    return Barring(found[0].meter, upbeat, tuple(changes))
