"""Bootstrap intervals against a bootstrap by hand and the closed form, and verdicts against counting."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from wesam_packshot.comparison.intervals import Interval, mean_interval, verdict

Values = NDArray[np.float64]


def by_hand(values: Values) -> tuple[float, float]:
    """Efron's BCa interval of the mean, step by step (Efron and Tibshirani 1993, section 14.3)."""
    count = len(values)
    drawn = np.random.default_rng(7).integers(0, count, (40_000, count))
    means = np.sort(values[drawn].mean(1))
    bias = norm.ppf((means < values.mean()).mean())
    left_out = (values.sum() - values) / (count - 1)
    apart = left_out.mean() - left_out
    skew = (apart**3).sum() / (6 * (apart**2).sum() ** 1.5)
    bounds = [bias + norm.ppf(level) for level in (0.025, 0.975)]
    low, high = (np.quantile(means, norm.cdf(bias + bound / (1 - skew * bound))) for bound in bounds)
    return float(low), float(high)


def bounds(values: Values) -> tuple[float, float]:
    found = mean_interval(list(values))
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.mean == pytest.approx(values.mean())
    assert found.count == len(values)
    return found.low, found.high


@pytest.mark.parametrize("kind", ["even", "skewed"])
def test_the_interval_is_efrons(kind: str) -> None:
    random = np.random.default_rng(1)
    values = random.normal(0.8, 0.1, 60) if kind == "even" else 1 - random.exponential(0.1, 60)
    expected = by_hand(values)
    assert bounds(values) == pytest.approx(expected, abs=0.05 * (expected[1] - expected[0]))


def test_of_many_even_values_it_is_the_normal_one() -> None:
    values = np.random.default_rng(2).normal(0, 1, 400)
    half = 1.96 * values.std(ddof=1) / np.sqrt(400)
    assert bounds(values) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)


def test_it_repeats() -> None:
    values = list(np.random.default_rng(3).random(20))
    assert mean_interval(values) == mean_interval(values)


def test_degenerate_data() -> None:
    assert mean_interval([]) is None
    assert mean_interval([0.4]) == Interval(0.4, None, None, 1)
    assert mean_interval([0.5] * 9) == Interval(0.5, 0.5, 0.5, 9)
    low, high = bounds(np.array([0.0, 1.0]))
    assert (low, high) == (0, 1)
    low, high = bounds(np.array([0.0] * 19 + [1.0]))
    assert 0 <= low < 0.05 < high < 0.3


def test_the_sign_needs_the_whole_interval() -> None:
    assert Interval(0.2, 0.1, 0.3, 5).sign == 1
    assert Interval(-0.2, -0.3, -0.1, 5).sign == -1
    assert Interval(0.2, -0.1, 0.3, 5).sign == 0
    assert Interval(0.2, None, None, 1).sign == 0


def test_verdicts_are_counted() -> None:
    found = verdict([0.1, 0.0049, -0.0049, 0.0, -0.2, -0.3, 0.905 - 0.9])
    assert (found.wins, found.losses, found.ties) == (2, 2, 3)
    assert verdict([0.895 - 0.9]).losses == 1
