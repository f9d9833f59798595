"""Means over faces and over networks trained with several seeds, both of them samples."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from scipy import stats

#: With fewer seeds, their variance is hardly known.
FEWEST_SEEDS = 3


@dataclass(frozen=True)
class Crossed:
    """Values of the same faces for networks that were trained with several seeds; their mean is asked for.

    What holds should hold for other faces and for other seeds, so the variance of the mean is that over seeds plus that
    over faces. This is the t test of min F′ (Clark 1973, *The language-as-fixed-effect fallacy*), with Satterthwaite's
    degrees of freedom. It counts the interaction of seeds and faces twice and so errs on the side of caution.

    Attributes
    ----------
    values : ndarray of float, shape (N, S)
        A row per face, a column per seed. A single row if there is one value for each seed: then seeds alone are a
        sample. Faces with NaN are left out.
    """

    values: np.ndarray
    count: int = field(init=False)
    #: How many values a test needs, and what they are.
    fewest: ClassVar = FEWEST_SEEDS
    units: ClassVar = "seeds"

    def __post_init__(self):
        values = np.asarray(self.values, dtype=np.float64)
        object.__setattr__(self, "values", values[~np.isnan(values).any(axis=1)])
        object.__setattr__(self, "count", self.values.shape[1] if len(self.values) else 0)

    @property
    def finite(self):
        """Whether no value is infinite."""
        return bool(np.isfinite(self.values).all())

    @property
    def mean(self):
        """The mean; NaN without values."""
        return float(self.values.mean()) if self.count else float("nan")

    def error(self):
        """Return the standard error of the mean and its degrees of freedom; NaN with fewer than two seeds."""
        if self.count < 2:
            return float("nan"), float("nan")
        means = [one for one in (self.values.mean(axis=0), self.values.mean(axis=1)) if len(one) > 1]
        variances = np.array([one.var(ddof=1) / len(one) for one in means])
        freedom = np.array([len(one) - 1 for one in means])
        if not variances.any():
            return 0.0, float(freedom.min())
        return float(np.sqrt(variances.sum())), float(variances.sum() ** 2 / (variances**2 / freedom).sum())

    def interval(self, level=0.95):
        """Return the t interval of the mean: low, high; NaN with fewer than two seeds."""
        error, freedom = self.error()
        half = stats.t.ppf((1 + level) / 2, freedom) * error
        return float(self.mean - half), float(self.mean + half)

    def one_sided(self, cut, seed=0):
        """Test whether the mean is above, and whether it is below a cut.

        Parameters
        ----------
        cut : float
        seed : int
            Not used: nothing is drawn.

        Returns
        -------
        above, below : float
            The p-values of the null hypotheses that the mean is at most, and at least, the cut.
        """
        error, freedom = self.error()
        if error == 0:
            return float(self.mean <= cut), float(self.mean >= cut)
        t = (self.mean - cut) / error
        return float(stats.t.sf(t, freedom)), float(stats.t.cdf(t, freedom))
