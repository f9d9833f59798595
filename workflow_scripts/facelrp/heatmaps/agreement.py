"""How alike two heatmaps are."""

import numpy as np
from scipy import stats


def correlation(first, second):
    """Pearson correlation of each map with its counterpart.

    Parameters
    ----------
    first, second : array_like of float, shape (N, ...)

    Returns
    -------
    ndarray of float, shape (N,)
        NaN where either map is constant.
    """
    first, second = (np.asarray(maps, dtype=np.float64).reshape(len(maps), -1) for maps in (first, second))
    first, second = (maps - maps.mean(1, keepdims=True) for maps in (first, second))
    size = np.sqrt(np.square(first).sum(1) * np.square(second).sum(1))
    return np.divide((first * second).sum(1), size, out=np.full(len(size), np.nan), where=size > 0)


def rank_correlation(first, second):
    """Spearman correlation of each map with its counterpart, ties at their mean rank; otherwise as `correlation`."""
    return correlation(*(stats.rankdata(np.reshape(maps, (len(maps), -1)), axis=1) for maps in (first, second)))
