"""Compute, once per base model, the convolution features of all rated faces and the class the base model sees."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.batches import Images
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import split_at_features
from facelrp.networks.winograd import quick_convolutions
from facelrp.training.classes import classify, classify_ranges
from facelrp_workflow.files import new_array, open_array, read_faces, read_split, write_table
from facelrp_workflow.job import job

BATCH = 16


@torch.no_grad()
def extract(network, inputs, device, features):
    """Fill ``features`` (2, N, F) — of the faces as they are, and mirrored — and return the classes (N,) seen."""
    convolutions, dense = split_at_features(network.to(device))
    convolutions.to(memory_format=torch.channels_last)
    seen = np.empty(len(inputs), dtype=np.int64)
    for rows in tqdm(torch.arange(len(inputs)).split(BATCH), desc="features", disable=None):
        images = inputs(rows)
        with quick_convolutions(convolutions):
            plain, mirrored = convolutions(images), convolutions(images.flip(3))
        span = slice(int(rows[0]), int(rows[-1]) + 1)
        features[0, span], features[1, span] = plain.cpu(), mirrored.cpu()
        release(features)
        seen[span] = dense(plain).argmax(1).cpu().numpy()
    return seen


def true_classes(faces, about):
    """Return the class (N,) that each face has in fact, NaN where the base model's classes do not say."""
    if about.get("target") not in faces:
        return np.full(len(faces), np.nan)
    values = faces[about["target"]]
    if "edges" in about:
        return np.where(values.isna(), np.nan, classify(values, about["edges"]))
    return classify_ranges(values, about["ranges"])


def main(files, output, compute, log):
    device = prepare(compute["device"], compute["threads"])
    network, about = weights.load(files.weights)
    faces = read_faces(files)
    inputs = Images(open_array(files.images), about["mean"], device=device)
    with new_array(output.features, (2, len(faces), network.fc6.in_features), "float32") as features:
        seen = extract(network, inputs, device, features)
    table = pd.DataFrame(
        {
            "face_id": faces["face_id"],
            "split": read_split(files, faces),
            "classes": network.fc8.out_features,
            "predicted": seen,
            "true": true_classes(faces, about),
        }
    )
    write_table(output.classes, table)
    log.info("%d faces, device %s, torch %s", len(faces), device, torch.__version__)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, snakemake.params.compute, log)
