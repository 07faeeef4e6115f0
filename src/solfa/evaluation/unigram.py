"""The floor of every table: how often each symbol is said, whatever came before."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from solfa.encodings.frame import Frame
from solfa.encodings.protocol import Encoding, Reading
from solfa.errors import SolfaError
from solfa.melody import Melody


class Unigram:
    """Shares of the symbols of each field among some tunes, every symbol seen once more."""

    hears: frozenset[str] = frozenset()

    def __init__(self, melodies: Sequence[Melody], encoding: Encoding) -> None:
        self.encoding = encoding
        counts = np.ones(encoding.size)
        for melody in melodies:
            frame = Frame.of(melody)
            try:
                symbols = encoding.encode(melody, frame)
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

    def begin(self, frames: Sequence[Frame]) -> UnigramSession:
        """A session before the first symbol of each tune."""
        return UnigramSession(self, frames)


class UnigramSession:
    """A batch of tunes; see `solfa.models.protocol.Session`."""

    def __init__(self, model: Unigram, frames: Sequence[Frame]) -> None:
        self._model = model
        self.reading: Reading = model.encoding.read(frames)

    def probabilities(self) -> np.ndarray:
        """The same shares (B, V) at every symbol of a field."""
        field = int(getattr(self.reading, "field", 0))  # a grid has but one
        return np.tile(self._model.shares[field], (len(self.reading.cursor), 1))

    def push(self, symbols: np.ndarray) -> None:
        """Tells what the next symbols (B,) were."""
        self.reading.push(symbols)

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""
        self.reading.keep(rows)
