"""Occlude parts of every test face, ask a base model's networks again, and explain what they say of some of them."""

from functools import partial

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.faces.occlusion import occlude
from facelrp.faces.rating_scales import to_points
from facelrp.lrp import Explainer
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.batches import Features, Images, predict
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import split_at_features
from facelrp_workflow.files import open_array, read_faces, read_table, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK, evenly_ranked, evenly_spaced, face_shown, of_shard

#: Faces at a time: with every part of them occluded, a hundred images.
BATCH = BLOCK


def answer(networks, dense, inputs):
    """Return the predictions (n, A), 1–9, of all networks; convolutions that dense ones share are computed once."""
    if dense:
        features = predict(split_at_features(networks[0])[0], inputs)
        inputs = Features(features[None], device=inputs.device)
        networks = [split_at_features(network)[1] for network in networks]
    outputs = [predict(network, inputs).squeeze(1).double().numpy() for network in networks]
    return to_points(np.stack(outputs, 1))


def score_occluded(ask, images, labels, rows, occlusion):
    """Return the predictions (N, 1 + P, A) of faces as they are and occluded; NaN where a part does not show.

    ``images`` and ``labels`` may be memory-mapped; ``rows`` (N,) says which of them to take.
    """
    scores = []  # of Python's own numbers, see `facelrp.heatmaps.explain_all`
    for first in tqdm(range(0, len(rows), BATCH), desc="faces", disable=None):
        some = rows[first : first + BATCH]
        faces = images[some]
        painted, covered = zip(*map(partial(occlude, **occlusion), faces, labels[some]), strict=True)
        shown = np.insert(np.stack(covered).any(axis=(2, 3)), 0, True, axis=1)
        variants = np.concatenate([faces[:, None], painted], axis=1)
        values = ask(variants.reshape(-1, *faces.shape[1:])).reshape(*shown.shape, -1)
        scores += np.where(shown[..., None], values, np.nan).tolist()
        release(images)
        release(labels)
    return np.array(scores)


def moved(face_id, names, covered, before, after):
    """What relevance (in units of f(x)) and which share of all positive relevance lies in each part, twice."""
    columns = {"face_id": face_id, "occluded": names}
    for when, maps in (("before", np.broadcast_to(before, after.shape)), ("after", after)):
        inside = np.where(covered, maps, 0.0)
        columns[f"relevance_{when}"] = inside.sum(axis=(1, 2))
        columns[f"share_{when}"] = inside.clip(0).sum(axis=(1, 2)) / maps.clip(0).sum(axis=(1, 2))
    return pd.DataFrame(columns)[covered.any(axis=(1, 2))]


def explain_some(network, relevance, places, images, labels, inputs, occlusion, heatmaps):
    """Yield, of each of these faces, where its parts are, and its heatmaps as it is and occluded (P, H, W)."""
    explainer = Explainer.from_config(network, heatmaps, inputs(images).pixel_range)
    for place, image, labelled in zip(places, images, labels, strict=True):
        variants, covered = occlude(image, labelled, **occlusion)
        after = explainer(inputs(variants)(torch.arange(len(variants)))).heatmap.cpu().numpy()
        yield covered, relevance[place].astype(np.float32), after


def main(files, output, attributes, dense, occlusion, shown, heatmaps, shard, compute, log):
    device = prepare(compute["device"], compute["threads"])
    networks, abouts = zip(*(weights.load(path) for path in files.weights), strict=True)
    networks = [network.to(device) for network in networks]
    faces = read_faces(files, "test")
    explained, limit = occlusion["explained"], occlusion.get("faces")
    occlusion = {key: value for key, value in occlusion.items() if key not in ("explained", "faces")}
    occluded = evenly_spaced(len(faces), limit or len(faces))
    if shown:
        occluded = np.union1d(occluded, face_shown(faces, **shown))
    own = of_shard(occluded, *shard)
    face_ids, rows = faces["face_id"].to_numpy(), faces.index.to_numpy()
    parts = [*occlusion["parts"], "control"]
    log.info("%d faces × %s, device %s, torch %s", len(own), ["none", *parts], device, torch.__version__)
    images, labels = (open_array(path) for path in (files.images, files.parts))

    def inputs(variants):
        return Images(variants, abouts[0]["mean"], device=device)

    scores = score_occluded(
        lambda variants: answer(networks, dense, inputs(variants)), images, labels, rows[own], occlusion
    )
    index = pd.MultiIndex.from_product([face_ids[own], ["none", *parts]], names=["face_id", "occluded"])
    tables = [
        pd.DataFrame({"prediction": scores[..., number].ravel(), "attribute": attribute}, index).reset_index()
        for number, attribute in enumerate(attributes)
    ]
    write_table(output.scores, pd.concat(tables))

    changes = []
    for attribute, network, relevance, predictions in zip(
        tqdm(attributes, desc="networks", disable=None), networks, files.relevance, files.predictions, strict=True
    ):
        ranked = occluded[evenly_ranked(read_table(predictions)["prediction"].to_numpy()[occluded], explained)]
        places = np.intersect1d(ranked, own)
        maps = explain_some(
            network,
            open_array(relevance),
            places,
            images[rows[places]],
            labels[rows[places]],
            inputs,
            occlusion,
            heatmaps,
        )
        changes += [
            moved(face_ids[place], parts, *found).assign(attribute=attribute)
            for place, found in zip(places, maps, strict=True)
        ]
    # A shard may have none of the faces that are explained.
    write_table(output.relevance, pd.concat(changes) if changes else pd.DataFrame({"face_id": [], "attribute": []}))


if __name__ == "__main__":
    with job(snakemake) as log:
        dense = snakemake.wildcards.mode == "dense"
        main(snakemake.input, snakemake.output, dense=dense, **snakemake.params, log=log)
