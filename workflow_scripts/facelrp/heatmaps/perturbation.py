"""Faithfulness: region perturbation, and the area over the perturbation curve (AOPC).

The regions of an image are removed one after the other, in the order of their relevance, and the network predicts again
after each step. With regions of one pixel this is pixel flipping (Bach et al. 2015). The regions are the cells of a
square grid. A blurred copy of the image replaces them: colours stay similar and no new edges appear, so that the
network misses the detail and does not react to the patch itself.
"""

import numpy as np
from scipy import ndimage


def grid(size, cell_pixels):
    """Return the cell (int, from 0, row by row) of each pixel of a square image: (size, size).

    Leftover pixels at the right and the lower border join the last cells: 227 pixels in cells of 9 make 25 × 25 cells,
    the last ones 11 pixels wide.
    """
    count = size // cell_pixels
    positions = np.minimum(np.arange(size) // cell_pixels, count - 1)
    return positions[:, None] * count + positions


def pool(heatmaps, cells):
    """Average heatmaps (N, H, W) over the cells of `grid`: (N, cells)."""
    flat = np.asarray(heatmaps, dtype=np.float64).reshape(len(heatmaps), -1)
    cell = np.ravel(cells)
    sizes = np.bincount(cell)
    return np.stack([np.bincount(cell, heatmap) for heatmap in flat]) / sizes


def blurred(image, deviation):
    """Return an image (H, W, 3) of uint8, blurred by a Gaussian with this standard deviation in pixels."""
    smooth = ndimage.gaussian_filter(image.astype(np.float32), (deviation, deviation, 0), mode="nearest")
    return np.rint(smooth).astype(np.uint8)


def schedule(count, share, steps):
    """Return how many of ``count`` cells are removed after each of ``steps`` equal steps up to ``share``: (steps,)."""
    return np.rint(np.arange(1, steps + 1) / steps * share * count).astype(int)


def remove(image, fill, cells, order, counts):
    """Replace the first cells of an order by another image.

    Parameters
    ----------
    image, fill : ndarray of uint8, shape (H, W, 3)
        The image, and its replacement in removed cells.
    cells : ndarray of int, shape (H, W)
        See `grid`.
    order : ndarray of int, shape (K,)
        All cells, the first to be removed first.
    counts : sequence of int, length L
        How many cells are removed in each of the returned images.

    Returns
    -------
    ndarray of uint8, shape (L, H, W, 3)
    """
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    removed = rank[cells] < np.asarray(counts)[:, None, None]
    return np.where(removed[..., None], fill, image)


def areas_of_orders(curves, keys):
    """Return the area over each face's curve, by the order in which its cells are removed.

    Parameters
    ----------
    curves : DataFrame
        Curves of one rule, or of several that ``keys`` tell apart: with ``face_id``, ``order``, and ``prediction`` step
        by step.
    keys : list of str
        Columns that tell networks, and rules, apart.

    Returns
    -------
    DataFrame
        A row for each of ``keys`` and face; columns are the orders, see `area_over_curve`.
    """
    steps = curves.groupby([*keys, "face_id", "order"], sort=False)["prediction"]
    return steps.agg(lambda scores: area_over_curve(scores)).unstack("order")


def area_over_curve(scores):
    """Faithfulness: area over the perturbation curve (AOPC), 1/(L+1) Σ_k [f(x⁰) − f(xᵏ)], k = 0 … L.

    Parameters
    ----------
    scores : array_like of float, shape (..., L + 1)
        The network's output for the whole image and after each step.

    Returns
    -------
    ndarray of float, shape (...)
        In the units of the scores; large if the removed cells mattered. With the most relevant cells first it should
        exceed that of random orders; the difference between most and least relevant first is the symmetric gain.

    References
    ----------
    Samek et al. (2017), eq. 12; Blücher, Vielhaben & Strodthoff (2024), *Decoupling pixel flipping*.
    """
    scores = np.asarray(scores, dtype=np.float64)
    return (scores[..., :1] - scores).mean(-1)
