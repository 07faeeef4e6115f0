"""Counting the bars of a tune."""

from math import ceil

from solfa.melody import Melody, Meter


def bars_of(melody: Melody) -> int:
    """The number of bars after the pickup, a last incomplete one counted.

    A tune in free metre is counted in 4/4.
    """
    return max(1, ceil((melody.duration - melody.pickup) / (melody.meter or Meter(4, 4)).bar))
