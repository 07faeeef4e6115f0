"""Sentinels: the numbers in integer arrays where there is no pitch or no time."""

import numpy as np

REST = -1
"""A rest where a MIDI pitch is expected."""
NO_PITCH = -2
"""No pitch and no rest: nothing sounds, or MIDI does not have it."""
UNKNOWN = -1
"""No such time, place or index."""
NEVER = int(np.iinfo(np.int32).max)
"""A time (ticks) that no tune reaches."""
