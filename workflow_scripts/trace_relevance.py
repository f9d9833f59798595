"""Trace the relevance of one face from the output back to the pixels, layer by layer."""

import numpy as np
import torch

from facelrp.heatmaps.explain_all import load_explainer
from facelrp.heatmaps.flow import maps_of_graph, maps_of_sequence
from facelrp.networks.architectures import backbone_of
from facelrp.networks.devices import prepare
from facelrp_workflow.files import open_array, read_faces, read_references, replacing, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import face_shown


def main(files, output, attribute, heatmaps, publishable_only, compute, log):
    device = prepare("cpu", compute["threads"])
    network, explainer = load_explainer(files.weights, heatmaps, device, read_references(files))
    faces = read_faces(files, "test")
    shown = face_shown(faces, attribute, publishable_only)
    image = open_array(files.images)[faces.index[shown]]
    explanation = explainer(network.images(image[None])(torch.arange(1)), keep="all")
    if backbone_of(network.module) is None:
        maps = maps_of_sequence(explanation.layers)
    else:
        maps = maps_of_graph(explainer.graph, explanation.layers)
    with replacing(output.layers) as path, open(path, "wb") as file:
        np.savez(
            file, image=image, names=list(maps), **{f"map{n}": value.numpy() for n, value in enumerate(maps.values())}
        )
    write_table(output.ledger, explanation.ledger.frame().drop(columns="image"))
    log.info("face shown, the test face rated highest on %s: %s", attribute, faces["face_id"].iloc[shown])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, log=log)
