"""Intervals of 95 % against the theory of large samples, which draws nothing."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from solfa.evaluation import set_metrics, statistics
from solfa.evaluation.likelihood import Likelihood
from solfa.evaluation.statistics import Mean
from solfa.melody import Melody, Note

SONGS = 900
RANDOM = np.random.default_rng(11)
NOTES = RANDOM.integers(20, 60, SONGS)
BITS = NOTES * RANDOM.normal(4, 0.5, SONGS)


def likelihood(over: np.ndarray, under: np.ndarray) -> tuple[float, float]:
    zeros = np.zeros(len(over), int)
    return Likelihood(("symbol",), over[:, None], under, (), {}, zeros, zeros).interval()


def ratio(over: np.ndarray, under: np.ndarray) -> tuple[float, float]:
    return Mean.ratio(over, under)[1:]


@pytest.mark.parametrize("interval", [likelihood, ratio])
def test_an_interval_of_a_ratio_holds_95_in_100(
    interval: Callable[[np.ndarray, np.ndarray], tuple[float, float]],
) -> None:
    """1.96 standard errors on either side; of 90 and 99 in 100 they would be 1.64 and 2.58."""
    low, high = interval(BITS, NOTES)
    value = BITS.sum() / NOTES.sum()
    error = (BITS - value * NOTES).std() * SONGS**0.5 / NOTES.sum()
    assert (value - low) / error == pytest.approx(1.96, abs=0.13)
    assert (high - value) / error == pytest.approx(1.96, abs=0.13)


def test_the_margin_of_a_divergence_is_that_of_sets_drawn_from_its_tunes() -> None:
    """Tunes of one note: that they are drawn anew is told by how many have each duration."""
    kinds = [Melody([Note(60, duration)]) for duration in ("1", "2", "1/2")]
    times = np.array([60, 30, 10])
    tunes = [kind for kind, number in zip(kinds, times, strict=True) for _ in range(number)]
    found = set_metrics.row(tunes, "", "tunes", against=kinds[:2]).figures["durations"]
    real = Counter({1: 1, 2: 1})

    def apart(drawn: np.ndarray) -> float:
        return statistics.divergence(Counter(dict(enumerate(drawn.tolist(), 1))), real)

    drawn = np.random.default_rng(5).multinomial(100, times / 100, 2000)
    assert found.value == pytest.approx(apart(times))
    assert found.margin / np.std([apart(each) for each in drawn]) == pytest.approx(1.96, abs=0.2)
