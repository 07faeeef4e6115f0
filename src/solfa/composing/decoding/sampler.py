"""The sampler: draws symbols from a model's distribution, masked, biased and sharpened.

It uses no knowledge of music; that is in the constraint and the biases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from solfa.encodings.protocol import Constraint
from solfa.errors import ModelError
from solfa.models.protocol import Session


class Sampled(NamedTuple):
    """The symbols (S,) of a tune, its end included, and their bits (S,) under the model alone."""

    symbols: np.ndarray
    bits: np.ndarray


class LogitsBias(Protocol):
    """A bias: adds to the log-odds of some symbols, and forbids none."""

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """The biased distribution (B, V) of ``weights`` (B, V); probabilities of 0 stay 0."""

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows (indices) only."""


def sample(
    session: Session,
    constraint: Constraint,
    end: int,
    generators: Sequence[np.random.Generator],
    *,
    temperature: float = 1.0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    biases: Sequence[LogitsBias] = (),
    pushed: Callable[[Sequence[int]], None] = lambda _: None,
) -> list[Sampled]:
    """Draws one tune a row, each from its own generator, until the symbol ``end``.

    The model's distribution is masked by the ``constraint``, passed through the ``biases`` one by
    one, and sharpened by temperature, ``min_p`` and ``top_p``; where the constraint leaves one
    symbol, it costs no random number. ``pushed`` is called with the rows that go on, each time
    their next symbols have been pushed. Raises `ModelError` if a row has no symbol left.
    """
    symbols: list[list[int]] = [[] for _ in generators]
    bits: list[list[float]] = [[] for _ in generators]
    rows = list(range(len(generators)))  # those that go on
    step = 0
    while rows:
        probabilities = finite_probabilities(session)
        allowed = session.state.allowed(constraint)
        choices = allowed.sum(1)
        if not choices.all():
            raise ModelError(f"no symbol of the model is allowed at step {step}; ask for less")
        if (choices == 1).all():
            chosen = allowed.argmax(1)
        else:
            weights = masked(probabilities, allowed)
            for bias in biases:
                weights = bias(weights)
            weights = _sharpen(weights, temperature, top_p, min_p)
            open_ = zip(rows, choices > 1, strict=True)
            drawn = [generators[row].random() if several else 0.0 for row, several in open_]
            chosen = _draw(weights, np.array(drawn))
        with np.errstate(divide="ignore"):
            cost = -np.log2(probabilities[np.arange(len(rows)), chosen])
        for row, symbol, its in zip(rows, chosen, cost, strict=True):
            symbols[row].append(int(symbol))
            bits[row].append(float(its))
        going = chosen != end
        followers: tuple[Session | LogitsBias, ...] = (session, *biases)
        if not going.all():
            rows = [row for row, goes in zip(rows, going, strict=True) if goes]
            for follower in followers:
                follower.select(np.flatnonzero(going))
        if rows:
            for follower in followers:
                follower.push(chosen[going])
            pushed(rows)
        step += 1
    return [Sampled(np.array(s), np.array(b)) for s, b in zip(symbols, bits, strict=True)]


def finite_probabilities(session: Session) -> np.ndarray:
    """The session's probabilities (B, V), with 0 for those that are not finite."""
    probabilities = session.probabilities()
    return np.where(np.isfinite(probabilities), probabilities, 0.0)


def masked(probabilities: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """The distribution (B, V) over the symbols ``allowed`` (B, V), renormalised.

    Uniform over them where their probabilities are all 0.
    """
    usable = allowed & (probabilities > 0)
    weights = np.where(usable, probabilities, 0.0)
    weights = np.where(usable.any(1, keepdims=True), weights, allowed)
    # by the greatest first: a sum of the tiniest numbers divides into nothing
    weights = weights / weights.max(1, keepdims=True)
    return np.asarray(weights / weights.sum(1, keepdims=True))


def _sharpen(
    weights: np.ndarray, temperature: float, top_p: float, min_p: float = 0.0
) -> np.ndarray:
    """``weights`` (B, V) with temperature, min-p and top-p applied, renormalised.

    ``min_p`` leaves out what is less likely than that many times the likeliest (Nguyen et al.,
    Turning up the heat, 2024); ``top_p`` keeps the fewest likeliest that together reach it.
    """
    if temperature != 1:
        weights = (weights / weights.max(1, keepdims=True)) ** (1 / temperature)
        weights = weights / weights.sum(1, keepdims=True)
    if min_p > 0:
        weights = np.where(weights >= min_p * weights.max(1, keepdims=True), weights, 0.0)
        weights = weights / weights.sum(1, keepdims=True)
    if top_p < 1:
        order = np.argsort(-weights, axis=1, kind="stable")
        ranked = np.take_along_axis(weights, order, 1)
        ranked[np.cumsum(ranked, axis=1) - ranked >= top_p] = 0
        weights = np.zeros_like(weights)
        np.put_along_axis(weights, order, ranked, 1)
        weights = weights / weights.sum(1, keepdims=True)
    return weights


def _draw(weights: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """One symbol a row (B,), where ``uniform`` (B,) falls in the cumulated ``weights``."""
    reach = np.cumsum(weights, axis=1)
    drawn = (reach <= uniform[:, None] * reach[:, -1:]).sum(1)
    last = weights.shape[1] - 1 - np.argmax(weights[:, ::-1] > 0, axis=1)
    return np.asarray(np.minimum(drawn, last))
