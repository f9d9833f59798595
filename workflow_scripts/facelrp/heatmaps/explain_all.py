"""Heatmaps of many faces, batch by batch, with the tables that go with them."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.faces.parts import PARTS, sums_by_part
from facelrp.memory_maps import release

#: Faces at a time.
BATCH = 16


@torch.no_grad()
def explained_unit(network, images):
    """Return the class (n,) a base model sees in each image, None for a network with one output."""
    return network(images).argmax(1) if network.fc8.out_features > 1 else None


def explain_all(explainer, network, inputs, face_ids, heatmaps):
    """Explain what a network says of every face; fill the heatmaps and return what else is to be told.

    A base model is explained for the class it sees in the face, a fine-tuned network for its only output.

    Parameters
    ----------
    explainer : facelrp.lrp.Explainer
        Of the network.
    network : torch.nn.Sequential
    inputs : facelrp.networks.batches.Images
        N faces.
    face_ids : ndarray of str, shape (N,)
    heatmaps : ndarray of float, shape (N, 227, 227)
        Filled: relevance summed over channels, in units of the output.

    Returns
    -------
    scores : DataFrame
        A row per face: explained unit, its output f(x), sum of relevance, error of conservation.
    ledger : DataFrame
        A row per face and layer, see `facelrp.lrp.ledger`.

    Raises
    ------
    InputError
        If relevance is NaN or more than the heatmaps' type holds.
    """
    # What is kept of each batch are Python's own numbers. A small array would lie in the heap behind the batch's large
    # ones, whose place the next batch could then not take as a whole: memory would grow with every batch.
    scores, ledger = [], []
    for rows in tqdm(torch.arange(len(inputs)).split(BATCH), desc="heatmaps", disable=None):
        images = inputs(rows)
        explanation = explainer(images, explained_unit(network, images))
        heatmap = explanation.heatmap
        if not (most := heatmap.abs().max().item()) <= float(np.finfo(heatmaps.dtype).max):
            what = f"relevance of {most:.3g} is more than a heatmap can hold: the network has diverged"
            raise InputError(what, "its recipe in config.yaml", "lower the rate")
        # torch rounds to float16 as numpy does, which takes a hundred times as long over the smallest numbers.
        heatmaps[rows[0] : rows[-1] + 1] = heatmap.to(getattr(torch, heatmaps.dtype.name)).cpu().numpy()
        release(heatmaps)
        names = face_ids[rows.numpy()]
        told = {
            "unit": explanation.target,
            "output": explanation.output.double(),
            "relevance": explanation.relevance.sum((1, 2, 3), dtype=torch.float64),
            "conservation_error": explanation.conservation_error(),
        }
        columns = zip(names, *(values.tolist() for values in told.values()), strict=True)
        scores += [dict(zip(("face_id", *told), column, strict=True)) for column in columns]
        ledger += [{"face_id": names[row.pop("image")]} | row for row in explanation.ledger.rows()]
    return pd.DataFrame(scores), pd.DataFrame(ledger)


def layer_losses(ledger):
    """Return the mean books of every layer that has any loss, as text."""
    means = ledger.groupby(["layer", "kind"], sort=False).mean(numeric_only=True)
    losses = means.columns.drop(["relevance_out", "relevance_in"])
    return means[(means[losses] != 0).any(axis=1)].to_string(float_format="{:.3g}".format)


def part_sums(heatmaps, labels):
    """Add up all, positive and negative relevance of every face by parts.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)
        In units of f(x); may be memory-mapped, and is read batch by batch.
    labels : array_like of uint8, shape (N, H, W)
        See `facelrp.faces.parts`.

    Returns
    -------
    DataFrame
        A row per face and part: ``row`` (the face's place), ``part``, ``relevance``, ``positive``, ``negative``.
    """
    tables = []
    for start in range(0, len(heatmaps), BATCH):
        maps, parts = (np.asarray(array[start : start + BATCH]) for array in (heatmaps, labels))
        signs = {"relevance": maps, "positive": maps.clip(0), "negative": maps.clip(max=0)}
        sums = {name: sums_by_part(values, parts).ravel() for name, values in signs.items()}
        rows = np.repeat(np.arange(start, start + len(maps)), len(PARTS))
        tables.append(pd.DataFrame({"row": rows, "part": PARTS * len(maps), **sums}))
        release(heatmaps)
        release(labels)
    return pd.concat(tables, ignore_index=True)
