"""Weights become random layer by layer."""

import numpy as np
import pytest
import torch
from torch import nn

from facelrp.heatmaps.perturbation import grid
from facelrp.heatmaps.sanity import check, entropy_rise, randomised


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


def test_the_rise_of_entropy_by_hand():
    """A peak: one pixel in four has another value, H = 2 ln 2 − 3/4 ln 3. Four different values: H = ln 4."""
    peak, varied, constant = np.array([[[0, 0], [0, 8.0]], [[0, 1.0], [2, 3]], [[5.0, 5], [5, 5]]])
    of_peak = 2 * np.log(2) - 0.75 * np.log(3)
    np.testing.assert_allclose(entropy_rise(peak[None], varied[None]), [np.log(4) / of_peak - 1])
    np.testing.assert_allclose(entropy_rise(varied[None], peak[None]), [of_peak / np.log(4) - 1])
    np.testing.assert_allclose(entropy_rise(peak[None], constant[None]), [-1])
    assert np.isnan(entropy_rise(constant[None], peak[None])).all()


def test_scale_does_not_change_the_rise_of_entropy():
    own, random = np.random.default_rng(1).normal(size=(2, 3, 20, 20))
    np.testing.assert_allclose(entropy_rise(own, random), entropy_rise(1e6 * own, 1e-6 * random))


def test_each_seed_is_compared_once_and_the_first_layer_by_layer(network):
    images = torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(1))

    def explain(module):
        with torch.no_grad():
            return module[:2](images).sum(1).numpy()

    own = explain(network)
    table = check(network, explain, own, own, range(3, 8), grid(2, 1))
    face = table[table["row"] == 1]
    assert face["test"].tolist() == ["mirror"] + 7 * ["randomisation"]
    assert face["layer"].tolist() == ["", "5", "3"] + 5 * ["0"]
    assert face["seed"].tolist()[1:] == [3, 3, 3, 4, 5, 6, 7]
    # Layers above the convolution change nothing here; the convolution does, with each seed in another way.
    np.testing.assert_allclose(face["correlation"][:3], 1)
    assert face["correlation"][3:].nunique() == 5
    assert face["entropy_rise"].notna().tolist() == 3 * [False] + 5 * [True]
