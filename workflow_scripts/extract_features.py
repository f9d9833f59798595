"""Compute, once per base model, the convolution features of all rated faces and the classes it predicts."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import first_dense, output_of, split_at_features
from facelrp.networks.winograd import quick_convolutions
from facelrp.training.classes import class_names, classify, classify_ranges
from facelrp_workflow.files import new_array, open_array, read_faces, read_split, write_table
from facelrp_workflow.job import job

BATCH = 16


@torch.no_grad()
def extract(module, inputs, features):
    """Fill ``features`` (2, N, F), of faces as they are and mirrored.

    Returns
    -------
    predicted, squared_norm : ndarray, shape (N,)
        The class of each face, and the squared norm of its features.
    """
    convolutions, dense = split_at_features(module)
    convolutions.to(memory_format=torch.channels_last)
    predicted, squared_norm = np.empty(len(inputs), dtype=np.int64), np.empty(len(inputs))
    for rows in tqdm(torch.arange(len(inputs)).split(BATCH), desc="features", disable=None):
        images = inputs(rows)
        with quick_convolutions(convolutions):
            plain, mirrored = convolutions(images), convolutions(images.flip(3))
        span = slice(int(rows[0]), int(rows[-1]) + 1)
        features[0, span], features[1, span] = plain.cpu(), mirrored.cpu()
        release(features)
        predicted[span] = dense(plain).argmax(1).cpu().numpy()
        squared_norm[span] = plain.double().square().sum(1).cpu().numpy()
    return predicted, squared_norm


def true_classes(faces, metadata):
    """Return the true class (N,) of each face by the metadata of the base model, NaN where it is unknown."""
    if metadata.get("target") not in faces:
        return np.full(len(faces), np.nan)
    values = faces[metadata["target"]]
    if "edges" in metadata:
        return np.where(values.isna(), np.nan, classify(values, metadata["edges"]))
    return classify_ranges(values, metadata["ranges"])


def main(files, output, compute, device, log):
    device = prepare(device, compute["threads"])
    network = weights.load(files.weights).to(device)
    faces = read_faces(files)
    inputs = network.images(open_array(files.images))
    with new_array(output.features, (2, len(faces), first_dense(network.module).in_features), "float32") as features:
        predicted, squared_norm = extract(network.module, inputs, features)
    classes = 0 if network.embeds else output_of(network.module).out_features
    names = np.array(class_names(network.metadata) or [""] * max(classes, 1), dtype=object)
    table = pd.DataFrame(
        {
            "face_id": faces["face_id"],
            "split": read_split(files, faces),
            "classes": classes,
            "predicted": predicted if classes else np.nan,
            "predicted_name": names[predicted] if classes else "",
            "true": true_classes(faces, network.metadata),
            "squared_norm": squared_norm,
        }
    )
    write_table(output.classes, table)
    log.info("%d faces, device %s, torch %s", len(faces), device, torch.__version__)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, snakemake.params.compute, snakemake.resources.device, log)
