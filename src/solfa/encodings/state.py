"""The musical state: where a batch of tunes stands, note by note.

Features for training, probabilities while composing, and the rules that guarantee metre and form
all read it, so each fact of music (the place in the bar, the note two bars ago, what is left) is
computed in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.rows import Rows
from solfa.encodings.sentinels import NEVER, NO_PITCH, REST, UNKNOWN
from solfa.encodings.ticks import to_ticks

BARS_AGO = (1, 2, 4, 8)
"""How many bars back a tune is compared with itself."""


class MusicalState(Rows):
    """The state of B tunes. All times are ticks, all arrays (B,).

    ``row`` is a tune's place in the batch that was begun, whichever have ended since; ``count``
    is the number of notes so far, ``onset`` where the next note begins, ``length`` the asked-for
    end (-1 unknown), ``pitch`` the last sounding MIDI pitch (-1 before the first),
    ``phrase_onset`` and ``phrase`` where the present phrase began and its index. ``agreement``
    (B, K) counts the newest notes, without a break, that are what began so many `BARS_AGO`.
    """

    def __init__(self, all_conditions: Sequence[Conditions]) -> None:
        B, S = (
            len(all_conditions),
            1 + max((len(f.meter_changes) for f in all_conditions), default=0),
        )
        self.row = np.arange(B)
        self.count = np.zeros(B, np.int32)
        self.onset = np.zeros(B, np.int32)
        self.pitch = np.full(B, REST, np.int32)
        self.phrase = np.zeros(B, np.int32)
        self.phrase_onset = np.zeros(B, np.int32)
        self.agreement = np.zeros((B, len(BARS_AGO)), np.int32)
        self.length = np.array(
            [UNKNOWN if f.length is None else to_ticks(f.length) for f in all_conditions], np.int32
        )
        self._segments = np.full((B, S), NEVER, np.int32)  # where each metre begins
        self._bars = np.zeros((B, S), np.int32)  # its bar, in ticks
        for row, conditions in enumerate(all_conditions):
            self._segments[row, 0] = to_ticks(conditions.pickup or Fraction(0))
            self._bars[row, 0] = to_ticks(conditions.meter.bar) if conditions.meter else 0
            for i, (onset, meter) in enumerate(conditions.meter_changes, start=1):
                self._segments[row, i] = to_ticks(onset)
                self._bars[row, i] = to_ticks(meter.bar)
        plans = [
            list(accumulate((to_ticks(p.length) for p in f.plan), initial=0))
            for f in all_conditions
        ]
        self._planned = np.full((B, 1 + max(map(len, plans), default=0)), NEVER, np.int32)
        for row, begins in enumerate(plans):  # where each planned phrase begins, and the last ends
            self._planned[row, : len(begins)] = begins
        self._like = np.full(self._planned.shape, UNKNOWN, np.int32)  # the phrases referred to
        for row, conditions in enumerate(all_conditions):
            for number, phrase in enumerate(conditions.plan):
                self._like[row, number] = UNKNOWN if phrase.like is None else phrase.like
        self._sounding = np.zeros((B, 1024), np.int16)  # 1 + the note, or rest, at each tick
        self._onsets = np.zeros((B, 64), np.int32)
        self._durations = np.zeros((B, 64), np.int32)
        self._pitches = np.zeros((B, 64), np.int32)
        self._phrases = np.zeros((B, 16), np.int32)  # where each phrase began

    def __len__(self) -> int:
        return len(self.onset)

    def set_pickup(self, ticks: np.ndarray) -> None:
        """States the length (B,) of the incomplete first bar, before the first note."""
        self._segments[:, 0] = ticks

    def _in_force(self, values: np.ndarray) -> np.ndarray:
        """Picks from (B, S) what belongs to the metre in force at each onset."""
        if values.shape[1] == 1:
            return values[:, 0]
        segment = np.maximum((self._segments <= self.onset[:, None]).sum(1) - 1, 0)
        picked: np.ndarray = values[np.arange(len(self)), segment]
        return picked

    @property
    def bar(self) -> np.ndarray:
        """Length (B,) of a bar of the metre in force, 0 where there is no metre."""
        return self._in_force(self._bars)

    @property
    def position(self) -> np.ndarray:
        """How far (B,) into its bar the next note begins; -1 where there is no metre."""
        bar, start = self.bar, self._in_force(self._segments)
        return np.where(bar > 0, (self.onset - start) % np.maximum(bar, 1), UNKNOWN)

    @property
    def bars_left(self) -> np.ndarray:
        """Bars (B,) until the asked-for end, begun ones counted; -1 where unknown."""
        known = (self.length >= 0) & (self.bar > 0)
        left = -((self.onset - self.length) // np.maximum(self.bar, 1))
        return np.where(known, np.maximum(left, 0), UNKNOWN)

    @property
    def last(self) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B,) of the newest note; undefined before the first."""
        rows, note = np.arange(len(self)), np.maximum(self.count, 1) - 1
        return self._durations[rows, note], self._pitches[rows, note]

    @property
    def resting(self) -> np.ndarray:
        """Whether (B,) the last note is a rest."""
        return np.asarray((self.count > 0) & (self.last[1] == REST))

    @property
    def number(self) -> np.ndarray:
        """Bars (B,) begun since the pickup, by the metre in force; -1 where there is no metre."""
        bars = (self.onset - self._segments[:, 0]) // np.maximum(self.bar, 1) + 1
        return np.where(self.bar > 0, np.maximum(bars, 0), UNKNOWN)

    def bars_ago(self, bars: Sequence[int] = BARS_AGO) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B, K) of what stood exactly so many bars ago.

        0 ticks where no note began just then, though one may sound; `NO_PITCH` where none does.
        """
        then = self.onset[:, None] - self.bar[:, None] * np.array(bars, np.int32)
        return self.standing(np.where(self.bar[:, None] > 0, then, UNKNOWN))

    def in_phrase(self, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B, K) of what stands as far into other phrases as the next note will.

        ``number`` (B, K) are indices of phrases; 0 ticks and `NO_PITCH` for those that are not
        past, else as `bars_ago`.
        """
        then, over = self._phrase(number)
        return self.standing(np.where(then < over, then, UNKNOWN))

    def phrase_left(self, number: np.ndarray) -> np.ndarray:
        """Ticks (B, K) until this phrase is as long as others, 0 if it is longer; -1 unknown."""
        then, over = self._phrase(number)
        return np.where(over >= 0, np.maximum(over - then, 0), UNKNOWN)

    @property
    def planned(self) -> np.ndarray:
        """Index (B,) of the planned phrase that the next note is in; -1 where none is planned."""
        number = (self._planned <= self.onset[:, None]).sum(1) - 1
        return np.where(self._planned[np.arange(len(self)), number + 1] < NEVER, number, UNKNOWN)

    @property
    def planned_left(self) -> np.ndarray:
        """Ticks (B,) until the planned phrase ends; -1 where none is planned."""
        number = self.planned
        left = self._planned[np.arange(len(self)), number + 1] - self.onset
        return np.where(number >= 0, left, UNKNOWN)

    def referred(self) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B, 1) of what stands as far into the phrase that the plan refers to.

        Else as `bars_ago`.
        """
        return self.in_planned(self._like[np.arange(len(self)), self.planned][:, None])

    def in_planned(self, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B, K) of what stands as far into other planned phrases.

        ``number`` (B, K) are their indices, -1 for none; else as `bars_ago`.
        """
        rows, now = np.arange(len(self))[:, None], self.planned[:, None]
        then = self._planned[rows, number] + self.onset[:, None] - self._planned[rows, now]
        over = self._planned[rows, number + 1]
        known = (now >= 0) & (number >= 0) & (then < over)
        return self.standing(np.where(known, then, UNKNOWN))

    def _phrase(self, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the next note would be in other phrases, and where these end; -1 if not past."""
        rows = np.arange(len(self))[:, None]
        past = (number >= 0) & (number < self.phrase[:, None])
        number = np.where(past, number, 0)
        then = self._phrases[rows, number] + (self.onset - self.phrase_onset)[:, None]
        over = self._phrases[rows, number + past]
        return np.where(past, then, UNKNOWN), np.where(past, over, UNKNOWN)

    def standing(self, onset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B, K) of what stood at ``onset``; see `bars_ago`."""
        rows = np.arange(len(self))[:, None]
        ok = (onset >= 0) & (onset < self.onset[:, None])
        note = self._sounding[rows, np.where(ok, onset, 0)] * ok - 1
        begins = (note >= 0) & (self._onsets[rows, note] == onset)
        return (
            np.where(begins, self._durations[rows, note], 0),
            np.where(note >= 0, self._pitches[rows, note], NO_PITCH),
        )

    def advance(
        self,
        duration: np.ndarray,
        pitch: np.ndarray,
        phrase_end: np.ndarray,
        chosen: np.ndarray | None = None,
    ) -> None:
        """Adds a note to every tune, or to the ``chosen`` ones; arguments are all (B,).

        Ticks, MIDI pitch or -1, and whether a phrase ends after the note.
        """
        rows = np.arange(len(self)) if chosen is None else np.flatnonzero(chosen)
        duration, pitch, phrase_end = duration[rows], pitch[rows], phrase_end[rows]
        self._reserve(int(duration.max(initial=0)))
        then, sounded = self.bars_ago()
        agrees = (then[rows] == duration[:, None]) & (sounded[rows] == pitch[:, None])
        self.agreement[rows] = np.where(agrees, self.agreement[rows] + 1, 0)
        count, onset = self.count[rows], self.onset[rows]
        ticks = np.arange(duration.sum()) - np.repeat(np.cumsum(duration) - duration, duration)
        here = np.repeat(rows, duration), np.repeat(onset, duration) + ticks
        self._sounding[here] = np.repeat(count + 1, duration)
        self._onsets[rows, count] = onset
        self._durations[rows, count] = duration
        self._pitches[rows, count] = pitch
        self.count[rows] += 1
        self.onset[rows] += duration.astype(np.int32)
        self.pitch[rows] = np.where(pitch >= 0, pitch, self.pitch[rows])
        self.phrase[rows] += phrase_end
        self.phrase_onset[rows] = np.where(phrase_end, self.onset[rows], self.phrase_onset[rows])
        self._phrases[rows, self.phrase[rows]] = self.phrase_onset[rows]

    def _reserve(self, longest: int) -> None:
        notes = int(self.count.max(initial=0))
        if notes >= self._durations.shape[1]:
            self._durations = np.pad(self._durations, ((0, 0), (0, notes)))
            self._pitches = np.pad(self._pitches, ((0, 0), (0, notes)))
            self._onsets = np.pad(self._onsets, ((0, 0), (0, notes)))
        phrases = int(self.phrase.max(initial=0)) + 2
        if phrases > self._phrases.shape[1]:
            self._phrases = np.pad(self._phrases, ((0, 0), (0, phrases)))
        most = int(self.onset.max(initial=0)) + longest
        if most >= self._sounding.shape[1]:
            self._sounding = np.pad(self._sounding, ((0, 0), (0, most)))
