"""Pooling and normalisation against loops over the formulas."""

import copy
import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from facelrp.lrp import AlphaBeta, Gamma, Layer, explain
from facelrp.lrp.structure import trace
from facelrp.lrp.supported import SUPPORTED


def propagate(module, x, relevance, lrn="identity"):
    """Pass relevance through one layer without weights."""
    (step,) = trace(nn.Sequential(module), AlphaBeta(), lrn)
    with torch.no_grad():
        output, kept = step.layer.forward(x)
        torch.testing.assert_close(output, module(x))
        return step.layer.backward(relevance, kept)


def winners_take_all(x, relevance, kernel, stride, padding):
    """Pass relevance through max-pooling in loops: the first maximum in reading order takes all."""
    passed = np.zeros_like(x)
    height, width = x.shape
    for row, column in np.ndindex(relevance.shape):
        top, left = row * stride - padding, column * stride - padding
        window = itertools.product(
            range(max(top, 0), min(top + kernel, height)), range(max(left, 0), min(left + kernel, width))
        )
        passed[max(window, key=lambda position: x[position])] += relevance[row, column]
    return passed


@pytest.mark.parametrize("lrn", ["identity", "taylor"])
@pytest.mark.parametrize("supported", SUPPORTED, ids=lambda module: module.__name__)
def test_every_supported_layer_satisfies_the_protocol(supported, lrn):
    arguments = {nn.Conv2d: (1, 1, 1), nn.Linear: (1, 1), nn.Flatten: (), nn.ReLU: (), nn.Identity: ()}
    (step,) = trace(nn.Sequential(supported(*arguments.get(supported, (1,)))), AlphaBeta(), lrn)
    assert isinstance(step.layer, Layer)


@pytest.mark.parametrize("ceil_mode", [False, True], ids=["floor", "ceil"])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 2, 0), (2, 2, 0), (3, 2, 1), (3, 1, 1)])
@pytest.mark.parametrize("size", [(8, 8), (7, 10)])
def test_max_pool_equals_loops_with_ties(size, kernel, stride, padding, ceil_mode):
    x = torch.randint(0, 3, (2, 3, *size)).double()  # three values only: ties in almost every window
    module = nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil_mode)
    relevance = torch.randn_like(module(x))

    passed, losses = propagate(module, x, relevance)

    assert not losses
    for index in np.ndindex(2, 3):
        expected = winners_take_all(x[index].numpy(), relevance[index].numpy(), kernel, stride, padding)
        np.testing.assert_allclose(passed[index].numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "module",
    [
        nn.AvgPool2d(2),
        nn.AvgPool2d(3, 2, ceil_mode=True),
        nn.AvgPool2d((3, 2), (2, 1), padding=1, count_include_pad=False),
        nn.AvgPool2d(3, 2, padding=1, divisor_override=1),
        nn.AdaptiveAvgPool2d(1),
        nn.AdaptiveAvgPool2d((3, 5)),
        nn.AdaptiveAvgPool2d((None, 12)),
    ],
    ids=repr,
)
def test_average_pool_shares_in_proportion(module):
    x = torch.rand(2, 2, 8, 7, dtype=torch.float64)
    relevance = torch.randn_like(module(x))
    jacobian = torch.autograd.functional.jacobian(lambda image: module(image).flatten(), x[:1, :1])
    contributions = jacobian.reshape(-1, 56)

    passed, losses = propagate(module, x, relevance)

    for index in np.ndindex(2, 2):
        terms = contributions * x[index].flatten()
        expected = (relevance[index].flatten() / terms.sum(1)) @ terms
        torch.testing.assert_close(passed[index].flatten(), expected)
    torch.testing.assert_close(losses["empty_side"], torch.zeros(2, dtype=torch.float64))


def test_relevance_of_an_empty_average_goes_to_the_ledger():
    x = torch.zeros(1, 1, 4, 4)
    passed, losses = propagate(nn.AvgPool2d(2), x, torch.ones(1, 1, 2, 2))
    assert passed.abs().max() == 0
    assert losses["empty_side"].item() == 4


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        (nn.AvgPool2d(2, divisor_override=-3), nn.AvgPool2d(2, divisor_override=3)),
        (nn.LocalResponseNorm(3, alpha=0, beta=1, k=-5), nn.LocalResponseNorm(3, alpha=0, beta=1, k=5)),
        (nn.LocalResponseNorm(3, alpha=-3e9, beta=1, k=-1), nn.LocalResponseNorm(3, alpha=3e9, beta=1, k=1)),
    ],
    ids=repr,
)
@pytest.mark.parametrize("rule", [AlphaBeta(2, -1), Gamma(0.3)], ids=repr)
def test_layers_that_make_values_negative(rule, negative, positive):
    """The same contributions come from a positive divisor and weights of the other sign."""
    lower, upper = nn.Conv2d(3, 4, 3).double(), nn.Conv2d(4, 2, 2).double()
    turned = copy.deepcopy(upper)
    turned.weight.data.neg_()
    images = torch.randn(2, 3, 6, 6, dtype=torch.float64)
    ours, expected = (
        explain(nn.Sequential(lower, nn.ReLU(), divide, conv, nn.Flatten()), images, rule, target=1).relevance
        for divide, conv in ((negative, upper), (positive, turned))
    )
    assert expected.abs().max() > 0
    torch.testing.assert_close(ours, expected)


def taylor(x, relevance, module):
    """Expand as in Binder et al. (2016), in loops over channels k and neighbours i, normalised to conserve."""
    strength, beta = module.alpha / module.size, module.beta
    channels = len(x)
    passed = np.zeros_like(x)
    for k in range(channels):
        window = range(max(k - module.size // 2, 0), min(k + (module.size - 1) // 2 + 1, channels))
        scale = module.k + strength * sum(x[i] ** 2 for i in window)
        messages = {
            i: x[k] * (module.k + strength * x[k] ** 2) ** -beta
            if i == k
            else -2 * strength * beta * x[k] * x[i] ** 2 * scale ** (-beta - 1)
            for i in window
        }
        for i, message in messages.items():
            passed[i] += message / sum(messages.values()) * relevance[k]
    return passed


@pytest.mark.parametrize("size", [1, 4, 5, 11])
@pytest.mark.parametrize(("alpha", "beta", "k"), [(1e-4, 0.75, 1.0), (0.3, 0.75, 1.0), (0.05, 0.5, 2.0)])
def test_taylor_norm_equals_loops(size, alpha, beta, k):
    module = nn.LocalResponseNorm(size, alpha, beta, k)
    x = 3 * torch.rand(2, 7, 2, 3, dtype=torch.float64) + 0.1
    relevance = torch.randn_like(x)

    passed, _ = propagate(module, x, relevance, "taylor")

    for image, row, column in np.ndindex(2, 2, 3):
        position = (image, slice(None), row, column)
        expected = taylor(x[position].numpy(), relevance[position].numpy(), module)
        np.testing.assert_allclose(passed[position], expected, rtol=1e-9)
    torch.testing.assert_close(passed.sum((1, 2, 3)), relevance.sum((1, 2, 3)))


@pytest.mark.parametrize("lrn", ["identity", "taylor"])
def test_norm_of_zeros_keeps_relevance(lrn):
    relevance = torch.randn(1, 6, 2, 2)
    passed, _ = propagate(nn.LocalResponseNorm(5), torch.zeros(1, 6, 2, 2), relevance, lrn)
    torch.testing.assert_close(passed, relevance)


@pytest.mark.parametrize("lrn", ["identity", "taylor"])
def test_a_subclass_may_compute_the_norm_differently(lrn, small_network, images):
    class Shifted(nn.LocalResponseNorm):
        def forward(self, x):
            return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k).clone()

    expected = explain(small_network, images, target=0, lrn=lrn)
    small_network[3] = Shifted(5, alpha=1e-2, beta=0.75, k=1)
    torch.testing.assert_close(explain(small_network, images, target=0, lrn=lrn).relevance, expected.relevance)


def test_the_two_lrn_options_differ(small_network, images):
    identity, taylor_ = (explain(small_network, images, target=0, lrn=lrn).relevance for lrn in ("identity", "taylor"))
    assert (identity - taylor_).abs().max() > 1e-4 * identity.abs().max()


def test_unknown_lrn_option_is_refused():
    with pytest.raises(ValueError, match='"identity" or "taylor", not \'gradient\''):
        trace(nn.Sequential(nn.ReLU()), AlphaBeta(), "gradient")
