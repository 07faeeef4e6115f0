"""Echoes: phrases that are to be like earlier ones, from models that are not told of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solfa.encodings.cursor import Cursor
from solfa.encodings.frame import Frame, to_ticks
from solfa.encodings.grid import GridEncoding
from solfa.encodings.protocol import Encoding
from solfa.formats.symbols import HOLD

LIKENESSES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
GAINS = {"notes": (0.0, 0.8, 1.5, 2.0, 3.3, 6.0), "grid": (0.0, 1.8, 3.2, 4.2, 5.4, 9.0)}
"""By how many nats an echo becomes likelier at each of `LIKENESSES`, by the encoding's name."""
PULL = 1.5
"""Nats more for each note that is lacking so far, and less for each that is too many."""
_MOST = 20.0  # nats


class Echoes:
    """Leans towards what stands at the same place of the phrase that a planned one is to be like.

    The duration and the pitch of the note that begins there, or the step of a grid, gain nats of
    log-odds: as many as `GAINS` says for the likeness that is planned, more where fewer notes of
    the phrase were the same so far, less (or they lose some) where more were. Nothing gains where
    no note begins there, in a new phrase, and beyond the end of the earlier one. As a
    `solfa.composing.decode.Leaning` it forbids nothing.
    """

    def __init__(self, encoding: Encoding, frames: Sequence[Frame]) -> None:
        B, phrases = len(frames), max(len(frame.plan) for frame in frames)
        self._cursor = Cursor(frames)  # what it takes for pitches are symbols
        self._likeness = np.zeros((B, phrases + 1))
        for row, frame in enumerate(frames):
            for number, phrase in enumerate(frame.plan):
                self._likeness[row, number] = phrase.likeness or 0.0
        self._gains, self._melodic = GAINS[encoding.name], encoding.melodic
        self._hold = self._step = -1
        self._durations = np.zeros(encoding.size, np.int32)  # ticks of symbols that say one
        if isinstance(encoding, GridEncoding):
            self._hold, self._step = encoding.symbols.index(HOLD), to_ticks(encoding.step)
            self._symbol = np.full(self._step + 1, encoding.size)
        else:
            self._durations[: len(encoding.durations)] = encoding.durations
            self._symbol = np.full(max(encoding.durations) + 1, encoding.size)
            self._symbol[list(encoding.durations)] = range(len(encoding.durations))
        self._notes, self._same = np.zeros(B, int), np.zeros(B, int)  # of the phrase, up to now
        self._newest = np.zeros(B, np.int32)  # ticks of the newest duration
        self._sounds, self._intact = np.zeros(B, bool), np.zeros(B, bool)  # a note on the grid

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """``weights`` (B, V) with what echoes the earlier phrase made likelier."""
        ticks, said = (found[:, 0] for found in self._cursor.referred())
        (rows,) = np.nonzero(ticks)
        if not len(rows):
            return weights
        likeness = self._likeness[rows, self._cursor.planned[rows]]
        lack = likeness * self._notes[rows] - self._same[rows]
        gains = np.interp(likeness, LIKENESSES, self._gains) + PULL * lack
        factors = np.ones((len(weights), weights.shape[1] + 1))
        factors[rows, said[rows]] = factors[rows, self._symbol[ticks[rows]]] = np.exp(
            np.where(likeness > 0, np.clip(gains, -_MOST, _MOST), 0.0)
        )
        leant = weights * factors[:, :-1]
        return np.asarray(leant / leant.sum(1, keepdims=True))

    def push(self, symbols: np.ndarray) -> None:
        """Tells what the next symbols (B,) were."""
        ticks, said = (found[:, 0] for found in self._cursor.referred())
        if self._step > 0:
            begins, same = symbols != self._hold, (symbols == said) & (ticks > 0)
            self._notes += begins & self._sounds
            self._same += begins & self._sounds & self._intact & (said != self._hold)
            self._intact = np.where(begins, same, self._intact & same)
            self._sounds |= begins
            self._go_on(np.full(len(symbols), self._step), symbols)
        elif self._durations[symbols].any():
            self._newest = self._durations[symbols]
        elif self._melodic[symbols].any():
            self._notes += 1
            self._same += (symbols == said) & (self._newest == ticks)
            self._go_on(self._newest, symbols)

    def _go_on(self, ticks: np.ndarray, symbols: np.ndarray) -> None:
        before = self._cursor.planned
        self._cursor.advance(ticks, symbols, np.zeros(len(symbols), bool))
        goes_on = before == self._cursor.planned
        self._notes, self._same = self._notes * goes_on, self._same * goes_on
        self._sounds = self._sounds & goes_on

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""
        self._cursor.keep(rows)
        for name in ("_likeness", "_notes", "_same", "_newest", "_sounds", "_intact"):
            setattr(self, name, getattr(self, name)[rows])
