"""A GPU computes what the CPU does, to rounding, and the same bytes every time; skipped without a GPU."""

import logging
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import torch

from evaluate_heatmaps import choose, evaluate, read_batches
from extract_features import extract
from facelrp.faces.rating_scales import PAPER
from facelrp.heatmaps.explain_all import explain_all, make_explainer
from facelrp.heatmaps.predictions import predict_ratings
from facelrp.networks.batches import Images, predict
from facelrp.networks.devices import prepare
from facelrp.networks.levi_hassner import levi_hassner
from facelrp.networks.surgery import initialise, regressor
from facelrp.networks.weights import LoadedNetwork
from facelrp.training.loop import Recipe, fit, squared_error
from facelrp_workflow.checkpoint import Checkpoint

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

DEVICE = "cuda"
HEATMAPS = {"rule": {"name": "alpha_beta", "alpha": 2, "beta": -1, "bias": False}, "lrn": "identity"}
MEAN = [120.0, 110.0, 100.0]
#: Everything in a recipe that draws random numbers, among others.
RECIPE = {
    "learning_rate": 1e-3,
    "epochs": 2,
    "batch_size": 8,
    "clip_gradient_norm": 1.0,
    "mirror": True,
    "shift_pixels": 4,
    "divide_pixels_by": 64,
}


@pytest.fixture(autouse=True)
def prepared():
    """Prepare torch as jobs do: it refuses operations without a deterministic form."""
    prepare(DEVICE, torch.get_num_threads())
    yield
    torch.set_deterministic_debug_mode("default")


@pytest.fixture(scope="module")
def images():
    """Random images of large patches with noise, uint8 (20, 227, 227, 3).

    Without noise max-pooling would choose among values that differ only by rounding.
    """
    rng = np.random.default_rng(1)
    patches = rng.integers(0, 200, (20, 16, 16, 3), dtype=np.uint8).repeat(15, 1).repeat(15, 2)[:, :227, :227]
    return patches + rng.integers(0, 56, patches.shape, dtype=np.uint8)


@pytest.fixture(scope="module")
def start(images):
    """The network that trainings start from, and that is explained."""
    network = levi_hassner(2)
    generator = torch.Generator().manual_seed(1)
    initialise(network, Images(images, MEAN)(torch.arange(8)), generator)
    return regressor(network, 0.5, generator).eval()


def train(start, images, recipe, device=DEVICE, precision="float32", checkpoint=None):
    network = deepcopy(start).to(device, memory_format=torch.channels_last)
    inputs, targets = Images(images, MEAN, device, **recipe.image_options), torch.linspace(0, 1, 20)
    history = fit(network, inputs, targets, recipe, squared_error, 1, precision=precision, checkpoint=checkpoint)
    return network.cpu(), [record["loss"] for record in history]


def assert_same(network, other):
    for name, values in network.state_dict().items():
        assert torch.equal(values, other.state_dict()[name]), name


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_trainings_end_in_the_same_bytes(start, images, optimiser, batch_norm, precision):
    recipe = Recipe(optimiser, batch_norm=batch_norm, **RECIPE)
    network, losses = train(start, images, recipe, precision=precision)
    again, same = train(start, images, recipe, precision=precision)
    assert losses == same
    assert_same(network, again)
    assert not torch.equal(network.conv1.weight, start.conv1.weight)


def test_an_interrupted_training_ends_in_the_same_bytes(start, images, tmp_path):
    class Cut(Checkpoint):
        """Stops the training after the first epoch."""

        def save(self, state):
            super().save(state)
            raise KeyboardInterrupt

    recipe, log = Recipe("adamw", batch_norm=True, **RECIPE), logging.getLogger("test")
    whole, _ = train(start, images, recipe)
    with pytest.raises(KeyboardInterrupt):
        train(start, images, recipe, checkpoint=Cut(tmp_path / "weights", "", log, interval=0))
    torch.manual_seed(5)
    resumed, _ = train(start, images, recipe, checkpoint=Checkpoint(tmp_path / "weights", "", log, interval=0))
    assert_same(whole, resumed)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_trainings_have_the_losses_of_the_cpu(start, images, precision):
    """Without dropout, which draws different numbers on each device."""
    recipe = Recipe("sgd", dropout=0.0, **RECIPE | {"learning_rate": 1e-2})
    _, expected = train(start, images, recipe, "cpu")
    _, losses = train(start, images, recipe, precision=precision)
    assert losses == pytest.approx(expected, rel=1e-3 if precision == "float32" else 3e-2)


def test_batches_are_drawn_alike(images):
    batches = [
        Images(images, MEAN, device, mirror=True, shift_pixels=6)(torch.arange(20), torch.Generator().manual_seed(3))
        for device in ("cpu", DEVICE)
    ]
    assert torch.equal(batches[0], batches[1].cpu())
    assert batches[1].is_contiguous(memory_format=torch.channels_last)


def test_base_models_start_alike(start, images):
    network = levi_hassner(2).to(DEVICE)
    initialise(network, Images(images, MEAN, device=DEVICE)(torch.arange(8)), torch.Generator().manual_seed(1))
    for name in ("conv1", "conv2", "conv3", "fc6", "fc7"):
        ours, expected = network.get_submodule(name).weight.cpu(), start.get_submodule(name).weight
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-6)


def loaded(module, device):
    return LoadedNetwork(deepcopy(module), MEAN, "levi_hassner", {}).to(device)


def explained(module, images, device):
    """Return predictions and heatmaps, in float32, and their tables."""
    network, maps = loaded(module, device), np.empty((20, 227, 227), np.float32)
    inputs, face_ids = network.images(images), np.arange(20).astype(str)
    scores, ledger = explain_all(make_explainer(network, HEATMAPS), network, inputs, face_ids, maps)
    return predict(network.module, inputs).numpy(), maps, scores, ledger


def test_heatmaps_are_those_of_the_cpu(start, images):
    outputs, maps, scores, ledger = explained(start, images, DEVICE)
    expected = explained(start, images, "cpu")
    np.testing.assert_allclose(outputs, expected[0], rtol=1e-4, atol=1e-5)
    assert np.linalg.norm(maps - expected[1]) / np.linalg.norm(expected[1]) < 1e-3
    assert scores["conservation_error"].max() < 1e-3
    again = explained(start, images, DEVICE)
    assert np.array_equal(outputs, again[0])
    assert np.array_equal(maps, again[1])
    pd.testing.assert_frame_equal(scores, again[2], check_exact=True)
    pd.testing.assert_frame_equal(ledger, again[3], check_exact=True)


def test_features_and_occluded_faces_are_those_of_the_cpu(start, images):
    ratings, features = [], []
    for device in ("cpu", DEVICE):
        network = loaded(start, device)
        ratings.append(predict_ratings([network, network], True, PAPER, images))
        features.append(np.empty((2, 20, 18816), np.float32))
        extract(network.module, network.images(images), features[-1])
    np.testing.assert_allclose(*ratings, rtol=1e-4)
    np.testing.assert_allclose(*features, rtol=1e-3, atol=1e-3 * np.abs(features[0]).max())


def test_heatmaps_are_evaluated_there(start, images):
    settings = {
        "faces_perturbed": 2,
        "faces_compared": 2,
        "random_networks": 2,
        "cell_pixels": 45,
        "removed_share": 0.4,
        "steps": 2,
        "blur_pixels": 8,
        "random_orders": 1,
        "seed": 1,
        "rules": {"epsilon": {"name": "epsilon", "bias": False}, "modern": {"name": "modern"}},
    }
    labels, maps = np.full(images.shape[:3], 3, np.uint8), explained(start, images, "cpu")[1]
    network = loaded(start, DEVICE)
    network.module.requires_grad_(False)
    faces = choose(pd.DataFrame(index=range(20)), settings)
    batches = read_batches(faces, images, labels, maps)
    tables = evaluate(network, batches, {"inner": ["inner"]}, settings, HEATMAPS, PAPER)
    mirrored = tables["sanity"].query("test == 'mirror'")
    assert len(mirrored) == 2
    assert tables["perturbation"]["prediction"].notna().all()
