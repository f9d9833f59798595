"""Occlusion: the part disappears, the rest stays, and there is no new edge."""

import numpy as np
import pytest
from scipy import ndimage

from facelrp.errors import InputError
from facelrp.faces import occlusion
from facelrp.faces.occlusion import FILLS, control_mask, harmonic, occlude, paint, skin_colour
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


@pytest.fixture(params=["ramp", "saddle"])
def shaded(request, face):
    """A face with smooth light instead of one colour, and the same without mouth and eyes.

    Both lights are harmonic: every pixel is the mean of its neighbours.
    """
    y, x = np.mgrid[-113.0:114, -113:114]
    light = 0.4 * x - 0.2 * y if request.param == "ramp" else (x**2 - y**2) / 400
    bare = np.rint(np.array(SKIN) + light[..., None] * [1, 0.8, 0.6]).astype(np.uint8)
    return np.where(face[1][..., None] == LABEL["forehead"], bare, 20).astype(np.uint8), face[1], bare


def painted_over(face, part, fill="surroundings"):
    """The face with one part painted over."""
    return occlude(*face, [part], "forehead", margin_pixels=2, softness_pixels=2.0, fill=fill)[0][0]


def steps(image, rows, columns):
    """The largest difference of neighbouring pixels in a window."""
    window = image[rows, columns].astype(int)
    return max(np.abs(np.diff(window, axis=axis)).max() for axis in (0, 1))


def test_skin_colour_is_the_median_of_the_skin(face):
    assert tuple(skin_colour(*face)) == SKIN


@pytest.mark.parametrize("fill", FILLS)
def test_the_part_is_painted_over_and_the_rest_stays(face, fill):
    image, labels = face
    painted = painted_over(face, "mouth", fill)
    assert np.abs(painted[mask(labels, "mouth")].astype(int) - SKIN).max() <= 1
    assert np.array_equal(painted[:120], image[:120])
    assert np.array_equal(face[0], image)


@pytest.mark.parametrize("fill", FILLS)
def test_a_group_of_parts_is_painted_together(face, fill):
    image, labels = face
    painted = painted_over(face, "eyes", fill)
    assert np.abs(painted[mask(labels, "eyes")].astype(int) - SKIN).max() <= 1
    assert np.array_equal(painted[140:], image[140:])


def test_edges_of_the_flat_fill_are_soft(face):
    image, labels = face
    around = (slice(120, 200), slice(60, 160))
    image[around] = 0
    labels[around] = np.where(mask(labels, "mouth")[around], LABEL["mouth"], LABEL["jaw"])
    profile = painted_over(face, "mouth", "skin")[120:160, 110, 0].astype(int)
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


@pytest.mark.parametrize("fill", FILLS)
def test_parts_that_a_face_does_not_show_change_nothing(face, fill):
    image, labels = face
    images, covered = occlude(image, labels, ["ears", "mouth"], "left_cheek", 2, 2.0, fill)
    assert covered.any(axis=(1, 2)).tolist() == [False, True, False]
    np.testing.assert_array_equal(images[0], image)
    np.testing.assert_array_equal(images[2], image)


def test_the_flat_fill_is_paint_with_the_colour_of_the_skin(face):
    image, labels = face
    image[:] = np.random.default_rng(2).integers(0, 256, image.shape)
    images, covered = occlude(image, labels, ["mouth", "eyes"], "forehead", 2, 2.0, "skin")
    colour = np.median(image[labels == LABEL["forehead"]], axis=0)
    moved = np.roll(labels == LABEL["mouth"], (-47, 4), (0, 1))
    np.testing.assert_allclose(np.argwhere(moved).mean(0), np.argwhere(labels == LABEL["forehead"]).mean(0), atol=0.5)
    expected = np.stack([labels == LABEL["mouth"], np.isin(labels, [LABEL["right_eye"], LABEL["left_eye"]]), moved])
    np.testing.assert_array_equal(covered, expected)
    for painted, one in zip(images, expected, strict=True):
        np.testing.assert_array_equal(painted, paint(image, one, colour, 2, 2.0))


def test_an_unknown_fill_is_refused(face):
    with pytest.raises(InputError, match=r"flat.*\n?.*surroundings, skin"):
        painted_over(face, "mouth", "flat")


@pytest.mark.parametrize("part", ["mouth", "eyes"])
def test_the_fill_restores_smooth_light(shaded, part):
    image, labels, bare = shaded
    painted = painted_over((image, labels), part)
    expected = np.where(mask(labels, part)[..., None] | (image == bare), bare, image)
    assert np.abs(painted.astype(int) - expected).max() <= 1


def test_the_fill_leaves_no_edge(shaded):
    image, labels, bare = shaded
    around = (slice(135, 185), slice(75, 145))
    painted = painted_over((image, labels), "mouth")
    assert steps(image, *around) > 80
    assert steps(painted, *around) <= steps(bare, *around) + 1
    flat = painted_over((image, labels), "mouth", "skin")
    assert np.abs(flat.astype(int) - bare)[around].max() > 5


def test_brows_and_hair_beside_the_hole_do_not_darken_it(face):
    image, labels = face
    for part, rows in (("right_brow", slice(74, 80)), ("hair", slice(96, 110))):
        image[rows, 40:90], labels[rows, 40:90] = 0, LABEL[part]
    painted = painted_over(face, "right_eye")
    np.testing.assert_array_equal(painted[mask(labels, "right_eye")], np.tile(np.uint8(SKIN), (15 * 30, 1)))
    dark = (labels == LABEL["right_brow"]) | (labels == LABEL["hair"])
    np.testing.assert_array_equal(painted[dark], image[dark])


def test_lashes_darken_the_fill_of_an_eye_at_most(face):
    image, labels = face
    image[74:80, 50:80], labels[74:80, 50:80] = 0, LABEL["right_upper_lid"]
    image[64:74, 50:80], labels[64:74, 50:80] = 0, LABEL["right_brow"]
    brow = painted_over(face, "right_brow")
    np.testing.assert_array_equal(brow[mask(labels, "right_brow")], np.tile(np.uint8(SKIN), (10 * 30, 1)))
    np.testing.assert_array_equal(brow[74:80, 50:80], image[74:80, 50:80])
    opening = np.where(labels == LABEL["right_eye"], LABEL["right_eye_opening"], labels).astype(np.uint8)
    assert painted_over((image, opening), "right_eye_opening")[78:80, 50:80].min() > 50


def test_single_dark_pixels_on_the_rim_leave_no_streak(face):
    image = face[0]
    # Seven pixels below the mouth: outside margin and softness, on the rim.
    image[176, 95:130:10] = 0
    painted = painted_over(face, "mouth")
    np.testing.assert_array_equal(painted[150:176, 90:130], np.full((26, 40, 3), SKIN))


def test_only_skin_near_the_part_changes(face):
    image, labels = face
    image[:] = np.random.default_rng(3).integers(0, 256, image.shape)
    labels[150:170, 130:135] = LABEL["hair"]
    for margin, softness, reach in ((2, 2.0, 6), (0, 0.0, 0), (3, 0.0, 3)):
        painted = occlude(image, labels, ["mouth"], "forehead", margin, softness)[0][0]
        near = ndimage.distance_transform_edt(~mask(labels, "mouth")) <= reach
        changed = (painted != image).any(axis=2)
        assert not (changed & (~near | (labels == LABEL["hair"]))).any()
        assert changed.sum() > 0.95 * (near & (labels != LABEL["hair"])).sum()


def test_a_part_that_touches_no_skin_gets_the_skins_colour(face):
    image, labels = face
    image[0:20, 0:30], labels[0:20, 0:30] = 0, LABEL["background"]
    image[5:10, 5:10], labels[5:10, 5:10] = 90, LABEL["ears"]
    painted = painted_over(face, "ears")
    np.testing.assert_array_equal(painted[5:10, 5:10], np.full((5, 5, 3), SKIN))
    painted[5:10, 5:10] = 90
    np.testing.assert_array_equal(painted, image)


def test_filling_in_a_window_equals_filling_the_whole_image(face, monkeypatch):
    image, labels = face
    image[:] = np.random.default_rng(4).integers(0, 256, image.shape)
    labels[172:176, 100:110] = labels[178, :] = labels[:, 65] = LABEL["hair"]
    parts = ["mouth", "eyes", "right_eye"]
    windowed = occlude(image, labels, parts, "forehead", 2, 2.0)
    again = occlude(image, labels, parts, "forehead", 2, 2.0)
    monkeypatch.setattr(occlusion, "window_around", lambda covered, distance: (slice(None), slice(None)))
    whole = occlude(image, labels, parts, "forehead", 2, 2.0)
    for one, other, third in zip(windowed, again, whole, strict=True):
        assert one.tobytes() == other.tobytes() == third.tobytes()


def test_harmonic_functions_are_restored_in_holes_of_any_shape():
    y, x = np.mgrid[-20.0:21, -20:21]
    values = np.stack([3 * x - y, x**2 - y**2, x * y], axis=2)
    hole = ndimage.binary_erosion(np.random.default_rng(5).random(x.shape) < 0.9) | (np.hypot(x, y) < 12)
    hole[[0, -1]] = hole[:, [0, -1]] = False
    filled = harmonic(np.where(hole[..., None], 0, values), hole, ~hole, np.zeros(3))
    np.testing.assert_allclose(filled, values, atol=1e-9)


def test_nothing_flows_in_where_there_is_no_rim():
    hole, rim = np.zeros((9, 32), dtype=bool), np.zeros((9, 32), dtype=bool)
    hole[2:7, 1:31], rim[2:7, [0, 31]] = True, True
    values = np.where(rim, np.linspace(10, 196, 32), 0)[..., None]
    filled = harmonic(values, hole, rim, [0.0])[2:7, :, 0]
    np.testing.assert_allclose(filled, np.tile(np.linspace(10, 196, 32), (5, 1)), atol=1e-9)
    # Around an island, too, as much flows through every cut across the strip.
    hole[3:5, 10:14] = False
    filled = harmonic(values, hole, rim, [0.0])[..., 0]
    joined = (hole | rim)[:, :-1] & (hole | rim)[:, 1:]
    flows = np.where(joined, np.diff(filled, axis=1), 0).sum(axis=0)
    np.testing.assert_allclose(flows, flows[0], atol=1e-9)
    assert 0 < flows[0] < 5 * 6


def test_the_control_is_clipped_to_plain_skin(face):
    image, labels = face
    whole = control_mask(labels, "forehead")
    rows, columns = np.nonzero(whole)
    image[:] = np.random.default_rng(6).integers(0, 256, image.shape)
    for part, shown in (("hair", True), ("nose", True), ("chin", True), ("hair", False)):
        marked = labels.copy()
        # The mean of the forehead moves a little with its pixels: mark what hardly moves it.
        marked[rows.min() : rows.min() + (8 if shown else 20), columns.min() - 10 : columns.max() + 10] = LABEL[part]
        images, covered = occlude(image, marked, ["mouth"], "forehead", 2, 2.0)
        patch = control_mask(marked, "forehead")
        expected = patch & ((marked == LABEL["forehead"]) | (marked == LABEL["chin"]))
        np.testing.assert_array_equal(covered[1], expected & shown)
        changed = (images[1] != image).any(axis=2)
        assert not (changed & np.isin(marked, [LABEL["hair"], LABEL["nose"]])).any()
        assert changed.any() == shown
        np.testing.assert_array_equal(occlude(image, marked, ["mouth"], "forehead", 2, 2.0, "skin")[1][1], patch)
