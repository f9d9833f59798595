"""The form that networks are trained in: the same function of rescaled inputs and outputs, and back afterwards."""

from collections import OrderedDict
from copy import deepcopy

import pytest
import torch
from torch import nn

from facelrp.networks.batches import Features
from facelrp.networks.levi_hassner import levi_hassner
from facelrp.networks.surgery import initialise, regressor, split_at_features
from facelrp.training.conditioning import conditioned, features_of_norm, standardised_features

MEAN, SPREAD = 0.6, 0.2


@pytest.fixture(scope="module")
def images():
    return 60 * torch.randn(4, 3, 227, 227, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def original(images):
    network = levi_hassner(8)
    initialise(network, images, torch.Generator().manual_seed(1))
    return regressor(network, MEAN, torch.Generator().manual_seed(1)).eval()


@pytest.fixture
def network(original):
    """A copy that a test may change."""
    return deepcopy(original)


def assert_close(network, original):
    for name, value in original.state_dict().items():
        torch.testing.assert_close(network.state_dict()[name], value, msg=name)


@torch.no_grad()
def test_divided_pixels_give_standardised_ratings(network, original, images):
    with conditioned(network, 64, MEAN, SPREAD):
        inside = network(images / 64)
        torch.testing.assert_close(network.conv1.weight, 64 * original.conv1.weight)
    torch.testing.assert_close(inside, (original(images) - MEAN) / SPREAD)
    assert_close(network, original)


@torch.no_grad()
def test_a_power_of_two_leaves_no_trace(network, original, images):
    with conditioned(network, divide_pixels_by=64):
        torch.testing.assert_close(network(images / 64), original(images))
    assert torch.equal(network(images), original(images))


@torch.no_grad()
def test_a_network_is_restored_after_an_error_too(network, original):
    with pytest.raises(KeyboardInterrupt), conditioned(network, 50, MEAN, SPREAD):
        raise KeyboardInterrupt
    assert_close(network, original)


@torch.no_grad()
def test_what_is_learned_inside_is_kept(network, images):
    with conditioned(network, 64, MEAN, SPREAD):
        network.conv1.weight += 0.01
        network.fc8.bias += 0.5
        learned = network(images / 64)
    torch.testing.assert_close(network(images), MEAN + SPREAD * learned)


class Pictures:
    """Inputs that are images."""

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def __call__(self, indices, generator=None):
        return self.images[indices]


def norm(features):
    return features.square().sum(1).mean().item()


@torch.no_grad()
def test_images_get_features_of_a_norm_and_the_same_ratings(network, original, images):
    before = norm(split_at_features(original)[0](images))
    assert before > 1000
    with features_of_norm(network, Pictures(images), 300) as inputs:
        assert norm(split_at_features(network)[0](images)) == pytest.approx(300, rel=1e-4)
        torch.testing.assert_close(network(inputs(torch.arange(4))), original(images))
    assert norm(split_at_features(network)[0](images)) == pytest.approx(before, rel=1e-4)
    assert_close(network, original)


@torch.no_grad()
def test_features_get_a_norm_while_convolutions_stay_as_they_are(network, original, images):
    (convolutions, dense), (kept, _) = split_at_features(network), split_at_features(original)
    features = convolutions(images)
    with features_of_norm(network, Features(features[None]), 300) as inputs:
        scaled = inputs(torch.arange(4))
        assert norm(scaled) == pytest.approx(300, rel=1e-4)
        torch.testing.assert_close(dense(scaled), original(images))
    assert_close(network, original)
    assert all(torch.equal(one, other) for one, other in zip(convolutions.parameters(), kept.parameters(), strict=True))


@torch.no_grad()
def test_without_a_norm_features_stay_as_they_are(network, original, images):
    inputs = Pictures(images)
    with features_of_norm(network, inputs, None) as same:
        assert same is inputs
        assert torch.equal(network.fc6.weight, original.fc6.weight)


@torch.no_grad()
def test_features_of_networks_with_branches_are_standardised_and_the_network_stays():
    torch.manual_seed(4)
    network = nn.Sequential(OrderedDict(features=nn.Identity(), fc=nn.Linear(5, 1)))
    features = 100 + torch.arange(1.0, 6) * torch.randn(1, 40, 5)
    features[:, :, 2] = 7.0  # the same for all
    inputs = Features(features, range(30))
    before = network(features[0])
    with standardised_features(network, inputs) as seen:
        batch = seen(torch.arange(30))
        torch.testing.assert_close(batch.mean(0), torch.zeros(5), rtol=0, atol=1e-4)
        torch.testing.assert_close(batch.var(0, correction=0), torch.tensor([1.0, 1, 0, 1, 1]), rtol=1e-3, atol=1e-6)
        torch.testing.assert_close(network.fc(batch), before[:30], rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(network(features[0]), before, rtol=1e-5, atol=1e-4)


def test_features_of_sequences_and_images_stay():
    sequence = nn.Sequential(OrderedDict(flatten=nn.Flatten(), fc6=nn.Linear(5, 1)))
    inputs = Features(torch.randn(1, 4, 5))
    with standardised_features(sequence, inputs) as seen:
        assert seen is inputs
