"""Make the label map of a drawn face: the part of every pixel."""

from dataclasses import dataclass

import numpy as np

from facelrp.faces.parts import LABEL
from facelrp.generator import eyes, fine_parts, nose
from facelrp.generator.canvas import SIZE, Patch
from facelrp.generator.hair import Hair
from facelrp.generator.mouth import Mouth


@dataclass(frozen=True)
class Coverages:
    """The coverage (0 … 1 for each pixel) of everything in a drawing.

    Attributes
    ----------
    oval, face : ndarray of float32, shape (SIZE, SIZE)
        The oval that cuts out the picture, and the front of the head.
    hair : Hair
    neck, nose : (Patch, ndarray of float32)
    ears : list of (Patch, ndarray of float32)
    eyes : dict of {side: Eye}
    brows : dict of {side: Brow}
    mouth : Mouth
    """

    oval: np.ndarray
    face: np.ndarray
    hair: Hair
    neck: tuple[Patch, np.ndarray]
    ears: list[tuple[Patch, np.ndarray]]
    eyes: dict[float, eyes.Eye]
    brows: dict[float, eyes.Brow]
    nose: tuple[Patch, np.ndarray]
    mouth: Mouth


def label(look, frame, radii, coverages):
    """Return the label map of a drawn face, its coarse parts divided into fine ones.

    Parameters
    ----------
    look : Look
    frame : Frame
    radii : ndarray of float32, shape (SIZE, SIZE)
        Distance from the middle of the head, see `head.radius`.
    coverages : Coverages

    Returns
    -------
    ndarray of uint8, shape (SIZE, SIZE)
        See `facelrp.faces.parts`.
    """
    labels = coarse(look, frame, radii, coverages)
    fine_parts.divide(look, frame, coverages, labels)
    return labels


def coarse(look, frame, radii, coverages):
    """Return the label map of the coarse parts: later ones cover earlier ones, from back to front."""
    labels = np.full((SIZE, SIZE), LABEL["background"], np.uint8)
    labels[coverages.hair.behind > 0.5] = LABEL["hair"]
    patch, neck = coverages.neck
    labels[patch.at][neck > 0.5] = LABEL["neck"]
    for patch, ear in coverages.ears:
        labels[patch.at][ear > 0.5] = LABEL["ears"]
    labels = np.where(coverages.face > 0.5, _front(look, frame, radii, coverages), labels)
    labels[coverages.hair.front > 0.5] = LABEL["hair"]
    labels[coverages.oval < 0.5] = LABEL["background"]
    return labels


def _front(look, frame, radii, coverages):
    lips = coverages.mouth
    x, y = frame.x, frame.y
    away = np.abs(x)
    labels = np.where(x < 0.0, np.uint8(LABEL["right_cheek"]), np.uint8(LABEL["left_cheek"]))
    chin = lips.middle + 7.0
    labels[(y > chin) | ((y > lips.middle - 22.0) & (radii > 0.8))] = LABEL["jaw"]
    labels[(y < -9.0) | ((y < 0.0) & (away < 9.0))] = LABEL["forehead"]
    for name, side in eyes.SIDES.items():
        eye = coverages.eyes[side]
        region = labels[eye.patch.at]
        wide, below = eye.half * 1.42, 14.0 + 3.0 * look.eye_bags
        middle = eye.x - 2.0
        height = np.where(eye.y < 0.0, np.float32(1.0 / 13.5), np.float32(1.0 / below))
        inside = (middle / wide) * (middle / wide) + (eye.y * height) * (eye.y * height) < 1.0
        region[inside] = LABEL[f"{name}_eye"]
    patch, cover = coverages.nose
    labels[patch.at][cover > 0.5] = LABEL["nose"]
    _mouth(look, lips, labels)
    for name, side in eyes.SIDES.items():
        brow = coverages.brows[side]
        labels[brow.patch.at][brow.cover > 0.02] = LABEL[f"{name}_brow"]
    return labels


def _mouth(look, lips, labels):
    region = labels[lips.patch.at]
    across = lips.x / (lips.half + 4.5)
    top, bottom = nose.tip(look) + 2.0 - lips.middle, lips.bottom + 3.0
    corner = np.abs(across)
    lifted = top + 7.0 * corner * corner * corner
    inside = (corner < 1.0) & (lips.y > lifted - 3.0 * look.mouth_curve * corner) & (lips.y < bottom)
    inside |= lips.lips > 0.3
    region[inside] = LABEL["mouth"]
