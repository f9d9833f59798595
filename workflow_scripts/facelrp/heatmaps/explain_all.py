"""Compute the heatmaps of many faces, batch by batch, with their scores and ledger."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.lrp import Explainer, ReferenceExplainer
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.surgery import output_of

#: Faces at a time.
BATCH = 16


def make_explainer(network, heatmaps, references=None):
    """Return the explainer of a network.

    Parameters
    ----------
    network : facelrp.networks.weights.LoadedNetwork
        On the device to explain on.
    heatmaps : dict
        From the configuration: ``rule`` and ``lrn``.
    references : ndarray of uint8, shape (M, 227, 227, 3), optional
        The images to compare with, if the rule is ``references``.

    Returns
    -------
    facelrp.lrp.Explainer
    """
    if heatmaps["rule"]["name"] == "references":
        return ReferenceExplainer(network.module, network.images(references)(torch.arange(len(references))))
    return Explainer.from_config(network.module, heatmaps, network.pixel_range)


def load_explainer(path, heatmaps, device, references=None):
    """Load a network onto a device; return it and its explainer, see `make_explainer`."""
    network = weights.load(path).to(device)
    return network, make_explainer(network, heatmaps, references)


@torch.no_grad()
def explained_target(network, images):
    """Return what is explained of each image, see `facelrp.lrp.Explainer`: its class, its embedding, or its rating.

    Parameters
    ----------
    network : facelrp.networks.weights.LoadedNetwork
    images : Tensor, shape (n, 3, 227, 227)

    Returns
    -------
    Tensor or None
        The class (n,) that a base model predicts. For one without classes, whose outputs are an embedding, the weights
        (n, units) of the embedding's own direction: its length is explained, the similarity of a face to itself. None
        for a network with one output.
    """
    if output_of(network.module).out_features == 1:
        return None
    outputs = network.module(images)
    return torch.nn.functional.normalize(outputs) if network.embeds else outputs.argmax(1)


def explain_all(explainer, network, inputs, face_ids, heatmaps):
    """Explain a network's output for every face: fill the heatmaps, and return scores and ledger.

    What is explained of a base model is its predicted class, or the length of its embedding; of a fine-tuned network it
    is its only output.

    Parameters
    ----------
    explainer : facelrp.lrp.Explainer
        The network's explainer.
    network : facelrp.networks.weights.LoadedNetwork
    inputs : facelrp.networks.batches.Images
        N faces.
    face_ids : ndarray of str, shape (N,)
    heatmaps : ndarray of float, shape (N, 227, 227)
        To be filled with relevance summed over channels, in units of the output.

    Returns
    -------
    scores : DataFrame
        A row per face: explained unit (−1 for an embedding), its output f(x), the baseline that it is compared with,
        sum of relevance, conservation error.
    ledger : DataFrame
        A row per face and layer, see `facelrp.lrp.ledger`.

    Raises
    ------
    InputError
        If relevance is NaN or exceeds the range of the heatmaps' type.
    """
    # Keep Python numbers, not arrays: a small array that outlives its batch fragments the heap behind the batch's large
    # arrays, and memory would grow with every batch.
    scores, ledger = [], []
    for rows in tqdm(torch.arange(len(inputs)).split(BATCH), desc="heatmaps", disable=None):
        images = inputs(rows)
        explanation = explainer(images, explained_target(network, images))
        heatmap = explanation.heatmap
        if not (most := heatmap.abs().max().item()) <= float(np.finfo(heatmaps.dtype).max):
            what = f"relevance of {most:.3g} is more than a heatmap can hold: the network has diverged"
            raise InputError(what, "its recipe in config.yaml", "lower its learning_rate")
        # torch rounds to float16 as numpy does, but numpy takes a hundred times as long for the smallest numbers.
        heatmaps[rows[0] : rows[-1] + 1] = heatmap.to(getattr(torch, heatmaps.dtype.name)).cpu().numpy()
        release(heatmaps)
        names = face_ids[rows.numpy()]
        values = {
            "unit": torch.full((len(rows),), -1) if network.embeds else explanation.target,
            "output": explanation.output.double(),
            "baseline": explanation.baseline.double(),
            "relevance": explanation.relevance.sum((1, 2, 3), dtype=torch.float64),
            "conservation_error": explanation.conservation_error(),
        }
        columns = {"face_id": names} | {name: column.tolist() for name, column in values.items()}
        scores += [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        ledger += [{"face_id": names[row.pop("image")]} | row for row in explanation.ledger.rows()]
    return pd.DataFrame(scores), pd.DataFrame(ledger)


def layer_losses(ledger):
    """Return the mean entries of every layer that loses relevance, as text."""
    means = ledger.groupby(["layer", "kind"], sort=False).mean(numeric_only=True)
    losses = means.columns.drop(["relevance_out", "relevance_in"])
    return means[(means[losses] != 0).any(axis=1)].to_string(float_format="{:.3g}".format)
