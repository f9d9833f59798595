"""Frame photographs so that eyes and mouth come to stand where those of other faces do."""

import cv2
import numpy as np

from facelrp.faces.imaging import SIZE
from facelrp.faces.mesh import LEFT_MOUTH_CORNER, LEFT_PUPIL, RIGHT_MOUTH_CORNER, RIGHT_PUPIL, mean_mesh
from facelrp.faces.templates import FFHQ_SIDE

#: Points that no expression moves much: corners of the eyes, nose, forehead, and the sides of the face beside the eyes.
RIGID = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 9, 151, 10, 127, 356, 234, 454)
#: The oval around a mean face, in pixels of an FFHQ-aligned image: its middle, and half its width and height. It
#: reaches from the hairline to a little below the chin.
OVAL_MIDDLE, OVAL_HALF = (512, 540), (325, 450)


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


def between_centres(transform):
    """Return an affine map (2, 3) as OpenCV takes it: there, a position is that of a pixel's centre, not its corner."""
    return np.column_stack([transform[:, :2], transform @ [0.5, 0.5, 1] - 0.5])


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
    to_double = between_centres(2 * transform * [step, step, 1])
    options = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_CONSTANT, "borderValue": (255, 255, 255)}
    double = cv2.warpAffine(image, to_double, (2 * size, 2 * size), **options)
    return cv2.resize(double, (size, size), interpolation=cv2.INTER_AREA)


def oval(points, size=SIZE):
    """Return how much of each pixel lies in an oval around a face, as on the pictures of the 10k US Adult Faces.

    Its place follows points that no expression moves: its edge says nothing of a smile or of an open mouth.

    Parameters
    ----------
    points : ndarray of float, shape (478, 2)
        x, y in pixels of a square of this side.

    Returns
    -------
    ndarray of float32, shape (size, size)
        1 inside, 0 outside, with an edge of two pixels.
    """
    rigid = list(RIGID)
    to_mean = similarity(points[rigid], mean_mesh()[rigid])
    pixels = np.stack(np.meshgrid(*[np.arange(size) + 0.5] * 2), axis=-1)
    reach = np.hypot(*np.moveaxis((moved(pixels, to_mean) - OVAL_MIDDLE) / OVAL_HALF, -1, 0))
    pixels_of_half = min(OVAL_HALF) / np.sqrt(np.linalg.det(to_mean[:, :2]))
    return np.clip((1 - reach) * pixels_of_half / 2 + 0.5, 0, 1).astype(np.float32)
