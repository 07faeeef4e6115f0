"""Models made by hand: random, stubborn, spiteful. What is guaranteed must hold with them all."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.grid import GridEncoding
from solfa.encodings.notes import NoteEncoding
from solfa.encodings.protocol import Encoding, SequenceState

Opinion = Callable[[SequenceState, Encoding], np.ndarray]
"""What a model wants next: weights (B, V), as it sees the music."""


class HandMade:
    def __init__(self, opinion: Opinion, encoding: Encoding) -> None:
        self.name = opinion.__name__
        self.hash = "none"
        self.features: frozenset[str] = frozenset()
        self.encoding = encoding
        self.opinion = opinion

    def __repr__(self) -> str:
        return f"{self.name} over {self.encoding.name}"

    def begin(self, all_conditions: Sequence[Conditions]) -> "HandMadeSession":
        return HandMadeSession(self, all_conditions)


class HandMadeSession:
    def __init__(self, model: HandMade, all_conditions: Sequence[Conditions]) -> None:
        self._model = model
        self.state = model.encoding.read(all_conditions)

    def probabilities(self) -> np.ndarray:
        weights = self._model.opinion(self.state, self._model.encoding)
        with np.errstate(invalid="ignore"):
            return weights / weights.sum(1, keepdims=True)

    def push(self, symbols: np.ndarray) -> None:
        self.state.push(symbols)

    def select(self, rows: np.ndarray) -> None:
        self.state.select(rows)


def _flat(state: SequenceState, encoding: Encoding) -> np.ndarray:
    return np.ones((len(state.music), encoding.size))


def uniform(state: SequenceState, encoding: Encoding) -> np.ndarray:
    return _flat(state, encoding)


def rugged(state: SequenceState, encoding: Encoding) -> np.ndarray:
    """Another distribution at each onset, far from flat, the same whatever else is in the batch."""
    onset = state.music.onset.astype(float)[:, None]
    return np.exp(6 * np.sin(onset * 0.7 + 12.9898 * np.arange(encoding.size)))


def always_ends(state: SequenceState, encoding: Encoding) -> np.ndarray:
    return _flat(state, encoding) * (np.arange(encoding.size) == encoding.end)


def never_ends(state: SequenceState, encoding: Encoding) -> np.ndarray:
    return _flat(state, encoding) * (np.arange(encoding.size) != encoding.end)


def spiteful(state: SequenceState, encoding: Encoding) -> np.ndarray:
    """Nearly all on what is worst: the odd durations and the highest symbols."""
    return _flat(state, encoding) * 1000.0 ** -np.arange(encoding.size)[::-1]


def stubborn(state: SequenceState, encoding: Encoding) -> np.ndarray:
    """All on the first symbol, nothing elsewhere."""
    return _flat(state, encoding) * (np.arange(encoding.size) == 0)


def empty(state: SequenceState, encoding: Encoding) -> np.ndarray:
    """No opinion at all: zeros, which divide into not-a-number."""
    return 0 * _flat(state, encoding)


class Stylish(HandMade):
    """Another rugged distribution for every style, and one for none."""

    def __init__(self, encoding: Encoding) -> None:
        super().__init__(rugged, encoding)

    def begin(self, all_conditions: Sequence[Conditions]) -> "HandMadeSession":
        known = (None, *self.encoding.styles)
        style = np.array([known.index(conditions.style) for conditions in all_conditions])

        def opinion(state: SequenceState, encoding: Encoding) -> np.ndarray:
            onset = state.music.onset.astype(float) + style[state.music.row]
            return np.exp(3 * np.sin(onset[:, None] * 0.7 + 12.9898 * np.arange(encoding.size)))

        return HandMadeSession(HandMade(opinion, self.encoding), all_conditions)


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
