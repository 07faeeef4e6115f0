"""The phrase similarity bias: makes a planned phrase like an earlier one, or unlike all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.protocol import Encoding
from solfa.encodings.rows import Rows
from solfa.encodings.state import MusicalState

LIKENESSES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
GAINS = {"note": (0.0, 0.8, 1.5, 2.0, 3.3, 6.0), "step": (0.0, 1.8, 3.2, 4.2, 5.4, 9.0)}
"""Nats that the earlier phrase's symbol gains at each of `LIKENESSES`, where a symbol is part of a
note and where it is a step, for models that are not given the likeness."""
PULL = 1.5
"""Nats more for each equal note that is lacking so far, and less for each that is too many."""
GIVEN = 1.0
"""`PULL` for models that are given the likeness of the planned phrase."""
UNLIKE = 1.0
"""Nats less for each note of a new phrase that was the same as in an earlier one."""
_MOST = 20.0  # nats


class _Durations(NamedTuple):
    """The symbol of each duration in ticks; the size of the vocabulary where there is none."""

    symbol_of: np.ndarray

    @classmethod
    def of(cls, encoding: Encoding) -> _Durations:
        symbols = np.flatnonzero(encoding.ticks)
        longest = encoding.ticks.max() if len(symbols) else encoding.step_ticks or 0
        symbol_of = np.full(longest + 1, encoding.size)
        symbol_of[encoding.ticks[symbols]] = symbols
        return cls(symbol_of)


class PhraseSimilarityBias(Rows):
    """A bias towards the note at the same place of the phrase that a planned phrase is to be like.

    The duration and the pitch of the note that begins there, or the step of a grid, gain nats of
    log-odds: those of `GAINS` for the planned likeness (none if the model is ``given`` it), more
    where fewer notes of the phrase were the same so far, less (or they lose some) where more were.
    In a new phrase the notes at that place of earlier new phrases lose nats, the more notes were
    the same. There is no bias where no note begins there, nor beyond the end of the earlier phrase.
    As a `solfa.composing.decoding.sampler.LogitsBias` it forbids nothing.
    """

    def __init__(
        self, encoding: Encoding, all_conditions: Sequence[Conditions], *, given: bool = False
    ) -> None:
        B, P = len(all_conditions), 1 + max(len(conditions.plan) for conditions in all_conditions)
        self._music = MusicalState(all_conditions)  # its pitches are symbols here
        self._likeness = np.zeros((B, P))
        self._others = np.full((B, P, P), -1)  # the phrases that each is compared with
        for row, conditions in enumerate(all_conditions):
            new: list[int] = []
            for number, phrase in enumerate(conditions.plan):
                self._likeness[row, number] = phrase.likeness or 0.0
                others = (
                    new if phrase.likeness == 0 else [-1 if phrase.like is None else phrase.like]
                )
                self._others[row, number, : len(others)] = others
                new += [number] * (phrase.likeness == 0)
        kind = "note" if encoding.step_ticks is None else "step"
        gains, pull = (np.zeros(len(LIKENESSES)), GIVEN) if given else (GAINS[kind], PULL)
        self._gain = np.interp(self._likeness, LIKENESSES, gains)
        self._pull = np.where(self._likeness > 0, pull, UNLIKE)
        self._encoding = encoding
        self._durations = _Durations.of(encoding)
        self._notes, self._same = np.zeros(B, int), np.zeros((B, P), int)  # of the phrase so far
        self._newest = np.zeros(B, np.int32)  # ticks of the newest duration
        self._sounds, self._intact = np.zeros(B, bool), np.zeros((B, P), bool)  # of steps
        self._look()

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """``weights`` (B, V) with the symbols of the earlier phrase made likelier, or less so."""
        planned, ticks, symbols = self._standing
        row, other = np.nonzero(ticks)
        if not len(row):
            return weights
        phrase = row, planned[row]
        likeness = self._likeness[phrase]
        lack = likeness * self._notes[row] - self._same[row, other]
        nats = self._gain[phrase] + self._pull[phrase] * lack
        gains = np.zeros((len(weights), weights.shape[1] + 1))
        towards = likeness > 0
        echo = symbols[row, other]
        # the rhythm of a new phrase may be that of others
        np.add.at(gains, (row, echo), np.where(towards | (echo != self._encoding.hold), nats, 0.0))
        symbol_of = self._durations.symbol_of
        gains[row[towards], symbol_of[ticks[row, other][towards]]] = nats[towards]
        biased = weights * np.exp(np.clip(gains[:, :-1], -_MOST, _MOST))
        return np.asarray(biased / biased.sum(1, keepdims=True))

    def _look(self) -> None:
        """Finds the phrase (B,) of each row; ticks and symbols (B, P) that stand in the others."""
        planned = self._music.planned
        others = self._others[np.arange(len(planned)), planned]
        self._standing = planned, *self._music.in_planned(others)

    def push(self, symbols: np.ndarray) -> None:
        """Adds the next symbol (B,) of every tune."""
        encoding = self._encoding
        _, ticks, others = self._standing
        same = symbols[:, None] == others
        if encoding.step_ticks is not None:
            begins, same = symbols != encoding.hold, same & (ticks > 0)
            done = begins & self._sounds
            self._notes += done
            self._same += done[:, None] & self._intact & (others != encoding.hold)
            self._intact = np.where(begins[:, None], same, self._intact & same)
            self._sounds |= begins
            self._advance(np.full(len(symbols), encoding.step_ticks), symbols)
        elif encoding.ticks[symbols].any():
            self._newest = encoding.ticks[symbols]
        elif encoding.melodic[symbols].any():
            self._notes += 1
            self._same += same & (self._newest[:, None] == ticks)
            self._advance(self._newest, symbols)

    def _advance(self, ticks: np.ndarray, symbols: np.ndarray) -> None:
        before, *_ = self._standing
        self._music.advance(ticks, symbols, np.zeros(len(symbols), bool))
        self._look()
        goes_on = before == self._standing[0]
        self._notes, self._same = self._notes * goes_on, self._same * goes_on[:, None]
        self._sounds = self._sounds & goes_on

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows (indices) only."""
        super().select(rows)
        self._look()
