"""Right context: the fixed notes after the place where a tune is being composed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solfa.encodings.conditions import Conditions
from solfa.encodings.rows import Rows
from solfa.encodings.sentinels import NEVER, NO_PITCH


class RightContext(Rows):
    """The fixed notes of B tunes: `solfa.encodings.conditions.Conditions.fixed`. In ticks."""

    def __init__(self, all_conditions: Sequence[Conditions]) -> None:
        shape = (
            len(all_conditions),
            2 + max((len(conditions.fixed) for conditions in all_conditions), default=0),
        )
        self._onsets = np.full(shape, NEVER, np.int32)
        self._durations = np.zeros(shape, np.int32)
        self._pitches = np.full(shape, NO_PITCH, np.int32)
        for row, conditions in enumerate(all_conditions):
            for place, note in enumerate(conditions.fixed):
                self._onsets[row, place] = note.onset
                self._durations[row, place] = note.duration
                self._pitches[row, place] = note.pitch

    def __bool__(self) -> bool:
        return bool((self._onsets < NEVER).any())

    def gap(self, onset: np.ndarray) -> np.ndarray:
        """Where the gap around ``onset`` (B,) ends (B,); -1 where there is none."""
        end = self._onsets[np.arange(len(onset)), self._next(onset)]
        return np.where((end > onset) & (end < NEVER), end, -1)

    def first(self, onset: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B, ``count``) of the first fixed notes from ``onset`` (B,) on.

        0 ticks and `NO_PITCH` where there is none.
        """
        last = self._onsets.shape[1] - 1
        place = np.minimum(self._next(onset)[:, None] + np.arange(count), last)
        rows = np.arange(len(onset))[:, None]
        return self._durations[rows, place], self._pitches[rows, place]

    def standing(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B, K) of the fixed notes that stand ``at`` (B, K).

        0 ticks where no fixed note begins just then, though one may sound; `NO_PITCH` where none
        does.
        """
        rows = np.arange(len(at))[:, None]
        place = (self._onsets[:, None, :] <= at[:, :, None]).sum(2) - 1
        since = at - self._onsets[rows, place]
        stands = (place >= 0) & (since < self._durations[rows, place])
        return (
            np.where(stands & (since == 0), self._durations[rows, place], 0),
            np.where(stands, self._pitches[rows, place], NO_PITCH),
        )

    def _next(self, onset: np.ndarray) -> np.ndarray:
        return np.asarray((self._onsets < onset[:, None]).sum(1))
