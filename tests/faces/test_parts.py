"""Parts of faces: each pixel counts once; left and right are separate and can be taken together."""

import numpy as np

from facelrp.faces.parts import GROUPS, LABEL, PARTS, REPORTED_PARTS, mask, sums_by_part


def test_reported_parts_include_every_part_once():
    assert sorted(part for reported in REPORTED_PARTS for part in GROUPS.get(reported, (reported,))) == sorted(PARTS)


def test_sums_by_part_equal_sums_over_masks():
    rng = np.random.default_rng(1)
    values, labels = rng.normal(size=(3, 8, 9)), rng.integers(0, len(PARTS), (3, 8, 9)).astype(np.uint8)
    labels[1][labels[1] == LABEL["ears"]] = LABEL["hair"]
    sums = sums_by_part(values.astype(np.float32), labels)
    expected = [[image[mask(label, part)].sum() for part in PARTS] for image, label in zip(values, labels, strict=True)]
    np.testing.assert_allclose(sums, expected, atol=1e-5)
    assert sums[1, LABEL["ears"]] == 0
