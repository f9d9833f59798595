"""Networks of permuted ratings are explained for pairs, if there are any, and for some test faces."""

import logging

import numpy as np
import pandas as pd
import pytest
import torch
from job_files import Files

from explain_permuted import main
from facelrp.faces.parts import LABEL, NAMES
from facelrp.networks import dense_variants, weights
from facelrp.networks.batches import predict
from facelrp.networks.levi_hassner import levi_hassner
from facelrp.networks.surgery import regressor
from facelrp_workflow.files import read_table

COUNT = 8
EVALUATION = {"faces_perturbed": 2, "cell_pixels": 45, "removed_share": 0.4, "steps": 2, "blur_pixels": 8}
EVALUATION |= {"random_orders": 1, "seed": 1}
HEATMAPS = {"rule": {"name": "alpha_beta", "alpha": 1, "beta": 0, "bias": False}, "lrn": "identity"}
TABLES = ("scores", "shares", "localisation", "perturbation")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Eight noisy faces, the first four in the training set, and two networks."""
    folder, rng = tmp_path_factory.mktemp("inputs"), np.random.default_rng(1)
    torch.manual_seed(1)
    weights.save(folder / "base.safetensors", levi_hassner(8), [120.0, 110.0, 100.0])
    variants = []
    for seed in (1, 2):
        module = regressor(levi_hassner(8), 0.5, torch.Generator().manual_seed(seed))
        variants.append(dense_variants.dense_weights(module))
    dense_variants.save(folder / "weights.safetensors", variants)
    np.save(folder / "images.npy", rng.integers(0, 256, (COUNT, 227, 227, 3), dtype=np.uint8))
    np.save(folder / "parts.npy", rng.choice([LABEL["hair"], LABEL["mouth"]], (COUNT, 227, 227)).astype(np.uint8))
    faces = pd.DataFrame({"face_id": [f"s{number}" for number in range(COUNT)], "happy": 5.0})
    faces.to_csv(folder / "faces.csv", index=False)
    faces[["face_id"]].assign(split=4 * ["train"] + 4 * ["test"]).to_csv(folder / "split.csv", index=False)
    pd.DataFrame(columns=["attribute", "part", "share"]).to_csv(folder / "truth.csv", index=False)
    paths = {path.stem: path for path in folder.iterdir()}
    return Files(paths)


def run(files, folder):
    output = Files({name: folder / f"{name}.csv" for name in TABLES}, relevance=folder / "relevance.npy")
    main(files, output, "happy", 2, EVALUATION, HEATMAPS, (3, 7), {"threads": 1}, "cpu", logging.getLogger("test"))
    return {name: read_table(output[name]) for name in TABLES} | {"relevance": np.load(output.relevance)}


@pytest.fixture(scope="module")
def alone(files, tmp_path_factory):
    return run(files, tmp_path_factory.mktemp("alone"))


@pytest.fixture(scope="module")
def with_pairs(files, tmp_path_factory):
    """The same faces also serve as pairs."""
    pairs = {"pairs": files.faces, "pair_images": files.images, "pair_parts": files.parts}
    return run(Files(files, **pairs), tmp_path_factory.mktemp("pairs"))


def test_without_pairs_their_tables_have_no_rows(alone, with_pairs):
    for name in ("scores", "shares"):
        assert len(alone[name]) == 0
        assert list(alone[name]) == list(with_pairs[name])


def test_test_faces_do_not_depend_on_pairs(alone, with_pairs):
    for name in ("localisation", "perturbation"):
        pd.testing.assert_frame_equal(alone[name], with_pairs[name])
        assert alone[name]["face_id"].unique().tolist() == ["s4", "s7"]
        assert alone[name]["permuted"].unique().tolist() == [1, 2]
    np.testing.assert_array_equal(alone["relevance"], with_pairs["relevance"])


def test_each_number_is_that_of_its_network_and_face(files, with_pairs):
    images = np.load(files.images)
    shares = with_pairs["shares"].set_index(["permuted", "face_id", "part"])
    scores = with_pairs["scores"].set_index(["permuted", "face_id"])
    curves = with_pairs["perturbation"].query("removed == 0").set_index(["permuted", "face_id"])["prediction"]
    assert len(shares) == 2 * COUNT * len(NAMES)
    networks = dense_variants.load(files.weights, weights.load(files.base))
    for number, (network, maps) in enumerate(zip(networks, with_pairs["relevance"], strict=True), 1):
        outputs = predict(network.module, network.images(images)).squeeze(1).double().numpy()
        np.testing.assert_allclose(scores.loc[number, "output"], outputs, rtol=1e-4)
        for heatmap, row in zip(maps.astype(float), (4, 7), strict=True):
            assert curves[number, f"s{row}"].tolist() == pytest.approx([3 + 4 * outputs[row]] * 3, rel=1e-4)
            assert heatmap.sum() == pytest.approx(outputs[row], rel=1e-2)
            mouth = heatmap[np.load(files.parts)[row] == LABEL["mouth"]].sum()
            assert shares.loc[(number, f"s{row}", "mouth"), "relevance"] == pytest.approx(mouth, rel=1e-3)
