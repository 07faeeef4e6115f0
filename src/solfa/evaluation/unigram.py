"""The unigram model, the baseline of every table: the share of each symbol, without context."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.protocol import Encoding, SequenceState
from solfa.encodings.rows import Rows
from solfa.errors import SolfaError
from solfa.melody import Melody


class Unigram:
    """Shares of the symbols of each field among some tunes, every symbol seen once more."""

    features: frozenset[str] = frozenset()

    def __init__(self, melodies: Sequence[Melody], encoding: Encoding) -> None:
        self.encoding = encoding
        counts = np.ones(encoding.size)
        for melody in melodies:
            conditions = Conditions.of(melody)
            try:
                symbols = encoding.encode(melody, conditions)
            except SolfaError:
                continue
            counts += np.bincount(symbols, minlength=encoding.size)
        fields = np.asarray(encoding.fields)
        self.shares = np.zeros((len(encoding.field_names), encoding.size))
        for field in range(len(encoding.field_names)):
            inside = fields == field
            self.shares[field, inside] = counts[inside] / max(counts[inside].sum(), 1)
        home = getattr(encoding, "home", None)
        self.name = f"unigram of {encoding.name}" + (" from the tonic" if home else "")
        self.hash = sha256(self.shares.tobytes()).hexdigest()[:12]

    def begin(self, all_conditions: Sequence[Conditions]) -> UnigramSession:
        """A session before the first symbol of each tune."""
        return UnigramSession(self, all_conditions)


class UnigramSession(Rows):
    """A batch of tunes; see `solfa.models.protocol.Session`."""

    def __init__(self, model: Unigram, all_conditions: Sequence[Conditions]) -> None:
        self._model = model
        self.state: SequenceState = model.encoding.read(all_conditions)

    def probabilities(self) -> np.ndarray:
        """The same shares (B, V) at every symbol of a field."""
        field = int(getattr(self.state, "field", 0))  # a grid has but one
        return np.tile(self._model.shares[field], (len(self.state.music), 1))

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""
        self.state.push(symbols)
