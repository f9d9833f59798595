"""Drawn faces as a set of rated faces: the table, the raters, and faces that never change."""

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest

from facelrp.datasets.face_set import FaceSet
from facelrp.datasets.registry import load
from facelrp.datasets.synthetic import ATTRIBUTES, look_of, ratings
from facelrp.errors import InputError
from facelrp.faces.parts import FINE, GROUPS, LABEL, NAMES, PARTS, mask
from facelrp.faces.portraits import Portrait
from facelrp.generator.draw import draw
from facelrp.generator.truth import BIAS, NOISE, RATERS, true_scores

COUNT = 300


def truth():
    """The true scores of the first faces: DataFrame, one column per attribute, 1–9."""
    return pd.DataFrame([true_scores(look_of(1, index)) for index in range(COUNT)])


@pytest.fixture(scope="module")
def rated():
    return load("synthetic", None, count=COUNT, seed=1)


@pytest.fixture(scope="module")
def pairs():
    return load("synthetic", None, count=30, seed=2, pairs=True)


@pytest.fixture(scope="module")
def drawn(rated):
    return [rated.face(i) for i in range(50)]


@pytest.mark.parametrize(
    ("options", "index", "digest", "fine_digest"),
    [
        ({"seed": 1}, 0, "1d261e221527a7a9", "16dd7e21d6d502ea"),
        ({"seed": 1}, 3, "5f8a93519d7441cb", "7230c80ce5884d4d"),
        ({"seed": 2, "pairs": True}, 4, "b18d573bd5e8d446", "b55d98373e9a2c38"),
        ({"seed": 2, "pairs": True}, 5, "1df32b15b86551ef", "22da0f11daba0638"),
    ],
)
def test_faces_are_the_same_bytes_on_every_machine(options, index, digest, fine_digest):
    face = load("synthetic", None, count=4, **options).face(index)
    coarse = face.parts.copy()
    for part, fine in FINE.items():
        coarse[np.isin(face.parts, [LABEL[name] for name in fine])] = LABEL[part]
    assert sha256(face.image.tobytes() + coarse.tobytes()).hexdigest()[:16] == digest
    assert sha256(face.parts.tobytes()).hexdigest()[:16] == fine_digest


def test_table_is_the_same_bytes_on_every_machine(rated):
    assert sha256(rated.table.to_csv().encode()).hexdigest()[:16] == "5f11f41626db90a5"


def test_a_face_depends_on_neither_count_nor_order(rated):
    few = load("synthetic", None, count=3, seed=1)
    assert few.table.equals(rated.table.head(3))
    backward = [few.face(i) for i in (2, 1, 0)][::-1]
    for i, face in enumerate(backward):
        np.testing.assert_array_equal(face.image, rated.face(i).image)
        np.testing.assert_array_equal(face.parts, rated.face(i).parts)


def test_seeds_give_other_people(rated):
    other = load("synthetic", None, count=COUNT, seed=7)
    assert not np.array_equal(other.face(0).image, rated.face(0).image)
    assert (other.table["age"] != rated.table["age"]).mean() > 0.9


def test_table_has_the_columns_of_a_rated_set(rated):
    assert isinstance(rated, FaceSet)
    assert list(rated.table) == ["face_id", "identity", "state", "age", "gender", *ATTRIBUTES]
    assert rated.scale == (1.0, 9.0)
    assert rated.table["face_id"].is_unique
    assert rated.table["face_id"][0] == "s000001"
    assert set(rated.table["state"]) == {""}
    assert rated.table["age"].between(18, 80).all()
    assert set(rated.table["gender"]) == {0.0, 100.0}
    assert rated.table["gender"].mean() == pytest.approx(50, abs=10)


@pytest.mark.parametrize("i", range(5))
def test_faces_are_ovals_on_white(drawn, i):
    face = drawn[i]
    assert isinstance(face, Portrait)
    assert (face.image.shape, face.image.dtype) == ((227, 227, 3), np.uint8)
    assert (face.parts.shape, face.parts.dtype) == ((227, 227), np.uint8)
    rows, columns = np.mgrid[:227, :227] - 113
    outside = (rows / 114) ** 2 + (columns / 102) ** 2 > 1
    assert (face.image[outside] == 255).all()
    assert (face.parts[outside] == LABEL["background"]).all()
    assert (face.image[~outside] < 255).any(axis=-1).mean() > 0.8


@pytest.mark.parametrize(
    ("part", "least", "most"),
    [
        ("forehead", 0.01, 0.16),
        ("right_brow", 0.0015, 0.01),
        ("left_brow", 0.0015, 0.01),
        ("right_eye", 0.009, 0.025),
        ("left_eye", 0.009, 0.025),
        ("nose", 0.010, 0.04),
        ("right_cheek", 0.010, 0.06),
        ("left_cheek", 0.010, 0.06),
        ("mouth", 0.015, 0.06),
        ("jaw", 0.025, 0.08),
        ("neck", 0.010, 0.08),
        ("background", 0.35, 0.75),
    ],
)
def test_every_face_has_every_part_in_a_sane_size(drawn, part, least, most):
    shares = [mask(face.parts, part).mean() for face in drawn]
    assert least <= min(shares)
    assert max(shares) <= most


def test_parts_are_a_partition(drawn):
    assert all(face.parts.max() < len(NAMES) for face in drawn)
    assert np.mean([mask(face.parts, "hair").any() for face in drawn]) > 0.9
    assert np.mean([mask(face.parts, "ears").any() for face in drawn]) > 0.3


@pytest.mark.parametrize("part", ["brow", "eye", "cheek"])
def test_the_right_side_of_a_person_is_on_the_left_of_the_picture(drawn, part):
    for face in drawn:
        right, left = (np.nonzero(mask(face.parts, f"{side}_{part}"))[1] for side in ("right", "left"))
        assert right.mean() + 20 < left.mean()


def test_parts_of_a_face_follow_each_other_downward(drawn):
    for face in drawn:
        heights = [np.nonzero(mask(face.parts, part))[0].mean() for part in ("brows", "eyes", "nose", "mouth", "neck")]
        assert heights == sorted(heights)


def test_pairs_differ_in_the_expression_only(pairs):
    for i in range(0, 20, 2):
        happy, sad = pairs.face(i), pairs.face(i + 1)
        changed = (happy.image != sad.image).any(axis=-1)
        for part in ("background", "neck", "ears"):
            np.testing.assert_array_equal(mask(happy.parts, part), mask(sad.parts, part))
            assert changed[mask(happy.parts, part)].sum() <= 0.03 * mask(happy.parts, part).sum()  # shared edges
        if look_of(2, i // 2).fringe == 0.0:
            assert changed[mask(happy.parts, "hair")].mean() < 0.01
        assert changed[mask(happy.parts, "mouth")].mean() > 0.7


def test_pairs_name_the_same_person_twice(pairs):
    assert list(pairs.table["state"][:4]) == ["happy", "sad"] * 2
    assert list(pairs.table["face_id"][:2]) == ["p000001-happy", "p000001-sad"]
    for column in ("identity", "age", "gender"):
        assert (pairs.table[column][::2].to_numpy() == pairs.table[column][1::2].to_numpy()).all()
    assert pairs.table["identity"].nunique() == 30


def test_everyone_is_rated_happier_in_the_happy_state(pairs):
    by_state = pairs.table.pivot(index="identity", columns="state", values="happy")
    assert (by_state["happy"] - by_state["sad"]).min() > 1.5


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_rating_is_the_mean_of_the_raters(rated, attribute):
    raw = ratings(COUNT, seed=1)[attribute]
    assert raw.shape == (COUNT, RATERS)
    assert set(np.unique(raw)) <= set(range(1, 10))
    np.testing.assert_allclose(raw.mean(axis=1), rated.table[attribute], rtol=1e-12)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_ratings_follow_the_truth_with_the_noise_of_raters(rated, attribute):
    errors = rated.table[attribute] - truth()[attribute]
    # A panel's mean bias is common to all faces; the rest is noise and rounding (variance 1/12), averaged over raters.
    expected = np.sqrt((NOISE**2 + 1 / 12) / RATERS)
    assert errors.std() == pytest.approx(expected, rel=0.2)
    assert abs(errors.mean()) < 4 * BIAS / np.sqrt(RATERS)
    assert errors.abs().max() < 5 * expected + 4 * BIAS / np.sqrt(RATERS)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_each_rater_has_a_bias(attribute):
    raw = ratings(COUNT, seed=1)[attribute]
    assert 0.15 < raw.mean(axis=0).std() < 0.8


def test_scores_spread_and_are_only_moderately_correlated():
    scores = truth()[list(ATTRIBUTES)]
    assert scores.mean().between(4.6, 5.4).all()
    assert scores.std().between(0.9, 1.6).all()
    between = scores.corr().to_numpy()[np.triu_indices(len(ATTRIBUTES), 1)]
    assert np.abs(between).max() < 0.55


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"count": 0}, "count is 0"),
        ({"count": -3}, "count is -3"),
        ({"count": 2.5}, r"count is 2\.5"),
        ({"count": True}, "count is True"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": "one"}, "seed is 'one'"),
        ({"pairs": "yes"}, "pairs is 'yes'"),
    ],
)
def test_refuses_faulty_options(options, fault):
    with pytest.raises(InputError, match=fault):
        load("synthetic", None, **{"count": 2, "seed": 1, **options})


@pytest.mark.parametrize("index", [3, -4])
def test_refuses_rows_beyond_the_table(index):
    with pytest.raises(IndexError):
        load("synthetic", None, count=3, seed=1).face(index)


def test_raters_are_those_behind_the_ratings(rated, pairs):
    answers = rated.raters(["happy", "confident"])
    assert list(answers) == ["face_id", "attribute", "rating"]
    assert len(answers) == 2 * COUNT * RATERS
    means = answers.groupby(["attribute", "face_id"])["rating"].mean()
    table = rated.table.set_index("face_id")
    for attribute in ("happy", "confident"):
        np.testing.assert_allclose(means[attribute][table.index], table[attribute])
    assert pairs.raters is None


def test_a_set_has_the_parts_on_which_its_ratings_depend(rated):
    assert set(rated.truth) == set(ATTRIBUTES)
    for shares in rated.truth.values():
        assert set(shares) <= {*PARTS, *GROUPS}
        assert sum(shares.values()) == pytest.approx(1, abs=0.015)


@pytest.mark.parametrize("i", [0, 7])
def test_a_redrawn_face_is_the_drawing_of_its_look_with_the_part_at_its_average(rated, i):
    look = look_of(1, i)
    smile = {"lip_fullness": -0.18, "mouth_curve": 0.0, "mouth_open": 0.25}
    for part, numbers in (("mouth", smile), ("nose", {"nose_width": 0.0}), ("jaw", {"jaw_square": 0, "jowls": 0.29})):
        image, parts = draw(replace(look, **numbers))
        redrawn = rated.redraw(i, part)
        np.testing.assert_array_equal(redrawn.image, image)
        np.testing.assert_array_equal(redrawn.parts, parts)
        assert (redrawn.image != rated.face(i).image).any()


def test_people_in_two_states_are_redrawn_in_theirs(pairs):
    image, _ = draw(replace(look_of(2, 3, "sad"), nose_width=0.0))
    np.testing.assert_array_equal(pairs.redraw(7, "nose").image, image)
    with pytest.raises(IndexError):
        pairs.redraw(60, "nose")


def test_every_part_on_which_a_rating_depends_can_be_redrawn(rated):
    parts = {part for shares in rated.truth.values() for part in shares}
    assert len(parts) == 8
    for part in parts:
        assert (rated.redraw(0, part).image != rated.face(0).image).any(), part
