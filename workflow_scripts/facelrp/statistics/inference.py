"""Tests, effect sizes, intervals and reliabilities. Missing values (NaN) are left out, column by column."""

import warnings

import numpy as np
from scipy import stats

#: Random signs at work at a time, so that memory stays small whatever their number.
BATCH = 500
#: Numbers drawn again at a time: few enough for the processor's caches.
DRAWN = 2**16


def sign_flip_test(differences, draws=10_000, seed=0):
    """Test whether the mean of paired differences is zero: two-sided, by flipping signs.

    Under the null hypothesis each pair's difference is as likely to have either sign. Where all 2ᴺ patterns of signs
    are no more than ``draws`` they are enumerated and p is exact; else p is (1 + b) / (1 + draws), b being how many
    random patterns give a mean as far from zero (Phipson & Smyth 2010). Either way p is never 0.

    Parameters
    ----------
    differences : array_like of float, shape (N,) or (N, K)
        What belongs to one person must have been averaged to one row, else rows are not independent.
    draws : int
    seed : int
        Columns share their signs.

    Returns
    -------
    float or ndarray of float, shape (K,)
        NaN for a column without any difference.
    """
    differences = np.asarray(differences, dtype=np.float64)
    present = np.isfinite(differences)
    # A difference that is missing adds nothing whatever its sign: zero leaves the others' distribution as it is.
    columns = np.where(present, differences, 0.0).reshape(len(differences), -1)
    count = len(columns)
    observed = np.abs(columns.sum(axis=0))
    # Sums of the same numbers in another order differ by rounding: equal ones count as equal.
    bound = observed - 1e-12 * np.abs(columns).sum(axis=0)
    exact = 2**count <= draws
    patterns = 2**count if exact else draws
    rng = np.random.default_rng(seed)
    extreme = np.zeros(columns.shape[1], dtype=np.int64)
    for first in range(0, patterns, BATCH):
        size = min(BATCH, patterns - first)
        if exact:
            bits = np.arange(first, first + size)[:, None] >> np.arange(count) & 1
        else:
            bits = rng.integers(0, 2, (size, count))
        extreme += (np.abs((2.0 * bits - 1.0) @ columns) >= bound).sum(axis=0)
    p = extreme / patterns if exact else (1 + extreme) / (1 + patterns)
    p = np.where(present.reshape(count, -1).any(axis=0), p, np.nan).reshape(differences.shape[1:])
    return p[()]


def benjamini_hochberg(p):
    """Adjust p-values of a family of tests, so that those below q hold a share of at most q of false discoveries.

    Parameters
    ----------
    p : array_like of float, any shape
        All of it is one family; NaN is no test.

    Returns
    -------
    ndarray of float
        Of the same shape, NaN where p is.

    References
    ----------
    Benjamini & Hochberg (1995).
    """
    p = np.asarray(p, dtype=np.float64)
    tested = np.isfinite(p)
    q = np.full(p.shape, np.nan)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested])
    return q


def bootstrap_interval(values, statistic=np.nanmean, level=0.95, draws=2_000, seed=0):
    """Percentile bootstrap interval of a statistic over the first axis.

    Parameters
    ----------
    values : array_like of float, shape (N, ...)
        Rows are resampled whole, so columns keep what they have to do with each other.
    statistic : callable
        ``statistic(resamples, axis=1)`` of resamples (draws, N, ...), of shape (draws, ...).
    level : float
    draws : int
    seed : int

    Returns
    -------
    low, high : float or ndarray of float, shape (...)
        NaN where there are not two values: drawn again and again, one would seem to be certain.
    """
    values = np.asarray(values, dtype=np.float64)
    enough = np.isfinite(values).sum(axis=0) > 1
    if not enough.any():
        nothing = np.full(values.shape[1:], np.nan)[()]
        return nothing, nothing
    rng = np.random.default_rng(seed)
    at_once = max(1, DRAWN // max(values.size, 1))
    with warnings.catch_warnings():
        # Where many values are missing none may be drawn.
        warnings.simplefilter("ignore", RuntimeWarning)
        drawn = np.concatenate(
            [
                statistic(values[rng.integers(0, len(values), (min(at_once, draws - first), len(values)))], axis=1)
                for first in range(0, draws, at_once)
            ]
        )
    low, high = np.where(enough, np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0), np.nan)
    return low[()], high[()]


def cohen_dz(differences, axis=0):
    """Return Cohen's d_z, mean over standard deviation of paired differences; NaN where all are equal."""
    mean, deviation = np.nanmean(differences, axis=axis), np.nanstd(differences, axis=axis, ddof=1)
    return mean / np.where(deviation > 0, deviation, np.nan)


def effect_size(differences, level=0.95, draws=2_000, seed=0):
    """Return Cohen's d_z of paired differences with its bootstrap interval.

    Parameters
    ----------
    differences : array_like of float, shape (N,) or (N, K)
    level, draws, seed
        As in `bootstrap_interval`.

    Returns
    -------
    effect, low, high : float or ndarray of float, shape (K,)
    """
    differences = np.asarray(differences, dtype=np.float64)
    return cohen_dz(differences), *bootstrap_interval(differences, cohen_dz, level, draws, seed)


def share_interval(count, total, level=0.95):
    """Return the Wilson (1927) interval of a share: low, high.

    Parameters
    ----------
    count, total : int or array_like of int
        How many of how many.
    level : float

    Returns
    -------
    low, high : float or ndarray of float
        Within [0, 1], the share itself between them; NaN where the total is 0.
    """
    count, total = np.asarray(count, dtype=np.float64), np.asarray(total, dtype=np.float64)
    z = stats.norm.ppf((1 + level) / 2)
    total = np.where(total > 0, total, np.nan)
    share = count / total
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    # The interval of 0 of n begins at 0 and that of n of n ends at 1, but for rounding.
    return np.clip(centre - half, 0, share)[()], np.clip(centre + half, share, 1)[()]


def split_half_reliability(faces, ratings, splits=100, seed=0):
    """How reliable the mean ratings of faces are: how well they agree with those of another panel as large.

    The ratings of each face are dealt at random into two halves; their means' correlation over faces, corrected to the
    full panel by Spearman and Brown (1910), 2r / (1 + r), is averaged over many such splits. No predictor, however
    good, can be expected to correlate with the mean ratings higher than the square root of it.

    Parameters
    ----------
    faces : array_like, shape (M,)
        Which face each rating is of.
    ratings : array_like of float, shape (M,)
    splits : int
    seed : int

    Returns
    -------
    reliability : float
        NaN with fewer than three faces that two raters rated.
    raters : float
        Median number of ratings of a face.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    _, who, raters = np.unique(np.asarray(faces), return_inverse=True, return_counts=True)
    rated = raters >= 2
    if rated.sum() < 3:
        return float("nan"), float(np.median(raters)) if len(raters) else float("nan")
    first = np.concatenate([[0], np.cumsum(raters)[:-1]])
    rng = np.random.default_rng(seed)
    corrected = np.empty(splits)
    for split in range(splits):
        order = np.lexsort((rng.random(len(who)), who))
        # Face by face in random order: every second rating goes to the other half.
        half = (np.arange(len(who)) - first[who[order]]) % 2
        halves = [
            np.bincount(who[order], np.where(half == side, ratings[order], 0.0))[rated]
            / np.bincount(who[order], half == side)[rated]
            for side in (0, 1)
        ]
        r = np.corrcoef(*halves)[0, 1]
        corrected[split] = 2 * r / (1 + r)
    return float(corrected.mean()), float(np.median(raters))
