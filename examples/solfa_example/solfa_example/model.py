"""A model: what stands on the beat is a tone of the triad, four times as likely as another.

It has learned nothing. What it composes is kept in metre, key and length by solfa's rules alone.
"""

from collections.abc import Sequence

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.features import SPAN
from solfa.encodings.notes import Field, NoteEncoding
from solfa.encodings.ticks import TICKS
from solfa.melody import MODES

_DURATIONS = tuple(TICKS * sixteenths // 4 for sixteenths in (1, 2, 3, 4, 6, 8, 12, 16))
_PICKUPS = tuple(TICKS * sixteenths // 4 for sixteenths in range(16))
_METERS = ("2/4", "3/4", "4/4", "6/8")


class Pulse:
    """The model; ``hash`` changes with every change of what it says."""

    name = "pulse"
    hash = "000000000001"
    features: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.encoding = NoteEncoding(_DURATIONS, _PICKUPS, _METERS, styles=())

    def begin(self, all_conditions: Sequence[Conditions]) -> "PulseSession":
        """A session before the first symbol of each tune."""
        return PulseSession(self.encoding, all_conditions)


class PulseSession:
    """Follows a batch of tunes: `probabilities`, `push`, and so on."""

    def __init__(self, encoding: NoteEncoding, all_conditions: Sequence[Conditions]) -> None:
        self.state = encoding.read(all_conditions)
        self._fields = encoding.fields
        self._triad = np.ones((len(all_conditions), encoding.size))  # weights (B, V)
        lowest = encoding.first[Field.PITCH]
        for row, conditions in enumerate(all_conditions):
            tones = [MODES[conditions.key.mode][i] for i in (0, 2, 4)]
            for step in range(-SPAN, SPAN + 1):  # semitones from the tonic
                if step % 12 in tones:
                    self._triad[row, lowest + SPAN + step] = 4.0

    def probabilities(self) -> np.ndarray:
        """What comes next (B, V); each row sums to 1."""
        music = self.state.music
        on_beat = (music.position % TICKS == 0)[:, None]
        due = self._fields == self.state.field  # a duration, a pitch ...
        weights = np.where(on_beat, self._triad[music.row], 1.0) * due
        return weights / weights.sum(1, keepdims=True)

    def push(self, symbols: np.ndarray) -> None:
        """Tells what the next symbols (B,) were."""
        self.state.push(symbols)

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""
        self.state.select(rows)


def load() -> Pulse:
    """What the entry point names."""
    return Pulse()
