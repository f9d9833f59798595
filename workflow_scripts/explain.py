"""Explain a network's answers by Layer-wise Relevance Propagation: one heatmap for each face."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp import training, weights
from facelrp.devices import prepare
from facelrp.errors import InputError
from facelrp.lrp import Explainer
from facelrp_files import new_array, open_array, read_faces, write_table
from facelrp_job import job

BATCH = 16


@torch.no_grad()
def explained_unit(network, images):
    """Return the class (n,) a base model sees in each image, None for a network with one output."""
    return network(images).argmax(1) if network.fc8.out_features > 1 else None


def explain_all(explainer, network, inputs, face_ids, heatmaps):
    """Fill ``heatmaps`` (N, 227, 227); return the tables of explained outputs and of the ledger.

    A base model is explained for the class it sees in the face, a fine-tuned network for its only output.
    """
    scores, ledgers = [], []
    for rows in tqdm(torch.arange(len(inputs)).split(BATCH), desc="heatmaps", disable=None):
        images = inputs(rows)
        explanation = explainer(images, explained_unit(network, images))
        heatmap = explanation.heatmap.cpu().numpy()
        if not np.abs(heatmap).max() <= np.finfo(heatmaps.dtype).max:
            what = f"relevance of {np.abs(heatmap).max():.3g} is more than a heatmap can hold: the network has diverged"
            raise InputError(what, "its recipe in config.yaml", "lower the rate")
        heatmaps[rows[0] : rows[-1] + 1] = heatmap
        names = face_ids[rows.numpy()]
        scores.append(
            pd.DataFrame(
                {
                    "face_id": names,
                    "unit": explanation.target.cpu().numpy(),
                    "output": explanation.output.double().cpu().numpy(),
                    "relevance": explanation.relevance.sum((1, 2, 3), dtype=torch.float64).cpu().numpy(),
                    "conservation_error": explanation.conservation_error().cpu().numpy(),
                }
            )
        )
        ledger = explanation.ledger.frame()
        ledger.insert(0, "face_id", names[ledger.pop("image").to_numpy()])
        ledgers.append(ledger)
    return pd.concat(scores), pd.concat(ledgers)


def summary(ledger):
    """Return the mean books of every layer that has any loss, as text."""
    means = ledger.groupby(["layer", "kind"], sort=False).mean(numeric_only=True)
    losses = means.columns.drop(["relevance_out", "relevance_in"])
    return means[(means[losses] != 0).any(axis=1)].to_string(float_format="{:.3g}".format)


def main(files, output, heatmaps, compute, log):
    device, _ = prepare(**compute)
    network, about = weights.load(files.weights)
    network.to(device)
    faces = read_faces(files, "test" if files.get("split") else None)
    inputs = training.Images(open_array(files.images)[faces.index], about["mean"], device=device)
    explainer = Explainer.from_config(network, heatmaps, inputs.pixel_range)
    log.info("%d faces, %s, device %s, torch %s", len(inputs), heatmaps, device, torch.__version__)
    with new_array(output.relevance, (len(inputs), *inputs.images.shape[1:3]), "float16") as maps:
        scores, ledger = explain_all(explainer, network, inputs, faces["face_id"].to_numpy(), maps)
    write_table(output.scores, scores)
    write_table(output.ledger, ledger)
    log.info("what layers lost of the relevance, mean over faces:\n%s", summary(ledger))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, snakemake.params.heatmaps, snakemake.params.compute, log)
