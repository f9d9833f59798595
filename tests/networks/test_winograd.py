"""Winograd's convolutions, compared with torch's, forwards and backwards."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from facelrp.networks.winograd import convolve, quick_convolutions

#: Kernel, padding, rows and columns: the network's, and sides that are no multiples of 4, the side of patches.
SHAPES = [(5, 2, 28, 28), (3, 1, 14, 14), (5, 2, 13, 27), (3, 0, 9, 10), (5, 0, 8, 5)]


def operands(kernel, rows, columns, dtype=torch.float64):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, 3, rows, columns, dtype=dtype, generator=generator).requires_grad_()
    weight = torch.randn(4, 3, kernel, kernel, dtype=dtype, generator=generator).requires_grad_()
    return x, weight


@pytest.mark.parametrize(("kernel", "padding", "rows", "columns"), SHAPES)
def test_values_and_gradients_are_those_of_torch(kernel, padding, rows, columns):
    x, weight = operands(kernel, rows, columns)
    ours, theirs = convolve(x, weight, padding), functional.conv2d(x, weight, padding=padding)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-11)
    sent = torch.randn_like(theirs)
    for mine, reference in zip(
        torch.autograd.grad(ours, (x, weight), sent), torch.autograd.grad(theirs, (x, weight), sent), strict=True
    ):
        torch.testing.assert_close(mine, reference, rtol=0, atol=1e-11)


def test_gradients_are_those_of_finite_differences():
    x, weight = operands(3, 5, 6)
    assert torch.autograd.gradcheck(lambda x, weight: convolve(x, weight, 1), (x, weight))


@pytest.mark.parametrize(("channels", "outputs", "kernel", "side"), [(96, 256, 5, 28), (256, 384, 3, 14)])
def test_float32_loses_few_digits_on_the_networks_own_layers(channels, outputs, kernel, side):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, channels, side, side, generator=generator).relu()
    weight = torch.randn(outputs, channels, kernel, kernel, generator=generator)
    exact = functional.conv2d(x.double(), weight.double(), padding=kernel // 2)
    error = (convolve(x, weight, kernel // 2) - exact).abs() / exact.std()
    assert error.mean() < 1e-5
    assert error.max() < 3e-4


def test_memory_order_does_not_matter():
    x, weight = operands(3, 14, 14)
    turned = (one.detach().contiguous(memory_format=torch.channels_last) for one in (x, weight))
    torch.testing.assert_close(convolve(*turned, 1), convolve(x, weight, 1))


@pytest.fixture
def network():
    return nn.Sequential(
        nn.Conv2d(3, 4, 5, padding=2, bias=False), nn.ReLU(), nn.Conv2d(4, 5, 3, stride=2), nn.Conv2d(5, 2, 3)
    )


def test_a_network_computes_the_same_and_is_left_unchanged(network):
    x = torch.randn(2, 3, 20, 21)
    expected = network(x)
    with quick_convolutions(network):
        quick = network(x)
    torch.testing.assert_close(quick, expected, rtol=1e-3, atol=1e-5)
    assert not torch.equal(quick, expected)
    assert torch.equal(network(x), expected)


def test_contexts_may_be_nested(network):
    x = torch.randn(2, 3, 20, 21)
    with quick_convolutions(network):
        quick = network(x)
        with quick_convolutions(network):
            assert torch.equal(network(x), quick)
        assert torch.equal(network(x), quick)


def test_a_network_is_left_unchanged_after_an_error_too(network):
    with pytest.raises(RuntimeError), quick_convolutions(network):
        network(torch.randn(2, 7, 20, 21))
    assert not any("forward" in vars(layer) for layer in network)


def test_under_autocast_torch_convolves(network):
    x = torch.randn(2, 3, 20, 21)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        expected = network(x)
        with quick_convolutions(network):
            assert torch.equal(network(x), expected)
