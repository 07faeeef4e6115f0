"""What follows a batch of tunes and goes on with some of them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Selects(Protocol):
    """Anything that can go on with some rows of its batch."""

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows (indices) only."""


class Rows:
    """Base of what follows B tunes: every array that it holds has one row a tune, in axis 0.

    What it holds besides that has rows, such as a session's state, is selected with it. Tables that
    belong to no tune stay with the encoding or the model.
    """

    def select(self, rows: np.ndarray) -> None:
        """Goes on with these rows (indices) only."""
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value[rows])
            elif isinstance(value, Selects):
                value.select(rows)
