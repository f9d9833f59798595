"""Batch normalisation: inserted and folded away without changing what a network computes."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from facelrp.errors import InputError
from facelrp.networks.batches import Features, predict
from facelrp.training.batch_norm import fold_batch_norm, insert_batch_norm, settle_batch_norm
from facelrp.training.loop import Recipe, fit, squared_error


@pytest.fixture
def network():
    torch.manual_seed(1)
    layers = {
        "conv": nn.Conv2d(3, 4, 3),
        "relu": nn.ReLU(),
        "flatten": nn.Flatten(),
        "dense": nn.Linear(36, 6),
        "relu2": nn.ReLU(),
        "drop": nn.Dropout(0.5),
        "last": nn.Linear(6, 1),
    }
    network = nn.Sequential()
    for name, layer in layers.items():
        network.add_module(name, layer)
    return network.eval()


@pytest.fixture
def images():
    return 5 + 3 * torch.randn(40, 3, 5, 5, generator=torch.Generator().manual_seed(2))


def names(network):
    return [name for name, _ in network.named_children()]


def test_all_layers_with_weights_except_the_last_are_normalised(network, images):
    normalised = insert_batch_norm(network, images)
    assert names(normalised) == ["conv", "conv_norm", "relu", "flatten", "dense", "dense_norm", "relu2", "drop", "last"]
    assert normalised.dense is network.dense


@torch.no_grad()
def test_inserting_it_changes_nothing(network, images):
    normalised = insert_batch_norm(network, images)
    torch.testing.assert_close(normalised(images), network(images))
    # In training, too: the statistics are those of the same images.
    normalised.conv_norm.train()
    normalised.dense_norm.train()
    torch.testing.assert_close(normalised(images), network(images))


@torch.no_grad()
def test_folding_it_away_changes_nothing(network, images):
    normalised = insert_batch_norm(network, images)
    for norm in (normalised.conv_norm, normalised.dense_norm):
        for values in (norm.weight, norm.bias, norm.running_mean):
            values.add_(torch.rand_like(values))
        norm.running_var.mul_(2)
    expected = normalised(images)
    assert not torch.allclose(expected, network(images), rtol=0.1)
    fold_batch_norm(normalised)
    torch.testing.assert_close(network(images), expected)


@torch.no_grad()
def test_settled_statistics_are_those_of_all_batches(network, images):
    normalised = insert_batch_norm(network, images[:10])
    settle_batch_norm(normalised, images.split(20))
    outputs = network.conv(images)
    torch.testing.assert_close(normalised.conv_norm.running_mean, outputs.mean((0, 2, 3)))
    variances = torch.stack([half.var((0, 2, 3)) for half in outputs.split(20)])
    torch.testing.assert_close(normalised.conv_norm.running_var, variances.mean(0))
    assert not any(layer.training for layer in normalised.modules())


def trained(batch_norm, epochs=40):
    """Train a small network on faces that differ little compared with their mean; return it and its history."""
    torch.manual_seed(3)
    network = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.0), nn.Linear(16, 1))
    features = torch.randn(1, 61, 8, generator=torch.Generator().manual_seed(4))
    ratings = torch.tanh(features[0, :, 0] - features[0, :, 1])
    inputs = Features(50 + features)
    recipe = Recipe("adamw", 3e-3, epochs, 12, batch_norm=batch_norm, dropout=0.0)
    history = fit(network, inputs, ratings, recipe, squared_error, seed=1)
    return network, inputs, ratings, history


def test_training_ends_with_the_layers_it_began_with():
    network, inputs, ratings, history = trained(batch_norm=True)
    assert [type(layer) for layer in network] == [nn.Linear, nn.ReLU, nn.Dropout, nn.Linear]
    # The layers without normalisations compute what was learned.
    error = squared_error(predict(network, inputs), ratings)
    assert error < 2 * history[-1]["loss"]


def test_normalised_layers_learn_faster():
    losses = {batch_norm: trained(batch_norm)[3][-1]["loss"] for batch_norm in (False, True)}
    assert losses[True] < 0.5 * losses[False]


def test_too_small_batches_are_refused():
    with pytest.raises(InputError, match="batches of 3 faces or more"):
        Recipe("adamw", 1e-3, 1, 2, batch_norm=True)


def test_the_original_network_stays_unchanged(network, images):
    before = deepcopy(network.state_dict())
    settle_batch_norm(insert_batch_norm(network, images), [images])
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
