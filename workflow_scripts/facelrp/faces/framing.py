"""Frame photographs so that eyes and mouth come to stand where those of other faces do."""

import cv2
import numpy as np

from facelrp.faces.imaging import SIZE
from facelrp.faces.mesh import LEFT_MOUTH_CORNER, LEFT_PUPIL, RIGHT_MOUTH_CORNER, RIGHT_PUPIL, mean_mesh
from facelrp.faces.templates import FFHQ_SIDE


def anchors(points):
    """Return the right pupil, the left one and the middle between the mouth's corners.

    Parameters
    ----------
    points : ndarray of float, shape (478, 2)
        See `facelrp.faces.mesh`.

    Returns
    -------
    ndarray of float, shape (3, 2)
    """
    mouth = (points[RIGHT_MOUTH_CORNER] + points[LEFT_MOUTH_CORNER]) / 2
    return np.stack([points[RIGHT_PUPIL], points[LEFT_PUPIL], mouth])


def ffhq_frame(size=SIZE):
    """Return where `anchors` are, on average, in an FFHQ-aligned image of this side (Karras, Laine & Aila 2019)."""
    return anchors(mean_mesh()) * size / FFHQ_SIDE


def similarity(points, targets):
    """Return the similarity transform (shift, turn, scale) from points to targets, by least squares.

    Parameters
    ----------
    points, targets : ndarray of float, shape (N, 2)
        x, y; at least two points.

    Returns
    -------
    ndarray of float, shape (2, 3)
    """
    # As complex numbers, it is a multiplication and an addition.
    source, target = points @ [1, 1j], targets @ [1, 1j]
    centred = source - source.mean()
    factor = (np.conj(centred) @ (target - target.mean())) / (np.conj(centred) @ centred).real
    shift = target.mean() - factor * source.mean()
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def moved(points, transform):
    """Return points (N, 2) moved by an affine map (2, 3)."""
    return points @ transform[:, :2].T + transform[:, 2]


def framed(image, transform, size=SIZE):
    """Return the square that an affine map makes of a photograph; beyond the photograph it is white.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    transform : ndarray of float, shape (2, 3)
        From pixels of the photograph to those of the square; (0, 0) is the corner of a pixel.
    size : int
        Side of the square.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
    """
    scale = np.sqrt(abs(np.linalg.det(transform[:, :2])))
    # Twice the square's pixels, from a photograph with at least as many: interpolation skips none of them, and the mean
    # of four brings them to the square.
    step = max(int(1 / (2 * scale)), 1)
    if step > 1:
        low = image.shape[0] // step * step, image.shape[1] // step * step
        image = cv2.resize(image[: low[0], : low[1]], (low[1] // step, low[0] // step), interpolation=cv2.INTER_AREA)
    to_double = 2 * transform * [step, step, 1]
    # OpenCV's positions are those of pixel centres.
    to_double[:, 2] = to_double @ [0.5, 0.5, 1] - 0.5
    options = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_CONSTANT, "borderValue": (255, 255, 255)}
    double = cv2.warpAffine(image, to_double, (2 * size, 2 * size), **options)
    return cv2.resize(double, (size, size), interpolation=cv2.INTER_AREA)
