"""Explain a network's outputs for the face that Figure 7 shows, as it is and with each part occluded."""

import numpy as np
import torch

from facelrp.faces.occlusion import occlude
from facelrp.heatmaps.explain_all import load_explainer
from facelrp.networks.devices import prepare
from facelrp_workflow.files import new_array, open_array, read_faces, read_references
from facelrp_workflow.job import job
from facelrp_workflow.selection import face_shown


def main(files, output, attribute, patches, heatmaps, publishable_only, compute, device, log):
    device = prepare(device, compute["threads"])
    network, explainer = load_explainer(files.weights, heatmaps, device, read_references(files))
    faces = read_faces(files, "test")
    shown = face_shown(faces, attribute, publishable_only)
    image, labels = (open_array(path)[faces.index[shown]] for path in (files.images, files.parts))
    variants = np.concatenate([image[None], occlude(image, labels, **patches)[0]])
    inputs = network.images(variants)
    relevance = explainer(inputs(torch.arange(len(variants)))).heatmap.cpu().numpy()
    with new_array(output, relevance.shape, np.float32) as maps:
        maps[:] = relevance
    log.info("face shown, the test face rated highest on %s: %s", attribute, faces["face_id"].iloc[shown])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output[0], **snakemake.params, device=snakemake.resources.device, log=log)
