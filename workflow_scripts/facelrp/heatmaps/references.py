"""Which faces a face is compared with, where heatmaps explain what sets its prediction apart from theirs.

See `facelrp.lrp.references`.
"""

import numpy as np

#: How many faces. On drawn faces, 4 agree with interventions less often, and 120 no more often.
COUNT = 16


def typical(ratings, count=COUNT):
    """Choose the faces whose ratings are closest to the mean, so that relevance speaks of more or less than usual.

    Faces at random serve as well on average, but differ from choice to choice.

    Parameters
    ----------
    ratings : array_like of float, shape (N, A)
        Of the training set, so that test faces are compared with others only. Any scale.
    count : int

    Returns
    -------
    ndarray of int
        ``count`` rows, or all if there are fewer, in ascending order. Distances are Euclidean, with each attribute's
        ratings in units of their standard deviation; an attribute on which all faces are rated the same plays no role.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    spread = ratings.std(axis=0)
    deviations = (ratings - ratings.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.sort(np.argsort(np.square(deviations).sum(axis=1), kind="stable")[:count])
