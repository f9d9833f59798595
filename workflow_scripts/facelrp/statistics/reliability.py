"""How reliable mean ratings are."""

import numpy as np

from facelrp.statistics.metrics import pearson_r


def split_half_reliability(faces, ratings, splits=100, seed=0):
    """Return the reliability of the mean ratings of faces: their correlation with those of another panel of this size.

    The ratings of each face are split at random into two halves, and the two means are correlated over faces. The mean
    correlation r of many splits is corrected to the full panel: 2r / (1 + r) (Spearman and Brown 1910). It is averaged
    first, because the correction of a single split near −1 has no bound. The square root of the reliability is the
    highest correlation with the mean ratings to expect of any predictor.

    Raters who agree no better than chance have a reliability around 0. Below 0 it says only that they do not agree,
    and the formula is mirrored, 2r / (1 − r), so that the result is within [−1, 1].

    Parameters
    ----------
    faces : array_like, shape (M,)
        The face of each rating.
    ratings : array_like of float, shape (M,)
        NaN is no rating.
    splits : int
    seed : int

    Returns
    -------
    reliability : float
        NaN where it is not defined: with fewer than three faces with at least two ratings, with an infinite rating of
        them, or if no split has halves whose means both differ between faces. Splits without are left out.
    raters : float
        Median number of ratings per face; NaN without ratings.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    present = ~np.isnan(ratings)
    faces, ratings = np.asarray(faces)[present], ratings[present]
    _, face, raters = np.unique(faces, return_inverse=True, return_counts=True)
    rated = raters >= 2
    if rated.sum() < 3:
        return float("nan"), float(np.median(raters)) if len(raters) else float("nan")
    first = np.concatenate([[0], np.cumsum(raters)[:-1]])
    rng = np.random.default_rng(seed)
    correlations = np.empty(splits)
    for split in range(splits):
        order = np.lexsort((rng.random(len(face)), face))
        # The ratings of a face are in random order now: every second one goes to the other half.
        half = (np.arange(len(face)) - first[face[order]]) % 2
        halves = [
            np.bincount(face[order], np.where(half == side, ratings[order], 0.0))[rated]
            / np.bincount(face[order], half == side)[rated]
            for side in (0, 1)
        ]
        correlations[split] = pearson_r(*halves)
    defined = ~np.isnan(correlations)
    r = correlations[defined].mean() if defined.any() else float("nan")
    return float(2 * r / (1 + abs(r))), float(np.median(raters))
