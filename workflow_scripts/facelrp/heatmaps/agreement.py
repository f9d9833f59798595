"""Robustness: how similar two heatmaps of the same face are.

The same correlations serve three measures: mirror equivariance (the heatmap of a mirrored face, mirrored back, should
be the heatmap of the face), agreement between rules, and the similarity that the randomisation test needs (`sanity`).
"""

import numpy as np
from scipy import stats


def correlation(first, second):
    """Robustness: Pearson correlation of each heatmap with its counterpart.

    Parameters
    ----------
    first, second : array_like of float, shape (N, ...)

    Returns
    -------
    ndarray of float, shape (N,)
        NaN if either heatmap is constant.
    """
    first, second = (np.asarray(maps, dtype=np.float64).reshape(len(maps), -1) for maps in (first, second))
    first, second = (maps - maps.mean(1, keepdims=True) for maps in (first, second))
    size = np.sqrt(np.square(first).sum(1) * np.square(second).sum(1))
    return np.divide((first * second).sum(1), size, out=np.full(len(size), np.nan), where=size > 0)


def rank_correlation(first, second):
    """Robustness: Spearman correlation of each heatmap with its counterpart; ties get their mean rank.

    See `correlation` for parameters and returns.
    """
    return correlation(*(stats.rankdata(np.reshape(maps, (len(maps), -1)), axis=1) for maps in (first, second)))
