"""The label map of a drawn face: the part every pixel belongs to."""

import numpy as np

from facelrp.faces.parts import LABEL
from facelrp.generator import eyes, nose
from facelrp.generator.canvas import SIZE


def label(look, frame, rim, face, radii, locks, throat, sides, features):
    """Return the label map; the arguments are the coverages that the drawing made, from back to front."""
    labels = np.full((SIZE, SIZE), LABEL["background"], np.uint8)
    labels[locks.behind > 0.5] = LABEL["hair"]
    patch, neck = throat
    labels[patch.at][neck > 0.5] = LABEL["neck"]
    for patch, ear in sides:
        labels[patch.at][ear > 0.5] = LABEL["ears"]
    front = _front(look, frame, radii, features)
    labels = np.where(face > 0.5, front, labels)
    labels[locks.front > 0.5] = LABEL["hair"]
    labels[rim < 0.5] = LABEL["background"]
    return labels


def _front(look, frame, radii, features):
    both, (nose_patch, nose_cover), lips, brows = features
    x, y = frame.x, frame.y
    away = np.abs(x)
    labels = np.where(x < 0.0, np.uint8(LABEL["right_cheek"]), np.uint8(LABEL["left_cheek"]))
    chin = lips.middle + 7.0
    labels[(y > chin) | ((y > lips.middle - 22.0) & (radii > 0.8))] = LABEL["jaw"]
    labels[(y < -9.0) | ((y < 0.0) & (away < 9.0))] = LABEL["forehead"]
    for name, side in eyes.SIDES.items():
        eye = both[side]
        region = labels[eye.patch.at]
        wide, below = eye.half * 1.42, 14.0 + 3.0 * look.eye_bags
        middle = eye.x - 2.0
        height = np.where(eye.y < 0.0, np.float32(1.0 / 13.5), np.float32(1.0 / below))
        inside = (middle / wide) * (middle / wide) + (eye.y * height) * (eye.y * height) < 1.0
        region[inside] = LABEL[f"{name}_eye"]
    region = labels[nose_patch.at]
    region[nose_cover > 0.5] = LABEL["nose"]
    _mouth(look, lips, labels)
    for name, side in eyes.SIDES.items():
        patch, cover = brows[side]
        labels[patch.at][cover > 0.02] = LABEL[f"{name}_brow"]
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
