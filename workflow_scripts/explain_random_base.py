"""Measure how much relevance lies along the contour of faces if a base model's weights are random."""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from facelrp.heatmaps.explain_all import explain_all, make_explainer
from facelrp.heatmaps.sanity import randomised
from facelrp.heatmaps.shapes import contour_band, contour_share
from facelrp.networks import weights
from facelrp.networks.devices import prepare
from facelrp_workflow.files import open_array, read_faces, read_references, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import evenly_spaced


def main(files, output, evaluation, heatmaps, compute, device, log):
    device = prepare(device, compute["threads"])
    network = weights.load(files.weights).to(device)
    faces = read_faces(files, "test")
    faces = faces.iloc[evenly_spaced(len(faces), evaluation["faces_compared"])]
    rows, face_ids = faces.index.to_numpy(), faces["face_id"].to_numpy()
    inputs, references = network.images(open_array(files.images), rows), read_references(files)
    band = contour_band(open_array(files.parts)[rows])
    log.info("%d faces, %s, device %s, torch %s", len(faces), evaluation, device, torch.__version__)
    tables = []
    for seed in range(evaluation["seed"], evaluation["seed"] + evaluation["random_networks"]):
        *_, (_, module) = randomised(network.module, seed)
        random = replace(network, module=module)
        relevance = np.empty(band.shape, np.float32)
        explain_all(make_explainer(random, heatmaps, references), random, inputs, face_ids, relevance)
        found = {"seed": seed, "face_id": face_ids, "contour_share": contour_share(relevance, band)}
        tables.append(pd.DataFrame(found))
    table = pd.concat(tables)
    write_table(output, table)
    means = table.groupby("seed")["contour_share"].mean()
    log.info("share of positive relevance along the contour, means over faces\n%s", means.round(3).to_string())


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output[0], **snakemake.params, device=snakemake.resources.device, log=log)
