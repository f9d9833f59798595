"""Correlate every column of one table with every column of another, also in many resamples at once."""

import numpy as np
from scipy import stats

from facelrp.statistics.metrics import ROUNDING


def pearson(first, second):
    """Return the Pearson correlations of all columns of two tables.

    Parameters
    ----------
    first : array_like of float, shape (..., N, K)
    second : array_like of float, shape (..., N, L)
        The same N rows.

    Returns
    -------
    ndarray of float, shape (..., K, L)
        NaN with fewer than two rows, and where a column is constant, up to `ROUNDING`, or not finite.
    """
    first, second = (_standardised(np.asarray(values, dtype=np.float64)) for values in (first, second))
    return (np.swapaxes(first, -1, -2) @ second).clip(-1, 1)


def spearman(first, second):
    """Return the Spearman correlations of all columns of two tables; ties get their mean rank. See `pearson`."""
    ranked = [stats.rankdata(values, axis=-2, nan_policy="propagate") for values in (first, second)]
    return pearson(*(np.where(np.isfinite(v), r, np.nan) for v, r in zip((first, second), ranked, strict=True)))


def _standardised(values):
    """Return columns less their mean, of length 1; NaN if they do not vary."""
    with np.errstate(invalid="ignore"):
        around = values - values.mean(-2, keepdims=True)
        varies = np.abs(around).max(-2, keepdims=True) > ROUNDING * np.abs(values).max(-2, keepdims=True)
        length = np.sqrt(np.square(around).sum(-2, keepdims=True))
    return np.divide(around, length, out=np.full(values.shape, np.nan), where=varies)
