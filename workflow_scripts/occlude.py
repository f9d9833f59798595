"""Occlude parts of every test face, ask the network again, and explain what it says of one face."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp import training, weights
from facelrp.devices import prepare
from facelrp.lrp import Explainer
from facelrp.occlusion import occlude
from facelrp.ratings import to_points
from facelrp_files import face_shown, new_array, open_array, read_faces, write_table
from facelrp_job import job


def variants(image, labels, parts, margin, softness):
    """The face as it is, then with each part occluded: uint8 (1 + P, 227, 227, 3)."""
    return np.stack([image, *(occlude(image, labels, part, margin, softness) for part in parts)])


def main(files, output, attribute, occlusion, heatmaps, compute, log):
    device, _ = prepare(**compute)
    network, about = weights.load(files.weights)
    network.to(device)
    images, labels = open_array(files.images), open_array(files.parts)
    faces = read_faces(files, "test")
    names = ["none", *occlusion["parts"]]
    log.info("%d faces × %s, device %s, torch %s", len(faces), names, device, torch.__version__)
    scores = []
    for row, face_id in tqdm(faces["face_id"].items(), total=len(faces), desc="faces", disable=None):
        inputs = training.Images(variants(images[row], labels[row], **occlusion), about["mean"], device=device)
        values = to_points(training.predict(network, inputs).squeeze(1).double().numpy())
        scores.append(pd.DataFrame({"face_id": face_id, "occluded": names, "prediction": values}))
    write_table(output.scores, pd.concat(scores))

    shown = faces.index[face_shown(faces, attribute)]
    inputs = training.Images(variants(images[shown], labels[shown], **occlusion), about["mean"], device=device)
    explanation = Explainer.from_config(network, heatmaps, inputs.pixel_range)(inputs(torch.arange(len(inputs))))
    with new_array(output.images, inputs.images.shape, np.uint8) as array:
        array[:] = inputs.images
    with new_array(output.relevance, inputs.images.shape[:3], np.float32) as array:
        array[:] = explanation.heatmap.cpu().numpy()
    log.info("face shown, the test face rated highest on %s: %s", attribute, faces["face_id"][shown])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, snakemake.wildcards.attribute, **snakemake.params, log=log)
