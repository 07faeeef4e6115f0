"""Which tunes to take: the report's filter, by the durations that a melody uses."""

from collections.abc import Collection
from fractions import Fraction

from solfa.melody import Melody

REPORT_DURATIONS = frozenset(map(Fraction, ("1/4", "1/2", "3/4", "1", "3/2", "2", "3", "4")))
"""The durations that the report accepts, in quarters."""


def refusal(melody: Melody, durations: Collection[Fraction] = REPORT_DURATIONS) -> str | None:
    """Why a melody is not accepted, or None: the first duration, rests included, not allowed."""
    for note in melody.notes:
        if note.duration not in durations:
            return f"duration of {note.duration} quarters is not accepted"
    return None
