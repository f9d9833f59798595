"""Occlude parts of every test face, ask the network again, and explain what it says of one face."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp import training, weights
from facelrp.devices import prepare
from facelrp.lrp import Explainer, rule_from_config
from facelrp.occlusion import occlude
from facelrp_files import new_array, open_array, read_table, rows_of_half, write_table
from facelrp_job import job


def variants(image, labels, parts, margin, softness):
    """The face as it is, then with each part occluded: uint8 (1 + P, 227, 227, 3)."""
    return np.stack([image, *(occlude(image, labels, part, margin, softness) for part in parts)])


def main(files, output, attribute, occlusion, heatmaps, compute, log):
    device, _ = prepare(**compute)
    network, about = weights.load(files.weights)
    network.to(device)
    images, labels = open_array(files.images), open_array(files.parts)
    faces = read_table(files.faces)
    rows = rows_of_half(files.faces, files.split, "test")
    names = ["none", *occlusion["parts"]]
    log.info("%d faces × %s, device %s, torch %s", len(rows), names, device, torch.__version__)
    scores = []
    for row in tqdm(rows, desc="faces", disable=None):
        inputs = training.Images(variants(images[row], labels[row], **occlusion), about["mean"], device=device)
        values = 1 + 8 * training.predict(network, inputs).squeeze(1).double().numpy()
        scores.append(pd.DataFrame({"face_id": faces["face_id"][row], "occluded": names, "prediction": values}))
    write_table(output.scores, pd.concat(scores))

    shown = rows[faces[attribute].to_numpy()[rows].argmax()]
    inputs = training.Images(variants(images[shown], labels[shown], **occlusion), about["mean"], device=device)
    explainer = Explainer(network, rule_from_config(heatmaps["rule"], inputs.pixel_range), lrn=heatmaps["lrn"])
    explanation = explainer(inputs(torch.arange(len(inputs))))
    with new_array(output.images, inputs.images.shape, np.uint8) as array:
        array[:] = inputs.images
    with new_array(output.relevance, inputs.images.shape[:3], np.float32) as array:
        array[:] = explanation.heatmap.cpu().numpy()
    log.info("face shown, the test face rated highest on %s: %s", attribute, faces["face_id"][shown])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, snakemake.wildcards.attribute, **snakemake.params, log=log)
