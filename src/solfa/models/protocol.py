"""What a model is to everything that uses one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.protocol import Encoding, SequenceState


class Session(Protocol):
    """A batch of B tunes that a model follows, symbol by symbol."""

    @property
    def state(self) -> SequenceState:
        """The musical state of the batch, in the model's encoding."""

    def probabilities(self) -> np.ndarray:
        """The distribution of the next symbol of each tune: (B, V) float64, rows sum to 1."""

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""


class Model(Protocol):
    """Anything that gives a distribution over the next symbol of an encoding.

    ``hash`` names the exact weights, for the provenance of a tune; ``features`` are those of
    `solfa.encodings.features.FEATURES` that are its input, none for a model of symbols alone.
    """

    @property
    def name(self) -> str: ...
    @property
    def hash(self) -> str: ...
    @property
    def features(self) -> frozenset[str]: ...
    @property
    def encoding(self) -> Encoding:
        """The encoding that the model reads and writes."""

    def begin(self, all_conditions: Sequence[Conditions]) -> Session:
        """A session before the first symbol of each tune."""
