"""What stands already after the place where a tune is being written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solfa.encodings.conditions import Conditions, to_ticks
from solfa.encodings.state import NOTHING, REST

_NEVER = np.iinfo(np.int32).max


class RightContext:
    """The kept notes of B tunes: `solfa.encodings.conditions.Conditions.kept`. Times are ticks."""

    def __init__(self, all_conditions: Sequence[Conditions]) -> None:
        shape = (
            len(all_conditions),
            2 + max((len(conditions.kept) for conditions in all_conditions), default=0),
        )
        self._onsets = np.full(shape, _NEVER, np.int32)
        self._durations = np.zeros(shape, np.int32)
        self._pitches = np.full(shape, NOTHING, np.int32)
        for row, conditions in enumerate(all_conditions):
            for place, (onset, pitch, duration) in enumerate(conditions.kept):
                self._onsets[row, place] = to_ticks(onset)
                self._durations[row, place] = to_ticks(duration)
                self._pitches[row, place] = REST if pitch is None else pitch

    def __bool__(self) -> bool:
        return bool((self._onsets < _NEVER).any())

    def gap(self, onset: np.ndarray) -> np.ndarray:
        """Where the gap ends (B,) that a note at ``onset`` (B,) is written into; -1 in none."""
        end = self._onsets[np.arange(len(onset)), self._next(onset)]
        return np.where((end > onset) & (end < _NEVER), end, -1)

    def first(self, onset: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B, ``count``) of the first kept notes from ``onset`` (B,) on.

        0 ticks and `NOTHING` where there is none.
        """
        last = self._onsets.shape[1] - 1
        place = np.minimum(self._next(onset)[:, None] + np.arange(count), last)
        rows = np.arange(len(onset))[:, None]
        return self._durations[rows, place], self._pitches[rows, place]

    def standing(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and pitch (B, K) of the kept notes that stand ``at`` (B, K).

        0 ticks where no kept note begins just then, though one may sound; `NOTHING` where none
        does.
        """
        rows = np.arange(len(at))[:, None]
        place = (self._onsets[:, None, :] <= at[:, :, None]).sum(2) - 1
        since = at - self._onsets[rows, place]
        stands = (place >= 0) & (since < self._durations[rows, place])
        return (
            np.where(stands & (since == 0), self._durations[rows, place], 0),
            np.where(stands, self._pitches[rows, place], NOTHING),
        )

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows only."""
        for name in ("_onsets", "_durations", "_pitches"):
            setattr(self, name, getattr(self, name)[rows])

    def _next(self, onset: np.ndarray) -> np.ndarray:
        return np.asarray((self._onsets < onset[:, None]).sum(1))
