"""How much a file may hold: readers check numbers against these before anything is made of them."""

from fractions import Fraction
from math import lcm

from solfa.errors import ReadError

MOST_BYTES = 1 << 26
"""Bytes of a file, or of what an archive unpacks to."""

LONGEST_LINE = 1_000_000
"""Characters of a line of text."""

MOST_NOTES = 100_000
"""Notes and rests of one tune."""

MOST_QUARTERS = 16_384
"""Quarters that one tune lasts."""

MOST_PLAYED = 4_096
"""Stretches that the repeats of a tune may be written out to."""

FINEST = 1 << 64
"""The largest common denominator of the durations of a tune."""


def check_extent(notes: int, quarters: Fraction) -> None:
    """Raises `ReadError` for a tune that is too long."""
    if notes > MOST_NOTES:
        raise ReadError(f"holds more than {MOST_NOTES} notes; cut it")
    if quarters > MOST_QUARTERS:
        raise ReadError(f"lasts over {MOST_QUARTERS} quarters; cut it")


def check_played(count: int, most: int = MOST_PLAYED) -> None:
    """Raises `ReadError` for repeats that are written out to more than ``most``."""
    if count > most:
        raise ReadError("repeats that take too long to play; write out those that are wanted")


def common_denominator(denominator: int, duration: Fraction) -> int:
    """That of a duration and those before it. Raises `ReadError` where sums would grow costly."""
    denominator = lcm(denominator, duration.denominator)
    if denominator > FINEST:
        raise ReadError("durations without a common measure; quantise them")
    return denominator
