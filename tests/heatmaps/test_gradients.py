"""Gradient × input with known answers: linear models, and LRP-0 for networks without biases."""

import torch
from torch import nn

from facelrp.heatmaps.gradients import gradient_times_input
from facelrp.lrp import Epsilon, explain

IMAGES = torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(1))


def test_a_linear_model_gives_weight_times_input():
    model = nn.Sequential(nn.Flatten(), nn.Linear(108, 3))
    expected = model[1].weight[[2, 0]].view(2, 3, 6, 6) * IMAGES
    torch.testing.assert_close(gradient_times_input(model, IMAGES, torch.tensor([2, 0])), expected)


def test_without_biases_it_equals_lrp_0():
    torch.manual_seed(2)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 1, bias=False)
    )
    relevance = explain(network, IMAGES, rule=Epsilon(0)).relevance
    torch.testing.assert_close(gradient_times_input(network, IMAGES), relevance, rtol=1e-4, atol=1e-6)


def test_network_and_images_are_unchanged():
    model = nn.Sequential(nn.Flatten(), nn.Linear(108, 1))
    images = IMAGES.clone()
    assert not gradient_times_input(model, images).requires_grad
    assert model[1].weight.grad is None
    assert not images.requires_grad
