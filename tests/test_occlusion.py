"""Occlusion: the part goes, the rest stays, no new edge."""

import numpy as np
import pytest

from facelrp.errors import InputError
from facelrp.occlusion import occlude, skin_colour
from facelrp.regions import LABEL, mask

SKIN = (200, 150, 120)


@pytest.fixture
def face():
    """Skin all over, with a dark square for the mouth and one for each eye."""
    image = np.full((227, 227, 3), SKIN, dtype=np.uint8)
    labels = np.full((227, 227), LABEL["forehead"], dtype=np.uint8)
    for part, rows, columns in (
        ("mouth", slice(150, 170), slice(90, 130)),
        ("right_eye", slice(80, 95), slice(50, 80)),
        ("left_eye", slice(80, 95), slice(140, 170)),
    ):
        image[rows, columns] = 20
        labels[rows, columns] = LABEL[part]
    return image, labels


def test_skin_colour_is_the_median_of_the_skin(face):
    assert tuple(skin_colour(*face)) == SKIN


def test_the_part_is_painted_over_and_the_rest_stays(face):
    image, labels = face
    painted = occlude(image, labels, "mouth", margin=2, softness=2.0)
    assert np.abs(painted[mask(labels, "mouth")].astype(int) - SKIN).max() <= 1
    assert np.array_equal(painted[:120], image[:120])
    assert np.array_equal(face[0], image)


def test_a_group_of_parts_is_painted_as_one(face):
    image, labels = face
    painted = occlude(image, labels, "eyes", margin=2, softness=2.0)
    assert np.abs(painted[mask(labels, "eyes")].astype(int) - SKIN).max() <= 1
    assert np.array_equal(painted[140:], image[140:])


def test_edges_are_soft(face):
    image, labels = face
    around = (slice(120, 200), slice(60, 160))
    image[around] = 0
    labels[around] = np.where(mask(labels, "mouth")[around], LABEL["mouth"], LABEL["jaw"])
    profile = occlude(image, labels, "mouth", margin=2, softness=2.0)[120:160, 110, 0].astype(int)
    assert (profile[0], profile[-1]) == (0, SKIN[0])
    assert np.diff(profile).min() >= 0
    assert np.diff(profile).max() <= SKIN[0] / 4


def test_a_face_without_skin_is_refused(face):
    image, labels = face
    with pytest.raises(InputError, match="skin"):
        occlude(image, np.zeros_like(labels), "mouth", 2, 2.0)
