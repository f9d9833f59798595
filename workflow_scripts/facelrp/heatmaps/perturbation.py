"""Region perturbation: what a network answers as the regions of an image are taken away, one after the other.

Regions are the cells of a square grid. What is taken away is replaced by the blurred image: colours stay what they
are nearby and no new edges appear, so that it is detail, not the mask, that the network misses.
"""

import numpy as np
from scipy import ndimage


def grid(size, cell):
    """Return which cell (int, from 0, row by row) each pixel of a square image belongs to: (size, size).

    The pixels that are left over at the right and the lower border join the last cells: 227 pixels in cells of 9 make
    25 × 25 cells, the last ones of 11.
    """
    places = np.minimum(np.arange(size) // cell, size // cell - 1)
    return places[:, None] * (size // cell) + places


def pool(heatmaps, cells):
    """Average heatmaps (N, H, W) over the cells of `grid`: (N, cells)."""
    flat = np.asarray(heatmaps, dtype=np.float64).reshape(len(heatmaps), -1)
    number = np.ravel(cells)
    sizes = np.bincount(number)
    return np.stack([np.bincount(number, heatmap) for heatmap in flat]) / sizes


def blurred(image, deviation):
    """Return an image (H, W, 3) of uint8 blurred by a Gaussian of that standard deviation in pixels."""
    smooth = ndimage.gaussian_filter(image.astype(np.float32), (deviation, deviation, 0), mode="nearest")
    return np.rint(smooth).astype(np.uint8)


def schedule(count, share, steps):
    """Return how many of ``count`` cells are gone after each of ``steps`` equal steps up to that share: (steps,)."""
    return np.rint(np.arange(1, steps + 1) / steps * share * count).astype(int)


def remove(image, fill, cells, order, counts):
    """Take away the first cells of an order.

    Parameters
    ----------
    image, fill : ndarray of uint8, shape (H, W, 3)
        The image, and what stands where a cell was taken away.
    cells : ndarray of int, shape (H, W)
        See `grid`.
    order : ndarray of int, shape (K,)
        All cells; the first goes first.
    counts : sequence of int, length L
        How many are gone in each of the images returned.

    Returns
    -------
    ndarray of uint8, shape (L, H, W, 3)
    """
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    gone = place[cells] < np.asarray(counts)[:, None, None]
    return np.where(gone[..., None], fill, image)


def area_over_curve(scores):
    """Area over the perturbation curve: 1/(L+1) Σ_k [f(x⁰) − f(xᵏ)], k = 0 … L.

    Parameters
    ----------
    scores : array_like of float, shape (..., L + 1)
        What the network answers to the whole image and after each step.

    Returns
    -------
    ndarray of float, shape (...)
        In the units of the scores; large if what was taken away mattered. Most relevant first it should be above
        that of random orders; the difference between most and least relevant first is the symmetric gain.

    References
    ----------
    Samek et al. (2017), eq. 12; Blücher, Vielhaben & Strodthoff (2024), *Decoupling pixel flipping*.
    """
    scores = np.asarray(scores, dtype=np.float64)
    return (scores[..., :1] - scores).mean(-1)
