"""Rank correlation, also beyond what other measures know: partial rank correlation."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from scipy import stats

#: With fewer values an interval of a correlation is nearly as wide as all that is possible.
FEWEST_TO_CORRELATE = 10


def partial_ranks(values, controls):
    """Return the ranks of values less what a linear regression on the controls' ranks says of them.

    Parameters
    ----------
    values : array_like of float, shape (N,)
    controls : array_like of float, shape (K, N)
        K may be 0: then the ranks less their mean.

    Returns
    -------
    ndarray of float, shape (N,)
    """
    ranks = stats.rankdata(values)
    known = np.column_stack([np.ones(len(ranks)), *(stats.rankdata(control) for control in controls)])
    return ranks - known @ np.linalg.lstsq(known, ranks, rcond=None)[0]


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation of two measures, beyond what controls know of both: the partial correlation of ranks.

    Its interval and its tests are by Fisher's z, whose variance is 1.06 / (N − K − 3) for ranks (Fieller, Hartley &
    Pearson 1957) with K controls.

    Attributes
    ----------
    first, second : ndarray of float, shape (N,)
    controls : tuple of ndarray of float, shape (N,)
    """

    first: np.ndarray
    second: np.ndarray
    controls: tuple = ()
    count: int = field(init=False)
    mean: float = field(init=False)
    #: How many values a test needs, and what they are.
    fewest: ClassVar = FEWEST_TO_CORRELATE
    units: ClassVar = "base models"

    def __post_init__(self):
        count = len(self.first)
        object.__setattr__(self, "count", count)
        object.__setattr__(self, "mean", self._correlation() if count > 2 + len(self.controls) else float("nan"))

    @property
    def finite(self):
        """Whether there is a correlation: neither measure is constant, or known from the controls."""
        return bool(np.isfinite(self.mean))

    def _correlation(self):
        first, second = (partial_ranks(values, self.controls) for values in (self.first, self.second))
        size = np.sqrt((first @ first) * (second @ second))
        return float(first @ second / size) if size > 1e-9 * len(first) ** 3 else float("nan")

    @property
    def error(self):
        """The standard error of Fisher's z."""
        return float(np.sqrt(1.06 / max(self.count - len(self.controls) - 3, np.nan)))

    def interval(self, level=0.95):
        """Return the interval of the correlation: low, high."""
        half = stats.norm.ppf((1 + level) / 2) * self.error
        return tuple(float(np.tanh(self._z() + sign * half)) for sign in (-1, 1))

    def one_sided(self, cut, seed=0):
        """Test whether the correlation is above, and whether it is below a cut; see `facelrp.statistics.crossed`."""
        distance = (self._z() - np.arctanh(cut)) / self.error
        return float(stats.norm.sf(distance)), float(stats.norm.cdf(distance))

    def _z(self):
        return np.arctanh(np.clip(self.mean, -1 + 1e-12, 1 - 1e-12))
