"""The way of relevance through a network: where all of it passes, and its maps there."""

from collections import OrderedDict

import pytest
import torch
from torch import nn

from facelrp.heatmaps.flow import MOST, as_map, chosen, maps_of_graph, maps_of_sequence, narrow_passes
from facelrp.lrp import Explainer
from facelrp.lrp.graph import Graph, Step
from facelrp.networks.view import View


def graph(*inputs):
    return Graph([Step(f"step{number}", "kind", None, tuple(used)) for number, used in enumerate(inputs)])


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([[0], [1], [2]], [0, 1, 2]),  # a sequence
        # 1 is added to what becomes of it: 2 and 3 lie in a branch.
        ([[0], [1], [2], [3, 1], [4]], [0, 1, 4]),
        # The images are used twice.
        ([[0], [0], [1, 2], [3]], [0, 3]),
        # Two branches that overlap.
        ([[0], [1], [2, 1], [3, 2], [4]], [0, 1, 4]),
    ],
)
def test_narrow_passes(inputs, expected):
    assert narrow_passes(graph(*inputs)) == expected


def test_maps_have_positions():
    assert as_map(torch.ones(1, 3, 5, 5)).shape == (5, 5)
    assert as_map(torch.ones(1, 7, 7, 96)).equal(torch.full((7, 7), 96.0))
    tokens = torch.arange(10.0)[None, :, None] * torch.ones(4)
    assert as_map(tokens).equal(4 * torch.arange(1.0, 10).reshape(3, 3))
    assert as_map(torch.ones(1, 6)).shape == (6,)


def test_all_sizes_are_shown():
    sizes = [9] * 2 + [5] * 20 + [3]
    places = chosen([torch.zeros(size, size) for size in sizes])
    assert len(places) == MOST
    assert {0, 2, 21, 22} < set(places)
    assert chosen([torch.zeros(2, 2)] * 2) == [0, 1]


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.output = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = torch.relu(x + self.second(x))
        return self.output(x.mean((2, 3)))


def test_every_map_of_a_network_with_branches_has_all_relevance():
    torch.manual_seed(1)
    explainer = Explainer(Residual().double())
    explanation = explainer(torch.randn(1, 3, 6, 6, dtype=torch.float64), keep="all")
    maps = maps_of_graph(explainer.graph, explanation.layers)
    assert next(iter(maps)) == "pixels"
    assert [one.dim() for one in maps.values()] == sorted((one.dim() for one in maps.values()), reverse=True)
    assert maps["pixels"].sum().item() == pytest.approx(explanation.relevance.sum().item(), rel=1e-12)
    # Above the first convolution and its ReLU nothing is lost but to biases of layers above.
    lost = {entry.layer: float(sum(entry.losses.values())) for entry in explanation.ledger}
    for name, one in maps.items():
        below = list(lost)[: 1 + list(lost).index(name)] if name != "pixels" else []
        expected = explanation.relevance.sum() + sum(lost[layer] for layer in below)
        assert one.sum().item() == pytest.approx(expected.item(), rel=1e-9)


def test_the_first_dense_layer_of_a_sequence_is_shown_as_maps():
    torch.manual_seed(1)
    layers = {"conv1": nn.Conv2d(3, 4, 3), "relu1": nn.ReLU(), "flatten": nn.Flatten(), "fc6": nn.Linear(64, 5)}
    layers |= {"relu6": nn.ReLU(), "fc8": nn.Linear(5, 1)}
    network = nn.Sequential()
    for name, layer in layers.items():
        network.add_module(name, layer)
    explanation = Explainer(network)(torch.randn(1, 3, 6, 6), keep="all")
    maps = maps_of_sequence(explanation.layers)
    assert {name: tuple(one.shape) for name, one in maps.items()} == {"pixels": (6, 6), "conv1": (4, 4), "fc6": (5,)}
    assert maps["conv1"].sum().item() == pytest.approx(explanation.layers["fc6"].sum().item(), rel=1e-5)


def test_of_what_a_network_sees_of_an_image_the_result_is_shown():
    torch.manual_seed(1)
    network = nn.Sequential(OrderedDict(view=View(64, 0.9), features=Residual(), fc=nn.Linear(1, 1)))
    explainer = Explainer(network)
    explanation = explainer(torch.randn(1, 3, 227, 227), keep="all")
    maps = maps_of_graph(explainer.graph, explanation.layers)
    assert [name for name in maps if name.startswith("view")] == ["view"]
    assert {tuple(one.shape) for one in maps.values()} >= {(227, 227), (64, 64)}
