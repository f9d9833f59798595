"""Predict happy faces with one part of another photograph of the same person, and compare the effect with relevance.

All networks of a base model: each is loaded once.
"""

from functools import partial

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.faces.rating_scales import RatingScale
from facelrp.faces.swaps import ALL, CONTROL, PARTS, composite, opacities
from facelrp.heatmaps.predictions import predict_ratings
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.devices import prepare
from facelrp.statistics.pairing import HAPPY, states_of
from facelrp_workflow.files import by_attribute, open_array, read_faces, write_table
from facelrp_workflow.job import job


def pairs_of(faces):
    """Return the pairs of photographs: a row per other state and person, with the rows of both photographs.

    A person's first photograph in a state counts: two sessions are not aligned with each other.

    Parameters
    ----------
    faces : DataFrame
        N rows, with the columns ``identity`` and ``state``.

    Returns
    -------
    DataFrame
        With ``identity``, ``against``, ``happy`` and ``other``.
    """
    first = faces.reset_index(names="row").drop_duplicates(["identity", "state"])
    rows = first.pivot(index="identity", columns="state", values="row")
    return pd.concat(
        [
            rows[[HAPPY, other]]
            .dropna()
            .astype(int)
            .set_axis(["happy", "other"], axis=1)
            .reset_index()
            .assign(against=other)
            for other in states_of(faces)[1:]
        ],
        ignore_index=True,
    )


def effects_of_swaps(predict_batch, image, other, swapped):
    """Return by how much a prediction is higher than with each part of the other photograph.

    Parameters
    ----------
    predict_batch : callable
        Returns predictions (n, A) for n images.
    image, other : ndarray of uint8, shape (H, W, 3)
    swapped : ndarray of float, shape (P, H, W)
        How much of each pixel is swapped with each part, see `facelrp.faces.swaps.opacities`.

    Returns
    -------
    ndarray of float, shape (P + 1, A)
        In points; the last row is the whole photograph's. NaN if nothing is swapped; exactly 0 if no pixel changes.
    """
    changed = np.stack([*(composite(image, other, opacity) for opacity in swapped), other])
    differ = (changed != image).any((1, 2, 3))
    predicted = predict_batch(np.concatenate([image[None], changed[differ]]))
    effects = np.zeros((len(changed), predicted.shape[1]))
    effects[differ] = predicted[0] - predicted[1:]
    effects[:-1][~swapped.any((1, 2))] = np.nan
    return effects


def relevance_of_swaps(happy, other, swapped):
    """Return the relevance of swapped pixels in the happy photograph's heatmaps, less that in the other's.

    Parameters
    ----------
    happy, other : ndarray of float, shape (A, H, W)
        Heatmaps of A networks, in units of their outputs.
    swapped : ndarray of float, shape (P, H, W)
        See `effects_of_swaps`.

    Returns
    -------
    ndarray of float, shape (P + 1, A)
        In these units; the last row is the whole photograph's. NaN if nothing is swapped.
    """
    difference = happy.astype(np.float64) - other
    parts = np.where(swapped.any((1, 2))[:, None], np.tensordot(swapped, difference, ((1, 2), (1, 2))), np.nan)
    return np.concatenate([parts, difference.sum((1, 2))[None]])


def main(files, output, attributes, dense, scale, compute, device, log):
    device, scale = prepare(device, compute["threads"]), RatingScale(*scale)
    networks = [weights.load(path).to(device) for path in files.weights]
    predict_batch = partial(predict_ratings, networks, dense, scale)
    images, labels, relevance = (open_array(path) for path in (files.images, files.parts, files.relevance))
    pairs, names = pairs_of(read_faces(files)), [*PARTS, CONTROL, ALL]
    log.info("%d pairs × %s, device %s, torch %s", len(pairs), names, device, torch.__version__)
    tables = []
    for pair in tqdm(pairs.itertuples(), "pairs", len(pairs), disable=None):
        rows = [pair.happy, pair.other]
        swapped = opacities(*labels[rows])
        effects = effects_of_swaps(predict_batch, *images[rows], swapped)
        sums = scale.width * relevance_of_swaps(relevance[:, pair.happy], relevance[:, pair.other], swapped)
        index = pd.MultiIndex.from_product([attributes, names], names=["attribute", "part"])
        table = pd.DataFrame({"effect": effects.T.ravel(), "relevance": sums.T.ravel()}, index).reset_index()
        tables.append(table.assign(identity=pair.identity, against=pair.against))
        for array in (images, labels, relevance):
            release(array)
    table = by_attribute(tables, attributes)
    write_table(output, table[["attribute", "identity", "against", "part", "effect", "relevance"]])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(
            snakemake.input,
            snakemake.output[0],
            dense=snakemake.wildcards.mode == "dense",
            **snakemake.params,
            device=snakemake.resources.device,
            log=log,
        )
