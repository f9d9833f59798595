"""Networks whose effects are known: they are linear in the pixels."""

from collections import OrderedDict

import torch
from torch import nn

from facelrp.networks.weights import LoadedNetwork


def linear(seed):
    """A network with a weight for each pixel and channel; its layers have the names that dense networks need."""
    layers = OrderedDict(flatten=nn.Flatten(), fc6=nn.Linear(3 * 227 * 227, 1))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        nn.init.normal_(layers["fc6"].weight, std=1e-5)
    module = nn.Sequential(layers).eval().requires_grad_(False)
    return LoadedNetwork(module, [120.0, 110.0, 100.0], "linear", {})
