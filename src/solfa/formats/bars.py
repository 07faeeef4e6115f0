"""From the bars a file draws to the metre, pickup and metre changes of a `Melody`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from solfa.errors import ReadError
from solfa.melody import Meter, MeterChange


class Frame(NamedTuple):
    """A melody's metre: the `Melody` fields of the same names."""

    meter: Meter
    pickup: Fraction
    meter_changes: tuple[MeterChange, ...]


def frame(
    bars: Sequence[tuple[Fraction, Meter]], *, source: str = "", pickup: bool = False
) -> Frame:
    """The frame that draws exactly these bars: each its length in quarters and its signature.

    A first bar that is too short is a pickup if others follow (or if ``pickup`` says so), and
    a last bar may stay short. Any other bar that disagrees with its signature is a change to
    the metre it fills. Raises `ReadError` for a length that no metre has.
    """
    length, meter = bars[0]
    before = length if length < meter.bar and (pickup or len(bars) > 1) else Fraction(0)
    onset, rest = before, bars[1:] if before else bars
    changes: list[MeterChange] = []
    current = meter if before else None
    for i, (length, meter) in enumerate(rest):
        short_end = i == len(rest) - 1 and length < meter.bar
        actual = meter if short_end or length == meter.bar else Meter.of(length)
        if actual is None:
            raise ReadError("a bar has a length that no metre has", source)
        if actual != current:
            changes.append(MeterChange(onset, actual))
            current = actual
        onset += length
    first = bars[0][1] if before else changes.pop(0).meter
    return Frame(first, before, tuple(changes))
