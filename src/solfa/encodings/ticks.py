"""Ticks: the unit of time, whole numbers, of the musical state and of constraints."""

from __future__ import annotations

from fractions import Fraction

from solfa.errors import SolfaError

TICKS = 48
"""Ticks a quarter: every duration of the corpora is a whole number of them."""
SIXTEENTH = TICKS // 4
"""In ticks."""


def to_ticks(duration: Fraction) -> int:
    """Quarters to ticks; `SolfaError` if not a whole number."""
    ticks = duration * TICKS
    if ticks.denominator != 1:
        raise SolfaError(f"duration {duration} is not a multiple of 1/{TICKS} quarter; quantise it")
    return int(ticks)


def to_quarters(ticks: int) -> Fraction:
    """Ticks to quarters."""
    return Fraction(int(ticks), TICKS)
