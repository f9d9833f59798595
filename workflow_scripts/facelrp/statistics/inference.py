"""Tests, effect sizes and intervals.

Missing values (NaN) are left out, column by column. An infinite value has no mean: the results of its column are NaN.
"""

import math
import warnings

import numpy as np
from scipy import stats

from facelrp.statistics.metrics import ROUNDING

#: Differences are significant if their adjusted p, q, is smaller.
SIGNIFICANT = 0.05

#: Patterns of signs per batch, to limit memory.
BATCH = 500
#: Numbers resampled at a time: few enough for the processor's caches.
DRAWN = 2**16


def sign_patterns(count, draws, seed):
    """Yield patterns of signs, ±1, in batches (n, count): all if they are no more than ``draws``, else random ones.

    Parameters
    ----------
    count : int
        Signs of a pattern.
    draws, seed : int
    """
    exact = 2**count <= draws
    patterns = 2**count if exact else draws
    rng = np.random.default_rng(seed)
    for first in range(0, patterns, BATCH):
        size = min(BATCH, patterns - first)
        if exact:
            bits = np.arange(first, first + size)[:, None] >> np.arange(count) & 1
        else:
            bits = rng.integers(0, 2, (size, count))
        yield 2.0 * bits - 1.0


def p_of_patterns(extreme, count, draws):
    """Return the p-value if so many of the patterns of `sign_patterns` are as extreme as the observed one; never 0."""
    return extreme / 2**count if 2**count <= draws else (1 + extreme) / (1 + draws)


def sign_flip_test(differences, draws=10_000, seed=0):
    """Test whether the mean of paired differences is zero: two-sided, by flipping signs.

    Under the null hypothesis both signs of each pair's difference are equally likely. If there are no more than
    ``draws`` patterns of signs (2ᴺ), all are enumerated and p is exact. Otherwise p is (1 + b) / (1 + draws), where b
    counts the random patterns with a mean as far from zero (Phipson & Smyth 2010). In both cases p is never 0.

    Parameters
    ----------
    differences : array_like of float, shape (N,) or (N, K)
        One row per person: average a person's rows first, because rows must be independent.
    draws : int
    seed : int
        All columns share the same random signs.

    Returns
    -------
    float or ndarray of float, shape (K,)
        NaN for a column without any difference, or with an infinite one.
    """
    differences = np.asarray(differences, dtype=np.float64)
    present = np.isfinite(differences)
    # A missing difference counts as zero, which adds nothing with either sign.
    columns = np.where(present, differences, 0.0).reshape(len(differences), math.prod(differences.shape[1:]))
    count = len(columns)
    observed = np.abs(columns.sum(axis=0))
    # Rounding depends on the order of a sum: equal sums must count as equal all the same.
    bound = observed - 1e-12 * np.abs(columns).sum(axis=0)
    extreme = np.zeros(columns.shape[1], dtype=np.int64)
    for signs in sign_patterns(count, draws, seed):
        extreme += (np.abs(signs @ columns) >= bound).sum(axis=0)
    p = p_of_patterns(extreme, count, draws)
    tested = present.any(axis=0) & ~np.isinf(differences).any(axis=0)
    p = np.where(tested, p.reshape(differences.shape[1:]), np.nan)
    return p[()]


def benjamini_hochberg(p):
    """Adjust the p-values of a family of tests for the false discovery rate.

    Among the tests with an adjusted value below q, the expected share of false discoveries is at most q.

    Parameters
    ----------
    p : array_like of float, any shape
        All values are one family; NaN does not count as a test. Others outside [0, 1] are a ValueError.

    Returns
    -------
    ndarray of float
        The same shape, NaN where p is NaN.

    References
    ----------
    Benjamini & Hochberg (1995).
    """
    p = np.asarray(p, dtype=np.float64)
    tested = ~np.isnan(p)
    q = np.full(p.shape, np.nan)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested])
    return q


def bootstrap_interval(values, statistic=np.nanmean, level=0.95, draws=2_000, seed=0):
    """Percentile bootstrap interval of a statistic over the first axis.

    Parameters
    ----------
    values : array_like of float, shape (N, ...)
        Whole rows are resampled, so the columns keep their correlations.
    statistic : callable
        ``statistic(resamples, axis=1)`` of resamples (draws, N, ...), of shape (draws, ...).
    level : float
    draws : int
    seed : int

    Returns
    -------
    low, high : float or ndarray of float, shape (...)
        NaN with fewer than two values, because all resamples of one value are equal and would look certain, and with
        an infinite one.
    """
    values = np.asarray(values, dtype=np.float64)
    enough = (np.isfinite(values).sum(axis=0) > 1) & ~np.isinf(values).any(axis=0)
    if not enough.any():
        nothing = np.full(values.shape[1:], np.nan)[()]
        return nothing, nothing
    with warnings.catch_warnings():
        # If many values are missing, a resample may contain none; infinite values have no mean.
        warnings.simplefilter("ignore", RuntimeWarning)
        drawn = _of_resamples(values, statistic, draws, np.random.default_rng(seed))
        ends = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    low, high = np.where(enough, ends, np.nan)
    return low[()], high[()]


def joint_interval(statistic, *columns, level=0.95, draws=2_000, seed=0):
    """Percentile bootstrap interval of a statistic of several columns, such as a correlation.

    Parameters
    ----------
    statistic : callable
        ``statistic(*columns)`` → float.
    *columns : array_like of float, shape (N,)
        Their rows are resampled together.
    level, draws, seed
        See `bootstrap_interval`; resamples in which the statistic is NaN are left out.

    Returns
    -------
    low, high : float
        NaN with fewer than two rows.
    """
    columns = np.asarray(columns, dtype=np.float64)

    def of_resamples(resamples, axis):
        return np.array([statistic(*columns[:, rows]) for rows in resamples.astype(np.int64)])

    return bootstrap_interval(np.arange(columns.shape[1]), of_resamples, level, draws, seed)


def cross_validated_mean(values, folds, level=0.95):
    """Return the interval of a mean of cross-validated errors, or of two models' difference, and its p against zero.

    Models of different folds share most of their training faces, so errors of faces are not independent: tests that
    take them for it reject one true null hypothesis in seven, where they should one in twenty. This is the t test with
    the variance of the mean multiplied by 1 + folds / (folds − 1) (Nadeau & Bengio 2003, *Inference for the
    generalization error*).

    Parameters
    ----------
    values : array_like of float, shape (N,)
        One for each face, from the fold in which it was held out.
    folds : int
    level : float

    Returns
    -------
    low, high, p : float
        NaN with fewer than two values. Without any differences between values, the ends are the mean, and p is 0, or 1
        if the mean is zero.
    """
    values = np.asarray(values, dtype=np.float64)
    if len(values) < 2:
        return float("nan"), float("nan"), float("nan")
    mean, freedom = values.mean(), len(values) - 1
    error = values.std(ddof=1) * np.sqrt((1 + folds / (folds - 1)) / len(values))
    half = stats.t.ppf((1 + level) / 2, freedom) * error
    p = 2 * stats.t.sf(abs(mean) / error, freedom) if error > 0 else float(mean == 0)
    return float(mean - half), float(mean + half), float(p)


def difference_interval(first, second, level=0.95, draws=2_000, seed=0):
    """Percentile bootstrap interval of the difference of two groups' means: each group is resampled by itself.

    Parameters
    ----------
    first, second : ndarray of float, shape (N,) and (M,)
        Without NaN, at least one value each.
    level, draws, seed
        See `bootstrap_interval`.

    Returns
    -------
    low, high : float
    """
    rng = np.random.default_rng(seed)
    drawn = _of_resamples(first, np.mean, draws, rng) - _of_resamples(second, np.mean, draws, rng)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _of_resamples(values, statistic, draws, rng):
    """Return a statistic of resamples of values, see `bootstrap_interval`: an array (draws, ...)."""
    at_once = max(1, DRAWN // max(values.size, 1))
    return np.concatenate(
        [
            statistic(values[rng.integers(0, len(values), (min(at_once, draws - first), len(values)))], axis=1)
            for first in range(0, draws, at_once)
        ]
    )


def cohen_dz(differences, axis=0):
    """Return Cohen's d_z, the mean of paired differences over their standard deviation.

    NaN if there are fewer than two differences, or all are equal, up to the rounding of their mean.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean, deviation = np.nanmean(differences, axis=axis), np.nanstd(differences, axis=axis, ddof=1)
        return mean / np.where(deviation > ROUNDING * np.abs(mean), deviation, np.nan)


def effect_size(differences, level=0.95, draws=2_000, seed=0):
    """Return Cohen's d_z of paired differences with its bootstrap interval.

    Parameters
    ----------
    differences : array_like of float, shape (N,) or (N, K)
    level, draws, seed
        See `bootstrap_interval`.

    Returns
    -------
    effect, low, high : float or ndarray of float, shape (K,)
        See `cohen_dz`. The ends are NaN with fewer than three differences: every resample of two that has a d_z has the
        same, and would look certain.
    """
    differences = np.asarray(differences, dtype=np.float64)
    enough = np.isfinite(differences).sum(axis=0) > 2
    interval = bootstrap_interval(differences, cohen_dz, level, draws, seed)
    return cohen_dz(differences), *(np.where(enough, end, np.nan)[()] for end in interval)


def share_interval(count, total, level=0.95):
    """Return the Wilson (1927) interval of a share: low, high.

    Parameters
    ----------
    count, total : int or array_like of int
        The share is count / total, within [0, 1]; others are a ValueError.
    level : float

    Returns
    -------
    low, high : float or ndarray of float
        Within [0, 1], with the share between them; NaN if the total is 0.
    """
    count, total = np.asarray(count, dtype=np.float64), np.asarray(total, dtype=np.float64)
    if (count < 0).any() or (count > total).any():
        raise ValueError("a count is not between 0 and its total")
    z = stats.norm.ppf((1 + level) / 2)
    total = np.where(total > 0, total, np.nan)
    share = count / total
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    # Rounding aside, the interval of 0 of n begins at 0 and that of n of n ends at 1.
    return np.clip(centre - half, 0, share)[()], np.clip(centre + half, share, 1)[()]
