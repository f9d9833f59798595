"""Parts of faces: each pixel counts once, left and right are told apart and can be taken together."""

import numpy as np

from facelrp.faces.parts import GROUPS, LABEL, PARTS, WHOLES, mask, of_wholes, sums_by_part


def test_wholes_take_every_part_once():
    assert sorted(part for whole in WHOLES for part in GROUPS.get(whole, (whole,))) == sorted(PARTS)


def test_sums_by_part_are_those_of_masks():
    rng = np.random.default_rng(1)
    values, labels = rng.normal(size=(3, 8, 9)), rng.integers(0, len(PARTS), (3, 8, 9)).astype(np.uint8)
    labels[1][labels[1] == LABEL["ears"]] = LABEL["hair"]
    sums = sums_by_part(values.astype(np.float32), labels)
    expected = [[image[mask(label, part)].sum() for part in PARTS] for image, label in zip(values, labels, strict=True)]
    np.testing.assert_allclose(sums, expected, atol=1e-5)
    assert sums[1, LABEL["ears"]] == 0


def test_wholes_add_left_and_right():
    labels = np.array([[[LABEL["right_eye"], LABEL["left_eye"], LABEL["mouth"], LABEL["background"]]]], dtype=np.uint8)
    wholes = dict(zip(WHOLES, of_wholes(sums_by_part(np.array([[[1.0, 2.0, 4.0, 8.0]]]), labels))[0], strict=True))
    assert (wholes["eyes"], wholes["mouth"], wholes["background"], wholes["nose"]) == (3, 4, 8, 0)
