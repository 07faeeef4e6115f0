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
_FIFTH = 7


class Rule(Protocol):
    """Which notes may come next; the result broadcasts to (B, D, P)."""

    def __call__(
        self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray
    ) -> np.ndarray: ...


@dataclass(frozen=True)
class Bars:
    """Full bars after the pickup, and a last one that ends where the tune does, at ``length``.

    A note may end only where the bar can still be completed to its line with the ``durations``
    at hand, so that no dead end is ever reached; it may be held over a bar line. A note that
    begins off the sixteenths (in a triplet, after a 32nd) ends within its beat: none of 8,169
    such notes in the German, Irish and American tunes does otherwise. The final note begins on a
    beat of the last bar (of the last two, if the tune ends on a first beat cut short) and lasts
    two thirds of one or more, or, where that cannot be, on a beat, or somewhere. ``pickups`` are
    those that can occur, ``begun`` is where a prompt ends; these, the length and the durations
    are in ticks.
    """

    meter: Meter
    length: int
    durations: tuple[int, ...]
    pickups: tuple[int, ...]
    begun: int = 0

    @cached_property
    def bar(self) -> int:
        """Ticks of a bar."""
        return to_ticks(self.meter.bar)

    @cached_property
    def beat(self) -> int:
        """Ticks of a beat."""
        return to_ticks(self.meter.beat)

    def fits(self, onset: np.ndarray, pickup: np.ndarray) -> np.ndarray:
        """Whether the rest of the tune can be filled from ``onset`` on, given its ``pickup``.

        True at the very end, False beyond it. The arguments broadcast.
        """
        return np.asarray(self._tables[0][self._row[pickup], onset])

    def closes(self, onset: np.ndarray, pickup: np.ndarray) -> np.ndarray:
        """Whether the final note may begin at ``onset``; the arguments broadcast."""
        return np.asarray(self._tables[1][self._row[pickup], onset])

    @cached_property
    def _row(self) -> np.ndarray:
        """Where in the tables a pickup stands; the last row, all False, is for all others."""
        rows = np.full(max(*self.pickups, self.bar) + 1, len(self.pickups))
        rows[list(self.pickups)] = range(len(self.pickups))
        return rows

    @cached_property
    def _tables(self) -> np.ndarray:
        """What `fits` and `closes` say of every pickup and onset."""
        bar, onset = self.bar, np.arange(self.length)
        shape = (2, len(self.pickups) + 1, self.length + max(self.durations) + 1)
        tables = np.zeros(shape, bool)
        whole = _completes(self.durations, bar, self.beat, tuple(range(bar)), bar)
        for row, pickup in enumerate(self.pickups):
            if pickup >= min(bar, self.length):
                continue
            last = self._closing(pickup)
            left = self.length - last
            position = (onset - pickup) % bar
            is_next_to_last = onset - position + bar == last
            for finals in _finals(left, self.beat):
                closing = _completes(self.durations, bar, self.beat, finals, left)
                before = whole[position] & closing[0] & (whole[0] | is_next_to_last)
                fits = np.where(onset >= last, closing[np.maximum(onset - last, 0)], before)
                tables[0, row, : self.length] = fits
                tables[1, row, : self.length] = np.isin(onset - last, finals)
                if self.begun < self.length and fits[self.begun]:
                    break
            tables[0, row, self.length] = True
        return tables

    def _closing(self, pickup: int) -> int:
        """Where the bar begins that the final note is in."""
        last = self.length - 1 - (self.length - 1 - pickup) % self.bar  # the last bar line
        cut_short = 3 * (self.length - last) < 2 * self.beat
        return last - self.bar if cut_short and last - self.bar >= pickup else last

    def __call__(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        position = cursor.position[:, None]
        pickup = (cursor.onset[:, None] - position) % self.bar
        end = cursor.onset[:, None] + durations
        closes = (end != self.length) | self.closes(cursor.onset[:, None], pickup)
        allowed = self.fits(end, pickup) & closes & _steady(position, durations, self.beat)
        return np.asarray(allowed[:, :, None])


def _steady(position: np.ndarray, durations: np.ndarray, beat: int) -> np.ndarray:
    return np.asarray((position % _SIXTEENTH == 0) | (position % beat + durations <= beat))


def _finals(line: int, beat: int) -> list[tuple[int, ...]]:
    """Where the final note may begin, ``line`` ticks before the end; the strictest first."""
    anywhere = range(line)
    on_beat = [p for p in anywhere if p % beat == 0]
    long = [p for p in on_beat if 3 * (line - p) >= 2 * beat]
    return [tuple(long), tuple(on_beat), tuple(anywhere)]


@lru_cache(maxsize=1024)
def _completes(
    durations: tuple[int, ...], bar: int, beat: int, finals: tuple[int, ...], line: int
) -> np.ndarray:
    """From which positions (of a bar or more) ``line`` can be reached exactly.

    The last note to reach it begins at one of ``finals``.
    """
    reaches = np.zeros(line + bar + 1, bool)
    within = np.array([d for d in durations if d <= bar], int)
    for position in range(line - 1, -1, -1):
        steady = within[_steady(np.array(position), within, beat)]
        closing = position in finals and line - position in steady
        reaches[position] = closing or reaches[position + steady].any()
    reaches = reaches[: max(bar, line)]
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
class Rests:
    """A rest follows no rest, and none stands in the last ``bar`` ticks of the ``length``."""

    length: int
    bar: int

    def __call__(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        early = cursor.onset[:, None] + durations <= self.length - self.bar
        may_rest = early & ~cursor.resting[:, None]
        return np.asarray(may_rest[:, :, None] | (pitches != REST)[:, None, :])


@dataclass(frozen=True)
class FinalTonic:
    """What ends the tune, at ``length`` ticks, sounds a tonic from ``low`` to ``high``.

    It is within a fifth of the pitch before, or else the nearest: 98 % of the German songs leap
    by no more than a fourth into their final.
    """

    pitch_class: int
    length: int
    low: int
    high: int

    def __call__(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        final = cursor.onset[:, None] + durations == self.length
        if not final.any():
            return np.ones((1, 1, 1), bool)  # most often
        inside = (self.low <= pitches) & (pitches <= self.high)
        tonic = inside & (pitches >= 0) & (pitches % 12 == self.pitch_class)
        before = cursor.pitch[:, None]
        leap = np.where(tonic, np.where(before >= 0, np.abs(pitches - before), 0), 128)
        near = tonic & (leap <= np.maximum(_FIFTH, leap.min(1, keepdims=True)))
        return np.asarray(~final[:, :, None] | near[:, None, :])


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

    def phrases(self, cursor: Cursor, durations: np.ndarray) -> np.ndarray:
        """A phrase ends with the tune, and none ends within its last bar: (B, 2)."""
        left = self.bars.length - cursor.onset - durations
        return np.stack([left > 0, (left == 0) | (left >= self.bars.bar)], 1)
