"""The layout: where, tick by tick, a tune has fixed notes, phrase borders and exact repeats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from solfa.composing.constraints.problem import Problem
from solfa.composing.constraints.reachability import FixedSpan
from solfa.encodings.conditions import FixedNote
from solfa.encodings.sentinels import REST, UNKNOWN

_CENTRE = 5  # semitones above the tonic; folk tunes centre there


@dataclass(frozen=True)
class Layout:
    """What is settled of every tick of a tune, 0 to its length N; arrays are (N + 1,).

    Phrases begin and end at ``borders``. A repeat is copied from its ``source`` (elsewhere
    `UNKNOWN`), and its constraints hold for the phrase that it repeats too: both have the same
    ``fixed`` notes, by onset. A composed note that begins at a tick ends at ``stop`` at the latest.
    ``opening`` and ``closing`` are the pitches of composed notes that begin or end at some ticks,
    where these are fewer than elsewhere. What ends the tune ends at ``final``, in the phrase that
    the last repeats, if it does (`UNKNOWN`: it is fixed). Rests may begin and end at
    ``rest_begins`` and ``rest_ends``. ``settled`` spans need no composing.
    """

    borders: np.ndarray
    fixed: dict[int, FixedNote]
    source: np.ndarray
    stop: np.ndarray
    rest_begins: np.ndarray
    rest_ends: np.ndarray
    final: int
    opening: dict[int, frozenset[int]]
    closing: dict[int, frozenset[int]]
    settled: tuple[FixedSpan, ...]


class _ContradictionError(Exception):
    """Fixed notes and phrases contradict each other."""


def layouts(problem: Problem) -> Iterator[Layout]:
    """The possible layouts, the best first; none where fixed notes and phrases contradict.

    There is one layout, unless exact repeats and a largest leap are asked for together: then the
    last pitch of a phrase must be near the first pitches of several others. Where both are
    composed, they are confined to one window of pitches as wide as the leap; there is a layout for
    each window, the nearest to the centre first. That is stricter than what was asked.
    """
    try:
        layout = _lay_out(problem)
        if problem.largest_leap is not None and (layout.source >= 0).any():
            yield from _joined(problem, layout, problem.largest_leap)
        else:
            yield layout
    except _ContradictionError:
        return


def _lay_out(problem: Problem) -> Layout:
    N, ticks = problem.length, np.arange(problem.length + 1)
    phrases = problem.phrases
    spans = [(phrase.start, phrase.end) for phrase in phrases]
    starts = (0, *(end for _, end in spans))
    if phrases and (starts[-1] != N or min(phrase.length for phrase in phrases) <= 0):
        raise _ContradictionError
    repeats = [
        (spans[first], spans[other])
        for first, others in problem.exact_repeats.items()
        for other in others[1:]
    ]
    repeats.sort(key=lambda repeat: repeat[1])
    fixed = _fixed_everywhere(problem, repeats)
    if any(note.onset < start < note.end for note in fixed.values() for start in starts):
        raise _ContradictionError

    source, covered = np.full(N + 1, UNKNOWN), np.zeros(N + 1, bool)
    for (home, _), (start, end) in repeats:
        source[start:end] = ticks[home : home + end - start]
        covered[start:end] = True
    for note in fixed.values():
        covered[note.onset : note.end] = True
    stops = np.array(sorted({*starts, *fixed, N, N + 1}))
    stop = np.where(covered, ticks, np.minimum(stops[np.searchsorted(stops, ticks, "right")], N))

    end_is_kept = any(note.end == N for note in fixed.values())
    rest_begins, rest_ends = np.ones(N + 1, bool), np.ones(N + 1, bool)
    rest_ends[[note.onset for note in fixed.values() if note.pitch == REST]] = False
    if not end_is_kept:
        rest_ends[max(N - problem.bar + 1, 0) :] = False
    if repeats:
        rest_begins[list(starts)] = False
    for (home, home_end), (start, end) in repeats:
        rest_ends[home + 1 : home_end + 1] &= rest_ends[start + 1 : end + 1]

    closing: dict[int, frozenset[int]] = {}

    def closes(end: int, pitch_classes: frozenset[int]) -> None:
        before = closing.get(end, problem.pitches)
        closing[end] = frozenset(p for p in before if p % 12 in pitch_classes)

    for phrase, span in zip(phrases, spans, strict=True):
        home = spans[phrase.like][0] if phrase.like is not None and phrase.exact else span[0]
        closes(_sounding(fixed, span)[1] - span[0] + home, phrase.endings)
    final = UNKNOWN if end_is_kept else N if source[N - 1] < 0 else int(source[N - 1]) + 1
    if not end_is_kept:
        closes(final, frozenset({problem.tonic % 12}))
    return Layout(
        np.isin(ticks, starts), fixed, source, stop, rest_begins, rest_ends, final, {}, closing,
        _settled(fixed, source, [span for _, span in repeats]),
    )  # fmt: skip


Span = tuple[int, int]


def _fixed_everywhere(
    problem: Problem, repeats: Sequence[tuple[Span, Span]]
) -> dict[int, FixedNote]:
    """The fixed notes by onset, with those that exact repeats copy from each other.

    Raises `_ContradictionError` where these are not the same.
    """
    fixed = {note.onset: note for note in problem.fixed}
    groups = {
        home: [home, *(span for other, span in repeats if other == home)] for home, _ in repeats
    }
    for members in groups.values():
        start, end = members[0]
        if any(e - s != end - start or (s - start) % problem.bar for s, e in members):
            raise _ContradictionError  # no note could be copied to its place in the bar
        own: dict[int, FixedNote] = {}
        for s, e in members:
            for note in [n for n in problem.fixed if n.onset < e and n.end > s]:
                place = note.onset - s
                moved = note._replace(onset=place)
                if not s <= note.onset < note.end <= e or own.setdefault(place, moved) != moved:
                    raise _ContradictionError
        placed = [own[place] for place in sorted(own)]
        if any(one.end > other.onset for one, other in pairwise(placed)):
            raise _ContradictionError
        fixed |= {s + n.onset: n._replace(onset=s + n.onset) for s, _ in members for n in placed}
    return dict(sorted(fixed.items()))


def _sounding(fixed: dict[int, FixedNote], span: Span) -> Span:
    """The span without the fixed rests at its beginning and end."""
    start, end = span
    rest_of = {note.end: note for note in fixed.values() if note.pitch == REST}
    while start < end and start in fixed and fixed[start].pitch == REST:
        start = fixed[start].end
    while end > start and end in rest_of:
        end = rest_of[end].onset
    return start, end


def _settled(
    fixed: dict[int, FixedNote], source: np.ndarray, repeats: Sequence[Span]
) -> tuple[FixedSpan, ...]:
    """The runs of fixed notes without a gap, and whole repeats, in order."""
    found = [FixedSpan(start, end, free=True) for start, end in repeats]
    run = FixedSpan(UNKNOWN, UNKNOWN)
    for note in fixed.values():
        if source[note.onset] >= 0:
            continue
        if run.end != note.onset:
            found.append(run)
            run = FixedSpan(note.onset, note.onset)
        run = run._replace(end=note.end)
        if note.pitch != REST:
            first = note.pitch if run.first is None else run.first
            run = run._replace(first=first, last=note.pitch)
    return tuple(sorted(stretch for stretch in [*found, run] if stretch.end > 0))


def _joined(problem: Problem, layout: Layout, leap: int) -> Iterator[Layout]:
    """The layouts in which the first and last pitches of phrases never leap too far at a border."""
    given = {note.onset for note in problem.fixed}  # and not copied from another phrase
    ends = {note.end: note for note in layout.fixed.values()}
    borders = np.flatnonzero(layout.borders).tolist()
    spans = [_sounding(layout.fixed, span) for span in pairwise(borders)]
    opening, closing = dict(layout.opening), dict(layout.closing)
    free_opening, free_closing = set[int](), set[int]()
    _refuse_leaps(layout, given, leap)
    for (_, end), (start, _) in pairwise([(s, e) for s, e in spans if s < e]):
        last, first = ends.get(end), layout.fixed.get(start)
        home = int(layout.source[start]) if layout.source[start] >= 0 else start
        home_end = int(layout.source[end - 1]) + 1 if layout.source[end - 1] >= 0 else end
        if last and first:
            _refuse_leap(last, first, given, leap)
        elif last:
            opening[home] = opening.get(home, problem.pitches) & _around(last, leap)
        elif first:
            closing[home_end] = closing.get(home_end, problem.pitches) & _around(first, leap)
        else:
            free_opening.add(home)
            free_closing.add(home_end)
    lowest, highest = min(problem.pitches, default=0), max(problem.pitches, default=0)
    lows = range(lowest, max(lowest, highest - leap) + 1) if free_opening else range(1)
    for low in sorted(lows, key=lambda low: abs(2 * low + leap - 2 * (problem.tonic + _CENTRE))):
        window = frozenset(range(low, low + leap + 1))
        opens = {tick: opening.get(tick, problem.pitches) & window for tick in free_opening}
        closes = {tick: closing.get(tick, problem.pitches) & window for tick in free_closing}
        if all(opens.values()) and all(closes.values()):
            yield replace(layout, opening={**opening, **opens}, closing={**closing, **closes})


def _around(note: FixedNote, leap: int) -> frozenset[int]:
    return frozenset(range(note.pitch - leap, note.pitch + leap + 1))


def _refuse_leap(one: FixedNote, other: FixedNote, given: set[int], leap: int) -> None:
    """Raises `_ContradictionError` for a leap too large to a fixed note copied by a repeat.

    Leaps between two fixed notes that were ``given`` themselves are allowed.
    """
    if abs(other.pitch - one.pitch) > leap and not {one.onset, other.onset} <= given:
        raise _ContradictionError


def _refuse_leaps(layout: Layout, given: set[int], leap: int) -> None:
    """Refuses leaps too large between neighbouring fixed notes of a phrase; see `_refuse_leap`."""
    before: FixedNote | None = None
    over = -1
    for note in layout.fixed.values():
        if note.onset != over or layout.borders[note.onset]:
            before = None
        over = note.end
        if note.pitch != REST:
            if before:
                _refuse_leap(before, note, given, leap)
            before = note
