"""The form that networks are trained in: the same function of rescaled inputs and outputs, and back afterwards."""

from copy import deepcopy

import pytest
import torch

from facelrp.networks.levi_hassner import levi_hassner
from facelrp.networks.surgery import initialise, regressor
from facelrp.training.conditioning import conditioned

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
