"""Composites of two photographs, against masks made by hand and by loops over pixels."""

import numpy as np
import pytest
from scipy import ndimage

from facelrp.datasets.synthetic import look_of
from facelrp.faces.parts import LABEL, mask
from facelrp.faces.swaps import CONTROL, FEATURES, MARGIN, PARTS, SURROUNDINGS, composite, opacities
from facelrp.generator.draw import draw


def face(mouth_row=130, mouth_column=60):
    """A made-up face of skin, with a mouth of 10 × 40 pixels: rows and columns of its corner."""
    labels = np.full((227, 227), LABEL["background"], np.uint8)
    labels[20:200, 40:190] = LABEL["jaw"]
    labels[20:90, 40:190] = LABEL["forehead"]
    labels[20:30, 40:190] = LABEL["hair"]
    labels[mouth_row : mouth_row + 10, mouth_column : mouth_column + 40] = LABEL["mouth"]
    return labels


def of(part, own, other):
    return opacities(own, other)[[*PARTS, CONTROL].index(part)]


def test_all_of_a_part_in_either_photograph_is_swapped_and_nothing_far_away():
    own, other = face(), face(134, 66)
    either = mask(own, "mouth") | mask(other, "mouth")
    found = of("mouth", own, other)
    assert found[either].min() > 0.97
    # A distance of at most 2 + 4 pixels is opaque before it is softened; the filter reaches 8 pixels along both axes.
    assert (found[ndimage.distance_transform_edt(~either) > 6 + 8 * 2**0.5] == 0).all()
    # 6 and 7 pixels above the mouth's middle are on either side of the soft edge's middle.
    assert found[124, 80] > 0.5 > found[123, 80] > 0


def test_what_is_a_feature_in_either_photograph_belongs_to_it():
    own, other = face(130), face(150)
    found = dict(zip([*PARTS, CONTROL], opacities(own, other), strict=True))
    assert found["jaw"][mask(own, "mouth") | mask(other, "mouth")].max() < 0.03
    assert found["jaw"][180, 100] == 1
    assert (found["jaw"] + found["mouth"]).max() <= 1 + 1e-6
    assert set(FEATURES) | set(SURROUNDINGS) == set(PARTS)


def test_a_part_that_neither_photograph_shows_is_nowhere():
    own = face()
    assert of("brows", own, own).max() == 0
    other = own.copy()
    other[60:65, 60:80] = LABEL["left_brow"]
    assert of("brows", own, other)[62, 70] > 0.97
    assert of("brows", other, own)[62, 70] > 0.97


def test_the_control_is_a_mouth_s_worth_of_forehead_that_is_plain_in_both():
    own, other = face(), face(134, 66)
    other[52:60, 100:130] = LABEL["glabella"]
    found = of(CONTROL, own, other)
    plain = (own == LABEL["forehead"]) & (other == LABEL["forehead"])
    assert (ndimage.distance_transform_edt(plain)[found > 0] > MARGIN).all()
    assert found[62, 100] > 0.9
    # A fringe hides the forehead of one photograph: the control is empty.
    other[20:90] = LABEL["hair"]
    assert of(CONTROL, own, other).max() == 0


def test_composites_are_mixed_pixel_by_pixel():
    rng = np.random.default_rng(1)
    image, other = rng.integers(0, 256, (2, 6, 7, 3), dtype=np.uint8)
    swapped = rng.random((6, 7))
    swapped[:2] = 0
    swapped[2] = 1
    found = composite(image, other, swapped)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found[:2], image[:2])
    np.testing.assert_array_equal(found[2], other[2])
    for row, column, channel in np.ndindex(6, 7, 3):
        share = swapped[row, column]
        mixed = share * int(other[row, column, channel]) + (1 - share) * int(image[row, column, channel])
        assert found[row, column, channel] == pytest.approx(mixed, abs=0.5 + 1e-6)


@pytest.mark.parametrize("part", [*PARTS, CONTROL])
def test_swapping_with_the_same_photograph_changes_nothing(part):
    picture, labels = draw(look_of(1, 3))
    found = of(part, labels, labels)
    assert found.max() > 0.9
    np.testing.assert_array_equal(composite(picture, picture, found), picture)
