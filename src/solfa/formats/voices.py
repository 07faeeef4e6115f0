"""Notes by when they sound, and one voice of those that sound together: pure functions.

`voice` takes small overlaps for legato, `skyline` takes the highest of several voices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from solfa.errors import ReadError


class Event(NamedTuple):
    """One sounding note; times in quarters from the start."""

    onset: Fraction
    end: Fraction
    pitch: int


def voice(events: Iterable[Event]) -> list[Event]:
    """The events in order, each cut where the next begins.

    Raises `ReadError` where two sound together for longer than legato does: for more than half
    of the shorter one.
    """
    ordered = sorted(events)
    for event, after in pairwise(ordered):
        overlap = min(event.end, after.end) - after.onset
        if overlap > 0 and 2 * overlap > min(event.end - event.onset, after.end - after.onset):
            raise ReadError(
                "several notes at once; keep one voice, or take the highest with top=True (--top)"
            )
    return _cut(ordered)


def skyline(events: Iterable[Event], together: Fraction = Fraction(0)) -> list[Event]:
    """The highest note at each onset, until the next such note begins.

    So Uitdenbogerd and Zobel find a melody (*Melodic matching techniques for large music
    databases*, 1999); but a lower note, which cuts the higher one short there, is passed over
    here while the higher one sounds. Notes that begin within ``together`` quarters, as those of
    a chord that is played, begin at one onset.
    """
    top: list[Event] = []
    for event in sorted(events, key=lambda event: (event.onset, -event.pitch)):
        if top and (before := top[-1]).end > event.onset:
            if before.pitch >= event.pitch and not _legato(before, event):
                continue
            if before.onset >= event.onset - together:
                top.pop()
        top.append(event)
    return _cut(top)


def _legato(event: Event, after: Event) -> bool:
    """Whether ``event`` ends soon after ``after`` begins, and before it ends."""
    overlap = event.end - after.onset
    shorter = min(event.end - event.onset, after.end - after.onset)
    return event.onset < after.onset and event.end < after.end and 2 * overlap <= shorter


def _cut(ordered: Sequence[Event]) -> list[Event]:
    following = [*(event.onset for event in ordered[1:]), ordered[-1].end] if ordered else []
    return [
        event._replace(end=min(event.end, onset))
        for event, onset in zip(ordered, following, strict=True)
    ]
