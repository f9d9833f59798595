"""A GPU computes what the CPU does, to rounding, and the same bytes every time; all is skipped where there is none."""

import logging
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import torch

from evaluate_heatmaps import choose, evaluate
from extract_features import extract
from facelrp.heatmaps.explain_all import explain_all
from facelrp.lrp import Explainer
from facelrp.networks.batches import Images, predict
from facelrp.networks.devices import prepare
from facelrp.networks.levi_hassner import levi_hassner
from facelrp.networks.surgery import initialise, regressor
from facelrp.training.loop import Recipe, fit, squared_error
from facelrp_workflow.checkpoint import Checkpoint
from occlude import answer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

DEVICE = "cuda"
HEATMAPS = {"rule": {"name": "alpha_beta", "alpha": 2, "beta": -1, "bias": False}, "lrn": "identity"}
MEAN = [120.0, 110.0, 100.0]
#: Of all that a recipe can ask for, what draws random numbers.
RECIPE = {"rate": 1e-3, "epochs": 2, "batch": 8, "clip": 1.0, "mirror": True, "shift": 4, "unit": 64}


@pytest.fixture(autouse=True)
def prepared():
    """As jobs prepare torch: what has no deterministic form is refused."""
    prepare(DEVICE, torch.get_num_threads())
    yield
    torch.set_deterministic_debug_mode("default")


@pytest.fixture(scope="module")
def images():
    """Random images of large patches with noise on them, bytes (20, 227, 227, 3).

    Without noise many values that max-pooling chooses from would be equal but for rounding.
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
    inputs = Images(images, MEAN, recipe.mirror, recipe.shift, recipe.unit, device)
    history = fit(network, inputs, torch.linspace(0, 1, 20), recipe, squared_error, 1, precision, None, checkpoint)
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
        """Stopped behind the first epoch."""

        def save(self, state):
            super().save(state)
            raise KeyboardInterrupt

    recipe, log = Recipe("adamw", batch_norm=True, **RECIPE), logging.getLogger("test")
    whole, _ = train(start, images, recipe)
    with pytest.raises(KeyboardInterrupt):
        train(start, images, recipe, checkpoint=Cut(tmp_path / "weights", {}, log, interval=0))
    torch.manual_seed(5)
    resumed, _ = train(start, images, recipe, checkpoint=Checkpoint(tmp_path / "weights", {}, log, interval=0))
    assert_same(whole, resumed)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_trainings_go_the_way_of_the_cpu(start, images, precision):
    """Without dropout, whose numbers each device draws for itself."""
    recipe = Recipe("sgd", dropout=0.0, **RECIPE | {"rate": 1e-2})
    _, expected = train(start, images, recipe, "cpu")
    _, losses = train(start, images, recipe, precision=precision)
    assert losses == pytest.approx(expected, rel=1e-3 if precision == "float32" else 3e-2)


def test_batches_are_drawn_alike(images):
    batches = [
        Images(images, MEAN, mirror=True, shift=6, device=device)(torch.arange(20), torch.Generator().manual_seed(3))
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


def explained(network, images, device):
    """Predictions and heatmaps, in float32, and their tables."""
    network, inputs = deepcopy(network).to(device), Images(images, MEAN, device=device)
    explainer, maps = Explainer.from_config(network, HEATMAPS), np.empty((20, 227, 227), np.float32)
    scores, ledger = explain_all(explainer, network, inputs, np.arange(20).astype(str), maps)
    return predict(network, inputs).numpy(), maps, scores, ledger


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
    answers, features = [], []
    for device in ("cpu", DEVICE):
        network, inputs = deepcopy(start).to(device), Images(images, MEAN, device=device)
        answers.append(answer([network, network], True, inputs))
        features.append(np.empty((2, 20, 18816), np.float32))
        extract(network, inputs, torch.device(device), features[-1])
    np.testing.assert_allclose(*answers, rtol=1e-4)
    np.testing.assert_allclose(*features, rtol=1e-3, atol=1e-3 * np.abs(features[0]).max())


def test_tests_of_heatmaps_run_there(start, images):
    settings = {"cell": 45, "removed": 0.4, "steps": 2, "blur": 8, "random": 1, "seed": 1, "faces": 2, "compared": 2}
    settings["rules"] = {"epsilon": {"name": "epsilon", "bias": False}, "modern": {"name": "modern"}}
    parts, maps = np.full(images.shape[:3], 3, np.uint8), explained(start, images, "cpu")[1]
    network = deepcopy(start).to(DEVICE).requires_grad_(False)
    faces = choose(pd.DataFrame(index=range(20)), settings)
    tables = evaluate(network, {"mean": MEAN}, maps, images, parts, faces, {"inner": ["inner"]}, settings, HEATMAPS)
    mirrored = tables["sanity"].query("test == 'mirror'")
    assert len(mirrored) == 2
    assert tables["perturbation"]["prediction"].notna().all()
