"""Explain a network's outputs for a few faces by several LRP rules, from the lowest to the highest rated face."""

import numpy as np
import pandas as pd
import torch

from facelrp.heatmaps.explain_all import make_explainer
from facelrp.networks import weights
from facelrp.networks.devices import prepare
from facelrp_workflow.files import new_array, open_array, read_faces, read_references, read_table, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import evenly_ranked, may_be_shown

#: Faces that figures can show in one row each.
COUNT = 3


def choose(faces, attribute, publishable_only, intervened=None):
    """Return rows of test faces at evenly spaced ranks of their rating, of those that may be shown.

    Parameters
    ----------
    faces : DataFrame
    attribute : str
    publishable_only : bool
        See `facelrp_workflow.selection.may_be_shown`.
    intervened : sequence of str, optional
        If given, only these faces are chosen from, if any of them may be shown.

    Returns
    -------
    ndarray of int
    """
    rows = np.flatnonzero(may_be_shown(faces, publishable_only))
    known = rows if intervened is None else rows[faces["face_id"].isin(intervened).to_numpy()[rows]]
    rows = known if len(known) else rows
    return rows[evenly_ranked(faces[attribute].to_numpy()[rows], COUNT)]


def main(files, output, attribute, heatmaps, rules, publishable_only, compute, device, log):
    device = prepare(device, compute["threads"])
    network = weights.load(files.weights).to(device)
    faces = read_faces(files, "test")
    intervened = read_table(files.redrawn_faces)["face_id"].unique() if files.get("redrawn_faces") else None
    chosen = choose(faces, attribute, publishable_only, intervened)
    images = network.images(open_array(files.images), faces.index[chosen])(torch.arange(len(chosen)))
    references = read_references(files)
    tables = []
    with new_array(output.relevance, (len(rules), *images.shape[:1], *images.shape[2:]), np.float32) as maps:
        for heatmap, (name, rule) in zip(maps, rules.items(), strict=True):
            explanation = make_explainer(network, heatmaps | {"rule": rule}, references)(images)
            heatmap[:] = explanation.heatmap.cpu().numpy()
            values = {"output": explanation.output.tolist(), "baseline": explanation.baseline.tolist()}
            tables.append(pd.DataFrame({"rule": name, "face_id": faces["face_id"].to_numpy()[chosen], **values}))
    write_table(output.scores, pd.concat(tables))
    log.info("faces shown, from the lowest to the highest %s: %s", attribute, faces["face_id"].iloc[chosen].tolist())


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, device=snakemake.resources.device, log=log)
