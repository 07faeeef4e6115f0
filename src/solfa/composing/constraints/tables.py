"""Reachability tables: what may begin and end at every tick; the rules look it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from solfa.composing.constraints.layout import Layout, layouts
from solfa.composing.constraints.problem import Problem
from solfa.composing.constraints.reachability import Pitches, backward_reachability
from solfa.encodings.sentinels import UNKNOWN
from solfa.encodings.state import MusicalState
from solfa.encodings.ticks import SIXTEENTH

_MIDI = 128 + 3  # pitches, and at the end what is below 0: a rest, and what is no pitch


@dataclass(frozen=True, eq=False)
class ReachabilityTables:
    """The tables of a tune of N ticks, for each of R pickups.

    ``reach`` (R + 1, N + 1) are the sets of last pitches from which the tune can be completed, and
    ``may_close`` is where its final note may begin; the last row, empty, is for all other pickups.
    ``strictness`` (R,) is the level of rules for the final note that can be met, 0 the strictest.
    ``opening`` and ``closing`` (N + 1,) are the rows of ``sets`` (S, 131) that have the pitches of
    composed notes that begin or end there; row 0 has all, and so has ``all``. ``fixed`` (N + 1, 2)
    are ticks and pitch of the fixed notes; 0 ticks is none. ``marks`` (N + 1, 2) is whether a
    phrase may go on or end after a note that ends there.
    """

    layout: Layout
    pickups: tuple[int, ...]
    pitches: Pitches
    all: int
    reach: np.ndarray
    may_close: np.ndarray
    strictness: np.ndarray
    sets: np.ndarray
    opening: np.ndarray
    closing: np.ndarray
    fixed: np.ndarray
    marks: np.ndarray

    @property
    def fillable(self) -> bool:
        """Whether a tune can be completed from its very beginning, with some pickup."""
        return bool((self.reach[:, 0] > 0).any())

    def row(self, pickups: np.ndarray) -> np.ndarray:
        """The rows (B,) of pickups (B,)."""
        same = pickups[:, None] == np.array(self.pickups, int)
        return np.where(same.any(1), same.argmax(1), len(self.pickups))

    def given(self, music: MusicalState) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B,) of the next note, if it is fixed or a repeat; else 0 ticks."""
        source = self.layout.source[music.onset]
        ticks, pitch = self.fixed[music.onset].T
        if (source < 0).all():
            return ticks, pitch
        copied_ticks, copied_pitch = music.standing(source[:, None])
        repeats = source >= 0
        return (
            np.where(repeats, copied_ticks[:, 0], ticks),
            np.where(repeats, copied_pitch[:, 0], pitch),
        )


def steady(position: np.ndarray, durations: np.ndarray, beat: int) -> np.ndarray:
    """Whether notes at a position in the bar begin on a sixteenth or end within their beat."""
    return np.asarray((position % SIXTEENTH == 0) | (position % beat + durations <= beat))


@lru_cache(maxsize=32)
def tables_of(problem: Problem) -> ReachabilityTables | None:
    """The tables of the best layout in which a tune can be completed; None if there is none.

    The best has the strictest rule for the final note; of equals the first.
    """
    pickups = tuple(p for p in problem.pickups if p < min(problem.bar, problem.length))
    if not pickups:
        return None
    midi = [*problem.pitches, *(note.pitch for note in problem.fixed if note.pitch >= 0)]
    pitches = Pitches(min(midi, default=0), problem.largest_leap)
    found: list[ReachabilityTables] = []
    for number, layout in enumerate(layouts(problem)):
        tables = _tables(problem, layout, pickups, pitches)
        if tables.fillable:
            found.append(tables)
            if not tables.strictness.any():
                break  # no layout is stricter
        if number == 0 and not tables.fillable:
            free = _tables(problem, layout, pickups, Pitches(0, None))
            if not free.fillable:
                break  # its durations alone do not fill it, whatever the pitches
    return _strictest(found) if found else None


def _strictest(found: Sequence[ReachabilityTables]) -> ReachabilityTables:
    """The tables with the most pickups at the strictest level that any table has for them.

    Pickups at a less strict level are made unreachable.
    """
    strictest = np.min([tables.strictness for tables in found], 0)
    best = max(found, key=lambda tables: int((tables.strictness == strictest).sum()))
    best.reach[:-1][best.strictness > strictest] = 0
    return best


def _tables(
    problem: Problem, layout: Layout, pickups: tuple[int, ...], pitches: Pitches
) -> ReachabilityTables:
    R, N = len(pickups), problem.length
    sets, opening, closing = _sets(problem, layout)
    bits = np.array([pitches.set_of(np.flatnonzero(row)) for row in sets], pitches.dtype)
    durations, onset = np.array(problem.durations), np.arange(N)
    position = (onset - np.array(pickups)[:, None]) % problem.bar
    stands = steady(np.arange(problem.bar)[:, None], durations, problem.beat)
    may_stand = stands[position]  # (R, N, D)
    may_stand &= durations <= (layout.stop - np.arange(N + 1))[:N, None]
    reach = np.zeros((R + 1, N + 1), pitches.dtype)
    may_close = np.zeros((R + 1, N + 1), bool)
    finals = _finals(problem, layout.final, pickups)
    last = np.nonzero(onset[:, None] + durations == layout.final)
    ending = may_stand[:, *last]
    rows = np.arange(R)
    strictness = np.full(R, len(finals))
    for number, level in enumerate(finals):
        may_close[rows, :N] = level[rows]
        may_stand[:, *last] = ending & level[:, last[0]]
        reach[rows] = backward_reachability(
            pitches,
            durations,
            may_stand[rows],
            bits[opening],
            bits[closing],
            layout.settled,
        )
        strictness[rows[reach[rows, 0] > 0]] = number
        rows = rows[reach[rows, 0] == 0]
        if not len(rows):
            break
    fixed = np.zeros((N + 1, 2), int)
    for note in layout.fixed.values():
        fixed[note.onset] = note.duration, note.pitch
    return ReachabilityTables(
        layout,
        pickups,
        pitches,
        int(bits[0]),
        reach,
        may_close,
        strictness,
        sets,
        opening,
        closing,
        fixed,
        _marks(problem, layout),
    )


def _sets(problem: Problem, layout: Layout) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sets of pitches that there are (S, 131), and which of them open and close (N + 1,)."""
    sets = [problem.pitches]

    def numbered(of: Mapping[int, frozenset[int]]) -> np.ndarray:
        which = np.zeros(problem.length + 1, int)
        for tick, pitches in of.items():
            if pitches not in sets:
                sets.append(pitches)
            which[tick] = sets.index(pitches)
        return which

    opening, closing = numbered(layout.opening), numbered(layout.closing)
    table = np.zeros((len(sets), _MIDI), bool)
    for row, pitches in zip(table, sets, strict=True):
        row[list(pitches)] = True
    return table, opening, closing


def _marks(problem: Problem, layout: Layout) -> np.ndarray:
    """Whether a phrase may go on or end after a note that ends at a tick: (N + 1, 2)."""
    left = problem.length - np.arange(problem.length + 1)
    ends = layout.borders if problem.phrases else (left == 0) | (left >= problem.bar)
    marks = np.stack([~ends if problem.phrases else left > 0, ends], 1)
    if problem.phrase_ends is not None and not problem.phrases:
        for note in problem.fixed:
            marks[note.end] = note.end not in problem.phrase_ends, note.end in problem.phrase_ends
    return marks


def _finals(problem: Problem, final: int, pickups: tuple[int, ...]) -> np.ndarray:
    """Where the final note may begin, given how strict one is: (3, R, N), the strictest first."""
    levels = np.ones((3, len(pickups), problem.length), bool)
    if final == UNKNOWN:
        return levels[2:]
    bar, beat = problem.bar, problem.beat
    for row, pickup in enumerate(pickups):
        last = final - 1 - (final - 1 - pickup) % bar  # the last bar line
        cut_short = 3 * (final - last) < 2 * beat
        if cut_short and last - bar >= pickup:
            last -= bar
        onset = np.arange(problem.length)
        levels[1, row] = (onset >= last) & ((onset - last) % beat == 0)
        levels[0, row] = levels[1, row] & (3 * (final - onset) >= 2 * beat)
    return levels
