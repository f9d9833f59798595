"""Whether a heatmap depends on what it explains: agreement of maps, weights made random, faces mirrored."""

from copy import deepcopy

import numpy as np
import torch
from scipy import stats
from torch import nn


def correlation(first, second):
    """Pearson correlation of each map with its counterpart.

    Parameters
    ----------
    first, second : array_like of float, shape (N, ...)

    Returns
    -------
    ndarray of float, shape (N,)
        NaN where either map is constant.
    """
    first, second = (np.asarray(maps, dtype=np.float64).reshape(len(maps), -1) for maps in (first, second))
    first, second = (maps - maps.mean(1, keepdims=True) for maps in (first, second))
    size = np.sqrt(np.square(first).sum(1) * np.square(second).sum(1))
    return np.divide((first * second).sum(1), size, out=np.full(len(size), np.nan), where=size > 0)


def rank_correlation(first, second):
    """Spearman correlation of each map with its counterpart, ties at their mean rank; otherwise as `correlation`."""
    return correlation(*(stats.rankdata(np.reshape(maps, (len(maps), -1)), axis=1) for maps in (first, second)))


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
