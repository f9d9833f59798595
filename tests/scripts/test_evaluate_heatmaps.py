"""Evaluation of heatmaps: the choice of faces, and that each row belongs to its face."""

import numpy as np
import pandas as pd
import pytest
import torch

from evaluate_heatmaps import choose, evaluate, read_batches
from facelrp.faces.rating_scales import RatingScale
from facelrp.networks.batches import predict
from facelrp.networks.levi_hassner import levi_hassner
from facelrp.networks.weights import LoadedNetwork
from facelrp_workflow.selection import evenly_spaced

SETTINGS = {
    "faces_perturbed": 4,
    "faces_compared": 2,
    "random_networks": 5,
    "cell_pixels": 45,
    "removed_share": 0.4,
    "steps": 2,
    "blur_pixels": 8,
    "random_orders": 1,
    "seed": 1,
    "rules": {"modern": {"name": "modern"}},
}
HEATMAPS = {"rule": {"name": "alpha_beta", "alpha": 1, "beta": 0, "bias": False}, "lrn": "identity"}
COUNT = 18


def test_faces_are_chosen_from_the_whole_of_a_sorted_table():
    settings = {"faces_perturbed": 50, "faces_compared": 20}
    faces = choose(pd.DataFrame({"sex": 200 * ["woman"] + 200 * ["man"]}), settings)
    for chosen, count in (("perturbed", 50), ("compared", 20)):
        assert faces["sex"][faces[chosen]].value_counts().to_dict() == {"woman": count // 2, "man": count // 2}
    assert faces["perturbed"][faces["compared"]].all()


@pytest.mark.parametrize(("length", "count"), [(5, 9), (9, 5), (100, 99), (2, 2), (3, 1), (1111, 100)])
def test_evenly_spaced_rows_are_different_ones(length, count):
    rows = evenly_spaced(length, count)
    assert len(np.unique(rows)) == min(length, count)
    assert rows.min() == 0
    assert rows.max() == (length - 1 if count > 1 else 0)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    module = levi_hassner(1).eval().requires_grad_(False)
    return LoadedNetwork(module, [120.0, 110.0, 100.0], "levi_hassner", {})


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).integers(0, 256, (COUNT + 3, 227, 227, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def faces():
    """Test faces; the first three images show others."""
    return choose(pd.DataFrame(index=np.arange(3, COUNT + 3)), SETTINGS)


def tables_of(network, images, faces):
    rng = np.random.default_rng(2)
    stored = rng.normal(size=(COUNT, 227, 227)).astype(np.float16)[faces["test_row"].to_numpy()]
    labels = rng.integers(0, 12, images.shape[:3], dtype=np.uint8)
    return evaluate(
        network,
        read_batches(faces, images, labels, stored),
        {"inner": ["inner"]},
        SETTINGS,
        HEATMAPS,
        RatingScale(3, 7),
    )


@pytest.fixture(scope="module")
def tables(network, images, faces):
    return tables_of(network, images, faces)


def test_each_test_uses_the_faces_chosen_for_it(tables, faces):
    perturbed, compared = (np.flatnonzero(faces[chosen]) for chosen in ("perturbed", "compared"))
    found = tables["localisation"].groupby("rule")["row"].apply(list)
    assert found["heatmaps"] == list(range(COUNT))
    assert found["modern"] == found["gradient_times_input"] == compared.tolist()
    for name in ("sanity", "agreement", "cancellation"):
        assert tables[name]["row"].unique().tolist() == compared.tolist()
    assert tables["perturbation"]["row"].unique().tolist() == perturbed.tolist()
    assert set(tables["perturbation"].query("rule == 'modern'")["row"]) == set(compared)


def test_each_row_has_the_prediction_for_its_face(tables, network, images, faces):
    predicted = 3 + 4 * predict(network.module, network.images(images, faces.index)).squeeze(1).numpy()
    whole = tables["perturbation"].query("removed == 0")
    np.testing.assert_allclose(whole["prediction"], predicted[whole["row"]], rtol=1e-4)


def test_a_block_of_faces_has_the_same_results_alone(tables, network, images, faces):
    """Jobs of several shards evaluate some of the blocks."""
    alone = tables_of(network, images, faces[16:])
    for name, table in alone.items():
        same = tables[name][tables[name]["row"] >= 16].reset_index(drop=True)
        pd.testing.assert_frame_equal(table.assign(row=table["row"] + 16).reset_index(drop=True), same)


def test_every_seed_gives_a_random_network_and_the_first_one_a_cascade(tables):
    for _, face in tables["sanity"].groupby("row"):
        mirrored, random = face[face["test"] == "mirror"], face[face["test"] == "randomisation"]
        assert mirrored["seed"].isna().all()
        assert len(mirrored) == 1
        assert random["layer"].tolist() == ["fc8", "fc7", "fc6", "conv3", "conv2"] + 5 * ["conv1"]
        assert random["seed"].tolist() == 5 * [1] + [1, 2, 3, 4, 5]
        # The rise of the entropy is known where all layers are random, and each seed gives another.
        assert random["entropy_rise"].notna().tolist() == 5 * [False] + 5 * [True]
        assert random["entropy_rise"].nunique() == 5


def test_the_sums_of_the_own_rule_are_its_output(tables, network, images, faces):
    sums = tables["cancellation"].set_index("rule")
    own = sums.loc[["heatmaps"]]
    outputs = predict(network.module, network.images(images, faces.index)).squeeze(1).double().numpy()
    np.testing.assert_allclose(own["explained"], outputs[own["row"]], rtol=1e-4)
    np.testing.assert_allclose(own["relevance"], own["explained"], rtol=1e-4)
    assert sums["biases"].to_dict() == {
        "heatmaps": "left out",
        "modern": "cancel, absorb",
        "gradient_times_input": "absorb",
    }
    assert (sums["absolute"] >= sums["relevance"].abs() * (1 - 1e-6)).all()


def test_networks_that_are_not_compared_have_their_own_heatmaps_alone(network, images, faces):
    tables = tables_of(network, images, faces.assign(compared=False))
    assert set(tables["perturbation"]["rule"]) == {"heatmaps", "random"}
    assert set(tables["localisation"]["rule"]) == {"heatmaps"}
    assert tables["sanity"].empty
    assert tables["cancellation"].empty
