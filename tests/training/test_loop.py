"""The training loop, its batches and its recipes."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from facelrp.errors import InputError
from facelrp.networks.batches import Features, Images, predict
from facelrp.training.loop import Recipe, fit, squared_error


@pytest.fixture
def bytes_of_images():
    return np.random.default_rng(1).integers(0, 256, (5, 227, 227, 3), dtype=np.uint8)


def test_batches_are_channels_first_with_the_mean_subtracted(bytes_of_images):
    batch = Images(bytes_of_images, [10.0, 20.0, 30.0])(torch.tensor([3, 0]))
    expected = bytes_of_images[[3, 0]].transpose(0, 3, 1, 2) - np.array([10, 20, 30]).reshape(3, 1, 1)
    np.testing.assert_array_equal(batch.numpy(), expected)


def test_pixels_are_divided_after_the_mean_is_subtracted(bytes_of_images):
    plain, divided = (Images(bytes_of_images, [10.0, 20.0, 30.0], divide_pixels_by=by) for by in (1.0, 64.0))
    assert torch.equal(divided(torch.arange(5)), plain(torch.arange(5)) / 64)


def test_mirroring_flips_half_the_faces(bytes_of_images):
    inputs = Images(bytes_of_images, [0.0, 0.0, 0.0], mirror=True)
    indices = torch.zeros(40, dtype=torch.long)
    batch, plain = inputs(indices, torch.Generator().manual_seed(1)), inputs(indices[:1])[0]
    flipped = sum(torch.equal(image, plain.flip(2)) for image in batch)
    assert flipped + sum(torch.equal(image, plain) for image in batch) == 40
    assert 8 < flipped < 32


def test_shifts_move_the_image_and_repeat_its_border(bytes_of_images):
    inputs = Images(bytes_of_images, [0.0, 0.0, 0.0], shift_pixels=3)
    plain = inputs(torch.tensor([0]))[0]
    padded = nn.functional.pad(plain[None], (3, 3, 3, 3), mode="replicate")[0]
    windows = {(y, x): padded[:, y : y + 227, x : x + 227] for y in range(7) for x in range(7)}
    seen = set()
    for image in inputs(torch.zeros(30, dtype=torch.long), torch.Generator().manual_seed(1)):
        (found,) = [offset for offset, window in windows.items() if torch.equal(image, window)]
        seen.add(found)
    assert len(seen) > 10


def test_features_have_random_views_only_in_training():
    inputs = Features(torch.stack([torch.zeros(4, 2), torch.ones(4, 2)]))
    indices = torch.arange(4).repeat(20)
    assert inputs(indices).sum() == 0
    assert 40 < inputs(indices, torch.Generator().manual_seed(1)).sum() < 120


@pytest.mark.parametrize(
    ("schedule", "progress", "factor"),
    [
        ("constant", 0.9, 1),
        ("cosine", 0, 1),
        ("cosine", 0.5, 0.5),
        ("one_cycle", 0, 0.04),
        ("one_cycle", 0.3, 1),
        ("one_cycle", 0.65, 0.5),
        ("one_cycle", 1, 0),
    ],
)
def test_schedules(schedule, progress, factor):
    assert Recipe("sgd", 1, 1, 1, schedule=schedule).factor(progress) == pytest.approx(factor, abs=1e-9)


@pytest.fixture
def linear():
    """40 faces whose ratings are linear in 3 features."""
    features = torch.randn(1, 40, 3, generator=torch.Generator().manual_seed(1))
    return Features(features), 0.5 + features[0] @ torch.tensor([0.1, -0.2, 0.05])


def trained(linear, recipe, seed=1, **kwargs):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Dropout(0.1), nn.Linear(3, 1))
    return network, fit(network, *linear, recipe, squared_error, seed, **kwargs)


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_training_finds_the_function(linear, optimiser):
    network, history = trained(
        linear, Recipe(optimiser, 0.02, 150, 8, schedule="cosine", clip_gradient_norm=1.0, dropout=0.1)
    )
    assert [record["epoch"] for record in history] == list(range(1, 151))
    assert history[-1]["loss"] < 0.1 * history[0]["loss"]
    assert (predict(network, linear[0]).squeeze(1) - linear[1]).square().mean() < 5e-4
    assert not network.training


def test_the_papers_recipe_is_nesterov_sgd(linear):
    """Two epochs by hand: v ← μv + g; w ← w − η(g + μv) (Sutskever et al. 2013, in the form of torch)."""
    recipe = Recipe("sgd", learning_rate=0.1, epochs=2, batch_size=40, momentum=0.9)
    network = nn.Linear(3, 1)
    weight = network.weight.detach().clone().double()
    bias = network.bias.detach().clone().double()
    fit(network, *linear, recipe, squared_error, seed=1)
    x, y = linear[0].features[0].double(), linear[1].double()
    velocity = [torch.zeros_like(weight), torch.zeros_like(bias)]
    for _ in range(2):
        error = 2 * ((x @ weight.T).squeeze(1) + bias - y) / len(y)
        gradients = [(error @ x).unsqueeze(0), error.sum().unsqueeze(0)]
        velocity = [0.9 * v + g for v, g in zip(velocity, gradients, strict=True)]
        weight = weight - 0.1 * (gradients[0] + 0.9 * velocity[0])
        bias = bias - 0.1 * (gradients[1] + 0.9 * velocity[1])
    torch.testing.assert_close(network.weight.double(), weight, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(network.bias.double(), bias, rtol=1e-5, atol=1e-6)


def test_the_seed_decides_everything(linear):
    recipe = Recipe("adamw", 0.01, 3, 8)
    first, again, other = (trained(linear, recipe, seed)[0][1].weight for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_frozen_layer_stays_unchanged(linear):
    network = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
    network[0].requires_grad_(False)
    before = [layer.weight.clone() for layer in network]
    fit(network, *linear, Recipe("adamw", 0.01, 1, 8), squared_error, seed=1)
    assert torch.equal(network[0].weight, before[0])
    assert not torch.equal(network[1].weight, before[1])


@pytest.mark.parametrize("dropout", [0.0, 0.9])
def test_dropout_is_that_of_the_recipe(dropout):
    network = nn.Sequential(nn.Dropout(0.5), nn.Linear(40, 1))
    seen = []
    network[1].register_forward_pre_hook(lambda _, inputs: seen.append((inputs[0] == 0).float().mean().item()))
    recipe = Recipe("sgd", 1e-3, epochs=1, batch_size=50, dropout=dropout)
    fit(network, Features(torch.ones(1, 50, 40)), torch.zeros(50), recipe, squared_error, seed=1)
    assert seen[0] == pytest.approx(dropout, abs=0.05)


def test_every_epoch_is_reported(linear):
    seen = []
    _, history = trained(linear, Recipe("sgd", 0.01, 3, 8), after_epoch=seen.append)
    assert seen == history


def test_predictions_do_not_depend_on_the_batch(linear):
    network, _ = trained(linear, Recipe("sgd", 0.01, 1, 8))
    torch.testing.assert_close(predict(network, linear[0], batch_size=7), predict(network, linear[0], batch_size=40))


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
@pytest.mark.parametrize(
    ("epochs", "rate", "targets", "sign"),
    [
        (5, 1e30, 1.0, r"it diverged: the loss of epoch \d is (nan|inf)"),
        (2, 0.1, float("nan"), "it diverged: the loss of epoch 1 is nan"),
        (2, 0.1, float("inf"), "it diverged: the loss of epoch 1 is inf"),
        (1, 1e39, 1.0, "it diverged: weights are NaN or infinite after the last epoch"),
    ],
)
def test_a_training_that_diverges_is_reported_and_its_state_not_kept(optimiser, epochs, rate, targets, sign):
    saved = []
    network = nn.Sequential(nn.Linear(3, 1))
    recipe = Recipe(optimiser, rate, epochs, 8)
    kept = SimpleNamespace(load=lambda: None, save=lambda state: saved.append(state()["history"][-1]["loss"]))
    inputs = Features(torch.randn(1, 8, 3, generator=torch.Generator().manual_seed(1)))
    with pytest.raises(InputError, match=sign) as caught:
        fit(network, inputs, torch.full((8,), targets), recipe, squared_error, 0, checkpoint=kept)
    assert "learning_rate" in caught.value.fix
    assert np.isfinite(saved).all()
