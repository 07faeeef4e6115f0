"""Style guidance: away from what any tune would do, towards what tunes of the style do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from solfa.composing.decoding.sampler import finite_probabilities, masked
from solfa.encodings.conditions import Conditions
from solfa.encodings.rows import Rows
from solfa.models.protocol import Model

_LEAST = 1e-6


class StyleGuidance(Rows):
    """Follows the same tunes with the style unknown, and biases the draw away from them.

    What is drawn from is p ~ styled^strength * unstyled^(1 - strength): 0 ignores the style, 1 is
    as learned, more exaggerates what sets the style apart. After Ho and Salimans, Classifier-free
    diffusion guidance (2022). What is less likely than one in a million without the style counts
    as that likely, so that no oddity is blown up. A `solfa.composing.decoding.sampler.LogitsBias`.
    """

    def __init__(self, model: Model, all_conditions: Sequence[Conditions], strength: float) -> None:
        self._session = model.begin(
            [replace(conditions, style=None) for conditions in all_conditions]
        )
        self._strength = strength

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """The guided distribution (B, V), given what is said with the style."""
        possible = weights > 0
        unstyled = masked(finite_probabilities(self._session), possible)
        if self._strength == 0:
            return unstyled
        styled = np.log(weights, out=np.zeros_like(weights), where=possible)
        logs = styled + (self._strength - 1) * (styled - np.log(np.maximum(unstyled, _LEAST)))
        logs[~possible] = -np.inf
        guided = np.exp(logs - logs.max(1, keepdims=True))
        return np.asarray(guided / guided.sum(1, keepdims=True))

    def push(self, symbols: np.ndarray) -> None:
        """Tells what the next symbols (B,) were."""
        self._session.push(symbols)
