"""Parts of faces: two levels, each pixel counts once; left and right are separate and can be taken together."""

import numpy as np
import pytest

from facelrp.faces.parts import COARSE, FINE, GROUPS, LABEL, NAMES, PARTS, REPORTED, mask, members, sums_by_part


@pytest.mark.parametrize("level", ["coarse", "fine"])
def test_reported_parts_include_every_name_once(level):
    assert sorted(name for names in REPORTED[level].values() for name in names) == sorted(NAMES)


def test_a_fine_part_belongs_to_one_coarse_part():
    fine = [name for names in FINE.values() for name in names]
    assert len(fine) == len(set(fine))
    assert not {*fine} & {*PARTS, *GROUPS}
    assert set(NAMES) == {*PARTS, *fine}
    assert all(COARSE[name] == part for part, names in FINE.items() for name in names)
    assert len(NAMES) < 256


def test_a_coarse_part_contains_its_fine_parts():
    labels = np.array(
        [[LABEL["mouth"], LABEL["upper_lip"], LABEL["inner_mouth"], LABEL["chin"], LABEL["left_eye_bag"]]]
    )
    assert mask(labels, "mouth").tolist() == [[True, True, True, False, False]]
    assert mask(labels, "upper_lip").tolist() == [[False, True, False, False, False]]
    assert mask(labels, "inner").tolist() == [[True, True, True, False, False]]
    assert mask(labels, "jaw").tolist() == [[False, False, False, True, False]]
    assert mask(labels, "cheeks").tolist() == mask(labels, "eye_bags").tolist() == [[False] * 4 + [True]]
    with pytest.raises(KeyError):
        mask(labels, "snout")


def test_sides_correspond():
    for name in NAMES:
        if name.startswith("right_"):
            assert name.replace("right_", "left_") in NAMES
    for group in GROUPS.values():
        assert {name.replace("right_", "left_") for name in group} <= {*group}


def test_sums_by_part_equal_sums_over_masks():
    rng = np.random.default_rng(1)
    values, labels = rng.normal(size=(3, 8, 9)), rng.integers(0, len(NAMES), (3, 8, 9)).astype(np.uint8)
    labels[1][labels[1] == LABEL["ears"]] = LABEL["hair"]
    sums = sums_by_part(values.astype(np.float32), labels)
    expected = [
        [image[label == number].sum() for number in range(len(NAMES))]
        for image, label in zip(values, labels, strict=True)
    ]
    np.testing.assert_allclose(sums, expected, atol=1e-5)
    assert sums[1, LABEL["ears"]] == 0
    for part in (*PARTS, *GROUPS):
        own = sums[:, [LABEL[name] for name in members(part)]].sum(axis=1)
        np.testing.assert_allclose(own, (values * mask(labels, part)).sum(axis=(1, 2)), atol=1e-5)
