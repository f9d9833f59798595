"""Compare every rule with its formula, written with dense matrices in NumPy."""

import numpy as np
import pytest
import torch
from torch import nn

from facelrp.lrp import RULES as REGISTERED
from facelrp.lrp import AlphaBeta, Box, Composite, Epsilon, Flat, Gamma, Layer, Rule, WSquare, explain, rule_class
from facelrp.lrp.affine import linear_map
from facelrp.lrp.structure import trace

LOW, HIGH = -3.0, 5.0


def propagate(module, rule, x, relevance, rectified=False):
    """Pass relevance through one of our layers, with or without a ReLU before it."""
    *_, step = trace(nn.Sequential(*[nn.ReLU()] * rectified, module), rule, "identity")
    with torch.no_grad():
        _, kept = step.layer.forward(x)
        return step.layer.backward(relevance, kept)


def matrix(module, x):
    """Write a layer, for inputs of the shape of x, as a matrix (outputs, inputs) and an offset (outputs,)."""
    offset = module(torch.zeros_like(x[:1])).flatten()
    jacobian = torch.autograd.functional.jacobian(lambda image: module(image).flatten(), torch.zeros_like(x[:1]))
    return jacobian.reshape(len(offset), -1).detach().numpy(), offset.detach().numpy()


def over(numerator, denominator):
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


def alpha_beta(rule, a, w, b, r):
    positive, negative = np.maximum(a * w, 0), np.minimum(a * w, 0)
    for_p = over(r, positive.sum(1) + np.maximum(b, 0)) * rule.alpha
    for_n = over(r, negative.sum(1) + np.minimum(b, 0)) * rule.beta
    return for_p @ positive + for_n @ negative, for_p @ np.maximum(b, 0) + for_n @ np.minimum(b, 0)


def epsilon(rule, a, w, b, r):
    z = (a * w).sum(1) + b
    s = r / (z + rule.epsilon * np.where(z >= 0, 1, -1))
    return s @ (a * w), s @ b


def gamma(rule, a, w, b, r):
    terms = np.column_stack([a * w, b])
    favoured = terms * np.where(np.sign(terms) == np.sign(terms.sum(1, keepdims=True)), 1 + rule.gamma, 1)
    passed = over(r, favoured.sum(1)) @ favoured
    return passed[:-1], passed[-1]


def box(rule, a, w, b, r):
    terms = a * w - rule.low * np.maximum(w, 0) - rule.high * np.minimum(w, 0)
    return over(r, terms.sum(1)) @ terms, 0.0


def w_square(rule, a, w, b, r):
    return over(r, (w**2).sum(1)) @ w**2, 0.0


def flat(rule, a, w, b, r):
    connected = (w != 0).astype(float)
    return over(r, connected.sum(1)) @ connected, 0.0


RULES = [
    (AlphaBeta(2, -1), alpha_beta),
    (AlphaBeta(1, 0), alpha_beta),
    (AlphaBeta(0, 1), alpha_beta),
    (AlphaBeta(3, 1, strict=False), alpha_beta),
    (Epsilon(0), epsilon),
    (Epsilon(0.3), epsilon),
    (Gamma(0), gamma),
    (Gamma(0.3), gamma),
    (Box(LOW, HIGH), box),
    (WSquare(), w_square),
    (Flat(), flat),
]

LAYERS = {
    "linear": (lambda bias: nn.Linear(12, 7, bias=bias), (12,)),
    "linear, at each position": (lambda bias: nn.Linear(5, 4, bias=bias), (3, 5)),
    "linear, on rows": (lambda bias: nn.Linear(6, 3, bias=bias), (2, 3, 6)),
    "conv": (lambda bias: nn.Conv2d(2, 3, 3, bias=bias), (2, 6, 5)),
    "conv, padded": (lambda bias: nn.Conv2d(2, 4, 3, padding=1, bias=bias), (2, 5, 5)),
    "conv, same": (lambda bias: nn.Conv2d(2, 3, (3, 5), padding="same", bias=bias), (2, 5, 6)),
    "conv, stride 4": (lambda bias: nn.Conv2d(3, 4, 7, stride=4, bias=bias), (3, 15, 18)),
    "conv, stride 2, padded": (lambda bias: nn.Conv2d(2, 3, 3, stride=2, padding=1, bias=bias), (2, 8, 7)),
    "conv, stride 3, small kernel": (lambda bias: nn.Conv2d(2, 3, 2, stride=3, bias=bias), (2, 10, 9)),
    "conv, unequal": (lambda bias: nn.Conv2d(2, 3, (2, 3), (2, 1), (1, 0), bias=bias), (2, 6, 6)),
    "conv, dilated": (lambda bias: nn.Conv2d(2, 3, 3, stride=2, dilation=2, bias=bias), (2, 8, 7)),
    "conv, grouped": (lambda bias: nn.Conv2d(4, 6, 3, stride=2, groups=2, bias=bias), (4, 7, 7)),
}


def name_of(value):
    return repr(value) if not callable(value) else value.__name__


def test_every_rule_of_the_configuration_is_tested():
    assert {type(rule) for rule, _ in RULES} == {rule_class(name) for name in REGISTERED}


@pytest.mark.parametrize("signed", [False, True], ids=["rectified", "signed"])
@pytest.mark.parametrize("module", [nn.Linear(12, 7), nn.Conv2d(2, 3, 3)], ids=repr)
@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=repr)
def test_rules_and_their_layers_satisfy_the_protocols(rule, module, signed):
    assert isinstance(rule, Rule)
    assert isinstance(rule.layer(linear_map(module, "layer"), signed, "layer"), Layer)


def test_objects_without_the_methods_do_not_satisfy_the_protocols():
    assert not isinstance(Composite(conv=Flat(), dense=Flat()), Rule)  # no layer
    assert not isinstance(nn.ReLU(), Layer)  # forward, but no backward
    assert not isinstance(Flat(), Layer)


@pytest.mark.parametrize("rectified", [False, True], ids=["signed", "rectified"])
@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("rule", "oracle"), RULES, ids=name_of)
def test_rule_equals_matrix_oracle(rule, oracle, layer, bias, rectified):
    make, shape = LAYERS[layer]
    module = make(bias).double()
    x = torch.randn(3, *shape, dtype=torch.float64).clamp(LOW, HIGH)
    x = x.relu() if rectified else x
    relevance = torch.randn_like(module(x))
    w, b = matrix(module, x)

    passed, losses = propagate(module, rule, x, relevance, rectified)

    for a, r, ours, absorbed in zip(x, relevance, passed, losses.get("bias", torch.zeros(3)), strict=True):
        expected, expected_bias = oracle(rule, a.numpy().ravel(), w, b, r.detach().numpy().ravel())
        np.testing.assert_allclose(ours.numpy().ravel(), expected, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(absorbed, expected_bias, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    "rule", [AlphaBeta(2, -1, bias=False), Epsilon(0.1, bias=False), Gamma(0.5, bias=False)], ids=repr
)
@pytest.mark.parametrize("layer", ["linear", "conv"])
def test_rule_without_bias_equals_layer_without_bias(rule, layer):
    make, shape = LAYERS[layer]
    module, without = make(True).double(), make(False).double()
    without.weight.data = module.weight.data
    x = torch.randn(3, *shape, dtype=torch.float64)
    relevance = torch.randn_like(module(x)).detach()

    passed, losses = propagate(module, rule, x, relevance)

    assert "bias" not in losses
    torch.testing.assert_close(passed, propagate(without, rule, x, relevance)[0])
    *_, step = trace(nn.Sequential(module), rule, "identity")
    torch.testing.assert_close(step.layer.forward(x)[0], module(x).detach())


def toy(weights, bias, rule):
    """Explain one dense unit whose two inputs are 1."""
    dense = nn.Linear(2, 1).double()
    dense.weight.data[:], dense.bias.data[:] = torch.tensor(weights), bias
    return explain(nn.Sequential(nn.Flatten(), dense), torch.ones(1, 2, 1, 1), rule)


@pytest.mark.parametrize(
    ("rule", "weights", "bias", "expected", "lost"),
    [
        # f = −1: p = 1 and n = 2, and the bias is half of n
        (AlphaBeta(2, -1), (1.0, -1.0), -1.0, (-2.0, 0.5), {"bias": 0.5}),
        (AlphaBeta(1, 0), (1.0, -1.0), -1.0, (-1.0, 0.0), {"bias": 0.0}),
        # f = 3: the negative side is empty; its share would be β · 3
        (AlphaBeta(2, -1), (1.0, 2.0), 0.0, (2.0, 4.0), {"empty_side": -3.0}),
        (AlphaBeta(2, -1, renormalise=True), (1.0, 2.0), 0.0, (1.0, 2.0), {"empty_side": -3.0, "renormalised": 3.0}),
        (AlphaBeta(1, 1, strict=False), (3.0, -1.0), 0.0, (2.0, 2.0), {"surplus": -2.0}),
        (Epsilon(0), (3.0, -1.0), 2.0, (3.0, -1.0), {"bias": 2.0}),
        (Epsilon(2), (3.0, -1.0), 0.0, (1.5, -0.5), {"epsilon": 1.0}),
        (Epsilon(2, renormalise=True), (3.0, -1.0), 0.0, (3.0, -1.0), {"epsilon": 1.0, "renormalised": -1.0}),
        (Gamma(1), (3.0, -1.0), 0.0, (2.4, -0.4), {}),
    ],
    ids=repr,
)
def test_examples_computed_by_hand(rule, weights, bias, expected, lost):
    explanation = toy(weights, bias, rule)

    assert explanation.output.item() == sum(weights) + bias
    assert explanation.relevance.flatten().tolist() == pytest.approx(expected)
    row = explanation.ledger.rows()[-1]
    for cause in ("bias", "epsilon", "empty_side", "surplus", "renormalised"):
        assert row[cause] == pytest.approx(lost.get(cause, 0)), cause


@pytest.mark.parametrize("between", [[], [nn.Identity()], [nn.Dropout()], [nn.ReLU()]], ids=repr)
def test_inputs_have_both_signs_unless_rectified(between):
    rule = AlphaBeta(2, -1)
    lower, upper = nn.Linear(6, 5).double(), nn.Linear(5, 1).double()
    x = torch.randn(1, 6, 1, 1, dtype=torch.float64)

    explanation = explain(nn.Sequential(nn.ReLU(), nn.Flatten(), lower, *between, upper), x, rule)

    a = [x.flatten().relu().numpy()]
    a.append(lower(torch.tensor(a[0])).detach().numpy())
    if isinstance(between[0] if between else None, nn.ReLU):
        a[1] = np.maximum(a[1], 0)
    relevance = explanation.output.numpy()
    for layer, inputs in ((upper, a[1]), (lower, a[0])):
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        relevance, _ = alpha_beta(rule, inputs, weight, bias, relevance)
    np.testing.assert_allclose(explanation.relevance.numpy().ravel(), relevance, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("rule", "weights", "passed", "lost"),
    [
        (Epsilon(0), (1.0, -1.0), (0.0, 0.0), 1.0),  # z = 0 by cancellation: eq. 2 is 0/0
        (Epsilon(0.5), (1.0, -1.0), (2.0, -2.0), 0.0),  # sign(0) = +1
        (Gamma(0), (1.0, -1.0), (0.0, 0.0), 1.0),
        (Gamma(1), (1.0, -1.0), (2.0, -1.0), 0.0),
        (AlphaBeta(2, -1), (0.0, 0.0), (0.0, 0.0), 1.0),
        (AlphaBeta(2, -1), (0.0, 3.0), (0.0, 2.0), -1.0),
        (WSquare(), (0.0, 0.0), (0.0, 0.0), 1.0),
    ],
    ids=repr,
)
def test_division_by_zero_passes_nothing(rule, weights, passed, lost):
    module = nn.Linear(2, 1, bias=False)
    module.weight.data[:] = torch.tensor(weights)

    relevance, losses = propagate(module, rule, torch.ones(1, 2), torch.ones(1, 1))

    assert relevance.flatten().tolist() == list(passed)
    assert losses.get("empty_side", torch.zeros(1)).item() == lost


@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=repr)
def test_relevance_and_losses_add_up(rule, layer, bias):
    make, shape = LAYERS[layer]
    module = make(bias)
    x = torch.randn(3, *shape).clamp(LOW, HIGH)
    relevance = torch.rand_like(module(x)).detach()
    arrived = relevance.flatten(1).sum(1).double()

    passed, losses = propagate(module, rule, x, relevance)

    total = passed.flatten(1).sum(1).double() + sum(losses.values())
    torch.testing.assert_close(total, arrived, rtol=1e-5, atol=0)
    both_signs_everywhere = layer in ("linear", "conv", "conv, stride 4")
    if not bias and both_signs_everywhere and isinstance(rule, AlphaBeta) and rule.strict:
        torch.testing.assert_close(passed.flatten(1).sum(1).double(), arrived, rtol=1e-5, atol=0)


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=repr)
def test_relevance_is_linear_in_the_relevance_above(rule):
    module = nn.Conv2d(2, 3, 3, stride=2).double()
    x = torch.randn(2, 2, 9, 9, dtype=torch.float64).clamp(LOW, HIGH)
    one, two = torch.randn(2, *module(x).shape, dtype=torch.float64)

    passed = propagate(module, rule, x, 3 * one - two)[0]

    separate = 3 * propagate(module, rule, x, one)[0] - propagate(module, rule, x, two)[0]
    torch.testing.assert_close(passed, separate)


def test_lrp_0_of_a_bias_free_network_is_input_times_gradient(without_lrn, images):
    for layer in without_lrn:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.bias = None
    images.requires_grad_()
    output = without_lrn(images)[:, 1]
    (gradient,) = torch.autograd.grad(output.sum(), images)

    explanation = explain(without_lrn, images.detach(), Epsilon(0), target=1)

    torch.testing.assert_close(explanation.relevance, (images * gradient).detach())
    torch.testing.assert_close(explanation.relevance.flatten(1).sum(1), output.detach())


def test_alpha_and_beta_must_sum_to_one():
    with pytest.raises(ValueError, match=r"must be 1 .* alpha=2 and beta=1"):
        AlphaBeta(alpha=2, beta=1)
    assert AlphaBeta(alpha=2, beta=1, strict=False).beta == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: Epsilon(-1e-6),
        lambda: Gamma(-1),
        lambda: AlphaBeta(float("nan"), 1),
        lambda: Box(1.0, 1.0),
        lambda: Box((0.0, 0.0, 2.0), 1.0),
        lambda: Box((0.0, 0.0), (1.0, 1.0, 1.0)),
    ],
)
def test_impossible_parameters_are_refused(make):
    with pytest.raises(ValueError, match=r"must|differ"):
        make()
