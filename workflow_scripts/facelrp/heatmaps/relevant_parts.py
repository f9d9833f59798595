"""Where in a face the evidence is: the parts that arrows point at."""

import numpy as np
from scipy import ndimage

from facelrp.faces.parts import PARTS, mask


def marked_parts(heatmap, labels, count=3, smoothness=3.0, smallest=30):
    """Find the parts of a face with the most positive relevance per pixel.

    Per pixel, because large parts (hair, neck) gather relevance by their size alone. The background is no part.

    Parameters
    ----------
    heatmap : array_like of float, shape (H, W)
    labels : ndarray of uint8, shape (H, W)
        Label map of `facelrp.faces.parts`.
    count : int
        How many parts at most.
    smoothness : float
        Standard deviation in pixels of the Gaussian over positive relevance whose peak is pointed at.
    smallest : int
        Parts of fewer pixels are left out: what is almost hidden has no place to point at.

    Returns
    -------
    list of (str, (int, int))
        The part and the (row, column) in it where positive relevance is densest, the most relevant part first. Parts
        without positive relevance are left out.
    """
    positive = np.asarray(heatmap, dtype=np.float64).clip(0)
    masks = {part: mask(labels, part) for part in PARTS if part != "background"}
    density = {part: positive[where].mean() for part, where in masks.items() if where.sum() >= smallest}
    chosen = sorted((part for part in density if density[part] > 0), key=lambda part: -density[part])[:count]
    places = {}
    for part in chosen:
        # Smoothed within the part, so that a neighbour's evidence beyond the border does not draw the arrow there.
        smooth = ndimage.gaussian_filter(np.where(masks[part], positive, 0), smoothness)
        row, column = np.unravel_index(np.argmax(np.where(masks[part], smooth, -1)), smooth.shape)
        places[part] = int(row), int(column)
    return list(places.items())
