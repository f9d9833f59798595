"""Register photographs: find a piece of one in another, and align faces with each other."""

import numpy as np
from scipy import ndimage
from scipy.signal import fftconvolve

from facelrp.faces.parts import mask


def find_piece(image, box, other, expected, reach):
    """Find a piece of one greyscale image in another.

    Parameters
    ----------
    image, other : ndarray of float, shape (H, W)
    box : sequence of int
        Left, top, right, bottom of the piece in ``image``.
    expected : array_like of int, shape (2,)
        x, y of the expected shift.
    reach : int
        How far from the expected shift to search, in pixels.

    Returns
    -------
    shift : ndarray of int, shape (2,)
        x, y of the piece's shift.
    score : float
        Correlation there, -1 to 1.
    """
    left, top, right, bottom = box
    piece = image[top:bottom, left:right]
    piece = piece - piece.mean()
    corner, opposite = np.array([left, top]), np.array([right, bottom])
    start = np.maximum(corner + expected - reach, 0)
    stop = np.minimum(opposite + expected + reach, other.shape[::-1])
    window = other[start[1] : stop[1], start[0] : stop[0]]
    ones = np.ones_like(piece)
    total = fftconvolve(window, ones, "valid")
    squares = fftconvolve(window**2, ones, "valid") - total**2 / piece.size
    # Differences of one grey level per pixel are noise: flat areas do not match anything.
    norm = np.sqrt(np.maximum(squares, piece.size) * np.maximum((piece**2).sum(), piece.size))
    scores = fftconvolve(window, piece[::-1, ::-1], "valid") / norm
    y, x = np.unravel_index(scores.argmax(), scores.shape)
    return start + np.array([x, y]) - corner, scores[y, x]


def centres(labels, groups):
    """Return the centres x, y of parts: ndarray of float, shape (len(groups), 2); NaN for a part that does not show.

    Parameters
    ----------
    labels : ndarray of uint8, shape (H, W)
        Label map of `facelrp.faces.parts`.
    groups : sequence of str
        Parts, or groups of parts.
    """
    pixels = [np.argwhere(mask(labels, group)) for group in groups]
    return np.array([own.mean(axis=0)[::-1] if len(own) else (np.nan, np.nan) for own in pixels])


def affine(points, targets):
    """Return the affine map from points to targets, ndarray (2, 3): exact for three points, least squares for more.

    Parameters
    ----------
    points, targets : ndarray of float, shape (N, 2)
        x, y.
    """
    return np.linalg.lstsq(np.column_stack([points, np.ones(len(points))]), targets, rcond=None)[0].T


def align(image, transform, density=False):
    """Return an image moved by an affine map, with linear interpolation.

    Parameters
    ----------
    image : ndarray of float, shape (H, W) or (H, W, C)
    transform : ndarray of float, shape (2, 3)
        See `affine`.
    density : bool
        Keep the sum rather than the values, as for relevance: an enlarged face keeps its total, and there is none
        beyond the image. Without it, the border's colour continues beyond the image.

    Returns
    -------
    ndarray of float, of the same shape
    """
    if image.ndim == 3:
        return np.stack([align(channel, transform, density) for channel in np.moveaxis(image, 2, 0)], axis=2)
    # SciPy takes the inverse map, from each pixel to its source, row before column.
    back = np.linalg.inv(transform[:, :2])
    offset = -back @ transform[:, 2]
    beyond = "constant" if density else "nearest"
    moved = ndimage.affine_transform(np.asarray(image, float), back[::-1, ::-1], offset[::-1], order=1, mode=beyond)
    return moved * abs(np.linalg.det(back)) if density else moved
