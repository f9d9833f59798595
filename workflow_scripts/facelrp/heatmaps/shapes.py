"""Shapes in heatmaps: relevance along the contour of the face, mirror symmetry, and straight lines."""

import numpy as np
from scipy import ndimage

from facelrp.faces.parts import mask
from facelrp.heatmaps.agreement import correlation

#: Half the width of the band around the contour, in pixels.
BAND = 5
#: Standard deviations in pixels: what lines are smoothed by, and how far around a pixel its orientation is measured.
SMOOTHNESS, NEIGHBOURHOOD = 1.5, 4.0
#: Orientations are measured on means of squares of this side, in pixels: they have four times fewer values.
SIDE = 2


def contour_band(labels, width=BAND):
    """Return which pixels are near the contour of each face.

    Parameters
    ----------
    labels : ndarray of uint8, shape (N, H, W)
        See `facelrp.faces.parts`. The contour is the border of everything but background and neck.
    width : float
        Half the band's width, in pixels.

    Returns
    -------
    ndarray of bool, shape (N, H, W)
    """
    faces = ~(mask(labels, "background") | mask(labels, "neck"))
    return np.stack([_distance_to_border(face) <= width for face in faces])


def _distance_to_border(face):
    """Return each pixel's distance from the nearest pixel on the other side of the contour, less half a pixel."""
    return np.where(face, ndimage.distance_transform_edt(face), ndimage.distance_transform_edt(~face)) - 0.5


def contour_share(heatmaps, band):
    """Return the share of positive relevance along the contour of each face.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)
    band : ndarray of bool, shape (N, H, W)
        See `contour_band`.

    Returns
    -------
    ndarray of float, shape (N,)
        NaN without positive relevance.
    """
    positive = np.clip(np.asarray(heatmaps, dtype=np.float64), 0, None)
    total = positive.sum((1, 2))
    return np.divide((positive * band).sum((1, 2)), total, out=np.full(len(total), np.nan), where=total > 0)


def mirror_symmetry(heatmaps, labels):
    """Return how alike each heatmap is to its mirror image: the Pearson correlation.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)
    labels : ndarray of uint8, shape (N, H, W)
        The axis is the vertical line midway between the eyes, to half a pixel; columns without a counterpart are left
        out.

    Returns
    -------
    ndarray of float, shape (N,)
        NaN if a face has no eyes, or if nothing varies.
    """
    heatmaps = np.asarray(heatmaps, dtype=np.float64)
    found = np.full(len(heatmaps), np.nan)
    for row, (heatmap, label) in enumerate(zip(heatmaps, labels, strict=True)):
        columns = [np.flatnonzero(mask(label, eye).any(0)) for eye in ("right_eye", "left_eye")]
        if not all(len(one) for one in columns):
            continue
        # Column c lies opposite of twice the axis less c.
        twice = round(sum((one[0] + one[-1]) / 2 for one in columns))
        here = np.arange(max(0, twice - heatmap.shape[1] + 1), min(heatmap.shape[1] - 1, twice) + 1)
        found[row] = correlation(heatmap[None][:, :, here], heatmap[None][:, :, twice - here])[0]
    return found


def coherence(heatmaps):
    """Return how much of each heatmap's orientation energy lies along lines: 0 to 1.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)

    Returns
    -------
    ndarray of float, shape (N,)
        The coherence of the structure tensor, (λ₁ − λ₂) / (λ₁ + λ₂), averaged over pixels by their energy λ₁ + λ₂
        (Bigün & Granlund 1987): 1 if relevance varies only across straight lines, near 0 if it has no direction. NaN
        if nothing varies.
    """
    found = np.full(len(heatmaps), np.nan)
    for row, heatmap in enumerate(_means_of_squares(heatmaps)):
        down, right = (ndimage.gaussian_filter(heatmap, SMOOTHNESS / SIDE, order=order) for order in ((1, 0), (0, 1)))
        vertical, horizontal, mixed = (
            ndimage.gaussian_filter(product, NEIGHBOURHOOD / SIDE) for product in (down**2, right**2, down * right)
        )
        energy = (vertical + horizontal).sum()
        if energy > 0:
            found[row] = np.hypot(vertical - horizontal, 2 * mixed).sum() / energy
    return found


def _means_of_squares(heatmaps):
    """Return the means of squares of `SIDE` pixels; an odd row or column at the end is left out: (N, H', W')."""
    heatmaps = np.asarray(heatmaps, dtype=np.float64)
    height, width = (size // SIDE for size in heatmaps.shape[1:])
    squares = heatmaps[:, : height * SIDE, : width * SIDE].reshape(-1, height, SIDE, width, SIDE)
    return squares.mean(axis=(2, 4))
