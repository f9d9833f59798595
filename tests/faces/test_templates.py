"""Label maps drawn from outlines, checked pixel by pixel."""

import numpy as np
import pytest

from facelrp.faces.parts import LABEL, PARTS, mask
from facelrp.faces.templates import FFHQ_SIDE, ffhq_outlines, fit_label_map, label_map


def test_a_pixel_belongs_to_the_part_that_covers_its_centre():
    square = [(2.4, 3.4), (6.6, 3.4), (6.6, 5.6), (2.4, 5.6)]
    expected = np.zeros((10, 10), np.uint8)
    expected[3:6, 2:7] = LABEL["nose"]
    np.testing.assert_array_equal(label_map([("nose", square)], size=10), expected)


def test_later_parts_cover_earlier_ones():
    whole = [(0, 0), (8, 0), (8, 8), (0, 8)]
    labels = label_map([("jaw", whole), ("mouth", np.array(whole) / 2)], size=8)
    assert (labels[:4, :4] == LABEL["mouth"]).all()
    assert (labels == LABEL["jaw"]).sum() == 64 - 16


def test_outlines_may_reach_beyond_the_map():
    assert (label_map([("hair", [(-50, -50), (50, -50), (50, 50), (-50, 50)])], size=8) == LABEL["hair"]).all()


@pytest.fixture(scope="module")
def ffhq():
    return fit_label_map(ffhq_outlines(), (FFHQ_SIDE, FFHQ_SIDE))


def test_ffhq_has_every_part(ffhq):
    assert ffhq.shape == (227, 227)
    assert ffhq.dtype == np.uint8
    assert set(np.unique(ffhq)) == set(range(len(PARTS)))


def test_ffhq_is_symmetric(ffhq):
    for part in PARTS:
        other = part.replace("right", "left") if "right" in part else part.replace("left", "right")
        mirrored = mask(ffhq, other)[:, ::-1]
        assert (mask(ffhq, part) != mirrored).mean() < 0.003, part


@pytest.mark.parametrize(
    ("part", "x", "y"), [("right_eye", 382, 481), ("left_eye", 641, 481), ("mouth", 512, 760), ("nose", 512, 620)]
)
def test_ffhq_parts_are_at_their_expected_positions(ffhq, part, x, y):
    """The right eye is the person's right: it is on the left of the image."""
    assert ffhq[y * 227 // FFHQ_SIDE, x * 227 // FFHQ_SIDE] == LABEL[part]
    # In pixels of the map, within the accuracy of the traced outline.
    found = np.argwhere(mask(ffhq, part)).mean(axis=0)[::-1]
    np.testing.assert_allclose(found, np.array([x, y]) * 227 / FFHQ_SIDE, atol=8)
