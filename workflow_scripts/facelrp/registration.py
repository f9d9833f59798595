"""Where a piece of one photograph stands in another: normalised cross-correlation."""

import numpy as np
from scipy.signal import fftconvolve


def find_piece(image, box, other, expected, reach):
    """Find a piece of one greyscale image in another.

    Parameters
    ----------
    image, other : ndarray of float, shape (H, W)
    box : sequence of int
        Left, top, right, bottom of the piece in ``image``.
    expected : array_like of int, shape (2,)
        x, y of the shift around which to look.
    reach : int
        How far from it to look, in pixels.

    Returns
    -------
    shift : ndarray of int, shape (2,)
        x, y by which the piece has moved.
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
    # A grey level of difference at each pixel is noise: flat areas do not match anything.
    norm = np.sqrt(np.maximum(squares, piece.size) * np.maximum((piece**2).sum(), piece.size))
    scores = fftconvolve(window, piece[::-1, ::-1], "valid") / norm
    y, x = np.unravel_index(scores.argmax(), scores.shape)
    return start + np.array([x, y]) - corner, scores[y, x]
