"""What every composed melody keeps, whatever the model says: small rules over the musical state.

A rule looks at where tunes stand and says which notes may come next, as booleans that
broadcast to (B, D, P): B tunes, D durations (ticks), P pitches (MIDI, -1 a rest). `Rules`
joins them, and is the judge that encodings turn into masks over their own symbols.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np

from solfa.encodings.cursor import REST, Cursor
from solfa.encodings.frame import TICKS, to_ticks
from solfa.melody import Melody, Meter

_SIXTEENTH = TICKS // 4


class Rule(Protocol):
    """Which notes may come next; the result broadcasts to (B, D, P)."""

    def __call__(
        self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray
    ) -> np.ndarray: ...


@dataclass(frozen=True)
class Bars:
    """Exactly ``bars`` bars after the pickup, the last one shortened by the pickup.

    A note may end only where the bar can still be completed to its line with the ``durations``
    at hand, so that no dead end is ever reached; it may be held over a bar line. A note that
    begins off the sixteenths (in a triplet, after a 32nd) ends within its beat: none of 8,169
    such notes in the German, Irish and American tunes does otherwise. ``pickups`` are those that
    can occur; these and the durations are in ticks.
    """

    meter: Meter
    bars: int
    durations: tuple[int, ...]
    pickups: tuple[int, ...]

    @cached_property
    def bar(self) -> int:
        """Ticks of a bar."""
        return to_ticks(self.meter.bar)

    @cached_property
    def beat(self) -> int:
        """Ticks of a beat."""
        return to_ticks(self.meter.beat)

    @property
    def length(self) -> int:
        """Ticks of the whole tune."""
        return self.bars * self.bar

    def fits(self, onset: np.ndarray, pickup: np.ndarray) -> np.ndarray:
        """Whether the rest of the tune can be filled from ``onset`` on, given its ``pickup``.

        True at the very end, False beyond it. The arguments broadcast.
        """
        return np.asarray(self._table[self._row[pickup], onset])

    @cached_property
    def _row(self) -> np.ndarray:
        """Where in the table a pickup stands; the last row, all False, is for all others."""
        rows = np.full(max(*self.pickups, self.bar) + 1, len(self.pickups))
        rows[list(self.pickups)] = range(len(self.pickups))
        return rows

    @cached_property
    def _table(self) -> np.ndarray:
        """What `fits` says of every pickup and onset."""
        bar, onset = self.bar, np.arange(self.length)
        table = np.zeros((len(self.pickups) + 1, self.length + max(self.durations) + 1), bool)
        whole = _completes(self.durations, bar, self.beat, bar)
        for row, pickup in enumerate(self.pickups):
            if pickup >= bar:
                continue
            shortened = _completes(self.durations, bar, self.beat, bar - pickup)
            last = self.length - bar + pickup  # where the last bar begins
            position = (onset - pickup) % bar
            is_next_to_last = onset - position + bar == last
            before = whole[position] & shortened[0] & (whole[0] | is_next_to_last)
            table[row, : self.length] = np.where(onset >= last, shortened[position], before)
            table[row, self.length] = True
        return table

    def __call__(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        position = cursor.position[:, None]
        pickup = (cursor.onset[:, None] - position) % self.bar
        fits = self.fits(cursor.onset[:, None] + durations, pickup)
        allowed = fits & _steady(position, durations, self.beat)
        return np.asarray(allowed[:, :, None])


def _steady(position: np.ndarray, durations: np.ndarray, beat: int) -> np.ndarray:
    return np.asarray((position % _SIXTEENTH == 0) | (position % beat + durations <= beat))


@lru_cache(maxsize=1024)
def _completes(durations: tuple[int, ...], bar: int, beat: int, line: int) -> np.ndarray:
    """From which positions (bar,) ``line`` can be reached exactly, line by line of the bar."""
    reaches = np.zeros(2 * bar + 1, bool)
    reaches[line] = True
    within = np.array([d for d in durations if d <= bar], int)
    for position in range(line - 1, -1, -1):
        steady = within[_steady(np.array(position), within, beat)]
        reaches[position] = reaches[position + steady].any()
    reaches = reaches[:bar]
    reaches[line:] = False
    reaches.flags.writeable = False
    return reaches


@dataclass(frozen=True)
class Range:
    """Pitches from ``low`` to ``high``, both included."""

    low: int
    high: int

    def __call__(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        inside = (self.low <= pitches) & (pitches <= self.high)
        return np.asarray((inside | (pitches == REST))[:, None, :])


@dataclass(frozen=True)
class Scale:
    """Only these pitch classes."""

    pitch_classes: Collection[int]

    def __call__(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        inside = np.zeros(12, bool)
        inside[list(self.pitch_classes)] = True
        return np.asarray((inside[pitches % 12] | (pitches == REST))[:, None, :])


@dataclass(frozen=True)
class FinalTonic:
    """What ends the tune, at ``length`` ticks, sounds the tonic."""

    pitch_class: int
    length: int

    def __call__(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        final = cursor.onset[:, None] + durations == self.length
        tonic = (pitches >= 0) & (pitches % 12 == self.pitch_class)
        return np.asarray(~final[:, :, None] | tonic[:, None, :])


class Kept:
    """The prompt's notes, exactly and first."""

    def __init__(self, prompt: Melody) -> None:
        notes = prompt.notes
        self._durations = np.array([to_ticks(note.duration) for note in notes])
        self._pitches = np.array([REST if n.pitch is None else n.pitch for n in notes])

    def holds(self, cursor: Cursor) -> np.ndarray:
        """Whether the next note (B,) is one of the prompt's."""
        return np.asarray(cursor.count < len(self._durations))

    def __call__(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        note = np.minimum(cursor.count, len(self._durations) - 1)
        duration = durations == self._durations[note][:, None]
        pitch = pitches == self._pitches[note][:, None]
        return np.asarray(duration[:, :, None] & pitch[:, None, :])


@dataclass(frozen=True)
class Rules:
    """All rules of a request as one `solfa.encodings.protocol.Judge`.

    The prompt's notes, if there are any, are beyond the other rules.
    """

    bars: Bars
    others: tuple[Rule, ...]
    kept: Kept | None = None

    def pickups(self, cursor: Cursor, pickups: Sequence[int]) -> np.ndarray:
        """Those that the tune may have and that can be filled: (B, N)."""
        known = np.array([pickup in self.bars.pickups for pickup in pickups])
        ticks = np.where(known, pickups, 0)
        return np.tile(known & self.bars.fits(np.array(0), ticks), (len(cursor), 1))

    def notes(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        """The notes that every rule lets come next: (B, D, P)."""
        allowed = self.bars(cursor, durations, pitches)
        for rule in self.others:
            allowed = allowed & rule(cursor, durations, pitches)
        shape = (len(cursor), len(durations), pitches.shape[1])
        if self.kept is None:
            return np.broadcast_to(allowed, shape)
        fixed = self.kept(cursor, durations, pitches)
        return np.where(self.kept.holds(cursor)[:, None, None], fixed, allowed)

    def end(self, cursor: Cursor) -> np.ndarray:
        """The tune ends where the last bar does, nowhere else: (B,)."""
        return np.asarray(cursor.onset == self.bars.length)
