"""Predict faces that were drawn again with one part at its average, and compare the effect with the part's relevance.

All networks of a base model: each is loaded once. The heatmaps are the workflow's own, and those by other rules.
"""

from functools import partial

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.faces.rating_scales import RatingScale
from facelrp.heatmaps.explain_all import make_explainer
from facelrp.heatmaps.interventions import relevance_in_parts
from facelrp.heatmaps.predictions import predict_ratings
from facelrp.heatmaps.rule_names import OWN
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.devices import prepare
from facelrp_workflow.files import open_array, read_faces, read_references, read_table, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK


def effects_of_parts(predict_batch, images, rows, redrawn):
    """Return how much of each prediction is due to each part: that for the face less that for the redrawn face.

    Parameters
    ----------
    predict_batch : callable
        Returns predictions (n, A) for n images.
    images : ndarray of uint8, shape (M, 227, 227, 3)
        May be memory-mapped.
    rows : ndarray of int, shape (N,)
        The rows of the faces in ``images``.
    redrawn : ndarray of uint8, shape (N · P, 227, 227, 3)
        Each of these faces redrawn P times; may be memory-mapped.

    Returns
    -------
    ndarray of float, shape (N, P, A)
        In points.
    """
    times = len(redrawn) // len(rows)
    effects = []
    for first in tqdm(range(0, len(rows), BLOCK), desc="faces", disable=None):
        batch = rows[first : first + BLOCK]
        changed = redrawn[times * first : times * (first + len(batch))]
        predicted = predict_batch(np.concatenate([images[batch], changed]))
        whole, others = predicted[: len(batch), None], predicted[len(batch) :].reshape(len(batch), times, -1)
        effects.append(whole - others)
        release(images)
        release(redrawn)
    return np.concatenate(effects)


def sum_relevance(relevance, test_rows, labels, rows, parts):
    """Return the relevance in each part of each face, see `facelrp.heatmaps.interventions.relevance_in_parts`.

    Parameters
    ----------
    relevance : ndarray of float16, shape (T, 227, 227)
        Heatmaps of the test faces; may be memory-mapped.
    test_rows, rows : ndarray of int, shape (N,)
        The rows of the faces in ``relevance`` and in ``labels``.
    labels : ndarray of uint8, shape (M, 227, 227)
        May be memory-mapped.
    parts : sequence of str
    """
    sums = []
    for first in range(0, len(rows), BLOCK):
        batch = slice(first, first + BLOCK)
        sums.append(relevance_in_parts(relevance[test_rows[batch]].astype(float), labels[rows[batch]], parts))
        release(relevance)
        release(labels)
    return np.concatenate(sums)


def explain_by(network, heatmaps, images, references, labels, rows, parts):
    """Return the relevance in each part of each face by another rule, see `sum_relevance`.

    Parameters
    ----------
    network : facelrp.networks.weights.LoadedNetwork
    heatmaps : dict
        See `facelrp.heatmaps.explain_all.make_explainer`.
    images : ndarray of uint8, shape (M, 227, 227, 3)
        May be memory-mapped, as ``labels`` may.
    references : ndarray of uint8, shape (R, 227, 227, 3), optional
        The faces to compare with, for rules that do.
    labels, rows, parts
        See `sum_relevance`.
    """
    explainer = make_explainer(network, heatmaps, references)
    inputs, sums = network.images(images, rows), []
    for batch in torch.arange(len(rows)).split(BLOCK):
        maps = explainer(inputs(batch)).heatmap.double().cpu().numpy()
        sums.append(relevance_in_parts(maps, labels[rows[batch.numpy()]], parts))
        release(labels)
    return np.concatenate(sums)


def main(files, output, attributes, dense, heatmaps, rules, scale, compute, device, log):
    device, scale = prepare(device, compute["threads"]), RatingScale(*scale)
    networks = [weights.load(path).to(device) for path in files.weights]
    faces, described = read_faces(files, "test"), read_table(files.redrawn_faces)
    # The pictures are in this order: face by face, and each face's parts.
    face_ids, parts = described["face_id"].unique(), described["part"].unique()
    test_rows = pd.Index(faces["face_id"]).get_indexer(face_ids)
    rows = faces.index.to_numpy()[test_rows]
    images, labels, redrawn = (open_array(path) for path in (files.images, files.parts, files.redrawn))
    log.info("%d faces × %s, device %s, torch %s", len(rows), list(parts), device, torch.__version__)
    effects = effects_of_parts(partial(predict_ratings, networks, dense, scale), images, rows, redrawn)
    tables, references = [], read_references(files)
    for number, (attribute, network, path) in enumerate(zip(attributes, networks, files.relevance, strict=True)):
        by_rule = {OWN: sum_relevance(open_array(path), test_rows, labels, rows, parts)}
        for name, rule in rules.items():
            described_rule = heatmaps | {"rule": rule}
            by_rule[name] = explain_by(network, described_rule, images, references, labels, rows, parts)
        for rule, relevance in by_rule.items():
            values = {"effect": effects[..., number].ravel(), "relevance": scale.width * relevance.ravel()}
            tables.append(described[["face_id", "part"]].assign(attribute=attribute, rule=rule, **values))
    write_table(output, pd.concat(tables)[["attribute", "face_id", "part", "rule", "effect", "relevance"]])


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
