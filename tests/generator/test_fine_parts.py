"""The fine parts of drawn faces, tested on the pictures: what is painted where a part is, and what a number changes.

For example, the colour of the iris changes pixels of the eye openings only, and lipstick those of the lips.
"""

from dataclasses import replace

import numpy as np
import pytest

from facelrp.datasets.synthetic import look_of
from facelrp.faces.parts import FINE, LABEL, NAMES, PARTS, mask
from facelrp.generator import fine_parts
from facelrp.generator.draw import draw
from facelrp.generator.look import Look

# Without a fringe, which would hide the parts of the forehead.
LOOKS = [replace(look_of(11, index, state), fringe=0.0) for index in range(8) for state in ("", "happy", "sad")]
UPRIGHT = Look(parting=0.0)
COARSE = {fine: coarse for coarse, names in FINE.items() for fine in names}


@pytest.fixture(scope="module")
def drawn():
    return [draw(look) for look in LOOKS]


def middle(labels, part):
    """The mean row and column of a part."""
    return np.argwhere(mask(labels, part)).mean(axis=0)


def rows(labels, part):
    """The rows that a part covers."""
    return np.flatnonzero(mask(labels, part).any(axis=1))


def columns(labels, part):
    """The columns that a part covers."""
    return np.flatnonzero(mask(labels, part).any(axis=0))


def grey(image):
    return image.astype(float).mean(axis=-1)


def redness(image):
    """The share of red in the colour of each pixel."""
    return image[..., 0] / np.maximum(image.astype(float).sum(axis=-1), 1.0)


def changes(look, **numbers):
    """How much each pixel changes with these numbers of a look, and the label map with them."""
    before, (after, labels) = draw(look)[0], draw(replace(look, **numbers))
    return np.abs(after.astype(int) - before).sum(axis=-1), labels


def test_fine_parts_divide_their_coarse_part_only(drawn, monkeypatch):
    monkeypatch.setattr(fine_parts, "divide", lambda *_: None)
    for look, (image, labels) in zip(LOOKS, drawn, strict=True):
        undivided, coarse = draw(look)
        np.testing.assert_array_equal(image, undivided)
        assert coarse.max() < len(PARTS)
        pairs = np.unique(np.stack([labels, coarse]).reshape(2, -1), axis=1).T
        for fine, whole in pairs:
            assert COARSE.get(NAMES[fine], NAMES[fine]) == NAMES[whole]


def test_every_fine_part_is_drawn_but_the_philtrum(drawn):
    # The coarse mouth begins at the nose: what is drawn of the philtrum is in the rest of the mouth.
    shown = {NAMES[label] for _, labels in drawn for label in np.unique(labels)}
    assert set(NAMES) - shown == {"philtrum"}


@pytest.mark.parametrize(
    ("part", "least", "most"),
    [
        ("right_eye_opening", 50, 320),
        ("left_eye_opening", 50, 320),
        ("upper_lids", 120, 450),
        ("lower_lids", 140, 280),
        ("nose_bridge", 350, 650),
        ("nose_tip", 100, 340),
        ("alae", 180, 290),
        ("nostrils", 20, 60),
        ("nasolabial_folds", 60, 700),
        ("eye_bags", 10, 90),
        ("upper_lip", 40, 400),
        ("lower_lip", 80, 480),
        ("chin", 450, 1050),
    ],
)
def test_parts_that_nothing_hides_have_a_sane_size_in_pixels(drawn, part, least, most):
    sizes = [mask(labels, part).sum() for _, labels in drawn]
    assert least <= min(sizes)
    assert max(sizes) <= most


@pytest.mark.parametrize("part", [name.removeprefix("right_") for name in COARSE if name.startswith("right_")])
def test_the_right_side_of_a_person_is_on_the_left_of_the_picture(drawn, part):
    for _, labels in drawn:
        if LABEL[f"right_{part}"] in labels and LABEL[f"left_{part}"] in labels:
            assert middle(labels, f"right_{part}")[1] + 20 < middle(labels, f"left_{part}")[1]


@pytest.mark.parametrize("number", ["eye_tilt", "brow_inner", "mouth_curve", "mouth_open", "cheek_raise", "eye_bags"])
def test_both_sides_of_an_upright_face_mirror_each_other(number):
    _, labels = draw(replace(UPRIGHT, **{number: 0.7}))
    swapped = [name.replace("right", "LEFT").replace("left", "right").replace("LEFT", "left") for name in NAMES]
    mirrored = np.array([LABEL[name] for name in swapped])[labels[:, ::-1]]
    hair = mask(labels, "hair")  # its strands are random
    different = (labels != mirrored) & ~(hair | hair[:, ::-1])
    assert different.sum() == 0


@pytest.mark.parametrize(
    "order",
    [
        ("glabella", "nose_bridge", "nose_tip", "nostrils", "upper_lip", "lower_lip", "chin"),
        ("brows", "under_brows", "upper_lids", "eye_openings", "lower_lids", "eye_bags", "alae", "dimples"),
        ("eye_openings", "nasolabial_folds", "chin"),
    ],
)
def test_parts_follow_each_other_downward(drawn, order):
    for _, labels in drawn:
        # Low brows reach down to the eye, and leave little of the skin under them.
        heights = [middle(labels, part)[0] for part in order if mask(labels, part).sum() > 60 or part in order[3:]]
        assert heights == sorted(heights)


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_lids_enclose_the_opening(drawn, side):
    for _, labels in drawn:
        opening = mask(labels, f"{side}_eye_opening")
        upper, lower = mask(labels, f"{side}_upper_lid"), mask(labels, f"{side}_lower_lid")
        for column in columns(labels, f"{side}_eye_opening"):
            open_rows = np.flatnonzero(opening[:, column])
            assert (np.diff(open_rows) == 1).all()
            assert upper[open_rows[0] - 1, column]
            assert lower[open_rows[-1] + 1, column]


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_opening_grows_as_the_eye_opens(side):
    sizes = []
    for eye_open in (-1.0, -0.5, 0.0, 0.5, 1.0):
        _, labels = draw(replace(UPRIGHT, eye_open=eye_open))
        sizes.append(mask(labels, f"{side}_eye_opening").sum())
        assert mask(labels, f"{side}_eye").sum() > 3 * sizes[-1]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] > 1.5 * sizes[0]


def test_a_shut_eye_has_lids_but_no_opening():
    _, labels = draw(replace(UPRIGHT, eye_open=-5.0))  # more than any face that we draw
    assert not mask(labels, "eye_openings").any()
    assert mask(labels, "upper_lids").any()
    assert mask(labels, "lower_lids").any()


@pytest.mark.parametrize(
    ("numbers", "parts", "share"),
    [
        ({"eye_colour": 0.9}, ("eye_openings",), 0.95),
        ({"lip_red": 1.0}, ("upper_lip", "lower_lip"), 0.8),
        ({"lashes": 1.0}, ("upper_lids", "eye_openings", "lower_lids"), 0.7),
    ],
    ids=str,
)
def test_what_is_coloured_is_in_its_part(numbers, parts, share):
    for look in LOOKS[::4]:
        change, labels = changes(replace(look, **dict.fromkeys(numbers, 0.1)), **numbers)
        inside = np.any([mask(labels, part) for part in parts], axis=0)
        assert change[inside].sum() / change.sum() > share


@pytest.mark.parametrize("eye_colour", [0.0, 0.9])
def test_an_opening_shows_a_dark_iris_amid_white(drawn, eye_colour):
    for look in LOOKS[::4]:
        # On skin of this tone both the white and the iris differ from it.
        image, labels = draw(replace(look, skin=0.7, eye_colour=eye_colour))
        for side in ("right", "left"):
            opening, lid = mask(labels, f"{side}_eye_opening"), mask(labels, f"{side}_lower_lid")
            brightness = grey(image)
            darkest = opening & (brightness < np.quantile(brightness[opening], 0.15))
            assert brightness[darkest].mean() < 0.6 * brightness[lid].mean()
            assert np.quantile(brightness[opening], 0.9) > 1.1 * brightness[lid].mean()
            assert np.quantile(redness(image)[opening], 0.2) < redness(image)[lid].mean() - 0.02
            # The pupil is amid the opening, and the white on both sides of it.
            pupil, whole = np.argwhere(darkest).mean(axis=0), np.argwhere(opening)
            assert abs(pupil[1] - whole[:, 1].mean()) < 0.15 * np.ptp(whole[:, 1])


def test_lids_lie_between_the_opening_and_the_rest_of_the_eye(drawn):
    for _, labels in drawn:
        for side in ("right", "left"):
            lid = rows(labels, f"{side}_upper_lid")[0], rows(labels, f"{side}_lower_lid")[-1]
            eye, brow = rows(labels, f"{side}_eye"), rows(labels, f"{side}_brow")
            assert min(eye[0], brow[0]) <= lid[0] < rows(labels, f"{side}_eye_opening")[0]
            assert rows(labels, f"{side}_eye_opening")[-1] < lid[1] < eye[-1]


def test_lipstick_makes_both_lips_redder_than_the_skin_around():
    for look in LOOKS[:6]:
        image, labels = draw(replace(look, lip_red=1.0, stubble=0.0, skin=0.3))
        around = (labels == LABEL["mouth"]) | mask(labels, "chin")
        for lip in ("upper_lip", "lower_lip"):
            assert redness(image)[mask(labels, lip)].mean() > redness(image)[around].mean() + 0.04


def test_a_closed_mouth_shows_no_inside_and_an_open_one_ever_more():
    sizes = [mask(draw(replace(UPRIGHT, mouth_open=opened))[1], "inner_mouth").sum() for opened in (0, 0.3, 0.6, 1)]
    assert sizes[0] == 0
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("mouth_curve", [-0.5, 0.0, 0.8])
def test_the_inside_of_the_mouth_is_between_the_lips(mouth_curve):
    _, labels = draw(replace(UPRIGHT, mouth_open=0.7, mouth_curve=mouth_curve))
    inside, upper, lower = (mask(labels, part) for part in ("inner_mouth", "upper_lip", "lower_lip"))
    # In the outermost columns the lips are thinner than a pixel.
    for column in columns(labels, "inner_mouth")[3:-3]:
        inner_rows = np.flatnonzero(inside[:, column])
        assert upper[inner_rows[0] - 1, column]
        assert lower[inner_rows[-1] + 1, column]


def test_teeth_and_the_dark_of_the_mouth_are_inside():
    smile = replace(UPRIGHT, mouth_open=0.8, mouth_curve=0.9)
    image, labels = draw(smile)
    teeth = (image.min(axis=-1) > 190) & mask(labels, "mouth")
    assert teeth.sum() > 100
    assert mask(labels, "inner_mouth")[teeth].mean() > 0.98
    image, labels = draw(replace(smile, mouth_curve=-0.6))
    brightness = grey(image)
    lips = mask(labels, "upper_lip") | mask(labels, "lower_lip")
    dark = mask(labels, "mouth") & (brightness < 0.55 * brightness[lips].mean())
    assert dark.sum() > 50
    assert mask(labels, "inner_mouth")[dark].mean() > 0.9


def test_nostrils_are_dark_holes_between_wings_and_tip(drawn):
    for image, labels in drawn:
        brightness = {part: grey(image)[mask(labels, part)].mean() for part in ("nostrils", "alae", "nose_tip")}
        assert brightness["nostrils"] < 0.6 * min(brightness["alae"], brightness["nose_tip"])
        tip = middle(labels, "nose_tip")[1]
        wings, holes = columns(labels, "alae"), columns(labels, "nostrils")
        assert wings[0] < holes[0] < tip < holes[-1] < wings[-1]
        assert abs(tip - middle(labels, "alae")[1]) < 3
        outside = mask(labels, "nose") & ~mask(labels, "nostrils")
        assert grey(image)[outside].min() > grey(image)[mask(labels, "nostrils")].min()


def test_wings_of_a_broad_nose_are_apart_and_the_tip_of_a_long_one_is_low():
    def wings(width):
        return np.ptp(columns(draw(replace(UPRIGHT, nose_width=width))[1], "alae"))

    def tip(length):
        return middle(draw(replace(UPRIGHT, nose_length=length))[1], "nose_tip")[0]

    assert wings(-1.0) + 4 < wings(0.0) < wings(1.0) - 4
    assert tip(-1.0) + 2 < tip(0.0) < tip(1.0) - 2


def test_crows_feet_are_beside_the_eyes():
    for look in LOOKS[::3]:
        change, labels = changes(replace(look, crows_feet=0.0, hair_length=0.1), crows_feet=1.0)
        for side, sign in (("right", -1), ("left", 1)):
            feet, cheek = mask(labels, f"{side}_crows_feet"), mask(labels, f"{side}_cheek")
            assert change[feet].sum() > 0.7 * change[cheek].sum()
            assert sign * (middle(labels, f"{side}_crows_feet") - middle(labels, f"{side}_eye_opening"))[1] > 15


@pytest.mark.parametrize(
    ("number", "part", "coarse"), [("nasolabial", "nasolabial_folds", "cheeks"), ("eye_bags", "eye_bags", "cheeks")]
)
def test_folds_darken_with_age(number, part, coarse):
    darker = []
    for look in LOOKS[::3]:
        before, (after, labels) = draw(replace(look, **{number: 0.0}))[0], draw(replace(look, **{number: 1.0}))
        change = grey(after) - grey(before)
        darker.append(change[mask(labels, part)].mean())
        assert darker[-1] < change[mask(labels, coarse) & ~mask(labels, part)].mean()
    assert np.mean(darker) < -2


def test_the_fold_runs_from_the_wing_outward_and_down():
    _, labels = draw(replace(UPRIGHT, mouth_curve=-0.5))
    for side, sign in (("right", -1), ("left", 1)):
        fold = np.argwhere(mask(labels, f"{side}_nasolabial_fold"))
        high, low = (fold[fold[:, 0] == row][:, 1].mean() for row in (fold[:, 0].min(), fold[:, 0].max()))
        assert sign * (low - high) > 5
        assert abs(fold[:, 0].min() - middle(labels, "nostrils")[0]) < 6


def test_dimples_are_beside_the_corners_of_the_mouth(drawn):
    for look, (_, labels) in zip(LOOKS, drawn, strict=True):
        lips = mask(labels, "upper_lip") | mask(labels, "lower_lip") | mask(labels, "inner_mouth")
        for side, end in (("right", 0), ("left", -1)):
            if not mask(labels, f"{side}_dimple").any():
                continue
            corner = np.argwhere(lips)[np.argwhere(lips)[:, 1].argsort()[end]]
            down, across = middle(labels, f"{side}_dimple") - corner
            assert abs(down) < 8, look
            assert 2 < (-across if side == "right" else across) < 14


def test_the_forehead_is_divided_around_the_brows(drawn):
    for _, labels in drawn:
        right, left = columns(labels, "right_brow"), columns(labels, "left_brow")
        glabella = middle(labels, "glabella")[1]
        assert right.max() - 6 < columns(labels, "glabella").min() < glabella < columns(labels, "glabella").max()
        assert columns(labels, "glabella").max() < left.min() + 6
        for side in np.argwhere(mask(labels, "temples")):
            assert side[1] < right.min() + 7 or side[1] > left.max() - 7
        under = columns(labels, "under_brows")
        assert right.min() - 3 <= under.min()
        assert under.max() <= left.max() + 3


def test_lobes_are_the_lowest_third_of_the_ears():
    bare = replace(UPRIGHT, hair_length=0.0, hair_volume=0.0, recession=1.0)
    for ear_size in (-1.0, 0.0, 1.0):
        _, labels = draw(replace(bare, ear_size=ear_size))
        ears, lobes = rows(labels, "ears"), rows(labels, "earlobes")
        assert lobes[-1] == ears[-1]
        assert len(lobes) / len(ears) == pytest.approx(1 / 3, abs=0.04)


def test_the_chin_is_the_middle_of_the_lower_jaw(drawn):
    for look, (_, labels) in zip(LOOKS, drawn, strict=True):
        chin = middle(labels, "chin")
        assert abs(chin[1] - middle(labels, "nostrils")[1]) < 8
        assert rows(labels, "chin").max() >= rows(labels, "jaw").max() - 4, look
        assert rows(labels, "chin").min() > rows(labels, "lower_lip").max() - 4  # of a head that leans
