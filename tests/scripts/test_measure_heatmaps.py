"""Relevance by part, block by block, against sums over masks."""

import numpy as np

from facelrp.faces.parts import LABEL, NAMES
from facelrp.heatmaps.shapes import coherence
from measure_heatmaps import measure


def test_parts_and_shapes_of_every_face():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, len(NAMES), size=(30, 40, 40)).astype(np.uint8)
    rows = np.arange(25)[::-1] + 3
    heatmaps = rng.normal(size=(25, 40, 40)).astype(np.float16)
    parts, shapes = measure(heatmaps, labels, rows)
    assert len(parts) == 25 * len(NAMES)
    for row, part in ((0, "mouth"), (17, "nose"), (24, "left_dimple")):
        found = parts[(parts["row"] == row) & (parts["part"] == part)].iloc[0]
        inside = heatmaps[row].astype(float)[labels[rows[row]] == LABEL[part]]
        assert found["pixels"] == len(inside)
        np.testing.assert_allclose(found["positive"], inside[inside > 0].sum(), rtol=1e-5)
        np.testing.assert_allclose(found["negative"], inside[inside < 0].sum(), rtol=1e-5)
        np.testing.assert_allclose(found["relevance"], inside.sum(), atol=1e-4)
    assert shapes["row"].tolist() == list(range(25))
    np.testing.assert_allclose(shapes["coherence"], coherence(heatmaps), rtol=1e-4)
