"""Divide the coarse parts of a drawn face into fine ones, along the curves by which the face was drawn.

A fine part is the place where something is drawn, whether or not it shows: every face has crow's feet, but those of a
smooth skin are not furrowed. It takes pixels of its coarse part only, and the first one to take a pixel keeps it.

The coarse parts of a drawn face limit the fine ones. The coarse eye includes the bag under it: a cheek has only the
last of the bag's dark edge, and the bag is in the rest of the eye. The coarse mouth begins at the nose: no philtrum is
left for the jaw, it is in the rest of the mouth.
"""

import numpy as np

from facelrp.faces.parts import LABEL
from facelrp.generator import eyes, head, nose, skin
from facelrp.generator.canvas import bump


def divide(look, frame, coverages, labels):
    """Replace labels of coarse parts by those of their fine parts, in place.

    Parameters
    ----------
    look : Look
    frame : Frame
    coverages : facelrp.generator.parts.Coverages
    labels : ndarray of uint8, shape (SIZE, SIZE)
        Coarse parts only.
    """
    for patch, _ in coverages.ears:
        _take(labels, patch, "ears", {"earlobes": patch.y > head.lobes(look)})
    _forehead(frame, coverages.brows, labels)
    for name, side in eyes.SIDES.items():
        _eye(coverages.eyes[side], name, labels)
        _crows_feet(look, frame, side, name, labels)
    _nose(look, frame, labels)
    _cheeks(look, frame, coverages.mouth, labels)
    _mouth(coverages.mouth, labels)
    _chin(look, frame, labels)


def _take(labels, patch, coarse, fine):
    """Give pixels of a coarse part to its fine parts: {name: ndarray of bool over the patch}, the first one first."""
    region = labels[patch.at]
    for name, inside in fine.items():
        np.copyto(region, LABEL[name], where=inside & (region == LABEL[coarse]))


def _forehead(frame, brows, labels):
    # The ends of both brows mirror each other. The skin between them ends where the nose begins.
    away, height = brows[1.0].inner_end
    top = height - brows[1.0].half
    patch = frame.patch(-away, top, away, nose.TOP)
    between = (np.abs(patch.x) < away) & (patch.y > top) & (patch.y < nose.TOP)
    _take(labels, patch, "forehead", {"glabella": between})
    away = brows[1.0].outer_end
    for side, brow in brows.items():
        _take(labels, brow.patch, "forehead", {"under_brows": (brow.y > 0.0) & (np.abs(brow.along) < 1.0)})
        near, far = sorted((side * away, side * 70.0))
        patch = frame.patch(near, -70.0, far, 0.0)
        _take(labels, patch, "forehead", {"temples": patch.x * side > away})


def _eye(eye, name, labels):
    between = eye.within > 0.5
    above = eye.y < (eye.upper + eye.lower) * 0.5
    lids = {
        f"{name}_eye_opening": eye.open > 0.5,
        f"{name}_upper_lid": between & above & (eye.crease > 0.0),
        f"{name}_lower_lid": between & ~above & (eye.y < eye.lower + eyes.LOWER_LID),
    }
    _take(labels, eye.patch, f"{name}_eye", lids)
    bag = (eye.bag_ends > 0.5) & (eye.y > eye.lower) & (eye.bag < eyes.BAG_EDGE)
    _take(labels, eye.patch, f"{name}_cheek", {f"{name}_eye_bag": bag})


def _crows_feet(look, frame, side, name, labels):
    x, y = eyes.centre(look, side)
    near, far = sorted((x + side * 14.0, x + side * 28.0))
    patch = frame.patch(near, y - 11.0, far, y + 13.0)
    ends, lines = skin.crows_feet_lines((patch.x - x) * side, patch.y - y)
    feet = (ends > 0.5) & (lines[0] > -skin.CROWS_FOOT) & (lines[-1] < skin.CROWS_FOOT)
    _take(labels, patch, f"{name}_cheek", {f"{name}_crows_feet": feet})


def _nose(look, frame, labels):
    base, half = nose.tip(look), nose.wing(look)
    patch = frame.patch(-half - 3.0, base - 16.0, half + 3.0, base + 3.0)
    x, y = patch.x, patch.y - base
    away = np.abs(x)
    tip, wings = nose.tip_hill(look, x, y), nose.wing_hill(look, away, y)
    parts = {
        "nostrils": nose.nostril(look, away, y) > 0.5,
        # A pixel belongs to the hill that raises it more, and a wing ends with its crease.
        "alae": (wings > tip) & (nose.crease(look, away, y) < 1.0),
        # Below the middle of its hill, the tip goes on between the nostrils.
        "nose_tip": nose.tip_hill(look, x, np.minimum(y, -7.0)) > 1.1,
    }
    _take(labels, patch, "nose", parts)
    # The bridge is the upper half of the ridge's height; the rest are the sides of the nose.
    patch = frame.patch(-half, nose.TOP, half, base - 7.0)
    across, _ = nose.ridge(look, patch.x, patch.y)
    _take(labels, patch, "nose", {"nose_bridge": (across * across > 0.5) & (patch.y < base - 7.0)})


def _cheeks(look, frame, lips, labels):
    dimples = lips.dimples > 0.1
    patch = frame.patch(-44.0, 32.0, 44.0, 68.0)
    across, ends = skin.nasolabial_fold(look, np.abs(patch.x), patch.y)
    low, high = skin.FOLD
    fold = (across > low) & (across < high) & (ends > 0.5)
    for name in eyes.SIDES:
        _take(labels, lips.patch, f"{name}_cheek", {f"{name}_dimple": dimples})
        _take(labels, patch, f"{name}_cheek", {f"{name}_nasolabial_fold": fold})


def _mouth(lips, labels):
    red = lips.lips > 0.5
    above = lips.y < (lips.upper + lips.lower) * 0.5
    _take(labels, lips.patch, "mouth", {"inner_mouth": lips.gap > 0.5, "upper_lip": red & above, "lower_lip": red})


def _chin(look, frame, labels):
    bottom, (across, down) = head.chin(look), skin.CHIN
    patch = frame.patch(-across, bottom - skin.CHIN_RISE - down, across, bottom + 8.0)
    # The hill of the chin, and below its middle all of the jaw under it.
    y = np.minimum(patch.y - bottom + skin.CHIN_RISE, 0.0)
    _take(labels, patch, "jaw", {"chin": bump(patch.x, y, across, down) > 0.0})
