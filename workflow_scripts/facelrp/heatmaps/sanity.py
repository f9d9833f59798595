"""Randomisation: networks with random weights, for the model parameter randomisation test (MPRT).

If a heatmap depends on what the network has learned, it changes when the weights become random; `agreement` measures
how much.
"""

from copy import deepcopy

import torch
from torch import nn


@torch.no_grad()
def randomised(network, seed):
    """Randomisation: make a network's weights random for the MPRT, layer by layer from the top down.

    Each layer's weights and biases are drawn from normal distributions with their own mean and standard deviation. The
    layers' outputs keep their magnitude but lose all learned information.

    Parameters
    ----------
    network : torch.nn.Module
        Not changed.
    seed : int

    Yields
    ------
    name : str
        The layer that was made random last; all layers above it are random, too.
    network : torch.nn.Module
        A copy that changes with every step: use it before the next one.

    References
    ----------
    Adebayo et al. (2018), *Sanity checks for saliency maps*, sec. 3.1 (cascading randomisation).
    """
    generator = torch.Generator().manual_seed(seed)
    network = deepcopy(network)
    layers = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    for name, layer in reversed(layers):
        for values in layer.parameters():
            spread = values.std(correction=0)
            values.copy_(values.mean() + spread * torch.randn(values.shape, generator=generator).to(values.device))
        yield name, network
