"""Shares of what was counted, each with what chance leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan, sqrt
from typing import NamedTuple

import numpy as np

_Z95 = 1.96  # standard deviations on either side that hold 95 % of a normal distribution


class Share(NamedTuple):
    """``hits`` of ``of``, with Wilson's 95 % interval."""

    hits: int
    of: int

    @classmethod
    def true(cls, each: Iterable[bool]) -> Share:
        """The share of them that is true."""
        values = list(each)
        return cls(sum(values), len(values))

    def __add__(self, other: object) -> Share:
        """Both counted together."""
        if not isinstance(other, Share):
            return NotImplemented
        return Share(self.hits + other.hits, self.of + other.of)

    @property
    def value(self) -> float:
        """0..1; nan of nothing."""
        return self.hits / self.of if self.of else nan

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends, 0..1; all of it of nothing."""
        if not self.of:
            return 0.0, 1.0
        spread = _Z95**2 / self.of
        middle = self.value + spread / 2
        half = sqrt(spread * (self.value * (1 - self.value) + spread / 4))
        low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
        return max(low, 0.0), min(high, 1.0)


class Mean(NamedTuple):
    """A mean, with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def ratio(cls, over: np.ndarray, under: np.ndarray, draws: int = 2000) -> Mean:
        """The sum of ``over`` (N,) by that of ``under`` (N,), the N drawn anew for the interval."""
        picked = np.random.default_rng(0).integers(len(over), size=(draws, len(over)))
        low, high = np.quantile(over[picked].sum(1) / under[picked].sum(1), [0.025, 0.975])
        return cls(float(over.sum() / under.sum()), float(low), float(high))

    @classmethod
    def of(cls, values: Iterable[float]) -> Mean:
        """The plain mean; nan of nothing."""
        over = np.array(list(values), float)
        return cls.ratio(over, np.ones(len(over))) if len(over) else cls(nan, nan, nan)
