"""Style guidance: strengthens a style by comparing the distributions with and without it."""

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
    """A bias away from the model's distribution for the same tunes with the style unknown.

    The result is p ~ styled^strength * unstyled^(1 - strength): 0 ignores the style, 1 is as
    learned, more exaggerates what distinguishes the style. After Ho and Salimans, Classifier-free
    diffusion guidance (2022). Probabilities below one in a million without the style count as that,
    so that rare symbols are not amplified. A `solfa.composing.decoding.sampler.LogitsBias`.
    """

    def __init__(self, model: Model, all_conditions: Sequence[Conditions], strength: float) -> None:
        self._session = model.begin(
            [replace(conditions, style=None) for conditions in all_conditions]
        )
        self._strength = strength

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """The guided distribution (B, V); ``weights`` (B, V) is the one with the style."""
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
        """Adds the next symbol (B,) of every tune."""
        self._session.push(symbols)
