"""The repetition penalty: against one note or one short cell repeated more often than songs do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solfa.encodings.rows import Rows

LONGEST = (6, 6, 7, 8, 7, 8, 8, 9, 9, 10, 11, 12, 13, 14, 15, 16)
"""How long real tunes repeat a cell of 1, 2, ... 16 notes at most, in notes; 1 % exceed it.

Counted is how many notes in a row have the pitch of the note one cell before them, in the training
songs of all repertoires (`benchmarks/sampling.py --loops`).
"""
_LONGEST = np.array(LONGEST)


class _Symbols(NamedTuple):
    """Which symbols (V,) are pitches or rests: booleans."""

    melodic: np.ndarray


class RepetitionPenalty(Rows):
    """A bias against continuing a cell that has been repeated for longer than `LONGEST`.

    Only immediate repetition counts: a motif that comes back after something else, a sequence and
    a rhythm are not penalised, nor is a bar or phrase that is repeated once. Pitches are compared,
    rests among them, and not durations. The pitch that would continue a loop loses ``penalty`` nats
    of log-odds for each note by which it would be too long. Its weight goes to other pitches:
    symbols that are not ``melodic`` (V,) keep theirs. As a
    `solfa.composing.decoding.sampler.LogitsBias` it forbids nothing.
    """

    def __init__(self, batch: int, melodic: np.ndarray, penalty: float) -> None:
        self._symbols, self._penalty = _Symbols(melodic), penalty
        self._recent = np.full((batch, len(LONGEST)), -1)  # the newest symbol first
        self.runs = np.zeros((batch, len(LONGEST)), int)
        """Notes (B, 16) that have repeated what stood 1, 2, ... 16 notes before, up to now."""

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """``weights`` (B, V) with the pitches that would continue a loop made less likely."""
        excess = self.runs + 1 - _LONGEST
        looping = np.flatnonzero((excess > 0).any(1))
        if not len(looping):
            return weights
        before = weights[looping]
        costs = np.zeros_like(before)
        rows, cells = np.nonzero(excess[looping] > 0)
        again = self._recent[looping][rows, cells]
        np.maximum.at(costs, (rows, again), excess[looping][rows, cells])
        pitches = np.where(self._symbols.melodic, before, 0.0)
        with np.errstate(divide="ignore"):
            logs = np.log(pitches) - self._penalty * costs
        highest = logs.max(1, keepdims=True)
        after = np.exp(logs - np.where(np.isfinite(highest), highest, 0.0))
        after *= pitches.sum(1, keepdims=True) / np.maximum(after.sum(1, keepdims=True), 1.0)
        biased = weights.copy()
        biased[looping] = np.where(self._symbols.melodic, after, before)
        return biased

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""
        melodic = self._symbols.melodic[symbols][:, None]
        if not melodic.any():
            return
        again = np.where(self._recent == symbols[:, None], self.runs + 1, 0)
        newest = np.concatenate([symbols[:, None], self._recent[:, :-1]], 1)
        self.runs = np.where(melodic, again, self.runs)
        self._recent = np.where(melodic, newest, self._recent)
