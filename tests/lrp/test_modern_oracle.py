"""Architectures of base models against surrogates of equal value, whose gradient × input is the relevance."""

import pytest
import torch
from modern import explained, traced
from surrogates import relevance_by_gradient

from facelrp.lrp import AlphaBeta, Box, Composite, Epsilon, Gamma
from facelrp.lrp.composites import residual, transformer

pytest.importorskip("torchvision")

RULES = [
    AlphaBeta(2, -1),
    Epsilon(0),
    Epsilon(0.01),
    Gamma(0.25),
    Composite(first=Box(-6.0, 6.0), conv=AlphaBeta(1, 0), dense=Epsilon(1e-3)),
    residual(),
    transformer(),
]
NETWORKS = ["bottlenecks", "vgg", "densenet", "efficientnet", "convnext", "inception_resnet", "swin", "vit"]
TRANSFORMERS = ["swin", "vit"]


def agrees(name, rule, add, attention):
    network, images, program = traced(name)
    images = images.clamp(-5, 5)
    relevance, output, ledger = explained(network, program, images, rule, add, attention)
    expected = relevance_by_gradient(network, images, 1, rule, add, attention)
    assert (relevance - expected).abs().max() <= 1e-10 * expected.abs().max()
    gap = relevance.sum((1, 2, 3)) + ledger.lost() - output
    assert (gap.abs() <= 1e-12 * output.abs().max() + 1e-12 * relevance.abs().sum((1, 2, 3))).all()
    for entry in ledger:
        scale = torch.maximum(entry.relevance_in.abs(), entry.relevance_out.abs()).max()
        gap = entry.relevance_in + sum(entry.losses.values()) - entry.relevance_out
        assert gap.abs().max() <= 1e-12 * scale, entry.layer


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: repr(rule)[:60])
@pytest.mark.parametrize("name", NETWORKS)
def test_by_gradient_of_surrogates(name, rule):
    agrees(name, rule, "ratio", "cp")


@pytest.mark.parametrize("rule", RULES[:4], ids=repr)
@pytest.mark.parametrize("name", TRANSFORMERS)
def test_attnlrp(name, rule):
    agrees(name, rule, "ratio", "attnlrp")


@pytest.mark.parametrize("attention", ["cp", "attnlrp"])
@pytest.mark.parametrize("name", TRANSFORMERS)
def test_proportional_sums(name, attention):
    agrees(name, Gamma(0.05), "proportional", attention)
