"""Networks with branches against surrogates of equal value, whose gradient × input is the relevance."""

import pytest
import torch
from branches import Branches, Dense, Mobile, settled
from modern import vgg
from surrogates import relevance_by_gradient

from facelrp.lrp import AlphaBeta, Box, Composite, Epsilon, Explainer, Flat, Gamma, WSquare

RULES = [
    AlphaBeta(2, -1),
    AlphaBeta(1, 0),
    AlphaBeta(2, -1, bias=False),
    Epsilon(0),
    Epsilon(0.1),
    Gamma(0.25),
    Composite(first=WSquare(), conv=Gamma(0.3), dense=Epsilon(0.05)),
    Composite(first=Flat(), conv=AlphaBeta(2, -1), dense=Epsilon(0.05)),
    Composite(first=Box(-6.0, 6.0), conv=AlphaBeta(1, 0), dense=Epsilon(1e-3)),
]


def largest_difference(ours, expected):
    return ((ours - expected).abs().max() / expected.abs().max()).item()


def agrees(network, size, rule, add):
    network, images = settled(network), torch.randn(2, 3, size, size, dtype=torch.float64).clamp(-5, 5)
    explanation = Explainer(network, rule, add=add)(images, target=1)
    expected = relevance_by_gradient(network, images, 1, rule, add)
    assert largest_difference(explanation.relevance, expected) < 1e-10
    assert explanation.conservation_error().max() < 1e-11
    for entry in explanation.ledger:
        scale = torch.maximum(entry.relevance_in.abs(), entry.relevance_out.abs()).max()
        gap = entry.relevance_in + sum(entry.losses.values()) - entry.relevance_out
        assert gap.abs().max() <= 1e-12 * scale, entry.layer


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("network", [Branches, Dense, Mobile])
def test_small_networks(network, rule):
    agrees(network(), 32, rule, "ratio")


@pytest.mark.parametrize("rule", RULES[:2], ids=repr)
@pytest.mark.parametrize("network", [Branches, Mobile])
def test_proportional_sums(network, rule):
    agrees(network(), 32, rule, "proportional")


@pytest.mark.parametrize("add", ["ratio", "proportional"])
@pytest.mark.parametrize(
    "rule", [AlphaBeta(2, -1), Composite(first=Box(-6.0, 6.0), conv=Gamma(0.3), dense=Epsilon(1e-3))]
)
def test_resnet18(rule, add):
    models = pytest.importorskip("torchvision.models")
    agrees(models.resnet18(num_classes=3), 64, rule, add)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_vgg_with_batch_norm(rule):
    agrees(vgg(pytest.importorskip("torchvision.models")), 64, rule, "ratio")


@pytest.mark.parametrize("name", ["mobilenet_v2", "googlenet", "shufflenet_v2_x0_5"])
def test_networks_of_torchvision(name):
    models = pytest.importorskip("torchvision.models")
    options = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
    agrees(getattr(models, name)(num_classes=3, **options), 64, AlphaBeta(2, -1), "ratio")
