"""Statistics by hand, and what must always hold."""

from math import isnan

import numpy as np
import pytest

from solfa.evaluation.statistics import Mean, Share, bootstrap, margin, rank_correlation, ranks


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1)],
)
def test_the_interval_of_a_share_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert Share(hits, of).interval == pytest.approx((low, high), abs=1e-4)
    assert Share(hits, of).value == hits / of


def test_shares_add_and_nothing_has_none() -> None:
    assert Share.true([True, False]) + Share(2, 3) == Share(3, 5)
    assert isnan(Share(0, 0).value)
    assert Share(0, 0).interval == (0, 1)


def test_a_mean_lies_in_its_interval() -> None:
    found = Mean.of(np.arange(100.0))
    assert found.value == 49.5
    assert found.low == pytest.approx(49.5 - 1.96 * 2.887, abs=0.5)
    assert found.high == pytest.approx(49.5 + 1.96 * 2.887, abs=0.5)
    assert Mean.ratio(np.array([1.0, 2]), np.array([1.0, 2])) == (1, 1, 1)
    assert isnan(Mean.of([]).value)


def test_half_an_interval_is_of_a_mean_or_of_one_value() -> None:
    assert margin(5, 4) == pytest.approx(1.96 * 5 / 2)
    assert margin(5) == pytest.approx(1.96 * 5)


def test_a_bootstrap_is_of_a_ratio_of_sums_and_the_same_every_time() -> None:
    over, under = np.array([1.0, 2, 6]), np.array([1.0, 1, 2])
    low, high = bootstrap(over, under)
    assert 1 <= low < 9 / 4 < high <= 3
    assert bootstrap(over, under) == (low, high)
    assert bootstrap(np.array([2.0, 4]), np.array([1.0, 2])) == (2, 2)


def test_ties_share_the_mean_of_their_ranks() -> None:
    assert ranks(np.array([[3.0], [1], [3], [7]])).ravel().tolist() == [2.5, 1, 2.5, 4]


def test_ranks_are_correlated() -> None:
    assert rank_correlation([1.0, 2, 3], [10.0, 20, 90]) == pytest.approx(1)
    assert rank_correlation([1.0, 2, 3], [9.0, 2, 1]) == pytest.approx(-1)
    # by hand: ranks 1 2 3 4 against 1.5 1.5 3.5 3.5, whatever the order of the ties
    assert rank_correlation([1, 2, 3, 4], [5, 5, 8, 8]) == pytest.approx(2 / 5**0.5)
    assert rank_correlation([2, 1, 4, 3], [5, 5, 8, 8]) == pytest.approx(2 / 5**0.5)
