"""How round the brows of a face are."""

import numpy as np

from facelrp.faces.mesh import mirror

#: The middle, and both ends, of the right brow in the mesh: a point of its upper edge and the one below it.
OUTER_END, MIDDLE, INNER_END = (70, 46), (105, 52), (107, 55)


def arch(start, middle, end):
    """Return how round a brow is: how far its middle is above the line between its ends, as a share of its length.

    Parameters
    ----------
    start, middle, end : array_like of float, shape (2,)
        x, y (downward) of a point of its middle line, from the person's right to the left. So "above" is above in the
        face, however the picture is turned.

    Returns
    -------
    float
        0 for a straight brow, below 0 for one that sags, NaN for one without length.
    """
    (across, down), (x, y) = np.subtract(end, start).tolist(), np.subtract(middle, start).tolist()
    squared = across * across + down * down
    return (down * x - across * y) / squared if squared > 0 else float("nan")


def arch_of_mesh(points):
    """Return how round the brows of a photographed face are, the mean of both sides, see `arch`.

    Parameters
    ----------
    points : ndarray of float, shape (478, 2)
        See `facelrp.faces.mesh`; x and y in equal units, such as pixels of the photograph.

    Returns
    -------
    float
    """
    right = [points[list(pair)].mean(axis=0) for pair in (OUTER_END, MIDDLE, INNER_END)]
    left = [points[mirror()[list(pair)]].mean(axis=0) for pair in (INNER_END, MIDDLE, OUTER_END)]
    return (arch(*right) + arch(*left)) / 2
