"""Means with bootstrap intervals, and paired differences."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL = 0.95
RESAMPLES = 4000
# IoUs of one image that differ by less are equal.
TIE = 0.005
# Values that are resampled at once, for the memory's sake.
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A mean over `count` images and its 95 % confidence interval; bounds are None of a single image."""

    mean: float
    low: float | None
    high: float | None
    count: int

    @property
    def sign(self) -> int:
        """1 or -1 where the whole interval lies above or below 0, else 0."""
        if self.low is None or self.high is None:
            return 0
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True)
class Verdict:
    """On how many images a run is better, worse and as good (`TIE`) than another."""

    wins: int
    losses: int
    ties: int


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Mean and bootstrap confidence interval (Efron 1987, by `scipy.stats.bootstrap`) over images; None of none.

    The interval is the bias-corrected and accelerated one, from 4000 resamples of a fixed seed, so that it repeats. Of
    data for which that one does not exist (such as resampled means that all lie on one side) it is the percentile
    interval; of values that are all the same it has no width. It tells how much the mean would vary with other images
    of the same kind, not with another seed of training.
    """
    known = np.asarray(values, np.float64)
    if not len(known):
        return None
    mean = float(known.mean())
    if len(known) == 1:
        return Interval(mean, None, None, 1)
    if np.ptp(known) == 0:
        return Interval(mean, mean, mean, len(known))
    low, high = _bootstrap(known, "BCa")
    if not (np.isfinite(low) and np.isfinite(high)):
        low, high = _bootstrap(known, "percentile")
    return Interval(mean, low, high, len(known))


def _bootstrap(values: NDArray[np.float64], method: Literal["BCa", "percentile"]) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # degenerate data, which the caller sees by its nan
        found = stats.bootstrap(
            (values,),
            np.mean,
            n_resamples=RESAMPLES,
            batch=max(1, _AT_ONCE // len(values)),
            confidence_level=LEVEL,
            method=method,
            rng=np.random.default_rng(0),
        )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def verdict(differences: Sequence[float]) -> Verdict:
    """Wins, losses and ties by differences of IoU, of which more is better."""
    # 0.905 - 0.9 is 0.005000000000000004
    rounded = np.round(np.asarray(differences, np.float64), 9)
    wins, losses = int((rounded >= TIE).sum()), int((rounded <= -TIE).sum())
    return Verdict(wins, losses, len(rounded) - wins - losses)
