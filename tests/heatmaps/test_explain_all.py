"""Heatmaps of many faces, and their sums by part."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from facelrp.errors import InputError
from facelrp.faces.parts import LABEL, NAMES
from facelrp.heatmaps.explain_all import explain_all, make_explainer
from facelrp.heatmaps.part_shares import part_sums
from facelrp.networks.architectures import build
from facelrp.networks.levi_hassner import levi_hassner
from facelrp.networks.weights import LoadedNetwork


@pytest.mark.parametrize("relevance", [1e6, float("nan")])
def test_relevance_beyond_the_range_of_the_file_is_refused(relevance):
    heatmaps = np.zeros((2, 227, 227), np.float16)
    heatmap = torch.zeros(2, 227, 227)
    heatmap[1, 5, 5] = relevance

    def explainer(images, target):
        return SimpleNamespace(heatmap=heatmap)

    class Inputs(list):
        def __call__(self, rows):
            return torch.zeros(len(rows), 3, 227, 227)

    network = LoadedNetwork(levi_hassner(1).eval(), [0.0, 0.0, 0.0], "levi_hassner", {})
    with pytest.raises(InputError, match="diverged"):
        explain_all(explainer, network, Inputs([0, 1]), np.array(["a", "b"]), heatmaps)
    assert (heatmaps == 0).all()


@pytest.mark.parametrize("rule", [{"name": "references"}, {"name": "epsilon", "epsilon": 0}])
def test_scores_say_what_relevance_adds_up_to(rule):
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (5, 227, 227, 3), dtype=np.uint8)
    references = rng.integers(0, 256, (3, 227, 227, 3), dtype=np.uint8)
    torch.manual_seed(1)
    network = LoadedNetwork(levi_hassner(1).eval(), [120.0, 110.0, 100.0], "levi_hassner", {})
    explainer = make_explainer(network, {"rule": rule, "lrn": "identity"}, references)
    heatmaps = np.zeros((5, 227, 227), np.float32)

    scores, ledger = explain_all(explainer, network, network.images(images), np.array(list("abcde")), heatmaps)

    with torch.no_grad():
        own, others = (
            network.module(torch.from_numpy(one - np.float32([120, 110, 100])).permute(0, 3, 1, 2))[:, 0].numpy()
            for one in (images, references)
        )
    baseline = others.mean() if rule["name"] == "references" else 0
    np.testing.assert_allclose(scores["output"], own, rtol=1e-4)
    np.testing.assert_allclose(scores["baseline"], baseline, rtol=1e-4)
    lost = ledger.groupby("face_id")[["bias", "epsilon", "empty_side"]].sum().sum(axis=1).to_numpy()
    np.testing.assert_allclose(heatmaps.sum((1, 2)) + lost, own - baseline, atol=1e-5)


def test_sums_by_part_separate_the_signs():
    rng = np.random.default_rng(1)
    heatmaps, labels = rng.normal(size=(37, 9, 9)).astype(np.float16), rng.integers(len(NAMES), size=(37, 9, 9))
    sums = part_sums(heatmaps, labels.astype(np.uint8)).set_index(["row", "part"])
    assert len(sums) == 37 * len(NAMES)
    inside = heatmaps[36].astype(float)[labels[36] == LABEL["mouth"]]
    assert sums.loc[(36, "mouth"), "positive"] == pytest.approx(inside[inside > 0].sum(), rel=1e-6)
    assert sums.loc[(36, "mouth"), "negative"] == pytest.approx(inside[inside < 0].sum(), rel=1e-6)
    np.testing.assert_allclose(sums["relevance"], sums["positive"] + sums["negative"], atol=1e-9)


@pytest.mark.parametrize("embedding", [False, True])
def test_of_a_base_model_its_class_or_its_embedding_is_explained(embedding):
    rng = np.random.default_rng(4)
    images = rng.integers(0, 256, (4, 227, 227, 3), dtype=np.uint8)
    torch.manual_seed(2)
    metadata = {"embedding": True} if embedding else {}
    network = LoadedNetwork(build("face_resnet", 6, crop=0.9).eval(), [120.0, 110.0, 100.0], "face_resnet", metadata)
    explainer = make_explainer(network, {"rule": {"name": "alpha_beta", "alpha": 1, "beta": 0}, "lrn": "identity"})
    heatmaps = np.zeros((4, 227, 227), np.float32)
    inputs = network.images(images)

    scores, _ = explain_all(explainer, network, inputs, np.array(list("abcd")), heatmaps)

    with torch.no_grad():
        outputs = network.module(inputs(torch.arange(4))).double().numpy()
    expected = np.linalg.norm(outputs, axis=1) if embedding else outputs.max(axis=1)
    np.testing.assert_allclose(scores["output"], expected, rtol=1e-4)
    assert scores["unit"].tolist() == ([-1] * 4 if embedding else outputs.argmax(axis=1).tolist())
    margin = round(227 * 0.05)
    outside = heatmaps.copy()
    outside[:, margin:-margin, margin:-margin] = 0
    assert (outside == 0).all()
    assert (np.abs(heatmaps).sum(axis=(1, 2)) > 0).all()
