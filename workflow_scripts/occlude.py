"""Occlude parts of test faces, and predict their ratings by all networks of a base model; explain some of them.

Only predictions of the attribute that the experiment's claims on occlusion are about are explained: each face costs a
heatmap for every part.
"""

from functools import partial

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.faces.occlusion import OTHER_FILL, occlude, with_other_fill
from facelrp.faces.parts import mask
from facelrp.faces.rating_scales import RatingScale
from facelrp.heatmaps.explain_all import make_explainer
from facelrp.heatmaps.predictions import predict_ratings
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.devices import prepare
from facelrp_workflow.files import open_array, read_faces, read_references, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK, evenly_ranked, evenly_spaced, face_shown, of_shard

#: Faces at a time: with every part of them occluded, a hundred images.
BATCH = BLOCK


def score_occluded(predict_batch, images, labels, rows, patches):
    """Return predictions (N, 2 + P, A) for faces as they are, with each part occluded, and the mouth by the other fill.

    They are NaN where a face does not show a part.

    Parameters
    ----------
    predict_batch : callable
        Returns predictions (n, A) for n images.
    images, labels : ndarray of uint8
        May be memory-mapped.
    rows : ndarray of int, shape (N,)
        The rows of the faces in both.
    patches : dict
        See `facelrp.faces.occlusion.occlude`.
    """
    scores = []  # Python's own numbers, see `facelrp.heatmaps.explain_all`
    for first in tqdm(range(0, len(rows), BATCH), desc="faces", disable=None):
        batch = rows[first : first + BATCH]
        faces = images[batch]
        painted, covered = zip(*map(partial(occlude, **patches), faces, labels[batch]), strict=True)
        others = [with_other_fill(*pair, **patches) for pair in zip(faces, labels[batch], strict=True)]
        visible = np.column_stack(
            [
                np.ones(len(faces), bool),
                np.stack(covered).any(axis=(2, 3)),
                mask(labels[batch], "mouth").any(axis=(1, 2)),
            ]
        )
        variants = np.concatenate([faces[:, None], painted, np.stack(others)[:, None]], axis=1)
        values = predict_batch(variants.reshape(-1, *faces.shape[1:])).reshape(*visible.shape, -1)
        scores += np.where(visible[..., None], values, np.nan).tolist()
        release(images)
        release(labels)
    return np.array(scores)


def tabulate_scores(scores, face_ids, variants, attributes):
    """Return predictions (N, variants, A) as a table: a row per attribute, face and variant."""
    index = pd.MultiIndex.from_product([face_ids, variants], names=["face_id", "occluded"])
    return pd.concat(
        pd.DataFrame({"prediction": scores[..., number].ravel(), "attribute": attribute}, index).reset_index()
        for number, attribute in enumerate(attributes)
    )


def relevance_of_parts(face_id, names, covered, before, after):
    """Return each occluded part's relevance, in units of f(x), and its share of positive relevance, before and after.

    Parameters
    ----------
    face_id : str
    names : sequence of str, length P
        Names of the parts.
    covered : ndarray of bool, shape (P, H, W)
    before : ndarray of float, shape (H, W)
        Heatmap of the face as it is.
    after : ndarray of float, shape (P, H, W)
        Heatmaps of the face with each part occluded.

    Returns
    -------
    DataFrame
        A row per part that the face shows. ``mouth_before`` and ``mouth_after`` are the mouth's share of positive
        relevance, whichever part is covered; NaN if the mouth is not among the parts.
    """
    columns = {"face_id": face_id, "occluded": names}
    mouth = covered[list(names).index("mouth")] if "mouth" in names else None
    for when, maps in (("before", np.broadcast_to(before, after.shape)), ("after", after)):
        inside, positive = np.where(covered, maps, 0.0), maps.clip(0).sum(axis=(1, 2))
        columns[f"relevance_{when}"] = inside.sum(axis=(1, 2))
        columns[f"share_{when}"] = inside.clip(0).sum(axis=(1, 2)) / positive
        columns[f"mouth_{when}"] = np.nan if mouth is None else (maps.clip(0) * mouth).sum(axis=(1, 2)) / positive
    return pd.DataFrame(columns)[covered.any(axis=(1, 2))]


def select_faces(faces, count, figure_face):
    """Return the rows of the test faces to occlude: ``count`` evenly spaced ones, or all, and that of Figure 7.

    ``figure_face`` has the arguments of `facelrp_workflow.selection.face_shown`; it is None if all are occluded.
    """
    rows = evenly_spaced(len(faces), count or len(faces))
    return np.union1d(rows, face_shown(faces, **figure_face)) if figure_face else rows


def main(
    files,
    output,
    attributes,
    explained,
    dense,
    scale,
    patches,
    numbers,
    figure_face,
    heatmaps,
    shard,
    compute,
    device,
    log,
):
    device = prepare(device, compute["threads"])
    networks = [weights.load(path).to(device) for path in files.weights]
    faces = read_faces(files, "test")
    occluded = select_faces(faces, numbers["faces_occluded"], figure_face)
    own = of_shard(occluded, *shard)
    face_ids, image_rows = faces["face_id"].to_numpy(), faces.index.to_numpy()
    parts = [*patches["parts"], "control"]
    log.info("%d faces × %s, device %s, torch %s", len(own), ["none", *parts], device, torch.__version__)
    images, labels = (open_array(path) for path in (files.images, files.parts))

    scores = score_occluded(
        partial(predict_ratings, networks, dense, RatingScale(*scale)), images, labels, image_rows[own], patches
    )
    write_table(output.scores, tabulate_scores(scores, face_ids[own], ["none", *parts, OTHER_FILL], attributes))

    network, before = networks[attributes.index(explained)], open_array(files.relevance)
    # By the ratings' ranks, so that the faces are the same for every network.
    ratings = faces[explained].to_numpy()[occluded]
    chosen = np.intersect1d(occluded[evenly_ranked(ratings, numbers["faces_explained"])], own)
    explainer, changes = make_explainer(network, heatmaps, read_references(files)), []
    for row in tqdm(chosen, desc="heatmaps", disable=None):
        variants, covered = occlude(images[image_rows[row]], labels[image_rows[row]], **patches)
        after = explainer(network.images(variants)(torch.arange(len(variants)))).heatmap.cpu().numpy()
        table = relevance_of_parts(face_ids[row], parts, covered, before[row].astype(np.float32), after)
        changes.append(table.assign(attribute=explained))
    # A shard may have none of the faces that are explained.
    write_table(output.relevance, pd.concat(changes) if changes else pd.DataFrame({"face_id": [], "attribute": []}))


if __name__ == "__main__":
    with job(snakemake) as log:
        dense = snakemake.wildcards.mode == "dense"
        main(
            snakemake.input,
            snakemake.output,
            dense=dense,
            **snakemake.params,
            device=snakemake.resources.device,
            log=log,
        )
