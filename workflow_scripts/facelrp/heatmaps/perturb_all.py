"""Predict the rating of faces while their regions are removed, in the order of several heatmaps' relevance."""

import numpy as np
import pandas as pd

from facelrp.heatmaps import perturbation
from facelrp.networks.batches import predict


def perturb(network, image, pooled, settings, scale, rng):
    """Predict the rating of a face while its cells are removed, by the order of each heatmap and at random: a table.

    Parameters
    ----------
    network : facelrp.networks.weights.LoadedNetwork
    image : ndarray of uint8, shape (H, W, 3)
    pooled : dict of {str: ndarray of float, shape (cells,)}
        By rule, the relevance of each cell.
    settings : dict
        ``cell_pixels``, ``steps``, ``removed_share``, ``random_orders`` and ``blur_pixels``: see the configuration's
        ``evaluation``.
    scale : facelrp.faces.rating_scales.RatingScale
        That of the network's ratings.
    rng : numpy.random.Generator
        For random orders.

    Returns
    -------
    DataFrame
        ``rule``, ``order`` (most or least relevant first, or random), ``removed`` (the share of cells) and
        ``prediction`` (in points), a row per step. Those of ``random`` are means over the random orders.
    """
    cells = perturbation.grid(image.shape[0], settings["cell_pixels"])
    count, steps = cells.max() + 1, settings["steps"]
    orders = {(rule, "most"): np.argsort(-relevance, kind="stable") for rule, relevance in pooled.items()}
    orders |= {(rule, "least"): np.argsort(relevance, kind="stable") for rule, relevance in pooled.items()}
    every_order = [*orders.values(), *(rng.permutation(count) for _ in range(settings["random_orders"]))]
    removed = perturbation.schedule(count, settings["removed_share"], steps)
    fill = perturbation.blurred(image, settings["blur_pixels"])
    variants = [image[None], *(perturbation.remove(image, fill, cells, order, removed) for order in every_order)]
    inputs = network.images(np.concatenate(variants))
    ratings = scale.to_points(predict(network.module, inputs).squeeze(1).double().numpy())
    whole, curves = ratings[0], ratings[1:].reshape(len(every_order), steps)
    named = dict(zip(orders, curves, strict=False)) | {("random", "random"): curves[len(orders) :].mean(0)}
    share = np.concatenate([[0], removed]) / count
    return pd.concat(
        pd.DataFrame({"rule": rule, "order": order, "removed": share, "prediction": np.concatenate([[whole], curve])})
        for (rule, order), curve in named.items()
    )
