"""Occlude parts of every test face, ask a base model's networks again, and explain what they say of some of them."""

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp import training, weights
from facelrp.devices import prepare
from facelrp.lrp import Explainer
from facelrp.networks import split_at_features
from facelrp.occlusion import occlude
from facelrp.ratings import to_points
from facelrp_files import face_shown, new_array, open_array, read_faces, write_table
from facelrp_job import job

#: Faces at a time: with every part of them occluded, a hundred images.
BATCH = 16


def answer(networks, dense, inputs):
    """Return the predictions (n, A), 1–9, of all networks; convolutions that dense ones share are computed once."""
    if dense:
        features = training.predict(split_at_features(networks[0])[0], inputs)
        inputs = training.Features(features[None].to(inputs.device))
        networks = [split_at_features(network)[1] for network in networks]
    outputs = [training.predict(network, inputs).squeeze(1).double().numpy() for network in networks]
    return to_points(np.stack(outputs, 1))


def score_occluded(ask, images, labels, occlusion):
    """Return the predictions (N, 1 + P, A) of faces as they are and occluded; NaN where a part does not show."""
    scores = []
    for first in tqdm(range(0, len(images), BATCH), desc="faces", disable=None):
        rows = range(first, min(first + BATCH, len(images)))
        variants, shown = zip(*(variants_of(images[row], labels[row], occlusion) for row in rows), strict=True)
        shown = np.stack(shown).any(axis=(2, 3))
        values = ask(np.concatenate(variants)).reshape(*shown.shape, -1)
        scores.append(np.where(shown[..., None], values, np.nan))
    return np.concatenate(scores)


def variants_of(image, labels, occlusion):
    """The face as it is, then occluded: images (1 + P, H, W, 3), and what was painted over (1 + P, H, W)."""
    images, covered = occlude(image, labels, **occlusion)
    return np.concatenate([image[None], images]), np.concatenate([np.ones((1, *labels.shape), dtype=bool), covered])


def evenly_ranked(scores, count):
    """Return the places of so many faces, evenly spaced over the ranking of scores, lowest and highest included."""
    ranks = np.linspace(0, len(scores) - 1, min(count, len(scores))).round().astype(int)
    return np.argsort(scores, kind="stable")[ranks]


def moved(face_id, names, covered, before, after):
    """What relevance (in units of f(x)) and which share of all positive relevance lies in each part, twice."""
    columns = {"face_id": face_id, "occluded": names}
    for when, maps in (("before", np.broadcast_to(before, after.shape)), ("after", after)):
        inside = np.where(covered, maps, 0.0)
        columns[f"relevance_{when}"] = inside.sum(axis=(1, 2))
        columns[f"share_{when}"] = inside.clip(0).sum(axis=(1, 2)) / maps.clip(0).sum(axis=(1, 2))
    return pd.DataFrame(columns)[covered.any(axis=(1, 2))]


def main(files, output, attributes, expression, dense, occlusion, heatmaps, publishable_only, compute, log):
    device, _ = prepare(**compute)
    networks, abouts = zip(*(weights.load(path) for path in files.weights), strict=True)
    networks = [network.to(device) for network in networks]
    faces = read_faces(files, "test")
    explained, limit = occlusion["explained"], occlusion.get("faces")
    occlusion = {key: value for key, value in occlusion.items() if key not in ("explained", "faces")}
    shown = face_shown(faces, expression, publishable_only)
    # A limit takes the first faces of the test half, and the one that figures show.
    kept = [place for place in range(len(faces)) if limit is None or place < limit or place == shown]
    rows, face_ids = faces.index[kept], faces["face_id"].to_numpy()[kept]
    names = ["none", *occlusion["parts"], "control"]
    log.info("%d faces × %s, device %s, torch %s", len(rows), names, device, torch.__version__)
    images, labels = open_array(files.images)[rows], open_array(files.parts)[rows]

    def inputs(variants):
        return training.Images(variants, abouts[0]["mean"], device=device)

    scores = score_occluded(lambda variants: answer(networks, dense, inputs(variants)), images, labels, occlusion)
    tables = [
        pd.DataFrame(scores[..., number], pd.Index(face_ids, name="face_id"), names)
        .melt(var_name="occluded", value_name="prediction", ignore_index=False)
        .reset_index()
        .assign(attribute=attribute)
        for number, attribute in enumerate(attributes)
    ]
    write_table(output.scores, pd.concat(tables))

    shown, changes = kept.index(shown), []
    for attribute, network, path, predictions in zip(
        tqdm(attributes, desc="networks", disable=None), networks, files.relevance, scores[:, 0].T, strict=True
    ):
        explainer = Explainer.from_config(network, heatmaps, inputs(images).pixel_range)
        before = open_array(path)
        for place in sorted({shown, *evenly_ranked(predictions, explained)}):
            variants, covered = variants_of(images[place], labels[place], occlusion)
            whole = before[kept[place]].astype(np.float32)
            after = explainer(inputs(variants[1:])(torch.arange(len(variants) - 1))).heatmap.cpu().numpy()
            change = moved(face_ids[place], names[1:], covered[1:], whole, after)
            changes.append(change.assign(attribute=attribute))
            if (place, attribute) == (shown, expression):
                with new_array(output.shown, (len(names), *after.shape[1:]), np.float32) as array:
                    array[:] = [whole, *after]
    write_table(output.relevance, pd.concat(changes))
    log.info("shown, the test face rated highest on %s: %s", expression, face_ids[shown])


if __name__ == "__main__":
    with job(snakemake) as log:
        dense = snakemake.wildcards.mode == "dense"
        main(snakemake.input, snakemake.output, dense=dense, **snakemake.params, log=log)
