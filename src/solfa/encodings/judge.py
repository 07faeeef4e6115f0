"""How rules about music reach every encoding."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from solfa.encodings.cursor import Cursor


class Judge(Protocol):
    """Says which notes may come next; each encoding turns the verdict into a mask of its own."""

    def pickups(self, cursor: Cursor, pickups: Sequence[int]) -> np.ndarray:
        """Which pickups (N ticks) a tune may begin with: (B, N) booleans."""

    def notes(self, cursor: Cursor, durations: np.ndarray, pitches: np.ndarray) -> np.ndarray:
        """Which notes may come next: (B, D, P) for D durations in ticks, (B, P) MIDI pitches."""

    def end(self, cursor: Cursor) -> np.ndarray:
        """Whether the tune may end here: (B,) booleans."""
