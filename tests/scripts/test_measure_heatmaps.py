"""Relevance by part, for several networks and blocks of faces, against sums over masks."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from scipy import stats

import measure_heatmaps
from facelrp.faces.parts import LABEL, NAMES
from facelrp.heatmaps.shapes import coherence
from facelrp_workflow.files import read_table, write_table

#: More than a block of test faces.
COUNT = 25
ATTRIBUTES = ["happy", "attractive"]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("maps"), np.random.default_rng(0)
    ids = [f"s{number}" for number in range(2 * COUNT)]
    write_table(folder / "faces.csv", pd.DataFrame({"face_id": ids}))
    split = ["test" if number % 2 else "train" for number in range(2 * COUNT)]
    write_table(folder / "split.csv", pd.DataFrame({"face_id": ids, "split": split}))
    labels = rng.integers(0, len(NAMES), size=(2 * COUNT, 40, 40)).astype(np.uint8)
    np.save(folder / "parts.npy", labels)
    maps = {name: rng.normal(size=(COUNT, 40, 40)).astype(np.float16) for name in ATTRIBUTES}
    for name, heatmaps in maps.items():
        np.save(folder / f"{name}.npy", heatmaps)
    files = Files({name: folder / f"{name}.csv" for name in ("faces", "split")}, parts=folder / "parts.npy")
    files["relevance"] = [folder / f"{name}.npy" for name in ATTRIBUTES]
    output = Files({name: folder / f"{name}_measured.csv" for name in ("parts", "shapes", "richness")})
    measure_heatmaps.main(files, output, ATTRIBUTES, logging.getLogger("test"))
    return {name: read_table(path) for name, path in output.items()}, maps, labels[1::2], ids[1::2]


def test_parts_of_every_face(measured):
    tables, maps, labels, ids = measured
    parts = tables["parts"]
    assert len(parts) == 2 * COUNT * len(NAMES)
    assert parts["attribute"].unique().tolist() == ATTRIBUTES
    assert parts["face_id"].unique().tolist() == ids
    table = parts.set_index(["attribute", "face_id", "part"])
    for attribute, row, part in (("happy", 0, "mouth"), ("attractive", 17, "nose"), ("happy", 24, "left_dimple")):
        found = table.loc[(attribute, ids[row], part)]
        inside = maps[attribute][row].astype(float)[labels[row] == LABEL[part]]
        assert found["pixels"] == len(inside)
        np.testing.assert_allclose(found["positive"], inside[inside > 0].sum(), rtol=1e-5)
        np.testing.assert_allclose(found["negative"], inside[inside < 0].sum(), rtol=1e-5)
        np.testing.assert_allclose(found["relevance"], inside.sum(), atol=1e-4)


def test_shapes_of_every_face(measured):
    tables, maps, _, ids = measured
    for attribute in ATTRIBUTES:
        own = tables["shapes"].query("attribute == @attribute")
        assert own["face_id"].tolist() == ids
        np.testing.assert_allclose(own["coherence"], coherence(maps[attribute]), rtol=1e-4)
        assert own["contour_share"].between(0, 1).all()


def test_richness_of_every_face(measured):
    tables, maps, _, ids = measured
    for attribute in ATTRIBUTES:
        own = tables["richness"].query("attribute == @attribute")
        assert own["face_id"].tolist() == ids
        heatmaps = maps[attribute].astype(float)
        share = np.abs(heatmaps) / np.abs(heatmaps).sum((1, 2), keepdims=True)
        pixels = [2 ** stats.entropy(one.ravel(), base=2) for one in share]
        np.testing.assert_allclose(own["effective_pixels"], pixels, rtol=1e-5)
