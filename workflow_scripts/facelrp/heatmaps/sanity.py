"""Randomisation: networks with random weights, for the model parameter randomisation test (MPRT).

If a heatmap depends on what the network has learned, it changes when the weights become random; `agreement` measures
how much. It also becomes more complex (Efficient MPRT, eMPRT).
"""

from collections import deque
from copy import deepcopy

import numpy as np
import pandas as pd
import torch
from torch import nn

from facelrp.heatmaps.agreement import compare_maps
from facelrp.heatmaps.richness import value_entropy


def layers_from_the_top(network):
    """Return the layers whose weights become random, (name, layer), in that order."""
    found = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    return found[::-1]


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
    for name, layer in layers_from_the_top(network):
        for values in layer.parameters():
            spread = values.std(correction=0)
            values.copy_(values.mean() + spread * torch.randn(values.shape, generator=generator).to(values.device))
        yield name, network


def entropy_rise(own, random):
    """Randomisation: Efficient MPRT, the relative rise of a heatmap's complexity when all weights become random.

    Parameters
    ----------
    own, random : array_like of float, shape (N, H, W)
        Heatmaps by the network, and by the same with random weights.

    Returns
    -------
    ndarray of float, shape (N,)
        (H(random) − H(own)) / H(own), where H is `facelrp.heatmaps.richness.value_entropy`. Above 0 if heatmaps of the
        trained network are simpler, as they should be. NaN for a constant heatmap of the network.

    References
    ----------
    Hedström et al. (2024), *A fresh look at sanity checks for saliency maps*, sec. 4.2.
    """
    before, after = value_entropy(own), value_entropy(random)
    return np.divide(after - before, before, out=np.full(len(before), np.nan), where=before > 0)


def check(network, explain, own, mirrored, seeds, cells):
    """Compare heatmaps with those of mirrored faces and of networks with random weights.

    With the first seed the weights become random layer by layer from the top, with the others all at once.

    Parameters
    ----------
    network : torch.nn.Module
    explain : callable
        Takes such a network, and returns its heatmaps (N, H, W) of the same faces.
    own, mirrored : ndarray of float, shape (N, H, W)
        The network's heatmaps, and those of the mirrored faces, mirrored back.
    seeds : sequence of int
    cells : ndarray of int, shape (H, W)
        See `facelrp.heatmaps.perturbation.grid`.

    Returns
    -------
    DataFrame
        A row per face (``row``), ``test`` (mirror or randomisation), ``layer`` and ``seed``: correlations with ``own``,
        see `facelrp.heatmaps.agreement.compare_maps`, and, where all layers are random, ``entropy_rise``. The layer is
        the lowest that is random. Mirrored faces have neither layer nor seed.
    """
    unknown = pd.array([pd.NA] * len(own), dtype="Int64")
    tables = [compare_maps(own, mirrored, cells).assign(test="mirror", layer="", seed=unknown, entropy_rise=np.nan)]
    for seed in seeds:
        steps = randomised(network, seed)
        for layer, changed in steps if seed == seeds[0] else deque(steps, maxlen=1):
            maps = explain(changed)
            found = compare_maps(own, maps, cells)
            number = pd.array([seed] * len(own), dtype="Int64")
            tables.append(found.assign(test="randomisation", layer=layer, seed=number, entropy_rise=np.nan))
        tables[-1]["entropy_rise"] = entropy_rise(own, maps)
    table = pd.concat(tables)
    return table[["row", "test", "layer", "seed", *table.columns.drop(["row", "test", "layer", "seed"])]]
