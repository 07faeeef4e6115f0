"""A model: what stands on the beat is a tone of the triad, four times as likely as another.

It has learned nothing. What it composes is kept in metre, key and length by solfa's rules alone.
"""

from collections.abc import Sequence

import numpy as np

from solfa.encodings.features import SPAN
from solfa.encodings.frame import TICKS, Frame
from solfa.encodings.notes import Field, NoteEncoding
from solfa.melody import MODES

_DURATIONS = tuple(TICKS * sixteenths // 4 for sixteenths in (1, 2, 3, 4, 6, 8, 12, 16))
_PICKUPS = tuple(TICKS * sixteenths // 4 for sixteenths in range(16))
_METERS = ("2/4", "3/4", "4/4", "6/8")


class Pulse:
    """The model; ``hash`` changes with every change of what it says."""

    name = "pulse"
    hash = "000000000001"
    hears: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.encoding = NoteEncoding(_DURATIONS, _PICKUPS, _METERS, styles=())

    def begin(self, frames: Sequence[Frame]) -> "PulseSession":
        """A session before the first symbol of each tune."""
        return PulseSession(self.encoding, frames)


class PulseSession:
    """Follows a batch of tunes: `probabilities`, `push`, and so on."""

    def __init__(self, encoding: NoteEncoding, frames: Sequence[Frame]) -> None:
        self.reading = encoding.read(frames)
        self._fields = encoding.fields
        self._triad = np.ones((len(frames), encoding.size))  # weights (B, V)
        lowest = encoding.first[Field.PITCH]
        for row, frame in enumerate(frames):
            tones = [MODES[frame.key.mode][i] for i in (0, 2, 4)]
            for step in range(-SPAN, SPAN + 1):  # semitones from the tonic
                if step % 12 in tones:
                    self._triad[row, lowest + SPAN + step] = 4.0

    def probabilities(self) -> np.ndarray:
        """What comes next (B, V); each row sums to 1."""
        cursor = self.reading.cursor
        on_beat = (cursor.position % TICKS == 0)[:, None]
        due = self._fields == self.reading.field  # a duration, a pitch ...
        weights = np.where(on_beat, self._triad[cursor.row], 1.0) * due
        return weights / weights.sum(1, keepdims=True)

    def push(self, symbols: np.ndarray) -> None:
        """Tells what the next symbols (B,) were."""
        self.reading.push(symbols)

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""
        self.reading.keep(rows)


def load() -> Pulse:
    """What the entry point names."""
    return Pulse()
