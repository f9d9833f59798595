"""Explain the networks that were trained on permuted ratings, and measure their heatmaps as those of other networks.

For the pairs of expressions, if there are any, relevance is summed by part. Heatmaps of some test faces are localised
and perturbed; they are the faces, and the random orders, of the evaluation of all heatmaps.
"""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.faces.rating_scales import RatingScale
from facelrp.heatmaps.explain_all import explain_all, make_explainer
from facelrp.heatmaps.localisation import localise, masks_of, targets_of
from facelrp.heatmaps.part_shares import part_sums
from facelrp.heatmaps.perturb_all import perturb
from facelrp.heatmaps.perturbation import grid, pool
from facelrp.heatmaps.rule_names import OWN
from facelrp.networks import dense_variants, weights
from facelrp.networks.devices import prepare
from facelrp_workflow.files import new_array, open_array, read_faces, read_references, read_table, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import evenly_spaced

#: Columns of the tables of pairs, which have no rows in an experiment without pairs.
OF_PAIRS = {
    "scores": ["permuted", "face_id", "unit", "output", "baseline", "relevance", "conservation_error"],
    "shares": ["permuted", "face_id", "part", "relevance", "positive", "negative"],
}


def measure(network, faces, images, heatmaps, masks, settings, scale):
    """Localise and perturb the heatmaps of faces, see `evaluate_heatmaps`: {name of the measure: table}.

    Parameters
    ----------
    network : facelrp.networks.weights.LoadedNetwork
    faces : DataFrame
        n faces; ``test_row`` is a face's row in the test set.
    images : ndarray of uint8, shape (n, 227, 227, 3)
    heatmaps : ndarray of float, shape (n, 227, 227)
    masks : dict of {str: ndarray of bool, shape (n, 227, 227)}
        By target.
    settings : dict
        ``evaluation`` of the configuration.
    scale : facelrp.faces.rating_scales.RatingScale
    """
    pooled = pool(heatmaps, grid(heatmaps.shape[1], settings["cell_pixels"]))
    curves = [
        perturb(
            network, image, {OWN: relevance}, settings, scale, np.random.default_rng([settings["seed"], face.test_row])
        ).assign(face_id=face.face_id)
        for face, image, relevance in zip(faces.itertuples(), images, pooled, strict=True)
    ]
    localised = localise({OWN: heatmaps}, masks)
    localised.insert(0, "face_id", faces["face_id"].to_numpy()[localised.pop("row")])
    return {"localisation": localised, "perturbation": pd.concat(curves)}


def explain_pairs(files, explainer, network):
    """Return the scores of the pairs of expressions, and the sums of their relevance by part, as two tables by name."""
    images, labels = open_array(files.pair_images), open_array(files.pair_parts)
    face_ids = read_table(files.pairs)["face_id"].to_numpy()
    maps = np.empty(images.shape[:3], np.float16)
    scores, _ = explain_all(explainer, network, network.images(images), face_ids, maps)
    sums = part_sums(maps, labels)
    sums.insert(0, "face_id", face_ids[sums.pop("row")])
    return {"scores": scores, "shares": sums}


def main(files, output, attribute, permuted, evaluation, heatmaps, scale, compute, device, log):
    device, scale = prepare(device, compute["threads"]), RatingScale(*scale)
    base = weights.load(files.base).to(device)
    references, truth = read_references(files), read_table(files.truth)
    test = read_faces(files, "test")
    rows = evenly_spaced(len(test), evaluation["faces_perturbed"])
    faces = test.iloc[rows].assign(test_row=rows)
    images, labels = (open_array(path)[faces.index] for path in (files.images, files.parts))
    masks = masks_of(labels, targets_of(truth, attribute))
    log.info("%s, %d test faces, device %s, torch %s", heatmaps, len(faces), device, torch.__version__)
    tables = {name: [] for name in ("scores", "shares", "localisation", "perturbation")}
    with new_array(output.relevance, (permuted, *labels.shape), "float16") as relevance:
        networks = dense_variants.load(files.weights, base)
        for maps, network in zip(relevance, tqdm(networks, desc="networks", disable=None), strict=True):
            explainer = make_explainer(network, heatmaps, references)
            found = explain_pairs(files, explainer, network) if files.get("pairs") else {}
            explain_all(explainer, network, network.images(images), faces["face_id"].to_numpy(), maps)
            found |= measure(network, faces, images, maps.astype(np.float32), masks, evaluation, scale)
            for name, table in found.items():
                table.insert(0, "permuted", network.metadata["variant"])
                tables[name].append(table)
    for name, found in tables.items():
        write_table(output[name], pd.concat(found) if found else pd.DataFrame(columns=OF_PAIRS[name]))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, device=snakemake.resources.device, log=log)
