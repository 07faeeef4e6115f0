"""`melody_mix`: a network and the n-gram's views, joined by weights that were learned.

The distribution is a product of powers, p ~ p0^w0 p1^w1 .., of what the network says and of what
each view of `NGram` says (a log-linear mixture; Pearce 2005, chapter 7, joins viewpoints so). The
weights depend on the field and on how long the tune has been repeating itself: the longer, the
more the views that remember it are worth. They are learned on validation songs (`solfa mix`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256

import numpy as np

from solfa.encodings.frame import Frame
from solfa.encodings.protocol import Encoding, Reading
from solfa.errors import ModelError
from solfa.models.ngram import Listener, NGram
from solfa.models.protocol import Model, Session

MATCHES = 7
"""How many lengths of match, 0 to 6 notes or more, have weights of their own."""

Weights = dict[int, np.ndarray]
"""By field, (MATCHES, 1 + views): the network's first."""


class Mixture:
    """A network and an n-gram model of the same encoding, mixed by ``weights``.

    Fields without weights are the network's alone. Raises `ModelError` if the encodings differ.
    """

    name = "melody_mix"

    def __init__(self, network: Model, ngram: NGram, weights: Weights) -> None:
        if network.encoding.to_json() != ngram.encoding.to_json():
            raise ModelError(
                f"{network.name} and the n-gram were made from other tunes; train and mix them anew"
            )
        self.network, self.ngram, self.weights = network, ngram, weights

    @property
    def encoding(self) -> Encoding:
        """The encoding of both."""
        return self.network.encoding

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits that name both models and the weights."""
        said = {str(field): weights.tolist() for field, weights in self.weights.items()}
        text = json.dumps([self.network.hash, self.ngram.hash, said], sort_keys=True)
        return sha256(text.encode()).hexdigest()[:12]

    def begin(self, frames: Sequence[Frame]) -> MixtureSession:
        """A session before the first symbol of each tune."""
        return MixtureSession(self, frames)


class MixtureSession:
    """A batch of tunes followed by a `Mixture`; see `solfa.models.protocol.Session`."""

    def __init__(self, model: Mixture, frames: Sequence[Frame]) -> None:
        self._model = model
        self._session: Session = model.network.begin(frames)
        self._listener: Listener = model.ngram.listen(frames)

    @property
    def reading(self) -> Reading:
        """The musical state of the batch."""
        return self._session.reading

    def probabilities(self) -> np.ndarray:
        """The distribution of the next symbol of each tune: (B, V) float64, rows sum to 1."""
        model, said = self._model, self._session.probabilities()
        field, known = self._listener.hear()
        if field not in model.weights:
            return said
        symbols = np.flatnonzero(np.asarray(model.encoding.fields) == field)
        logs = experts(said[:, symbols], model.ngram, field, known)
        weights = model.weights[field][matches(known)]  # (B, K)
        # added one by one, so that a tune is the same whatever it is composed with
        joined = sum(weights[:, k, None] * logs[:, k] for k in range(weights.shape[1]))
        powers = np.exp(joined - np.max(joined, 1, keepdims=True))
        probabilities = np.zeros_like(said)
        probabilities[:, symbols] = powers / powers.sum(1, keepdims=True)
        return probabilities

    def push(self, symbols: np.ndarray) -> None:
        """Tells what the next symbols (B,) were."""
        self._session.push(symbols)
        self._listener.push(symbols)

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""
        self._session.keep(rows)
        self._listener.keep(rows)


def experts(said: np.ndarray, ngram: NGram, field: int, known: dict[str, np.ndarray]) -> np.ndarray:
    """Logarithms (B, 1 + views, N) of what the network ``said`` (B, N) and each view says."""
    with np.errstate(divide="ignore"):
        first = np.maximum(np.log(said), -50.0)
    return np.concatenate([first[:, None], ngram.logs(field, known)], 1)


def matches(known: dict[str, np.ndarray]) -> np.ndarray:
    """Which of the `MATCHES` (B,) weights are for each tune."""
    return np.asarray(np.minimum(known["match"], MATCHES - 1))
