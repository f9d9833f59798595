"""Find the parts of a face with the most relevance, and the positions for arrows to them."""

import numpy as np
from scipy import ndimage

from facelrp.faces.parts import LABEL


def marked_parts(heatmap, labels, count=3, smoothness=3.0, smallest=30):
    """Find the parts of a face with the most positive relevance per pixel.

    Relevance counts per pixel because large parts (hair, neck) collect much relevance through their size alone. The
    background does not count as a part. A coarse part is what its fine parts leave of it.

    Parameters
    ----------
    heatmap : array_like of float, shape (H, W)
    labels : ndarray of uint8, shape (H, W)
        Label map of `facelrp.faces.parts`.
    count : int
        How many parts at most.
    smoothness : float
        Standard deviation in pixels of the Gaussian that smooths positive relevance; the arrow points at its peak.
    smallest : int
        Parts with fewer pixels are left out: they are almost hidden and too small to point at.

    Returns
    -------
    list of (str, (int, int))
        Each part, the most relevant first, and the position (row, column) in it with the densest positive relevance.
        Parts without positive relevance are left out.
    """
    positive = np.asarray(heatmap, dtype=np.float64).clip(0)
    masks = {part: labels == label for part, label in LABEL.items() if part != "background"}
    density = {part: positive[where].mean() for part, where in masks.items() if where.sum() >= smallest}
    chosen = sorted((part for part in density if density[part] > 0), key=lambda part: -density[part])[:count]
    positions = {}
    for part in chosen:
        # Relevance beyond the part's border is left out, so that a neighbouring part does not attract the arrow.
        smooth = ndimage.gaussian_filter(np.where(masks[part], positive, 0), smoothness)
        row, column = np.unravel_index(np.argmax(np.where(masks[part], smooth, -1)), smooth.shape)
        positions[part] = int(row), int(column)
    return list(positions.items())
