"""Models made by hand: random, stubborn, spiteful. What is guaranteed must hold with them all."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from solfa.encodings.frame import Frame
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.protocol import Encoding, Reading

Opinion = Callable[[Reading, Encoding], np.ndarray]
"""What a model wants next: weights (B, V), as it sees the music."""


class HandMade:
    def __init__(self, opinion: Opinion, encoding: Encoding) -> None:
        self.name = opinion.__name__
        self.hash = "none"
        self.hears: frozenset[str] = frozenset()
        self.encoding = encoding
        self.opinion = opinion

    def __repr__(self) -> str:
        return f"{self.name} over {self.encoding.name}"

    def begin(self, frames: Sequence[Frame]) -> "HandMadeSession":
        return HandMadeSession(self, frames)


class HandMadeSession:
    def __init__(self, model: HandMade, frames: Sequence[Frame]) -> None:
        self._model = model
        self.reading = model.encoding.read(frames)

    def probabilities(self) -> np.ndarray:
        weights = self._model.opinion(self.reading, self._model.encoding)
        with np.errstate(invalid="ignore"):
            return weights / weights.sum(1, keepdims=True)

    def push(self, symbols: np.ndarray) -> None:
        self.reading.push(symbols)

    def keep(self, rows: np.ndarray) -> None:
        self.reading.keep(rows)


def _flat(reading: Reading, encoding: Encoding) -> np.ndarray:
    return np.ones((len(reading.cursor), encoding.size))


def uniform(reading: Reading, encoding: Encoding) -> np.ndarray:
    return _flat(reading, encoding)


def rugged(reading: Reading, encoding: Encoding) -> np.ndarray:
    """Another distribution at each onset, far from flat, the same whatever else is in the batch."""
    onset = reading.cursor.onset.astype(float)[:, None]
    return np.exp(6 * np.sin(onset * 0.7 + 12.9898 * np.arange(encoding.size)))


def always_ends(reading: Reading, encoding: Encoding) -> np.ndarray:
    return _flat(reading, encoding) * (np.arange(encoding.size) == encoding.end)


def never_ends(reading: Reading, encoding: Encoding) -> np.ndarray:
    return _flat(reading, encoding) * (np.arange(encoding.size) != encoding.end)


def spiteful(reading: Reading, encoding: Encoding) -> np.ndarray:
    """Nearly all on what is worst: the odd durations and the highest symbols."""
    return _flat(reading, encoding) * 1000.0 ** -np.arange(encoding.size)[::-1]


def stubborn(reading: Reading, encoding: Encoding) -> np.ndarray:
    """All on the first symbol, nothing elsewhere."""
    return _flat(reading, encoding) * (np.arange(encoding.size) == 0)


def empty(reading: Reading, encoding: Encoding) -> np.ndarray:
    """No opinion at all: zeros, which divide into not-a-number."""
    return 0 * _flat(reading, encoding)


class Stylish(HandMade):
    """Another rugged distribution for every style, and one for none."""

    def __init__(self, encoding: Encoding) -> None:
        super().__init__(rugged, encoding)

    def begin(self, frames: Sequence[Frame]) -> "HandMadeSession":
        known = (None, *self.encoding.styles)
        style = np.array([known.index(frame.style) for frame in frames])

        def opinion(reading: Reading, encoding: Encoding) -> np.ndarray:
            onset = reading.cursor.onset.astype(float) + style[reading.cursor.row]
            return np.exp(3 * np.sin(onset[:, None] * 0.7 + 12.9898 * np.arange(encoding.size)))

        return HandMadeSession(HandMade(opinion, self.encoding), frames)


OPINIONS = [uniform, rugged, always_ends, never_ends, spiteful, stubborn, empty]

NOTES = NoteEncoding(
    durations=(3, 6, 8, 12, 16, 18, 24, 32, 36, 48, 72, 96, 144, 192, 384),
    pickups=(0, 12, 24, 48, 72, 96, 144),
    meters=("2/4", "3/4", "4/4", "6/8"),
    styles=("german", "irish"),
)
GRID = GridEncoding((*map(str, range(52, 82)), "r", "_", "/"), Fraction(1, 4))
MODELS = [HandMade(opinion, encoding) for encoding in (NOTES, GRID) for opinion in OPINIONS]
UNIFORM = {"notes": HandMade(uniform, NOTES), "grid": HandMade(uniform, GRID)}
