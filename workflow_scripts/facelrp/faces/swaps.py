"""Swap a part between two aligned photographs of the same person.

A photograph cannot be drawn again with another mouth, but the person's other photograph has one. Colours are left as
they are: if the two photographs differ in exposure, a swapped part differs in exposure, too, and a control shows what
that does, the same swap of plain skin of the forehead.
"""

import numpy as np
from scipy import ndimage

from facelrp.faces.occlusion import PLAIN_SKIN, any_of, control_mask, soft_edge
from facelrp.faces.parts import mask

#: The coarse parts of a face that are swapped; left and right together.
FEATURES, SURROUNDINGS = ("brows", "eyes", "nose", "mouth"), ("cheeks", "jaw", "forehead", "hair")
PARTS = FEATURES + SURROUNDINGS
#: A patch of skin with the size and shape of the mouth, on the forehead, where no expression shows.
CONTROL, HOST = "control", "forehead"
#: The whole photograph, among the names of parts.
ALL = "all"
#: Parts of the forehead that move with the brows: the control leaves them out.
EXPRESSIVE = ("glabella", "under_brows")
#: A part is widened by this margin, in pixels, and fades over its edge with this standard deviation, as occlusion does.
MARGIN, SOFTNESS = 2, 2.0


def opacities(own, other):
    """Return how much of each pixel is swapped with each part.

    What is the part in either photograph is swapped, so that none of the own part remains. Where this is a feature in
    one photograph and its surroundings in the other, it belongs to the feature: otherwise the corners of a smile would
    be swapped with the cheeks, too.

    Parameters
    ----------
    own, other : ndarray of uint8, shape (H, W)
        Label maps of both photographs, see `facelrp.faces.parts`.

    Returns
    -------
    ndarray of float, shape (P + 1, H, W)
        From 0, where the pixels stay, to 1, for `PARTS` and the control, see `control_opacity`; 0 everywhere if neither
        photograph shows the part.
    """
    features = [softened(mask(own, part) | mask(other, part)) for part in FEATURES]
    left = 1 - np.max(features, axis=0)
    around = [left * softened(mask(own, part) | mask(other, part)) for part in SURROUNDINGS]
    return np.stack([*features, *around, control_opacity(own, other)])


def control_opacity(own, other):
    """Return how much of each pixel is swapped as the control, see `opacities`.

    It stays within skin that is plain in both photographs, without glabella and what is under the brows, and `MARGIN`
    pixels away from anything else.
    """
    covered = control_mask(own, HOST, clipped=True) | control_mask(other, HOST, clipped=True)
    plain = [any_of(labels, PLAIN_SKIN) & ~any_of(labels, EXPRESSIVE) for labels in (own, other)]
    allowed = ndimage.distance_transform_edt(plain[0] & plain[1]) > MARGIN
    return softened(covered & allowed) * allowed


def softened(covered):
    """Return covered pixels with a margin and a soft edge, 0 to 1: ndarray of float, shape (H, W)."""
    soft = np.zeros(covered.shape)
    if covered.any():
        window, opacity = soft_edge(covered, MARGIN, SOFTNESS)
        soft[window] = opacity
    return soft


def composite(image, other, swapped):
    """Return a photograph with pixels of another one.

    Parameters
    ----------
    image, other : ndarray of uint8, shape (H, W, 3)
    swapped : ndarray of float, shape (H, W)
        One of `opacities`.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        Pixels that are not swapped are the same.
    """
    swapped = swapped[..., None]
    # Without the inner rounding, a half would become another whole number on another processor.
    return np.rint(np.round(swapped * other + (1 - swapped) * image, 6)).astype(np.uint8)
