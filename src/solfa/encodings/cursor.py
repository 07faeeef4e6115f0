"""Where tunes stand while they are read or written, note by note: the musical state.

One cursor follows a batch of tunes at once. Features for training, probabilities while
composing, and the rules that guarantee metre and form all read it, so each fact of music
(where in the bar? what stood two bars ago? how much is left?) is computed in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from solfa.encodings.frame import Frame, to_ticks

REST = -1
"""Stands for a rest where a MIDI pitch is expected."""
UNKNOWN = -1
_NEVER = np.iinfo(np.int32).max


class Cursor:
    """The state of B tunes. All times are ticks, all arrays (B,).

    ``row`` is a tune's place in the batch that was begun, whichever have ended since; ``count``
    is the number of notes so far, ``onset`` where the next note begins, ``length`` the asked-for
    end (-1 unknown), ``pitch`` the last sounding MIDI pitch (-1 before the first),
    ``phrase_onset`` and ``phrase`` where the present phrase began and its index.
    """

    def __init__(self, frames: Sequence[Frame]) -> None:
        B, S = len(frames), 1 + max((len(f.meter_changes) for f in frames), default=0)
        self.row = np.arange(B)
        self.count = np.zeros(B, np.int32)
        self.onset = np.zeros(B, np.int32)
        self.pitch = np.full(B, REST, np.int32)
        self.phrase = np.zeros(B, np.int32)
        self.phrase_onset = np.zeros(B, np.int32)
        self.length = np.array(
            [UNKNOWN if f.length is None else to_ticks(f.length) for f in frames], np.int32
        )
        self._segments = np.full((B, S), _NEVER, np.int32)  # where each metre begins
        self._bars = np.zeros((B, S), np.int32)  # its bar, in ticks
        for row, frame in enumerate(frames):
            self._segments[row, 0] = to_ticks(frame.pickup or Fraction(0))
            self._bars[row, 0] = to_ticks(frame.meter.bar) if frame.meter else 0
            for i, (onset, meter) in enumerate(frame.meter_changes, start=1):
                self._segments[row, i] = to_ticks(onset)
                self._bars[row, i] = to_ticks(meter.bar)
        self._began = np.zeros((B, 1024), np.int16)  # 1 + the note that begins at a tick
        self._durations = np.zeros((B, 64), np.int32)
        self._pitches = np.zeros((B, 64), np.int32)

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
        """Ticks and pitch (B,) of the newest note; what they say before the first means nothing."""
        rows, note = np.arange(len(self)), np.maximum(self.count, 1) - 1
        return self._durations[rows, note], self._pitches[rows, note]

    @property
    def resting(self) -> np.ndarray:
        """Whether (B,) the last note is a rest."""
        return np.asarray((self.count > 0) & (self.last[1] == REST))

    def bars_ago(self, bars: int) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch of the note that began exactly ``bars`` bars ago; (0, -1) where none."""
        rows = np.arange(len(self))
        then = self.onset - bars * self.bar
        ok = (then >= 0) & (then < np.minimum(self.onset, self._began.shape[1]))
        note = self._began[rows, np.where(ok, then, 0)].astype(np.intp) * ok - 1
        found = note >= 0
        note = np.maximum(note, 0)
        return (
            np.where(found, self._durations[rows, note], 0),
            np.where(found, self._pitches[rows, note], REST),
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
        self._reserve()
        count, onset = self.count[rows], self.onset[rows]
        self._began[rows, onset] = count + 1
        self._durations[rows, count] = duration
        self._pitches[rows, count] = pitch
        self.count[rows] += 1
        self.onset[rows] += duration.astype(np.int32)
        self.pitch[rows] = np.where(pitch >= 0, pitch, self.pitch[rows])
        self.phrase[rows] += phrase_end
        self.phrase_onset[rows] = np.where(phrase_end, self.onset[rows], self.phrase_onset[rows])

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value[rows])

    def _reserve(self) -> None:
        notes = int(self.count.max(initial=0))
        if notes >= self._durations.shape[1]:
            self._durations = np.pad(self._durations, ((0, 0), (0, notes)))
            self._pitches = np.pad(self._pitches, ((0, 0), (0, notes)))
        most = int(self.onset.max(initial=0))
        if most >= self._began.shape[1]:
            self._began = np.pad(self._began, ((0, 0), (0, most)))
