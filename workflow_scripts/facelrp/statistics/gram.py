"""Inner products of faces' features: all that measures of features need to know, however many features there are."""

import numpy as np

#: Features multiplied at a time, to limit memory.
BLOCK = 4096


def centred_gram(features):
    """Return the Gram matrix of features less their mean, K = X Xᵀ.

    Features are centred and multiplied in double precision, a block of columns at a time.

    Parameters
    ----------
    features : ndarray or memmap of float, shape (N, D)
        A row for each face.

    Returns
    -------
    ndarray of float64, shape (N, N)
        In squared units of the features.

    Raises
    ------
    ValueError
        If a feature is NaN or infinite, if features are too large to multiply, or if they do not differ between faces,
        up to the rounding of their own precision.
    """
    gram, size = np.zeros((len(features), len(features))), 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, features.shape[1], BLOCK):
            block = np.asarray(features[:, first : first + BLOCK], dtype=np.float64)
            size += np.square(block).sum()
            block = block - block.mean(0)
            gram += block @ block.T
    if not np.isfinite(gram).all():
        raise ValueError("features or their inner products are NaN or infinite")
    # The mean of N equal numbers is off by √N roundings of each.
    if np.trace(gram) <= len(features) * np.finfo(features.dtype).eps ** 2 * size:
        raise ValueError("features do not differ between faces")
    return gram
