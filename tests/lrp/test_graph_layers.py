"""Graphs and their layers by hand: sums, concatenations, constants, groups of channels, and values in memory."""

import weakref

import pytest
import torch
from torch import nn

from facelrp.lrp import AlphaBeta, Box, Epsilon, Flat, Gamma, Layer, WSquare
from facelrp.lrp.affine import Convolution, Scaling
from facelrp.lrp.graph import Graph, Step
from facelrp.lrp.grouped import GroupedConvolution
from facelrp.lrp.joining import Addition, BesideConstants, Concatenation
from facelrp.lrp.passing import Average, NewShape, Padding, PassThrough, Scale, View
from facelrp.lrp.protocols import Join


def row(*values):
    return torch.tensor([values], dtype=torch.float64)


def test_shares_of_a_sum_by_hand():
    _, kept = (ratio := Addition("ratio")).forward(row(3, 3, 0), row(1, -1, 0))
    shares, losses = ratio.backward(row(8, 8, 2), kept)
    assert [share.tolist() for share in shares] == [[[6, 6, 0]], [[2, 2, 0]]]
    assert losses["empty_side"].tolist() == [2]
    _, kept = (proportional := Addition("proportional")).forward(row(3, 3, 0), row(1, -1, 0))
    shares, losses = proportional.backward(row(8, 8, 2), kept)
    assert [share.tolist() for share in shares] == [[[6, 12, 0]], [[2, -4, 0]]]
    assert losses["empty_side"].tolist() == [2]


def test_a_difference_by_hand():
    layer = Addition("proportional", (1, -2))
    output, kept = layer.forward(row(8), row(3))
    assert output.tolist() == [[2]]
    assert [share.tolist() for share in layer.backward(row(4), kept)[0]] == [[[16]], [[-12]]]


def test_the_ratio_never_amplifies():
    terms, relevance = torch.randn(2, 5, 40, dtype=torch.float64), torch.randn(5, 40, dtype=torch.float64)
    layer = Addition()
    _, kept = layer.forward(*terms)
    shares, _ = layer.backward(relevance, kept)
    torch.testing.assert_close(sum(share.abs() for share in shares), relevance.abs())


def test_an_addition_of_another_name_is_refused():
    with pytest.raises(ValueError, match='add must be "ratio" or "proportional", not \'half\''):
        Addition("half")


def test_repeated_terms_receive_the_sum_of_their_shares():
    x, y = torch.rand(2, 3, 4, 5, dtype=torch.float64), torch.rand(2, 3, 1, 1, dtype=torch.float64)
    layer = Addition()
    output, kept = layer.forward(x, y)
    shares, _ = layer.backward(output, kept)
    torch.testing.assert_close(shares[0], x)
    torch.testing.assert_close(shares[1], 20 * y)


def test_the_share_of_a_constant_is_lost_to_it():
    layer = BesideConstants(Addition(), {0: row(1, 1)})
    output, kept = layer.forward(torch.tensor([[3.0, 1.0], [1.0, 0.0]], dtype=torch.float64))
    assert output.tolist() == [[4, 2], [2, 1]]
    (share,), losses = layer.backward(output, kept)
    assert share.tolist() == [[3, 1], [1, 0]]
    assert losses["constant"].tolist() == [2, 2]
    layer = BesideConstants(Concatenation(1), {1: row(5, 5)})
    output, kept = layer.forward(row(1), row(2))
    assert output.tolist() == [[1, 5, 5, 2]]
    shares, losses = layer.backward(output, kept)
    assert [share.tolist() for share in shares] == [[[1]], [[2]]]
    assert losses["constant"].tolist() == [10]


RULES = [AlphaBeta(2, -1), AlphaBeta(1, 0), Epsilon(0.1), Gamma(0.3), WSquare(), Flat(), Box(-9.0, 9.0)]


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(6, 6, 3, groups=6),
        nn.Conv2d(6, 12, 3, stride=2, padding=1, groups=6, bias=False),
        nn.Conv2d(6, 4, (2, 3), (1, 2), 2, (2, 1), groups=2),
    ],
    ids=str,
)
def test_groups_equal_full_kernels_with_zeros(conv, rule, signed):
    conv = conv.double()
    x = torch.randn(2, 6, 9, 8, dtype=torch.float64)
    x = x if signed else x.abs()
    passed = []
    for kind in (GroupedConvolution, Convolution):
        layer = rule.layer(kind(conv, "conv"), signed, "conv")
        output, kept = layer.forward(x)
        torch.testing.assert_close(output, conv(x).detach())
        passed.append(layer.backward(output.clone(), kept))
    (ours, lost), (expected, expected_lost) = passed
    torch.testing.assert_close(ours, expected)
    for cause in expected_lost:
        torch.testing.assert_close(lost[cause], expected_lost[cause])


@pytest.mark.parametrize(
    ("layer", "conserves"),
    [
        (NewShape((6, 4)), True),
        (View(lambda x: x.permute(0, 3, 1, 2)), True),
        (View(lambda x: x[:, 1:, ::2]), True),
        (View(lambda x: x.select(2, 1)), True),
        (Padding([1, 0, 2, 1]), False),
        (Scale(torch.tensor([[[[-2.0]], [[3.0]]]], dtype=torch.float64)), True),
        (Average(torch.mean, [2, 3], keepdim=True), True),
        (Average(torch.sum, [1], keepdim=False), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_linear_layers_pass_relevance_as_gradient_times_input(layer, conserves):
    """With y ∂f/∂y = R, the relevance of x is x ∂f/∂x."""
    x = torch.rand(3, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    y, kept = layer.forward(x)
    slope = torch.randn_like(y)
    (expected,) = torch.autograd.grad(y, x, slope)
    with torch.no_grad():
        passed, losses = layer.backward(y * slope, kept)
        torch.testing.assert_close(passed, expected * x)
        lost = sum(losses.values(), torch.zeros(3, dtype=torch.float64))
        torch.testing.assert_close(passed.flatten(1).sum(1) + lost, (y * slope).flatten(1).sum(1))
    assert isinstance(layer, Layer)
    assert conserves or "empty_side" in losses


def test_the_scaling_of_channels():
    norm = nn.BatchNorm1d(3).double()
    nn.init.normal_(norm.weight), nn.init.normal_(norm.bias)
    linear, x = Scaling(norm), torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(linear.forward(x, linear.weight, linear.bias), x * norm.weight + norm.bias)
    torch.testing.assert_close(linear.adjoint(x, linear.weight, x.shape), x * norm.weight)


def test_relevance_of_a_value_with_several_uses_adds_up():
    """f = (x + x) beside x: 4 of 4 and 2 of 2 meet in x."""
    steps = [
        Step("twice", "add", Addition(), (0, 0)),
        Step("beside", "cat", Concatenation(1), (1, 0)),
    ]
    graph = Graph(steps)
    output, tape = graph.forward(row(2))
    assert output.tolist() == [[4, 2]]
    relevance, sums, ledger, layers = graph.backward(output, tape, {"twice", "beside"})
    assert relevance.tolist() == [[6]]
    assert sums.tolist() == [6]
    assert [(entry.relevance_out.item(), entry.relevance_in.item()) for entry in ledger] == [(4, 4), (6, 6)]
    assert {name: value.item() for name, value in layers.items()} == {
        "twice[0]": 2,
        "twice[1]": 2,
        "beside[0]": 4,
        "beside[1]": 2,
    }
    assert isinstance(Addition(), Join)


def test_values_are_forgotten_after_their_last_use():
    made = []

    def next_value(x):
        made.append(weakref.ref(y := x + 1))
        return y

    chain = [Step(str(i), "next", PassThrough(next_value), (i,)) for i in range(6)]
    graph = Graph([*chain, Step("sum", "cat", Concatenation(1), (6, 2))])
    alive = []
    for _ in graph.run(row(0)):
        alive.append([value() is not None for value in made].count(True))
    assert max(alive) <= 4
    assert alive[-1] <= 2
