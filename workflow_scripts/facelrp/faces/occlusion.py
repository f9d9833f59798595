"""Occlude parts of a face with the face's own skin colour; a patch of skin serves as the control."""

import numpy as np
from scipy import ndimage

from facelrp.errors import InputError
from facelrp.faces.parts import mask

#: Parts whose pixels are skin; their median is the colour to paint with.
SKIN = ("forehead", "right_cheek", "left_cheek")
#: The control's patch has the shape of this part.
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


def control_mask(labels, part):
    """Return a patch with the size and shape of the mouth, centred on another part.

    Parameters
    ----------
    labels : ndarray of uint8, shape (H, W)
        Label map of `facelrp.faces.parts`.
    part : str
        Forehead, or a cheek.

    Returns
    -------
    ndarray of bool, shape (H, W)
        Empty if the face does not show the mouth or that part (a fringe can hide the forehead).
    """
    shape, host = np.argwhere(mask(labels, SHAPE_OF_CONTROL)), np.argwhere(mask(labels, part))
    patch = np.zeros(labels.shape, dtype=bool)
    if len(shape) and len(host):
        moved = shape + np.rint(host.mean(axis=0) - shape.mean(axis=0)).astype(int)
        moved = moved[((moved >= 0) & (moved < labels.shape)).all(axis=1)]
        patch[tuple(moved.T)] = True
    return patch


def masks(labels, parts, control):
    """Return the masks of the pixels to paint over, bool (P + 1, H, W): one for each part, then the control's."""
    return np.stack([*(mask(labels, part) for part in parts), control_mask(labels, control)])


def paint(image, covered, colour, margin_pixels, softness_pixels):
    """Paint pixels over with a colour. Soft edges avoid new contours.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    covered : ndarray of bool, shape (H, W)
    colour : array_like of float, shape (3,)
    margin_pixels : int
        The covered part is widened by this margin, so that all of it is painted over.
    softness_pixels : float
        Standard deviation of the edge.

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
    # The middle of the soft edge is two standard deviations outside the widened part, which stays nearly opaque.
    reach = margin_pixels + round(2 * softness_pixels)
    # The filter is cut off at four standard deviations: nothing changes beyond.
    around = reach + round(4 * softness_pixels) + 1
    rows, columns = ndimage.find_objects(covered.astype(np.uint8))[0]
    window = tuple(slice(max(found.start - around, 0), found.stop + around) for found in (rows, columns))
    widened = ndimage.distance_transform_edt(~covered[window]) <= reach
    opacity = ndimage.gaussian_filter(widened.astype(np.float32), softness_pixels)[..., None]
    painted[window] = np.rint(opacity * colour + (1 - opacity) * image[window])
    return painted


def occlude(image, labels, parts, control, margin_pixels, softness_pixels):
    """Return copies of a face, each with one part painted over in the face's own skin colour.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    labels : ndarray of uint8, shape (H, W)
        Label map of `facelrp.faces.parts`.
    parts : sequence of str
        Parts or groups of parts.
    control : str
        The part that the control's patch is centred on, see `control_mask`.
    margin_pixels, softness_pixels
        See `paint`.

    Returns
    -------
    images : ndarray of uint8, shape (P + 1, H, W, 3)
        The control comes last. If the face does not show a part, the image is unchanged.
    covered : ndarray of bool, shape (P + 1, H, W)
        See `masks`.
    """
    covered, colour = masks(labels, parts, control), skin_colour(image, labels)
    return np.stack([paint(image, one, colour, margin_pixels, softness_pixels) for one in covered]), covered
