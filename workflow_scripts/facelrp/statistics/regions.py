"""Decide in which of several regions a mean lies: the three-sided test, and its kin.

A smallest effect δ that matters divides the possible means into three regions: below −δ, from −δ to δ, above δ. One
test for each asks whether the mean lies there and nowhere else. Because the regions do not overlap, at most one of them
is true and no correction for three tests is needed (Goeman, Solari & Stijnen 2010). Unlike a test of zero it can also
say that an effect is too small to matter, and it does not take an effect for one that matters because it is not zero.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

import numpy as np
from scipy import stats

from facelrp.statistics.inference import (
    bootstrap_interval,
    difference_interval,
    p_of_patterns,
    share_interval,
    sign_patterns,
)

#: With fewer values no pattern of signs is rare enough: with six, the rarest two of 64 have p = 0.03.
FEWEST_TO_TEST = 6
#: With fewer values a percentile bootstrap interval is too narrow: with five, it leaves out the truth in 15 % of cases.
FEWEST_FOR_INTERVAL = 10

#: Random patterns of signs or groups.
DRAWS = 10_000
#: Permutations at a time, to limit memory.
BATCH = 1_000


@dataclass(frozen=True)
class Sample:
    """Independent values whose mean is asked for.

    Attributes
    ----------
    values : ndarray of float, shape (N,)
        One for each face or person. NaN is left out.
    others : ndarray of float, shape (M,), optional
        Those of another group: then the mean of ``values`` minus that of ``others`` is asked for.
    yes_or_no : bool
        Whether values are 0 or 1, so that the mean is a share.
    """

    values: np.ndarray
    others: np.ndarray | None = None
    yes_or_no: bool = False
    count: int = field(init=False)
    #: How many values a test needs, and what they are.
    fewest: ClassVar = FEWEST_TO_TEST
    units: ClassVar = "faces or people"

    def __post_init__(self):
        groups = [self.values] if self.others is None else [self.values, self.others]
        groups = [np.asarray(group, dtype=np.float64) for group in groups]
        groups = [group[~np.isnan(group)] for group in groups]
        object.__setattr__(self, "values", groups[0])
        object.__setattr__(self, "others", groups[1] if len(groups) > 1 else None)
        object.__setattr__(self, "count", min(len(group) for group in groups))

    @property
    def mean(self):
        """The mean, or the difference of the two means; NaN without values."""
        if not self.count:
            return float("nan")
        return float(self.values.mean() - (0.0 if self.others is None else self.others.mean()))

    @property
    def finite(self):
        """Whether no value is infinite."""
        return all(np.isfinite(group).all() for group in (self.values, self.others) if group is not None)

    def one_sided(self, cut, seed=0):
        """Test whether the mean is above, and whether it is below a cut: see `one_sided`."""
        return one_sided(self, cut, seed)

    def interval(self, level=0.95, draws=2_000, seed=0):
        """Return the percentile bootstrap interval of the mean: low, high; Wilson's of a share.

        NaN with fewer than `FEWEST_FOR_INTERVAL` values in any group.
        """
        if self.count < FEWEST_FOR_INTERVAL:
            return float("nan"), float("nan")
        if self.yes_or_no:
            ends = share_interval(self.values.sum(), self.count, level)
        elif self.others is None:
            ends = bootstrap_interval(self.values, level=level, draws=draws, seed=seed)
        else:
            ends = difference_interval(self.values, self.others, level, draws, seed)
        return tuple(map(float, ends))


def one_sided(sample, cut, seed=0):
    """Test whether a mean is above, and whether it is below a cut.

    Parameters
    ----------
    sample : Sample
        At least one value in each group.
    cut : float
    seed : int

    Returns
    -------
    above, below : float
        The p-values of the null hypotheses that the mean is at most, and at least, the cut. For one group, the signs of
        the values' distances from the cut are flipped: all 2ᴺ patterns if they are no more than `DRAWS`, otherwise a
        random sample of patterns with the observed one added (Phipson & Smyth 2010). For 0 and 1, the test is the exact
        binomial one. For two groups, the groups are permuted and the statistic is Welch's t, which allows for unequal
        variances (Janssen 1997).
    """
    if sample.others is not None:
        return _permuted(sample.values - cut, sample.others, seed)
    if sample.yes_or_no:
        yes = int(sample.values.sum())
        return float(stats.binom.sf(yes - 1, sample.count, cut)), float(stats.binom.cdf(yes, sample.count, cut))
    return _flipped(sample.values - cut, seed)


def _flipped(values, seed):
    count, observed, rounding = len(values), values.sum(), 1e-12 * np.abs(values).sum()
    above = below = 0
    for signs in sign_patterns(count, DRAWS, seed):
        sums = signs @ values
        above += int((sums >= observed - rounding).sum())
        below += int((sums <= observed + rounding).sum())
    return p_of_patterns(above, count, DRAWS), p_of_patterns(below, count, DRAWS)


def _permuted(values, others, seed):
    pooled, count = np.concatenate([values, others]), len(values)
    observed = _welch(pooled[None], count)[0]
    rng = np.random.default_rng(seed)
    above = below = 0
    for first in range(0, DRAWS, BATCH):
        shuffled = rng.permuted(np.tile(pooled, (min(BATCH, DRAWS - first), 1)), axis=1)
        t = _welch(shuffled, count)
        above += int((t >= observed - 1e-12).sum())
        below += int((t <= observed + 1e-12).sum())
    return tuple((1 + n) / (1 + DRAWS) for n in (above, below))


def _welch(rows, count):
    """Return Welch's t of the first ``count`` values of each row against the others: (rows,)."""
    first, second = rows[:, :count], rows[:, count:]
    difference = first.mean(axis=1) - second.mean(axis=1)
    error = np.sqrt(sum(group.var(axis=1, ddof=1) / group.shape[1] for group in (first, second)))
    # Constant groups: any difference is beyond doubt, none is none.
    certain = np.where(difference == 0, 0.0, np.copysign(np.inf, difference))
    return np.divide(difference, error, out=certain, where=error > 0)


def p_of_regions(sample, cuts, seed=0):
    """Test for each of the regions between cuts whether the mean lies in it.

    Parameters
    ----------
    sample : Sample, or another kind with the same attributes and methods
    cuts : sequence of float
        Ascending, K of them.
    seed : int

    Returns
    -------
    list of float
        K + 1 p-values, of the null hypotheses that the mean does *not* lie below the first cut, between the first and
        the second, …, above the last. For the two outermost regions, p is two-sided: twice the one-sided one, so that
        the chance of a false statement on either side is at most p, and it is below 0.05 where the 95 % interval is
        beyond the cut. For a region between two cuts, p is the larger of two one-sided ones (Schuirmann 1987). All are
        NaN with fewer values than the sample's ``fewest``, or infinite ones.
    """
    if sample.count < sample.fewest or not sample.finite:
        return [float("nan")] * (len(cuts) + 1)
    tests = [sample.one_sided(cut, seed) for cut in cuts]
    inner = [max(above, below) for (above, _), (_, below) in pairwise(tests)]
    return [min(1.0, 2 * tests[0][1]), *inner, min(1.0, 2 * tests[-1][0])]
