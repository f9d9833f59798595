"""Graphs and their layers by hand: sums, concatenations, constants, groups of channels, and values in memory."""

import weakref
from dataclasses import replace

import pytest
import torch
from torch import nn

from facelrp.lrp import AlphaBeta, Box, Epsilon, Flat, Gamma, Layer, WSquare
from facelrp.lrp.affine import Convolution, Dense, Positions, Scaling
from facelrp.lrp.exported.layouts import Layout, permutation, reshaped
from facelrp.lrp.gates import Gate
from facelrp.lrp.graph import Graph, Step
from facelrp.lrp.grouped import GroupedConvolution
from facelrp.lrp.joining import Addition, BesideConstants, Concatenation
from facelrp.lrp.moving import NewShape, Padding, Permutation, Roll, View
from facelrp.lrp.passing import Average, PassThrough, Scale
from facelrp.lrp.propagation import GammaLayer, SplitLayer
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


@pytest.mark.parametrize("rule", [Gamma(0.25), Gamma(0.3, bias=False), Gamma(0)], ids=repr)
@pytest.mark.parametrize(
    "linear",
    [
        nn.Linear(6, 5),
        nn.Linear(6, 5, bias=False),
        nn.Conv2d(6, 4, 3, stride=2, padding=1),
        nn.Conv2d(6, 6, 3, groups=6),
    ],
    ids=str,
)
def test_gamma_by_sizes_equals_gamma_by_sides(linear, rule):
    linear, is_dense = linear.double(), isinstance(linear, nn.Linear)
    x = torch.randn(3, 6, *([] if is_dense else [7, 7]), dtype=torch.float64)
    x[0] = 0  # dead units: without a bias, no input can receive relevance
    kind = Dense if is_dense else Convolution if linear.groups == 1 else GroupedConvolution
    made = kind(linear) if is_dense else kind(linear, "linear")
    passed = []
    for layer in (GammaLayer(made, rule), SplitLayer(made, rule, signed=True)):
        output, kept = layer.forward(x)
        torch.testing.assert_close(output, linear(x).detach())
        relevance = torch.where(output > 0, output.abs() + 1, -1)
        passed.append((relevance.clone(), *layer.backward(relevance, kept)))
        torch.testing.assert_close(passed[-1][0], relevance, rtol=0, atol=0)
    (relevance, ours, lost), (_, expected, expected_lost) = passed
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(sum(lost.values()), sum(expected_lost.values()))
    received = ours.flatten(1).sum(1) + sum(lost.values())
    torch.testing.assert_close(received, relevance.flatten(1).sum(1))


@pytest.mark.parametrize("zeros", ["none", "outputs", "positions", "both", "all"])
def test_positions_and_outputs_without_relevance_are_left_out(zeros):
    linear, s = Positions(nn.Linear(4, 9).double()), torch.randn(11, 9, dtype=torch.float64)
    s[3, 0] = s[0, 2] = 0  # some of those that have relevance elsewhere
    if zeros in ("outputs", "both"):
        s[:, :7] = 0
    if zeros in ("positions", "both"):
        s[1:] = 0
    if zeros == "all":
        s[:] = 0
    torch.testing.assert_close(linear.adjoint(s, linear.weight, None), s @ linear.weight)


@pytest.mark.parametrize(
    ("layer", "conserves"),
    [
        (NewShape((6, 4)), True),
        (View(lambda x: x.permute(0, 3, 1, 2)), True),
        (Permutation([0, 3, 1, 2]), True),
        (Roll([1, -1], [1, 3]), True),
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


def test_what_is_held_constant_receives_no_relevance():
    """f = x · g(2x) with the gate g held constant: its step has no entry, and x receives all."""
    steps = [
        Step("gate", "twice", PassThrough(lambda x: 2 * x), (0,)),
        Step("product", "mul", Gate(), (0,), constant=(1,)),
    ]
    graph = Graph(steps)
    assert graph.names == ["product"]
    output, tape = graph.forward(row(3))
    assert output.tolist() == [[18]]
    relevance, _, ledger, layers = graph.backward(output, tape, {"product"})
    assert relevance.tolist() == layers["product"].tolist() == [[18]]
    assert [entry.layer for entry in ledger] == ["product"]


def images_first(x, layout):
    """Bring a value of three images to (3, …) by its layout, axis by axis."""
    x = x.unflatten(layout.axis, (layout.outer, 3, layout.inner)).movedim(layout.axis + 1, 0)
    of_one = range(layout.axis + 1, layout.axis + 3)
    return x.reshape(3, *[size for i, size in enumerate(x.shape) if i and not (i in of_one and size == 1)])


@pytest.mark.parametrize(
    ("layout", "before", "after", "axis", "expected"),
    [
        (Layout(0), (3, 4, 10), (12, 10), 0, Layout(0, 1, 4)),  # windows
        (Layout(0, 1, 4), (12, 10), (3, 2, 20), 0, Layout(0)),
        (Layout(1), (4, 3, 10), (12, 10), 0, Layout(0, 4, 1)),  # tokens
        (Layout(0, 4, 1), (12, 10), (2, 2, 3, 5, 2), 2, Layout(2)),
        (Layout(1), (4, 3, 10), (4, 15, 2), 1, Layout(1, 1, 5)),  # heads
        (Layout(1), (4, 3, 10), (2, 30, 2), 1, Layout(1, 2, 5)),
        (Layout(1, 2, 5), (2, 30, 2), (4, 3, 10), 1, Layout(1)),
        (Layout(1), (4, 3, 10), (3, 4, 10), 0, None),  # images are mixed
        (Layout(0, 1, 4), (12, 10), (6, 20), 0, Layout(0, 1, 2)),
        (Layout(0, 4, 1), (12, 10), (6, 20), 0, None),
    ],
)
def test_layouts_of_values_in_another_shape(layout, before, after, axis, expected):
    found = reshaped(layout, before, after, axis, after[axis] // 3)
    assert found == expected
    if found is not None:
        x = torch.arange(120).reshape(before)
        of_images, of_images_after = images_first(x, layout), images_first(x.reshape(after), found)
        assert of_images_after.shape[1:] == found.images_first(after)
        assert torch.equal(of_images_after.flatten(1), of_images.flatten(1))


@pytest.mark.parametrize("layout", [Layout(0), Layout(1), Layout(1, 2, 1), Layout(2, 1, 5), Layout(0, 2, 2)])
@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_layouts_of_values_with_axes_in_another_order(layout, axes):
    sizes = [4, 2, 7]
    sizes[layout.axis] = 3 * layout.outer * layout.inner
    x = torch.arange(sizes[0] * sizes[1] * sizes[2]).reshape(sizes)
    after = replace(layout, axis=axes.index(layout.axis))
    assert permutation(torch.permute, {"dims": axes}, 3) == list(axes)
    ours = images_first(x, layout).permute(layout.order(axes))
    assert torch.equal(ours, images_first(x.permute(axes), after))
    for axis in {0, 1, 2} - {layout.axis}:
        assert ours.shape[after.place(axes.index(axis))] == sizes[axis]


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
