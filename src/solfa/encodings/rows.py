"""Rows of a batch: a base class whose arrays can be reduced to some of the tunes."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Selects(Protocol):
    """Anything that can be reduced to some rows of its batch."""

    def select(self, rows: np.ndarray) -> None:
        """Keeps these rows (indices) only."""


class Rows:
    """Base class for the state of B tunes: every array attribute has one row a tune, in axis 0.

    Attributes that have rows themselves, such as a session's state, are selected too. Tables that
    belong to no tune are attributes of the encoding or the model.
    """

    def select(self, rows: np.ndarray) -> None:
        """Keeps these rows (indices) only."""
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value[rows])
            elif isinstance(value, Selects):
                value.select(rows)
