"""How much of a heatmap cancels, and what rules do with biases."""

import numpy as np
import pytest
import torch
from torch import nn

from facelrp.heatmaps.cancellation import bias_treatment, relevance_sums
from facelrp.heatmaps.gradients import gradient_times_input
from facelrp.lrp import Epsilon, explain


@pytest.mark.parametrize(
    ("rule", "treatment"),
    [
        ({"name": "alpha_beta", "alpha": 2, "beta": -1, "bias": False}, "left out"),
        ({"name": "alpha_beta", "alpha": 1, "beta": 0}, "absorb"),
        ({"name": "epsilon", "bias": True}, "absorb"),
        ({"name": "flat"}, "left out"),
        ({"name": "modern"}, "cancel, absorb"),
        ({"name": "references"}, "cancel"),
        (
            {"name": "composite", "conv": {"name": "gamma", "bias": False}, "dense": {"name": "epsilon"}},
            "left out, absorb",
        ),
    ],
)
def test_each_rule_says_what_becomes_of_biases(rule, treatment):
    assert bias_treatment(rule) == treatment


def test_sums_by_hand():
    maps = {"one": np.array([[[1.0, -3], [2, 0]]]), "other": np.array([[[1.0, 1], [1, 1]]])}
    explained = {"one": np.array([0.5]), "other": np.array([4.0])}
    table = relevance_sums(maps, explained, {"one": "absorb", "other": "cancel"}).set_index("rule")
    assert table.loc["one"].tolist() == [0, "absorb", 0.5, 0.0, 6.0]
    assert table.loc["other"].tolist() == [0, "cancel", 4.0, 4.0, 4.0]


def test_the_epsilon_rule_with_biases_is_gradient_times_input():
    torch.manual_seed(1)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(54, 20), nn.ReLU(), nn.Linear(20, 1)
    )
    network.double().eval()
    for layer in (network[0], network[4], network[6]):
        nn.init.normal_(layer.bias)
    images = torch.randn(3, 3, 8, 8, dtype=torch.double)
    relevance = explain(network, images, Epsilon(1e-12, bias=True)).relevance
    torch.testing.assert_close(relevance, gradient_times_input(network, images))
