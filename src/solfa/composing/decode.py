"""From probabilities to symbols: masked, sharpened, drawn. Knows symbols and masks, no music."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from solfa.encodings.protocol import Judge
from solfa.errors import ModelError
from solfa.models.protocol import Session


class Decoded(NamedTuple):
    """The symbols (S,) of a tune, its end included, and their bits (S,) under the model alone."""

    symbols: np.ndarray
    bits: np.ndarray


def decode(
    session: Session,
    judge: Judge,
    end: int,
    generators: Sequence[np.random.Generator],
    *,
    forced: np.ndarray,
    temperature: float = 1.0,
    top_p: float = 1.0,
    pushed: Callable[[Sequence[int]], None] = lambda _: None,
) -> list[Decoded]:
    """Draws one tune a row, each from its own generator, until all have said ``end``.

    ``forced`` (S,) are the first symbols of every row, -1 where they are drawn. ``pushed`` is
    called with the rows that go on, each time the session was told their next symbols. Raises
    `ModelError` if a row has no symbol that ``judge`` allows.
    """
    symbols: list[list[int]] = [[] for _ in generators]
    bits: list[list[float]] = [[] for _ in generators]
    rows = list(range(len(generators)))  # those that go on
    step = 0
    while rows:
        probabilities = session.probabilities()
        probabilities = np.where(np.isfinite(probabilities), probabilities, 0.0)
        if step < len(forced) and forced[step] >= 0:
            chosen = np.full(len(rows), forced[step])
        else:
            allowed = session.reading.allowed(judge)
            if not allowed.any(1).all():
                raise ModelError(f"no symbol of the model is allowed at step {step}; ask for less")
            weights = _sharpen(_restrict(probabilities, allowed), temperature, top_p)
            chosen = _draw(weights, np.array([generators[row].random() for row in rows]))
        with np.errstate(divide="ignore"):
            cost = -np.log2(probabilities[np.arange(len(rows)), chosen])
        for row, symbol, its in zip(rows, chosen, cost, strict=True):
            symbols[row].append(int(symbol))
            bits[row].append(float(its))
        going = chosen != end
        if not going.all():
            rows = [row for row, goes in zip(rows, going, strict=True) if goes]
            session.keep(np.flatnonzero(going))
        if rows:
            session.push(chosen[going])
            pushed(rows)
        step += 1
    return [Decoded(np.array(s), np.array(b)) for s, b in zip(symbols, bits, strict=True)]


def _restrict(probabilities: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """The distribution over what is allowed; uniform where the model gives all of it nothing."""
    usable = allowed & (probabilities > 0)
    weights = np.where(usable, probabilities, 0.0)
    weights = np.where(usable.any(1, keepdims=True), weights, allowed)
    # by the greatest first: a sum of the tiniest numbers divides into nothing
    weights = weights / weights.max(1, keepdims=True)
    return np.asarray(weights / weights.sum(1, keepdims=True))


def _sharpen(weights: np.ndarray, temperature: float, top_p: float) -> np.ndarray:
    """Temperature, then the fewest likeliest symbols that together reach ``top_p``."""
    if temperature != 1:
        weights = (weights / weights.max(1, keepdims=True)) ** (1 / temperature)
        weights = weights / weights.sum(1, keepdims=True)
    if top_p < 1:
        order = np.argsort(-weights, axis=1, kind="stable")
        ranked = np.take_along_axis(weights, order, 1)
        ranked[np.cumsum(ranked, axis=1) - ranked >= top_p] = 0
        weights = np.zeros_like(weights)
        np.put_along_axis(weights, order, ranked, 1)
    return weights


def _draw(weights: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """One symbol a row (B,), where ``uniform`` (B,) falls in the cumulated ``weights``."""
    reach = np.cumsum(weights, axis=1)
    drawn = (reach <= uniform[:, None] * reach[:, -1:]).sum(1)
    last = weights.shape[1] - 1 - np.argmax(weights[:, ::-1] > 0, axis=1)
    return np.asarray(np.minimum(drawn, last))
