"""Explain what a network says of the face that figures show, as it is and with each part occluded."""

import numpy as np
import torch

from facelrp.faces.occlusion import occlude
from facelrp.lrp import Explainer
from facelrp.networks import weights
from facelrp.networks.batches import Images
from facelrp.networks.devices import prepare
from facelrp_workflow.files import new_array, open_array, read_faces
from facelrp_workflow.job import job
from facelrp_workflow.selection import face_shown


def main(files, output, attribute, occlusion, heatmaps, publishable_only, compute, log):
    device = prepare(compute["device"], compute["threads"])
    network, about = weights.load(files.weights)
    faces = read_faces(files, "test")
    place = face_shown(faces, attribute, publishable_only)
    row = faces.index[place]
    image, labels = open_array(files.images)[row], open_array(files.parts)[row]
    settings = {key: occlusion[key] for key in ("parts", "margin", "softness", "control")}
    variants = np.concatenate([image[None], occlude(image, labels, **settings)[0]])
    inputs = Images(variants, about["mean"], device=device)
    explainer = Explainer.from_config(network.to(device), heatmaps, inputs.pixel_range)
    relevance = explainer(inputs(torch.arange(len(variants)))).heatmap.cpu().numpy()
    with new_array(output, relevance.shape, np.float32) as maps:
        maps[:] = relevance
    log.info("shown, the test face rated highest on %s: %s", attribute, faces["face_id"].iloc[place])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output[0], **snakemake.params, log=log)
