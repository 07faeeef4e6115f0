"""What of a tune is settled before its first note, place by place: kept notes, phrases, repeats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from solfa.composing.constraints.reachability import FixedSpan
from solfa.encodings.state import REST

NEVER = -1
"""Stands for a tick that is none."""
_CENTRE = 5  # semitones above the tonic; folk tunes centre there


class TickNote(NamedTuple):
    """A note that stands whatever else is written, in ticks; pitch -1 is a rest."""

    onset: int
    duration: int
    pitch: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.onset + self.duration


class PhraseSpan(NamedTuple):
    """A phrase of ``length`` ticks that ends on some pitch classes; an exact repeat of ``like``."""

    length: int
    like: int | None
    endings: frozenset[int]


@dataclass(frozen=True)
class Problem:
    """All of a request that rules depend on, in ticks and MIDI pitches.

    ``durations`` and ``pickups`` are those that can occur, ``pitches`` those that may be composed,
    ``tonic`` is where degrees are counted from, and the final. ``marked`` are the ends of kept
    notes that end phrases, None where the kept notes do not say.
    """

    bar: int
    beat: int
    length: int
    durations: tuple[int, ...]
    pickups: tuple[int, ...]
    pitches: frozenset[int]
    tonic: int
    largest_leap: int | None = None
    kept: tuple[TickNote, ...] = ()
    marked: frozenset[int] | None = None
    phrases: tuple[PhraseSpan, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Every place of a tune, in ticks from 0 to its length N; arrays are (N + 1,).

    Phrases begin and end at ``borders``. A repeat is copied from its ``source`` (elsewhere
    `NEVER`), and what binds it binds the phrase that it repeats: both have the same ``kept`` notes,
    by onset. A composed note that begins at a tick ends at ``stop`` at the latest. ``opening`` and
    ``closing`` are the pitches of composed notes that begin or end at some ticks, where these are
    fewer than elsewhere. What ends the tune ends at ``final``, in the phrase that the last repeats,
    if it does (`NEVER`: it is kept). Rests may begin and end at ``rest_begins`` and ``rest_ends``.
    ``settled`` stretches need no composing.
    """

    borders: np.ndarray
    kept: dict[int, TickNote]
    source: np.ndarray
    stop: np.ndarray
    rest_begins: np.ndarray
    rest_ends: np.ndarray
    final: int
    opening: dict[int, frozenset[int]]
    closing: dict[int, frozenset[int]]
    settled: tuple[FixedSpan, ...]


class _ContradictionError(Exception):
    """Kept notes and phrases contradict each other."""


def layouts(terms: Problem) -> Iterator[Layout]:
    """The ways to lay a tune out, the best first; none where kept notes and phrases contradict.

    There is one way, but where exact repeats and a largest leap are asked for together: what a
    phrase ends on must then be near to what others begin with, in several places at once. Where
    both are composed, they are confined to one window as wide as the leap, the nearest to the
    centre that can be had. That is stricter than what was asked.
    """
    try:
        layout = _lay_out(terms)
        if terms.largest_leap is not None and (layout.source >= 0).any():
            yield from _joined(terms, layout, terms.largest_leap)
        else:
            yield layout
    except _ContradictionError:
        return


def _lay_out(terms: Problem) -> Layout:
    N, ticks = terms.length, np.arange(terms.length + 1)
    starts = tuple(accumulate((phrase.length for phrase in terms.phrases), initial=0))
    if terms.phrases and (starts[-1] != N or min(p.length for p in terms.phrases) <= 0):
        raise _ContradictionError
    spans = list(pairwise(starts))
    planned = list(zip(terms.phrases, spans, strict=True))
    repeats = [(spans[phrase.like], span) for phrase, span in planned if phrase.like is not None]
    kept = _kept_everywhere(terms, repeats)
    if any(note.onset < start < note.end for note in kept.values() for start in starts):
        raise _ContradictionError

    source, covered = np.full(N + 1, NEVER), np.zeros(N + 1, bool)
    for (home, _), (start, end) in repeats:
        source[start:end] = ticks[home : home + end - start]
        covered[start:end] = True
    for note in kept.values():
        covered[note.onset : note.end] = True
    stops = np.array(sorted({*starts, *kept, N, N + 1}))
    stop = np.where(covered, ticks, np.minimum(stops[np.searchsorted(stops, ticks, "right")], N))

    end_is_kept = any(note.end == N for note in kept.values())
    rest_begins, rest_ends = np.ones(N + 1, bool), np.ones(N + 1, bool)
    rest_ends[[note.onset for note in kept.values() if note.pitch == REST]] = False
    if not end_is_kept:
        rest_ends[max(N - terms.bar + 1, 0) :] = False
    if repeats:
        rest_begins[list(starts)] = False
    for (home, home_end), (start, end) in repeats:
        rest_ends[home + 1 : home_end + 1] &= rest_ends[start + 1 : end + 1]

    closing: dict[int, frozenset[int]] = {}

    def closes(end: int, pitch_classes: frozenset[int]) -> None:
        before = closing.get(end, terms.pitches)
        closing[end] = frozenset(p for p in before if p % 12 in pitch_classes)

    for phrase, span in planned:
        home = span[0] if phrase.like is None else spans[phrase.like][0]
        closes(_sounding(kept, span)[1] - span[0] + home, phrase.endings)
    final = NEVER if end_is_kept else N if source[N - 1] < 0 else int(source[N - 1]) + 1
    if not end_is_kept:
        closes(final, frozenset({terms.tonic % 12}))
    return Layout(
        np.isin(ticks, starts), kept, source, stop, rest_begins, rest_ends, final, {}, closing,
        _settled(kept, source, [span for _, span in repeats]),
    )  # fmt: skip


Span = tuple[int, int]


def _kept_everywhere(terms: Problem, repeats: Sequence[tuple[Span, Span]]) -> dict[int, TickNote]:
    """The kept notes by onset, with those that phrases take over from what they are like."""
    kept = {note.onset: note for note in terms.kept}
    groups = {
        home: [home, *(span for other, span in repeats if other == home)] for home, _ in repeats
    }
    for members in groups.values():
        start, end = members[0]
        if any(e - s != end - start or (s - start) % terms.bar for s, e in members):
            raise _ContradictionError  # no note could be copied to its place in the bar
        own: dict[int, TickNote] = {}
        for s, e in members:
            for note in [n for n in terms.kept if n.onset < e and n.end > s]:
                place = note.onset - s
                moved = note._replace(onset=place)
                if not s <= note.onset < note.end <= e or own.setdefault(place, moved) != moved:
                    raise _ContradictionError
        placed = [own[place] for place in sorted(own)]
        if any(one.end > other.onset for one, other in pairwise(placed)):
            raise _ContradictionError
        kept |= {s + n.onset: n._replace(onset=s + n.onset) for s, _ in members for n in placed}
    return dict(sorted(kept.items()))


def _sounding(kept: dict[int, TickNote], span: Span) -> Span:
    """The span without the kept rests at its beginning and end."""
    start, end = span
    rest_of = {note.end: note for note in kept.values() if note.pitch == REST}
    while start < end and start in kept and kept[start].pitch == REST:
        start = kept[start].end
    while end > start and end in rest_of:
        end = rest_of[end].onset
    return start, end


def _settled(
    kept: dict[int, TickNote], source: np.ndarray, repeats: Sequence[Span]
) -> tuple[FixedSpan, ...]:
    """Kept notes without a gap between, and whole repeats."""
    found = [FixedSpan(start, end, free=True) for start, end in repeats]
    run = FixedSpan(NEVER, NEVER)
    for note in kept.values():
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


def _joined(terms: Problem, layout: Layout, leap: int) -> Iterator[Layout]:
    """The layout with what phrases begin and end with confined, so that no joint leaps too far."""
    given = {note.onset for note in terms.kept}  # and not taken over from another phrase
    ends = {note.end: note for note in layout.kept.values()}
    borders = np.flatnonzero(layout.borders).tolist()
    spans = [_sounding(layout.kept, span) for span in pairwise(borders)]
    opening, closing = dict(layout.opening), dict(layout.closing)
    free_opening, free_closing = set[int](), set[int]()
    _refuse_leaps(layout, given, leap)
    for (_, end), (start, _) in pairwise([(s, e) for s, e in spans if s < e]):
        last, first = ends.get(end), layout.kept.get(start)
        home = int(layout.source[start]) if layout.source[start] >= 0 else start
        home_end = int(layout.source[end - 1]) + 1 if layout.source[end - 1] >= 0 else end
        if last and first:
            _refuse_leap(last, first, given, leap)
        elif last:
            opening[home] = opening.get(home, terms.pitches) & _around(last, leap)
        elif first:
            closing[home_end] = closing.get(home_end, terms.pitches) & _around(first, leap)
        else:
            free_opening.add(home)
            free_closing.add(home_end)
    lowest, highest = min(terms.pitches, default=0), max(terms.pitches, default=0)
    lows = range(lowest, max(lowest, highest - leap) + 1) if free_opening else range(1)
    for low in sorted(lows, key=lambda low: abs(2 * low + leap - 2 * (terms.tonic + _CENTRE))):
        window = frozenset(range(low, low + leap + 1))
        opens = {tick: opening.get(tick, terms.pitches) & window for tick in free_opening}
        closes = {tick: closing.get(tick, terms.pitches) & window for tick in free_closing}
        if all(opens.values()) and all(closes.values()):
            yield replace(layout, opening={**opening, **opens}, closing={**closing, **closes})


def _around(note: TickNote, leap: int) -> frozenset[int]:
    return frozenset(range(note.pitch - leap, note.pitch + leap + 1))


def _refuse_leap(one: TickNote, other: TickNote, given: set[int], leap: int) -> None:
    """Where phrases take over kept notes, these may be too far from their neighbours there."""
    if abs(other.pitch - one.pitch) > leap and not {one.onset, other.onset} <= given:
        raise _ContradictionError


def _refuse_leaps(layout: Layout, given: set[int], leap: int) -> None:
    """Within phrases; see `_refuse_leap`."""
    before: TickNote | None = None
    over = -1
    for note in layout.kept.values():
        if note.onset != over or layout.borders[note.onset]:
            before = None
        over = note.end
        if note.pitch != REST:
            if before:
                _refuse_leap(before, note, given, leap)
            before = note
