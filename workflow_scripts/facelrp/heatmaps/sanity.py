"""Whether a heatmap depends on what it explains: networks whose weights are made random."""

from copy import deepcopy

import torch
from torch import nn


@torch.no_grad()
def randomised(network, seed):
    """Make the weights of a network random from the top layer downwards, one layer after the other.

    Each layer's weights, and its biases, are drawn from a normal distribution of their own mean and deviation: the
    size of what layers answer stays what it was, what they have learned is gone.

    Parameters
    ----------
    network : torch.nn.Module
        Left as it is.
    seed : int

    Yields
    ------
    name : str
        The layer that was made random last, with all above it.
    network : torch.nn.Module
        A copy, changed further with every step: use it before the next one.

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
