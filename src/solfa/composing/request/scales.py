"""Scales: the pitches that a tune may keep to, by name or by degrees of its key's mode."""

from __future__ import annotations

import re

from solfa.analysis.solmization import degree
from solfa.choices import remedy
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
            f"unknown scale {scale!r}; {remedy(scale, SCALE_NAMES)}, or write degrees like"
            " '1 2 b3 5'"
        )
    try:
        return frozenset(degree(word, mode) % 12 for word in scale.split())
    except SolfaError as error:
        raise SolfaError(f"scale {scale!r}: {error}; mend it") from error
