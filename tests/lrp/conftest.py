"""Networks and images small enough for loops and float64."""

import pytest
import torch
from torch import nn


@pytest.fixture(autouse=True)
def _reproducible():
    """Fix the seed, and use one thread: for small layers, waiting for a second one costs more than the work."""
    torch.manual_seed(20160912)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def small_network():
    """A small Levi-Hassner network in float64, with stride, ceil mode, LRN and dropout; (N, 3, 35, 35) to (N, 3)."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 7, stride=4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.LocalResponseNorm(5, alpha=1e-2, beta=0.75, k=1),
        nn.Conv2d(8, 12, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2, 2, ceil_mode=True),
        nn.Flatten(),
        nn.Linear(48, 10),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(10, 3),
    ).double()


@pytest.fixture
def without_lrn(small_network):
    """The same network without LRN, which other libraries treat differently."""
    return nn.Sequential(*(layer for layer in small_network if not isinstance(layer, nn.LocalResponseNorm))).eval()


@pytest.fixture
def images():
    """Five images for ``small_network``, with values of both signs."""
    return torch.randn(5, 3, 35, 35, dtype=torch.float64)
