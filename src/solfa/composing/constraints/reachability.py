"""Reachability: from which ticks and pitches a tune can be completed, by one pass from its end.

Rules are local: they decide which notes may begin and end where. Whether such notes can be joined
up to the end is computed here and nowhere else, so that no rule looks ahead by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

_AT_ONCE = 768  # ticks: four bars of 4/4
_BITS = 64


class FixedSpan(NamedTuple):
    """A span of ticks that needs no composing, with its first and last pitch; None: only rests.

    If it is ``free``, any pitch may come before and after, as far as reachability is concerned.
    """

    start: int
    end: int
    first: int | None = None
    last: int | None = None
    free: bool = False


@dataclass(frozen=True)
class Pitches:
    """Sets of pitches as bit sets, and the pitches within a leap of them.

    Bit 0 is the pitch ``lowest``; where leaps are free (``leap`` None, else in semitones) it
    stands for all pitches. Pitches 64 semitones above ``lowest`` and further have no bit.
    """

    lowest: int
    leap: int | None

    @property
    def dtype(self) -> type[np.unsignedinteger]:
        """Of the numbers."""
        return np.uint8 if self.leap is None else np.uint64

    @property
    def every(self) -> int:
        """Every pitch."""
        return 1 if self.leap is None else 2**_BITS - 1

    def set_of(self, pitches: Iterable[int]) -> int:
        """The set of some pitches."""
        if self.leap is None:
            return int(any(True for _ in pitches))
        bits = {int(pitch) - self.lowest for pitch in pitches}
        return sum(1 << bit for bit in bits if 0 <= bit < _BITS)

    def near(self, sets: np.ndarray) -> np.ndarray:
        """The pitches within a leap of any pitch of a set."""
        reached, radius = sets, 0
        while radius < (self.leap or 0):
            step = min(radius + 1, (self.leap or 0) - radius)
            by = self.dtype(step)
            reached = reached | (reached << by) | (reached >> by)
            radius += step
        return reached

    def has(self, sets: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        """Whether pitches, none of them a rest, are in sets; the arguments broadcast."""
        if self.leap is None:
            return np.asarray(sets > 0)
        bit = np.asarray(pitches - self.lowest)
        shift = np.clip(bit, 0, _BITS - 1).astype(np.uint64)
        return np.asarray((bit >= 0) & (bit < _BITS) & (sets >> shift & np.uint64(1) > 0))


def backward_reachability(
    pitches: Pitches,
    durations: np.ndarray,
    may_stand: np.ndarray,
    may_begin: np.ndarray,
    may_end: np.ndarray,
    settled: Sequence[FixedSpan],
) -> np.ndarray:
    """The last pitches after which a tune can be completed, at every tick: sets (R, N + 1).

    ``may_stand`` (R, N, D) is whether a note of D ``durations`` may begin, in each of R cases;
    ``may_begin`` and ``may_end`` (N + 1,) are the sets of pitches that one may have there.
    ``settled`` stretches, in order, are passed as they are.
    """
    R, N, D = may_stand.shape
    reach = np.zeros((R, N + 1), pitches.dtype)
    reach[:, N] = pitches.every
    flat = reach.reshape(-1)
    for low in range((N - 1) // _AT_ONCE * _AT_ONCE, -1, -_AT_ONCE):
        part = may_stand[:, low : low + _AT_ONCE]
        place, which = np.divmod(np.flatnonzero(part), D)
        row, onset = np.divmod(place, part.shape[1])
        end = onset + durations[which] + low
        after, sounding = row * (N + 1) + end, may_end[end]
        first = np.flatnonzero(np.diff(place, prepend=-1))  # of the notes that begin together
        onset = onset[first] + low
        here, beginning = row[first] * (N + 1) + onset, may_begin[onset]
        passed = [s for s in reversed(settled) if low <= s.start < low + _AT_ONCE]
        while True:
            before = reach[:, low : low + _AT_ONCE].copy()
            if len(first):
                found = np.bitwise_or.reduceat(flat[after] & sounding, first)
                flat[here] = pitches.near(found & beginning)
            for stretch in passed:
                reach[:, stretch.start] = _through(pitches, stretch, reach[:, stretch.end])
            if (reach[:, low : low + _AT_ONCE] == before).all():
                break
    return reach


def _through(pitches: Pitches, stretch: FixedSpan, after: np.ndarray) -> np.ndarray:
    """The pitches (R,) after which the span may come, given the sets reachable ``after`` it."""
    if stretch.free:
        return np.where(after > 0, pitches.every, 0).astype(pitches.dtype)
    if stretch.first is None or stretch.last is None:
        return after
    first = np.array(pitches.set_of([stretch.first]), pitches.dtype)
    return np.where(pitches.has(after, np.array(stretch.last)), pitches.near(first), 0)
