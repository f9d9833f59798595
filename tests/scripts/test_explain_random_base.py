"""Base models with random weights: which faces, and that nothing of what they learned is left."""

import logging

import numpy as np
import pandas as pd
import pytest
import torch
from job_files import Files

from explain_random_base import main
from facelrp.faces.parts import LABEL
from facelrp.heatmaps.sanity import randomised
from facelrp.lrp import AlphaBeta, explain
from facelrp.networks import weights
from facelrp.networks.levi_hassner import levi_hassner
from facelrp_workflow.files import read_table

COUNT = 10
EVALUATION = {"faces_compared": 3, "random_networks": 2, "seed": 7}
HEATMAPS = {"rule": {"name": "alpha_beta", "alpha": 1, "beta": 0, "bias": False}, "lrn": "identity"}
MEAN = [120.0, 110.0, 100.0]


def corners(row):
    """Return the first row and column of a face, and the last ones."""
    return 40 + row, 60, 180, 150 + 2 * row


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Noisy pictures of rectangular faces; every other one is tested."""
    folder, rng = tmp_path_factory.mktemp("inputs"), np.random.default_rng(1)
    torch.manual_seed(1)
    network = levi_hassner(2)
    weights.save(folder / "weights.safetensors", network, MEAN)
    with torch.no_grad():
        for values in network.parameters():
            values.copy_(values.flatten()[torch.randperm(values.numel())].view_as(values))
    weights.save(folder / "shuffled.safetensors", network, MEAN)
    np.save(folder / "images.npy", rng.integers(0, 256, (COUNT, 227, 227, 3), dtype=np.uint8))
    parts = np.full((COUNT, 227, 227), LABEL["background"], np.uint8)
    for row in range(COUNT):
        top, left, bottom, right = corners(row)
        parts[row, top : bottom + 1, left : right + 1] = LABEL["jaw"]
    np.save(folder / "parts.npy", parts)
    faces = pd.DataFrame({"face_id": [f"s{number}" for number in range(COUNT)]})
    faces.to_csv(folder / "faces.csv", index=False)
    faces.assign(split=5 * ["train", "test"]).to_csv(folder / "split.csv", index=False)
    return Files({path.stem: path for path in folder.iterdir()})


def run(files, path):
    main(files, path, EVALUATION, HEATMAPS, {"threads": 1}, "cpu", logging.getLogger("test"))
    return read_table(path)


@pytest.fixture(scope="module")
def table(files, tmp_path_factory):
    return run(files, tmp_path_factory.mktemp("out") / "random_shapes.csv")


def test_evenly_spaced_test_faces_by_every_seed(table):
    assert table["face_id"].tolist() == 2 * ["s1", "s5", "s9"]
    assert table["seed"].tolist() == 3 * [7] + 3 * [8]
    assert table["contour_share"].nunique() == 6


def test_nothing_that_was_learned_is_left(table, files, tmp_path):
    """Shuffled weights have the same mean and spread, and no more."""
    shuffled = run(Files(files, weights=files.shuffled), tmp_path / "random_shapes.csv")
    np.testing.assert_allclose(shuffled["contour_share"], table["contour_share"], rtol=1e-3)


def test_shares_are_those_of_the_band_around_each_face(table, files):
    network = weights.load(files.weights)
    images = np.load(files.images)
    *_, (_, module) = randomised(network.module, 8)
    down, across = np.mgrid[:227, :227]
    for row, found in zip((1, 5, 9), table["contour_share"][3:], strict=True):
        image = torch.from_numpy(images[[row]]).permute(0, 3, 1, 2) - torch.tensor(MEAN).view(3, 1, 1)
        rule = AlphaBeta(alpha=1, beta=0, bias=False)
        relevance = explain(module, image, rule, target=int(module(image).argmax())).heatmap[0]
        top, left, bottom, right = corners(row)
        beside = np.maximum(np.maximum(left - across, across - right), 0)
        above = np.maximum(np.maximum(top - down, down - bottom), 0)
        depth = np.minimum(np.minimum(across - left, right - across), np.minimum(down - top, bottom - down)) + 1
        band = np.where(depth > 0, depth, np.hypot(beside, above)) - 0.5 <= 5
        positive = np.clip(relevance.double().numpy(), 0, None)
        assert found == pytest.approx((positive * band).sum() / positive.sum(), rel=1e-4)
