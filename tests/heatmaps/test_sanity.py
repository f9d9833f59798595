"""Weights become random layer by layer."""

import pytest
import torch
from torch import nn

from facelrp.heatmaps.sanity import randomised


@pytest.fixture
def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU(), nn.Flatten(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 2))


def test_layers_become_random_from_the_top_and_stay_random(network):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    random = []
    for name, changed in randomised(network, seed=1):
        random.append(name)
        for key, value in changed.state_dict().items():
            assert torch.equal(value, before[key]) != (key.split(".")[0] in random)
    assert random == ["5", "3", "0"]
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_random_weights_keep_their_mean_and_deviation(network):
    with torch.no_grad():
        network[3].weight += 0.5
    mean, spread = network[3].weight.mean().item(), network[3].weight.std().item()
    *_, (_, changed) = randomised(network, seed=1)
    assert changed[3].weight.mean().item() == pytest.approx(mean, abs=0.02)
    assert changed[3].weight.std().item() == pytest.approx(spread, rel=0.1)


def test_the_seed_determines_the_weights(network):
    weights = [next(randomised(network, seed))[1][5].weight for seed in (1, 1, 2)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
