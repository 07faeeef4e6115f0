"""Finding phrase lengths: the pattern of bars a phrase, from phrase marks or from the notes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, cycle
from math import log2
from statistics import median_low
from typing import NamedTuple

import numpy as np

from solfa.melody import Melody, Meter, Note, note_onsets, total

BARS = (2, 3, 4)
"""The phrase lengths in bars that are found without phrase marks; 99 % of regular songs have one.
"""


class PhraseLengths(NamedTuple):
    """The pattern of phrase lengths in ``bars``, repeated from a tune's beginning; may be empty.

    ``marked``: by the tune's own marks, else found from its notes.
    """

    bars: tuple[int, ...]
    marked: bool

    def borders(self, until: Fraction) -> tuple[int, ...]:
        """After how many bars phrases end, up to the first end at or beyond ``until`` bars."""
        ends: list[int] = []
        for end in accumulate(cycle(self.bars)):
            ends.append(end)
            if end >= until:
                break
        return tuple(ends)


def find_phrase_lengths(melody: Melody) -> PhraseLengths:
    """The phrase lengths of a tune, or of the beginning of one, cut off anywhere.

    They are empty where no pattern is found, in free metre, and where the metre changes.
    """
    bar = melody.meter.bar if melody.meter and not melody.meter_changes else None
    ends = _ends(melody)
    if bar is None or not ends:
        return PhraseLengths(() if bar is None else _found_in_notes(melody), False)
    return PhraseLengths(_regular([round(end / bar) for end in ends], melody.duration / bar), True)


def _ends(melody: Melody) -> list[Fraction]:
    """When marked phrases end, in quarters; a mark at the end of an incomplete bar is left out."""
    over = melody.ends()
    ends = [over[index] for index in melody.phrase_ends]
    cut = bool(ends) and melody.meter is not None and ends[-1] == melody.duration
    return ends[:-1] if cut and melody.meter and ends[-1] % melody.meter.bar else ends


def _regular(ends: list[int], reached: Fraction) -> tuple[int, ...]:
    """The shortest pattern of phrase lengths that occurs twice and goes on as it began.

    ``ends`` and ``reached`` count bars. What ends with the tune may be cut off.
    """
    lengths = [end - before for before, end in zip([0, *ends], ends, strict=False)]
    for complete in (lengths, lengths[:-1] if ends[-1] == reached else []):
        left = reached - sum(complete)
        for period in range(1, 1 + max(1, len(complete) // 2)):
            pattern = complete[:period]
            going_on = pattern[len(complete) % period] if pattern else 0
            agrees = all(a == b for a, b in zip(complete, complete[period:], strict=False))
            if pattern and min(pattern) > 0 and agrees and left <= going_on:
                return tuple(pattern)
    return ()


class Habits(NamedTuple):
    """How the phrases of folk songs go, in hundredths of the natural logarithm of odds.

    ``bars``: how usual phrases of each of `BARS` are, by metre; ``notes``: mean and spread of the
    logarithm (to base 2) of a phrase's sounding notes. The evidence for a phrase's end at a bar
    line: ``over``, that a note sounds on; ``lengths``, how long the last note is by the median one
    (below 3/4, 5/4, 9/5, 5/2, 7/2 of it, or longer); ``rests``, that none, the last note or the
    next is a rest; ``leaps``, to the next pitch: the same, a step, a third, more; ``again``, how
    much of the tune's first bar comes again: less than a third, less than 3/5, or more of it.
    """

    bars: dict[Meter | None, tuple[int, ...]]
    notes: tuple[float, float]
    over: int
    lengths: tuple[int, ...]
    rests: tuple[int, ...]
    leaps: tuple[int, ...]
    again: tuple[int, ...]


# Fitted to the German training songs (``benchmarks/phrasing.py fit``).
HABITS = Habits(
    {
        None: (-14, -405, -221),
        Meter(2, 4): (-11, -444, -242),
        Meter(3, 4): (-21, -455, -171),
        Meter(4, 4): (-4, -464, -353),
        Meter(6, 4): (-4, -432, -382),
        Meter(2, 2): (-10, -502, -241),
        Meter(3, 2): (-88, -622, -54),
        Meter(4, 2): (-26, -277, -178),
        Meter(6, 2): (-5, -497, -313),
        Meter(3, 1): (-90, -296, -62),
        Meter(4, 1): (-7, -330, -356),
        Meter(3, 8): (-93, -203, -74),
        Meter(6, 8): (-1, -554, -567),
    },
    notes=(3.15, 0.46),
    over=-54,
    lengths=(-31, -7, 3, -3, 78, 96),
    rests=(-52, 89, 98),
    leaps=(28, -13, 50, 78),
    again=(3, 8, 125),
)

_LENGTHS = [Fraction(a, b) for a, b in ((3, 4), (5, 4), (9, 5), (5, 2), (7, 2))]
_SURE = 0.7
"""The least probability of a phrase length that is accepted; 19 of 20 such are right."""


class Place(NamedTuple):
    """The features of a bar line, as indices into `Habits`; all None where a note is held over."""

    length: int | None = None
    rest: int | None = None
    leap: int | None = None
    again: int | None = None


def places(notes: Sequence[Note], bar: Fraction) -> list[Place]:
    """The features of each bar line, ``bar`` quarters apart, up to the end of the notes."""
    onsets = [*note_onsets(notes), total([note.duration for note in notes])]
    index = {onset: i for i, onset in enumerate(onsets)}
    median = median_low(note.duration for note in notes)
    first = _bar(notes, onsets, Fraction(0), bar)
    found = []
    for number in range(1, -(-onsets[-1] // bar)):
        if (at := index.get(number * bar)) is None:
            found.append(Place())
            continue
        last, after = notes[at - 1], notes[at]
        rest = 1 if last.pitch is None else 2 * (after.pitch is None)
        length = last.duration
        if rest == 1 and at > 1:
            length += notes[at - 2].duration
        here = _bar(notes, onsets, number * bar, bar)
        same = len(first & here) / max(1, len(first | here))
        found.append(
            Place(
                sum(length >= edge * median for edge in _LENGTHS),
                rest,
                _leap(notes, at),
                (same >= 1 / 3) + (same >= 3 / 5),
            )
        )
    return found


def _bar(
    notes: Sequence[Note], onsets: Sequence[Fraction], start: Fraction, bar: Fraction
) -> set[tuple[Fraction, int | None]]:
    """The notes that begin in a bar's time, as (time from its start, pitch)."""
    return {
        (onset - start, note.pitch)
        for onset, note in zip(onsets, notes, strict=False)
        if start <= onset < start + bar
    }


def _leap(notes: Sequence[Note], at: int) -> int | None:
    """How far the first pitch from ``at`` on lies from the last one before."""
    before = next((note.pitch for note in notes[at - 1 :: -1] if note.pitch is not None), None)
    after = next((note.pitch for note in notes[at:] if note.pitch is not None), None)
    if before is None or after is None:
        return None
    return sum(abs(after - before) >= semitones for semitones in (1, 3, 5))


def likely(melody: Melody) -> dict[int, float]:
    """How probable phrases of each of `BARS` are, by the notes of a melody in one metre."""
    assert melody.meter
    odds = np.exp([_logit(melody, melody.meter.bar, length) for length in BARS])
    return dict(zip(BARS, (odds / odds.sum()).tolist(), strict=True))


def _found_in_notes(melody: Melody) -> tuple[int, ...]:
    """The likeliest phrase length in bars; none if it is improbable or longer than the melody."""
    if not melody.pitches or not melody.meter:
        return ()
    chances = likely(melody)
    best = max(chances, key=lambda bars: chances[bars])
    sure = chances[best] >= _SURE and melody.duration >= best * melody.meter.bar
    return (best,) if sure else ()


def _logit(melody: Melody, bar: Fraction, length: int) -> float:
    habits, sounding = HABITS, len(melody.pitches) / float(melody.duration / bar)
    usual = habits.bars.get(melody.meter, habits.bars[None])[BARS.index(length)]
    mean, spread = habits.notes
    evidence = usual - 50 * ((log2(length * sounding) - mean) / spread) ** 2
    for place in places(melody.notes, bar)[length - 1 :: length]:
        evidence += sum(_evidence(place))
    return float(evidence / 100)


def _evidence(place: Place) -> list[int]:
    """The log-odds of a phrase's end, in hundredths, by each feature of a bar line."""
    habits = HABITS
    if place.length is None:
        return [habits.over]
    tables = (habits.lengths, habits.rests, habits.leaps, habits.again)
    return [table[i] for table, i in zip(tables, place, strict=True) if i is not None]
