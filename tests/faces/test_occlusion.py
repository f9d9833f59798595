"""Occlusion: the part disappears, the rest stays, and there is no new edge."""

import numpy as np
import pytest
from scipy import ndimage

from facelrp.errors import InputError
from facelrp.faces.occlusion import control_mask, occlude, paint, skin_colour
from facelrp.faces.parts import LABEL, mask

SKIN = (200, 150, 120)


@pytest.fixture
def face():
    """Skin everywhere, with a dark rectangle for the mouth and for each eye."""
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


def painted_over(face, part):
    """The face with one part painted over."""
    return occlude(*face, [part], "forehead", margin_pixels=2, softness_pixels=2.0)[0][0]


def test_skin_colour_is_the_median_of_the_skin(face):
    assert tuple(skin_colour(*face)) == SKIN


def test_the_part_is_painted_over_and_the_rest_stays(face):
    image, labels = face
    painted = painted_over(face, "mouth")
    assert np.abs(painted[mask(labels, "mouth")].astype(int) - SKIN).max() <= 1
    assert np.array_equal(painted[:120], image[:120])
    assert np.array_equal(face[0], image)


def test_a_group_of_parts_is_painted_together(face):
    image, labels = face
    painted = painted_over(face, "eyes")
    assert np.abs(painted[mask(labels, "eyes")].astype(int) - SKIN).max() <= 1
    assert np.array_equal(painted[140:], image[140:])


def test_edges_are_soft(face):
    image, labels = face
    around = (slice(120, 200), slice(60, 160))
    image[around] = 0
    labels[around] = np.where(mask(labels, "mouth")[around], LABEL["mouth"], LABEL["jaw"])
    profile = painted_over(face, "mouth")[120:160, 110, 0].astype(int)
    assert (profile[0], profile[-1]) == (0, SKIN[0])
    assert np.diff(profile).min() >= 0
    assert np.diff(profile).max() <= SKIN[0] / 4


def test_a_face_without_skin_is_refused(face):
    image, labels = face
    with pytest.raises(InputError, match="skin"):
        painted_over((image, np.zeros_like(labels)), "mouth")


def test_painting_in_a_window_equals_painting_the_whole_image():
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (80, 90, 3), dtype=np.uint8)
    covered = np.zeros((80, 90), dtype=bool)
    covered[30:41, 2:20] = covered[35, 60] = True
    widened = ndimage.distance_transform_edt(~covered) <= 2 + 4
    opacity = ndimage.gaussian_filter(widened.astype(np.float32), 2.0)[..., None]
    expected = np.rint(opacity * SKIN + (1 - opacity) * image).astype(np.uint8)
    np.testing.assert_array_equal(paint(image, covered, np.array(SKIN, float), 2, 2.0), expected)


def test_the_control_has_the_size_of_the_mouth_and_is_elsewhere(face):
    labels = face[1]
    labels[:, :20] = LABEL["background"]
    labels[90:180, 20:60][labels[90:180, 20:60] == LABEL["forehead"]] = LABEL["right_cheek"]
    patch = control_mask(labels, "right_cheek")
    assert patch.sum() == mask(labels, "mouth").sum()
    assert not (patch & mask(labels, "mouth")).any()
    np.testing.assert_allclose(np.argwhere(patch).mean(0), np.argwhere(mask(labels, "right_cheek")).mean(0), atol=0.5)


def test_parts_that_a_face_does_not_show_change_nothing(face):
    image, labels = face
    images, covered = occlude(image, labels, ["ears", "mouth"], "left_cheek", 2, 2.0)
    assert covered.any(axis=(1, 2)).tolist() == [False, True, False]
    np.testing.assert_array_equal(images[0], image)
    np.testing.assert_array_equal(images[2], image)
