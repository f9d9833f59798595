"""Parts of a face painted over with the face's own skin colour."""

import numpy as np
from scipy import ndimage

from .errors import InputError
from .regions import mask

#: Parts whose pixels are skin; their median is the colour to paint with.
SKIN = ("forehead", "right_cheek", "left_cheek")


def skin_colour(image, labels):
    """Return the median colour (3,) of forehead and cheeks, float on the 0–255 scale.

    Raises
    ------
    InputError
        If the label map marks neither forehead nor cheeks.
    """
    skin = np.logical_or.reduce([mask(labels, part) for part in SKIN])
    if not skin.any():
        raise InputError("no forehead and no cheeks are marked, so the skin's colour is unknown", "parts of a face")
    return np.median(image[skin], axis=0)


def occlude(image, labels, part, margin, softness):
    """Paint a part over with skin colour, with soft edges that make no new contour.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    labels : ndarray of uint8, shape (H, W)
        Label map of `facelrp.regions`.
    part : str
        A part or a group of parts.
    margin : int
        Pixels by which the part is widened, so that all of it is covered.
    softness : float
        Standard deviation of the edge in pixels.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)

    References
    ----------
    Arbabzadah et al. (2016), sec. 3.7: skin colour "to reduce visual artefacts".
    """
    # The edge falls off outside the widened part: two standard deviations further out it begins.
    reach = margin + round(2 * softness)
    covered = ndimage.distance_transform_edt(~mask(labels, part)) <= reach
    opacity = ndimage.gaussian_filter(covered.astype(np.float32), softness)[..., None]
    painted = opacity * skin_colour(image, labels) + (1 - opacity) * image
    return np.rint(painted).astype(np.uint8)
