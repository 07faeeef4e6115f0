"""The pitches that a tune may keep to: scales by name, or the degrees of its key's mode."""

from __future__ import annotations

import re

from solfa.errors import SolfaError
from solfa.melody import MODES

SCALES: dict[str, tuple[int, ...]] = {
    **MODES,
    "natural minor": MODES["minor"],
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),  # as it rises and as it falls
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "chromatic": tuple(range(12)),
}
"""Semitones above the tonic of every scale; ``key`` and ``pentatonic`` follow the mode."""

SCALE_NAMES = ("key", "pentatonic", *SCALES)

_ALTERED = {"": 0, "#": 1, "b": -1}


def semitones(scale: str, mode: str) -> frozenset[int]:
    """Semitones above the tonic of a scale: one of `SCALE_NAMES`, or degrees as in ``1 2 b3 5``.

    Degrees are the mode's own, # and b alter them. Raises `SolfaError` for anything else.
    """
    if scale == "key":
        return frozenset(MODES[mode])
    if scale == "pentatonic":
        return frozenset(SCALES["major pentatonic" if 4 in MODES[mode] else "minor pentatonic"])
    if scale in SCALES:
        return frozenset(SCALES[scale])
    if not re.search(r"\d", scale):
        raise SolfaError(
            f"scale {scale!r} is unknown; choose from {', '.join(SCALE_NAMES)}, or write degrees"
            " like '1 2 b3 5'"
        )
    degrees = set()
    for word in scale.split():
        match = re.fullmatch(r"([#b]?)([1-7])", word)
        if not match:
            raise SolfaError(
                f"degree {word!r} of scale {scale!r} is none of 1..7, altered by # or b; mend it"
            )
        degrees.add((MODES[mode][int(match[2]) - 1] + _ALTERED[match[1]]) % 12)
    return frozenset(degrees)
