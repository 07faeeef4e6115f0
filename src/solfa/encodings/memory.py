"""Memory of a tune: finds where its last events occurred before, and what followed."""

from __future__ import annotations

import numpy as np

from solfa.encodings.rows import Rows


class Memory(Rows):
    """Finds the longest match of the last events of B tunes in what came before.

    Events are integers; a negative one equals no other.
    """

    def __init__(self, batch: int) -> None:
        self._count = 0
        self._events = np.zeros((batch, 64), np.int64)
        self._matches = np.zeros(
            (batch, 64), np.int32
        )  # equal events in a row, up to here and up to now

    def add(self, events: np.ndarray) -> None:
        """Adds an event (B,) to every tune."""
        if self._count == self._events.shape[1]:
            self._events = np.pad(self._events, ((0, 0), (0, self._count)))
            self._matches = np.pad(self._matches, ((0, 0), (0, self._count)))
        n, events = self._count, np.asarray(events)[:, None]
        longer = 1 + self._matches[:, : max(n - 1, 0)]
        alike = (self._events[:, :n] == events) & (events >= 0)
        self._matches[:, 1:n] = longer * alike[:, 1:]
        self._matches[:, :1] = alike[:, :1] if n else 0
        self._events[:, n : n + 1] = events
        self._count += 1

    def find(self) -> tuple[np.ndarray, np.ndarray]:
        """The index (B,) of the event after the longest match, and the match's length (B,).

        Of several the latest; -1 and 0 where nothing matches.
        """
        rows, n = np.arange(len(self._events)), self._count
        if n == 0:
            return np.full(len(rows), -1), np.zeros(len(rows), np.int32)
        latest = np.argmax(self._matches[:, :n][:, ::-1], 1)
        length = self._matches[rows, n - 1 - latest]
        return np.where(length > 0, n - latest, -1), length
