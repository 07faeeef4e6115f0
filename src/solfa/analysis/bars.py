"""How many bars a tune has."""

from math import ceil

from solfa.melody import Melody, Meter


def bars_of(melody: Melody) -> int:
    """The bars after the pickup, the last counted however full; in 4/4 where it has no metre."""
    return max(1, ceil((melody.duration - melody.pickup) / (melody.meter or Meter(4, 4)).bar))
