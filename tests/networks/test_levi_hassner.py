"""The Levi-Hassner network: architecture, normalisation, initial weights and rescaling."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from facelrp.networks.levi_hassner import LocalResponseNorm, levi_hassner
from facelrp.networks.surgery import initialise, last_against_first, regressor, rescale_features, split_at_features


@pytest.fixture(scope="module")
def images():
    return 60 * torch.randn(6, 3, 227, 227, generator=torch.Generator().manual_seed(1))


def initialised(images):
    network = levi_hassner(8)
    initialise(network, images, torch.Generator().manual_seed(1))
    return network.eval()


@pytest.fixture(scope="module")
def original(images):
    return initialised(images)


@pytest.fixture
def network(original):
    """A copy that a test may change."""
    return deepcopy(original)


def test_shapes_follow_caffe(network, images):
    shapes = {}
    values = images[:1]
    with torch.no_grad():
        for name, layer in network.named_children():
            values = layer(values)
            shapes[name] = tuple(values.shape[1:])
    assert shapes["conv1"] == (96, 56, 56)
    assert shapes["pool1"] == (96, 28, 28)
    assert shapes["conv2"] == (256, 28, 28)
    assert shapes["pool2"] == (256, 14, 14)
    assert shapes["pool5"] == (384, 7, 7)
    assert shapes["flatten"] == (18816,)
    assert shapes["fc8"] == (8,)


def test_size_is_that_of_the_published_caffemodel(network):
    """age_net.caffemodel has 45,661,480 bytes, all except a few hundred of them float32 weights."""
    assert 0 < 45_661_480 - 4 * sum(parameter.numel() for parameter in network.parameters()) < 10_000


@pytest.mark.parametrize(("size", "beta"), [(5, 0.75), (3, 0.75), (5, 0.5)])
def test_normalisation_equals_torch(size, beta):
    x = (30 * torch.randn(2, 12, 5, 5, dtype=torch.float64)).requires_grad_()
    constants = {"alpha": 1e-2, "beta": beta, "k": 1.5}
    ours, theirs = LocalResponseNorm(size, **constants)(x), nn.LocalResponseNorm(size, **constants)(x)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)
    weights = torch.randn_like(ours)
    gradients = [torch.autograd.grad((values * weights).sum(), x)[0] for values in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-10, atol=1e-12)


def test_initial_layers_have_unit_variance_and_follow_the_seed(network, images):
    assert torch.equal(network.conv3.weight, initialised(images).conv3.weight)
    values = images
    with torch.no_grad():
        for layer in network:
            values = layer(values)
            if isinstance(layer, nn.Conv2d | nn.Linear):
                assert values.std() == pytest.approx(0.1 if layer is network.fc8 else 1, abs=1e-3)


def test_rescaling_keeps_the_function(network, images):
    convolutions, _ = split_at_features(network)
    with torch.no_grad():
        before = network(images)
        assert convolutions(images).square().sum(1).mean() > 1000
        rescale_features(network, images, 300)
        assert convolutions(images).square().sum(1).mean() == pytest.approx(300, rel=1e-4)
        before_fc7 = network[: list(dict(network.named_children())).index("fc7")]
        assert before_fc7(images).square().sum(1).mean() == pytest.approx(300, rel=1e-4)
        torch.testing.assert_close(network(images), before, rtol=1e-4, atol=1e-5)


def test_halves_share_the_layers(network, images):
    convolutions, dense = split_at_features(network)
    with torch.no_grad():
        assert torch.equal(dense(convolutions(images)), network(images))
    assert dense.fc6 is network.fc6


def test_the_last_class_against_the_first(network, images):
    logits = network.eval()(images)
    contrasted = last_against_first(deepcopy(network))(images)
    torch.testing.assert_close(contrasted[:, 0], logits[:, -1] - logits[:, 0], rtol=1e-4, atol=1e-4)


def test_regressor_starts_at_the_mean_rating(network, images):
    rescale_features(network, images)
    regressor(network, 0.6, torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert network(images).shape == (6, 1)
        assert network(images).mean() == pytest.approx(0.6, abs=0.1)
