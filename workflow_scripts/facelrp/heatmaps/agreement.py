"""Robustness: how similar two heatmaps of the same face are.

The same correlations serve three measures: mirror equivariance (the heatmap of a mirrored face, mirrored back, should
be the heatmap of the face), agreement between rules, and the similarity that the randomisation test needs (`sanity`).
"""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from facelrp.heatmaps.perturbation import pool


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


def compare_maps(first, second, cells):
    """Compare each heatmap with its counterpart in all ways that are reported: a table with a row per face.

    Parameters
    ----------
    first, second : ndarray of float, shape (N, H, W)
    cells : ndarray of int, shape (H, W)
        See `facelrp.heatmaps.perturbation.grid`.

    Returns
    -------
    DataFrame
        ``row`` (of the face), ``correlation`` (Pearson, over pixels), ``rank_correlation`` (Spearman, over cells) and
        ``absolute_rank_correlation`` (the same of |R|).
    """
    sizes = (np.abs(maps) for maps in (first, second))
    return pd.DataFrame(
        {
            "row": np.arange(len(first)),
            "correlation": correlation(first, second),
            "rank_correlation": rank_correlation(*(pool(maps, cells) for maps in (first, second))),
            "absolute_rank_correlation": rank_correlation(*(pool(maps, cells) for maps in sizes)),
        }
    )


def compare_rules(pooled):
    """Return the rank correlation of every two rules' heatmaps of each face: a table with a row per face and pair.

    Parameters
    ----------
    pooled : dict of {str: ndarray of float, shape (N, cells)}
        By rule, the relevance of each cell.
    """
    return pd.concat(
        pd.DataFrame(
            {
                "row": np.arange(len(pooled[first])),
                "first": first,
                "second": second,
                "rank_correlation": rank_correlation(pooled[first], pooled[second]),
            }
        )
        for first, second in combinations(pooled, 2)
    )
