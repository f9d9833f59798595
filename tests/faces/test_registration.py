"""Alignment of faces: points reach their targets, sums stay the same."""

import numpy as np
import pytest
from scipy import ndimage

from facelrp.faces.parts import LABEL
from facelrp.faces.registration import affine, align, centres, find_piece


@pytest.fixture
def transform():
    """An affine map that rotates, stretches and shifts."""
    return np.array([[0.9, -0.2, 14.0], [0.1, 1.1, -3.0]])


def test_an_affine_map_is_found_from_three_points(transform):
    points = np.array([[10.0, 20.0], [50.0, 18.0], [32.0, 60.0]])
    np.testing.assert_allclose(affine(points, points @ transform[:, :2].T + transform[:, 2]), transform, atol=1e-9)


def test_pixels_at_a_point_move_to_its_target(transform):
    image = np.zeros((80, 90))
    image[40, 30] = 1
    image = ndimage.gaussian_filter(image, 2)
    x, y = transform @ [30, 40, 1]
    moved = align(image, transform)
    np.testing.assert_allclose(ndimage.center_of_mass(moved), (y, x), atol=0.05)
    assert align(image, transform, density=True).sum() == pytest.approx(image.sum(), rel=0.01)
    np.testing.assert_allclose(align(np.stack([image, image], 2), transform)[..., 1], moved)


def test_the_identity_leaves_an_image_unchanged():
    image = np.random.default_rng(1).normal(size=(20, 30))
    np.testing.assert_allclose(align(image, np.eye(2, 3), density=True), image)


def test_centres_of_parts():
    labels = np.zeros((20, 20), dtype=np.uint8)
    labels[4:7, 10:13] = LABEL["mouth"]
    found = centres(labels, ["mouth", "nose"])
    np.testing.assert_array_equal(found[0], [11, 5])
    assert np.isnan(found[1]).all()


def test_a_shifted_piece_is_found():
    image = np.random.default_rng(2).normal(128, 40, (60, 70))
    shift, score = find_piece(image, (20, 20, 40, 35), np.roll(image, (3, -5), (0, 1)), (0, 0), 10)
    assert tuple(shift) == (-5, 3)
    assert score > 0.99
