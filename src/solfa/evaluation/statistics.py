"""Statistics that measuring uses: rank correlation, divergence, and 95 % intervals of every kind.

Three kinds of interval stand side by side, as they differ in what they assume. Wilson's is for a
share of what was counted (`Share`). The bootstrap resamples tunes or songs with replacement and
takes quantiles (`bootstrap`, `Mean`). The normal one is a `margin` on either side of a value, from
the standard error of a mean or the deviation of resampled values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import nan, sqrt
from typing import Any, NamedTuple

import numpy as np

from solfa.errors import SolfaError

_Z95 = 1.96  # standard deviations on either side that hold 95 % of a normal distribution
_QUANTILES = (0.025, 0.975)
DRAWS = 2000
"""How often a bootstrap draws."""


def ranks(values: np.ndarray) -> np.ndarray:
    """The rank of each value (N, F) in its column, from 1 up; ties share the mean of theirs."""
    below = (values[None, :] < values[:, None]).sum(1)
    tied = (values[None, :] == values[:, None]).sum(1)
    return np.asarray(below + (tied + 1) / 2)


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """How far two lists agree on an order, -1 to 1 (Spearman's); ties share ranks."""
    return float(np.corrcoef(ranks(np.array([left, right]).T).T)[0, 1])


def bootstrap(
    over: np.ndarray, under: np.ndarray, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """The ends of the 95 % interval of ``over.sum() / under.sum()`` (both (N,)).

    The N (tunes, songs or gaps) are resampled with replacement, ``draws`` times.
    """
    picked = np.random.default_rng(seed).integers(len(over), size=(draws, len(over)))
    low, high = np.quantile(over[picked].sum(1) / under[picked].sum(1), _QUANTILES)
    return float(low), float(high)


def margin(deviation: float, count: int = 1) -> float:
    """Half of the normal 95 % interval of a mean of ``count`` values with this deviation."""
    return float(_Z95 * deviation / count**0.5)


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
    """A mean, with the ends of its 95 % interval by `bootstrap`."""

    value: float
    low: float
    high: float

    @classmethod
    def ratio(cls, over: np.ndarray, under: np.ndarray) -> Mean:
        """The sum of ``over`` (N,) by that of ``under`` (N,)."""
        return cls(float(over.sum() / under.sum()), *bootstrap(over, under))

    @classmethod
    def of(cls, values: Iterable[float]) -> Mean:
        """The plain mean; nan of nothing."""
        over = np.array(list(values), float)
        return cls.ratio(over, np.ones(len(over))) if len(over) else cls(nan, nan, nan)


def divergence(counts: Mapping[Any, int], other: Mapping[Any, int]) -> float:
    """The Jensen-Shannon divergence of two distributions, in bits, 0..1.

    0 for the same shares, 1 where nothing is shared; what is compared are shares of whatever was
    counted. After Lin, Divergence measures based on the Shannon entropy (1991). Raises
    `SolfaError` if nothing was counted.
    """
    names = list({**counts, **other})
    if not sum(counts.values()) or not sum(other.values()):
        raise SolfaError("nothing was counted in one of two sets; compare sets that sound")
    return float(
        jensen_shannon(*([np.array([c.get(n, 0) for n in names]) for c in (counts, other)]))
    )


def jensen_shannon(counts: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Bits of the Jensen-Shannon divergence of each of the counts (..., K) from others (K,)."""
    p = counts / counts.sum(-1, keepdims=True)
    q = other / other.sum()

    def entropy(shares: np.ndarray) -> np.ndarray:
        logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
        return np.asarray(-(shares * logs).sum(-1))

    bits = entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2
    return np.asarray(np.maximum(bits, 0))
