"""Occlude parts of a face with skin that continues the surroundings; a patch elsewhere serves as the control.

The paper's flat patch of one skin colour is the other fill.
"""

import math

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.linalg import splu

from facelrp.errors import InputError
from facelrp.faces.parts import mask

#: What a part is filled with: skin that continues its surroundings, or the face's median skin colour.
FILLS = ("surroundings", "skin")
#: The mouth replaced by the other fill, in scores, and in tables the difference between both.
OTHER_FILL, FILL_DIFFERENCE = "mouth_other_fill", "mouth_minus_other_fill"
#: Parts whose pixels are skin; their median is the colour to paint with.
SKIN = ("forehead", "right_cheek", "left_cheek")
#: Skin that belongs to no feature: the control covers nothing else.
PLAIN_SKIN = ("forehead", "cheeks", "jaw")
#: The control's patch has the shape of this part.
SHAPE_OF_CONTROL = "mouth"
#: A control of which less than this share of the mouth's area is skin is not shown.
LEAST_CONTROL = 0.5
#: Colours around a hole are medians over this distance along its rim, in pixels: hairs, lashes and moles would leave
#: streaks.
RIM = 5
#: Pixels that share an edge.
CROSS = ndimage.generate_binary_structure(2, 1)


def any_of(labels, parts):
    """Return the pixels of any of these parts, bool (H, W)."""
    return np.logical_or.reduce([mask(labels, part) for part in parts])


def skin_colour(image, labels):
    """Return the median colour (3,) of forehead and cheeks, float on the 0–255 scale.

    Raises
    ------
    InputError
        If the label map marks neither forehead nor cheeks.
    """
    skin = any_of(labels, SKIN)
    if not skin.any():
        raise InputError("no forehead and no cheeks are marked, so the skin's colour is unknown", "parts of a face")
    return np.median(image[skin], axis=0)


def skin_around(labels, covered):
    """Return the skin that may surround what is covered, bool (H, W): forehead, cheeks, nose without nostrils, jaw.

    Lids are skin for parts of the eyes only. Elsewhere they would bring the lashes' darkness into the fill.
    """
    skin = any_of(labels, (*PLAIN_SKIN, "nose")) & ~mask(labels, "nostrils")
    if (covered & mask(labels, "eyes")).any():
        skin |= any_of(labels, ("upper_lids", "lower_lids"))
    return skin


def control_mask(labels, part, clipped=False):
    """Return a patch with the size and shape of the mouth, centred on another part.

    Parameters
    ----------
    labels : ndarray of uint8, shape (H, W)
        Label map of `facelrp.faces.parts`.
    part : str
        Forehead, or a cheek.
    clipped : bool
        Leave out what is not plain skin: hair of a fringe, brows, eyes, nose, background.

    Returns
    -------
    ndarray of bool, shape (H, W)
        Empty if the face does not show the mouth or that part (a fringe can hide the forehead), or if clipping leaves
        less than half of the mouth's area.
    """
    shape, host = np.argwhere(mask(labels, SHAPE_OF_CONTROL)), np.argwhere(mask(labels, part))
    patch = np.zeros(labels.shape, dtype=bool)
    if len(shape) and len(host):
        moved = shape + np.rint(host.mean(axis=0) - shape.mean(axis=0)).astype(int)
        moved = moved[((moved >= 0) & (moved < labels.shape)).all(axis=1)]
        patch[tuple(moved.T)] = True
    if clipped:
        patch &= any_of(labels, PLAIN_SKIN)
        if patch.sum() < LEAST_CONTROL * len(shape):
            patch[:] = False
    return patch


def masks(labels, parts, control, clipped=False):
    """Return the masks of the pixels to paint over, bool (P + 1, H, W): one for each part, then the control's."""
    return np.stack([*(mask(labels, part) for part in parts), control_mask(labels, control, clipped)])


def window_around(covered, distance):
    """Return the window, as two slices, of all pixels within a distance in pixels from the covered ones."""
    found = ndimage.find_objects(covered.astype(np.uint8))[0]
    return tuple(slice(max(side.start - distance, 0), side.stop + distance) for side in found)


def soft_edge(covered, margin_pixels, softness_pixels):
    """Widen what is covered, and soften its edge.

    Parameters
    ----------
    covered : ndarray of bool, shape (H, W)
        At least one pixel.
    margin_pixels, softness_pixels
        See `paint`.

    Returns
    -------
    window : tuple of slice
        Nothing is covered outside it.
    opacity : ndarray of float32, shape of the window
        From 0 to 1.
    """
    # The middle of the soft edge is two standard deviations outside the widened part, which stays nearly opaque.
    reach = margin_pixels + round(2 * softness_pixels)
    # The filter is cut off at four standard deviations: nothing changes beyond.
    around = reach + round(4 * softness_pixels) + 1
    window = window_around(covered, around)
    widened = ndimage.distance_transform_edt(~covered[window]) <= reach
    return window, ndimage.gaussian_filter(widened.astype(np.float32), softness_pixels)


def paint(image, covered, colour, margin_pixels, softness_pixels):
    """Paint pixels over with one colour. Soft edges avoid new contours.

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
    if covered.any():
        window, opacity = soft_edge(covered, margin_pixels, softness_pixels)
        opacity = opacity[..., None]
        painted[window] = np.rint(opacity * colour + (1 - opacity) * image[window])
    return painted


def continue_surroundings(image, covered, skin, colour, margin_pixels, softness_pixels):
    """Fill pixels so that the skin around them continues smoothly.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    covered : ndarray of bool, shape (H, W)
        All of it is filled.
    skin : ndarray of bool, shape (H, W)
        The skin around: only this gives colours, and beyond the covered pixels only this is painted over.
    colour : array_like of float, shape (3,)
        For a covered region that touches no such skin.
    margin_pixels : int
        The skin within this margin is filled, too.
    softness_pixels : float
        The fill reaches twice as far beyond the margin, and fades to the image there, as well as over this many pixels
        towards what is neither covered nor skin.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    filled = image.copy()
    if not covered.any():
        return filled
    reach = margin_pixels + round(2 * softness_pixels)
    # Nothing further away counts: the hole's rim, and what is so near the hole that the fill fades towards it.
    window = window_around(covered, reach + 1 + math.ceil(softness_pixels))
    old, covered, skin = image[window], covered[window], skin[window]
    distance = ndimage.distance_transform_edt(~covered)
    hole = covered | (skin & (distance <= reach))
    opacity = np.clip((reach + 1 - distance) / (reach + 1 - margin_pixels), 0, 1)
    paintable = covered | skin
    if not paintable.all():
        # Labels end at whole pixels, but brows and hair do not: a full fill would show the steps.
        opacity *= np.clip(ndimage.distance_transform_edt(paintable) / (1 + softness_pixels), 0, 1)
    opacity[covered] = 1
    rim = ndimage.binary_dilation(hole, CROSS) & skin & ~hole
    values = np.zeros(old.shape)
    values[rim] = rim_colours(old, rim)
    new = np.where(hole[..., None], harmonic(values, hole, rim, colour), old)
    opacity = opacity[..., None] * hole[..., None]
    # Without the inner rounding, a half would become another whole number on another processor.
    filled[window] = np.rint(np.round(opacity * new + (1 - opacity) * old, 6))
    return filled


def rim_colours(image, rim):
    """Return the median colour (N, 3) of the rim's pixels near each of its N pixels, float."""
    side = 2 * RIM + 1
    padded = np.pad(np.where(rim[..., None], image, np.inf), ((RIM, RIM), (RIM, RIM), (0, 0)), constant_values=np.inf)
    near = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))[rim]
    near = np.sort(near.reshape(*near.shape[:2], side * side), axis=2)
    count = np.isfinite(near).sum(axis=2, keepdims=True)
    low, high = (np.take_along_axis(near, which, axis=2)[..., 0] for which in ((count - 1) // 2, count // 2))
    return (low + high) / 2


def harmonic(values, hole, rim, colour):
    """Solve Laplace's equation in a hole, for each channel: every pixel is the mean of its neighbours.

    Parameters
    ----------
    values : ndarray of float, shape (H, W, C)
        The rim's values are given.
    hole, rim : ndarray of bool, shape (H, W)
        At pixels that are neither, nothing flows into the hole: they are no neighbours.
    colour : array_like of float, shape (C,)
        The value of regions of the hole that touch no rim.

    Returns
    -------
    ndarray of float, shape (H, W, C)
        The values, with the hole's filled in.
    """
    regions, count = ndimage.label(hole, CROSS)
    touching = np.zeros(count + 1, dtype=bool)
    touching[regions[ndimage.binary_dilation(rim, CROSS) & hole]] = True
    solved = values.copy()
    solved[hole] = colour
    hole = touching[regions]
    unknowns = np.count_nonzero(hole)
    if not unknowns:
        return solved
    number = np.full(hole.shape, -1)
    number[hole] = np.arange(unknowns)
    neighbours, given = np.zeros(hole.shape), np.zeros(values.shape)
    edges = []
    forwards, backwards = slice(1, None), slice(None, -1)
    for here, there in ((forwards, backwards), (backwards, forwards)):
        for one, other in (((here,), (there,)), ((slice(None), here), (slice(None), there))):
            inner, outer = hole[one] & hole[other], hole[one] & rim[other]
            neighbours[one] += inner | outer
            given[one] += values[other] * outer[..., None]
            edges.append((number[one][inner], number[other][inner]))
    rows, columns = np.concatenate(edges, axis=1)
    diagonal = np.arange(unknowns)
    entries = np.concatenate([neighbours[hole], np.full(len(rows), -1.0)])
    where = np.concatenate([diagonal, rows]), np.concatenate([diagonal, columns])
    laplacian = sparse.csc_array((entries, where), shape=(unknowns, unknowns))
    # The matrix is symmetric and positive definite: its own order of elimination needs no pivots.
    factors = splu(laplacian, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    solved[hole] = factors.solve(given[hole])
    return solved


def occlude(image, labels, parts, control, margin_pixels, softness_pixels, fill="surroundings"):
    """Return copies of a face, each with one part replaced by the face's own skin.

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
        See `continue_surroundings` and `paint`.
    fill : {"surroundings", "skin"}
        `continue_surroundings`, with the control clipped to plain skin; or `paint`, the paper's flat patch of
        `skin_colour`, with the control not clipped.

    Returns
    -------
    images : ndarray of uint8, shape (P + 1, H, W, 3)
        The control comes last. If the face does not show a part, the image is unchanged.
    covered : ndarray of bool, shape (P + 1, H, W)
        See `masks`.

    Raises
    ------
    InputError
        If the label map marks no skin, or the fill is unknown.
    """
    if fill not in FILLS:
        raise InputError(f"no fill is called {fill!r}", "fill", f"choose from: {', '.join(FILLS)}")
    covered, colour = masks(labels, parts, control, clipped=fill == "surroundings"), skin_colour(image, labels)
    widths = (margin_pixels, softness_pixels)
    if fill == "skin":
        return np.stack([paint(image, one, colour, *widths) for one in covered]), covered
    skins = [*(skin_around(labels, one) for one in covered[:-1]), any_of(labels, PLAIN_SKIN)]
    images = [continue_surroundings(image, *both, colour, *widths) for both in zip(covered, skins, strict=True)]
    return np.stack(images), covered


def with_other_fill(image, labels, **patches):
    """Return a face with the mouth replaced by the fill that is not used otherwise: ndarray of uint8, (H, W, 3).

    ``patches`` are the other arguments of `occlude`.
    """
    other = next(fill for fill in FILLS if fill != patches["fill"])
    return occlude(image, labels, **patches | {"parts": ["mouth"], "fill": other})[0][0]
