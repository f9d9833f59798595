"""Parts of the face painted over with the face's own skin colour, and a patch of skin as the control."""

import numpy as np
from scipy import ndimage

from facelrp.errors import InputError
from facelrp.faces.parts import mask

#: Parts whose pixels are skin; their median is the colour to paint with.
SKIN = ("forehead", "right_cheek", "left_cheek")
#: The part whose shape the control has.
SHAPE_OF_CONTROL = "mouth"


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


def control_mask(labels, place):
    """Return a patch as large as the mouth, and of its shape, centred on another part.

    Parameters
    ----------
    labels : ndarray of uint8, shape (H, W)
    place : str
        Where to put it: forehead, or a cheek.

    Returns
    -------
    ndarray of bool, shape (H, W)
        Empty where the face shows no mouth or not that place (a fringe can hide the forehead).
    """
    shape, host = np.argwhere(mask(labels, SHAPE_OF_CONTROL)), np.argwhere(mask(labels, place))
    patch = np.zeros(labels.shape, dtype=bool)
    if len(shape) and len(host):
        moved = shape + np.rint(host.mean(axis=0) - shape.mean(axis=0)).astype(int)
        moved = moved[((moved >= 0) & (moved < labels.shape)).all(axis=1)]
        patch[tuple(moved.T)] = True
    return patch


def masks(labels, parts, control):
    """Return what is to be painted over, bool (P + 1, H, W): each of the parts, then the control's patch."""
    return np.stack([*(mask(labels, part) for part in parts), control_mask(labels, control)])


def paint(image, covered, colour, margin, softness):
    """Paint pixels over with a colour, with soft edges that make no new contour.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    covered : ndarray of bool, shape (H, W)
    colour : array_like of float, shape (3,)
    margin : int
        Pixels by which the covered part is widened, so that all of it is painted over.
    softness : float
        Standard deviation of the edge in pixels.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)

    References
    ----------
    Arbabzadah et al. (2016), sec. 3.7: skin colour "to reduce visual artefacts".
    """
    painted = image.copy()
    if not covered.any():
        return painted
    # The edge falls off outside the widened part: two standard deviations further out it begins.
    reach = margin + round(2 * softness)
    # Four standard deviations beyond, where the filter is cut off, nothing changes any more.
    around = reach + round(4 * softness) + 1
    rows, columns = ndimage.find_objects(covered.astype(np.uint8))[0]
    window = tuple(slice(max(found.start - around, 0), found.stop + around) for found in (rows, columns))
    widened = ndimage.distance_transform_edt(~covered[window]) <= reach
    opacity = ndimage.gaussian_filter(widened.astype(np.float32), softness)[..., None]
    painted[window] = np.rint(opacity * colour + (1 - opacity) * image[window])
    return painted


def occlude(image, labels, parts, margin, softness, control):
    """Return a face with each of several parts painted over in its own skin colour, all in the same way.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    labels : ndarray of uint8, shape (H, W)
        Label map of `facelrp.faces.parts`.
    parts : sequence of str
        Parts or groups of parts.
    margin, softness
        See `paint`.
    control : str
        Where the control's patch lies, see `control_mask`.

    Returns
    -------
    images : ndarray of uint8, shape (P + 1, H, W, 3)
        The control last. Where a face does not show a part, the image as it is.
    covered : ndarray of bool, shape (P + 1, H, W)
        See `masks`.
    """
    covered, colour = masks(labels, parts, control), skin_colour(image, labels)
    return np.stack([paint(image, one, colour, margin, softness) for one in covered]), covered
