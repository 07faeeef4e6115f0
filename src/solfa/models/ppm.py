"""PPM, prediction by partial matching: backoff from the longest context that occurred in training.

Each context gives its symbols their share of its count, and keeps a share (the escape) for symbols
that never followed it; the next shorter context distributes it among these (exclusion). Below the
empty context is the uniform distribution. Cleary and Witten (1984); the escape is method AX of
Moffat, Neal and Witten (1998).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class _Order(NamedTuple):
    """The contexts of one length, sorted, and the symbols seen after each."""

    keys: np.ndarray  # (C + 1,): place of the context one shorter x radix + last value; a sentinel
    radix: int
    start: np.ndarray  # (C + 1,): where each context's symbols begin
    symbols: np.ndarray  # (S,)
    counts: np.ndarray  # (S,)


class PPM:
    """Counts of ``symbols`` (N,) below ``size`` after the ``contexts`` (N, K) they were seen in.

    Contexts back off from the last column to the first. Values are integers from 0; one
    never seen in training, a negative one included, ends the context before it. The tables are a
    trie laid out in sorted arrays: exact, and quick to build for millions of symbols.
    """

    def __init__(self, contexts: np.ndarray, symbols: np.ndarray, size: int) -> None:
        self.size = size
        # Sorted once, a context of any length is a run of rows.
        order = np.lexsort((symbols, *contexts.T[::-1]))
        symbols = symbols[order].astype(np.int64)
        first = np.arange(len(symbols)) == 0  # rows that open a context
        place = np.zeros(len(symbols), np.int64)
        self._orders = [_order(np.zeros(1, np.int64), 1, place, symbols, size)]
        for column in contexts.T:
            column = column[order].astype(np.int64)
            radix = int(column.max(initial=0)) + 1
            first = first | np.diff(column, prepend=-1).astype(bool)
            keys = place[first] * radix + column[first]
            place = np.cumsum(first) - 1
            self._orders.append(_order(keys, radix, place, symbols, size))

    def probabilities(self, contexts: np.ndarray) -> np.ndarray:
        """The distribution of the next symbol after each context (B, K): (B, size), all above 0."""
        B = len(contexts)
        probabilities = np.zeros((B, self.size))
        fresh = np.ones((B, self.size), bool)  # not yet spoken of by a longer context
        left = np.ones(B)  # probability that the fresh ones share
        for order, place in zip(reversed(self._orders), self._find(contexts), strict=True):
            known = np.flatnonzero(place >= 0)
            if not len(known):
                continue
            counts = _dense(order, place[known], self.size) * fresh[known]
            escape = (counts == 1).sum(1) + 1.0
            escape[((counts > 0) == fresh[known]).all(1)] = 0  # nobody is left to escape to
            total = np.maximum(counts.sum(1) + escape, 1e-300)
            share = left[known] / total
            probabilities[known] += counts * share[:, None]
            left[known] = escape * share
            fresh[known] &= counts == 0
        probabilities += fresh * (left / np.maximum(fresh.sum(1), 1))[:, None]
        return probabilities

    def _find(self, contexts: np.ndarray) -> list[np.ndarray]:
        """Where each context stands in its order, longest first; -1 where it was not seen."""
        places = [np.zeros(len(contexts), np.int64)]
        for order, column in zip(self._orders[1:], np.asarray(contexts).T, strict=True):
            possible = (places[-1] >= 0) & (column >= 0) & (column < order.radix)
            key = np.where(possible, places[-1] * order.radix + column, -1)
            place = np.searchsorted(order.keys, key)
            places.append(np.where(order.keys[place] == key, place, -1))
        return places[::-1]


def _order(
    keys: np.ndarray, radix: int, place: np.ndarray, symbols: np.ndarray, size: int
) -> _Order:
    """``place`` (N,) is the context of each of the ``symbols`` (N,)."""
    pairs, counts = np.unique(place * size + symbols, return_counts=True)
    start = np.searchsorted(pairs, np.arange(len(keys) + 1) * size)
    sentinel = np.iinfo(np.int64).max
    return _Order(np.append(keys, sentinel), radix, start, pairs % size, counts)


def _dense(order: _Order, place: np.ndarray, size: int) -> np.ndarray:
    """The counts (B, size) of the contexts at ``place`` (B,)."""
    start = order.start[place]
    lengths = order.start[place + 1] - start
    rows = np.repeat(np.arange(len(place)), lengths)
    entries = np.arange(len(rows)) + np.repeat(start - (np.cumsum(lengths) - lengths), lengths)
    counts = np.zeros((len(place), size))
    counts[rows, order.symbols[entries]] = order.counts[entries]
    return counts
