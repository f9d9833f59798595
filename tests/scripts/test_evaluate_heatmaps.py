"""Tests of heatmaps: which faces are taken, and that each row is about the face it names."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import torch

from evaluate_heatmaps import choose, evaluate
from facelrp.networks.batches import Images, predict
from facelrp.networks.levi_hassner import levi_hassner
from facelrp_workflow.selection import evenly_spaced

SETTINGS = {"cell": 45, "removed": 0.4, "steps": 2, "blur": 8, "random": 1, "seed": 1, "faces": 4, "compared": 2}
SETTINGS["rules"] = {"modern": {"name": "modern"}}
HEATMAPS = {"rule": {"name": "alpha_beta", "alpha": 1, "beta": 0, "bias": False}, "lrn": "identity"}
ABOUT = {"mean": (120.0, 110.0, 100.0)}
COUNT = 18


def test_faces_are_taken_from_all_over_a_sorted_table():
    faces = choose(pd.DataFrame({"sex": 200 * ["woman"] + 200 * ["man"]}), {"faces": 50, "compared": 20})
    for chosen, count in (("perturbed", 50), ("compared", 20)):
        assert faces["sex"][faces[chosen]].value_counts().to_dict() == {"woman": count // 2, "man": count // 2}
    assert faces["perturbed"][faces["compared"]].all()


@pytest.mark.parametrize(("length", "count"), [(5, 9), (9, 5), (100, 99), (2, 2), (3, 1), (1111, 100)])
def test_evenly_spaced_places_are_different_ones(length, count):
    places = evenly_spaced(length, count)
    assert len(np.unique(places)) == min(length, count)
    assert places.min() == 0
    assert places.max() == (length - 1 if count > 1 else 0)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    return levi_hassner(1).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).integers(0, 256, (COUNT + 3, 227, 227, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def faces():
    """The first three images are of no test face."""
    return choose(pd.DataFrame(index=np.arange(3, COUNT + 3)), SETTINGS)


def tables_of(network, images, faces):
    rng = np.random.default_rng(2)
    stored = rng.normal(size=(COUNT, 227, 227)).astype(np.float16)[faces["place"].to_numpy()]
    labels = rng.integers(0, 12, images.shape[:3], dtype=np.uint8)
    targets = {"inner": ["inner"]}
    return evaluate(deepcopy(network), ABOUT, stored, images, labels, faces, targets, SETTINGS, HEATMAPS)


@pytest.fixture(scope="module")
def tables(network, images, faces):
    return tables_of(network, images, faces)


def test_each_test_is_of_the_faces_chosen_for_it(tables, faces):
    perturbed, compared = (np.flatnonzero(faces[chosen]) for chosen in ("perturbed", "compared"))
    found = tables["localisation"].groupby("rule")["row"].apply(list)
    assert found["heatmaps"] == list(range(COUNT))
    assert found["modern"] == found["gradient_times_input"] == compared.tolist()
    for name, chosen in (("sanity", compared), ("agreement", compared), ("perturbation", perturbed)):
        assert tables[name]["row"].unique().tolist() == chosen.tolist()
    assert set(tables["perturbation"].query("rule == 'modern'")["row"]) == set(compared)


def test_a_row_says_what_the_network_answers_to_its_face(tables, network, images, faces):
    answers = 1 + 8 * predict(network, Images(images, ABOUT["mean"], rows=faces.index)).squeeze(1).numpy()
    whole = tables["perturbation"].query("removed == 0")
    np.testing.assert_allclose(whole["prediction"], answers[whole["row"]], rtol=1e-4)


def test_the_faces_of_one_block_are_judged_alike_without_the_others(tables, network, images, faces):
    """As a job does that has a part of the faces to work on."""
    alone = tables_of(network, images, faces[16:])
    for name, table in alone.items():
        same = tables[name][tables[name]["row"] >= 16].reset_index(drop=True)
        pd.testing.assert_frame_equal(table.assign(row=table["row"] + 16).reset_index(drop=True), same)
