"""Explain what a base model's networks say of the same people in two expressions, and in which parts relevance lies."""

import pandas as pd
import torch

from facelrp.heatmaps.explain_all import explain_all, layer_losses, part_sums
from facelrp.lrp import Explainer
from facelrp.networks import weights
from facelrp.networks.batches import Images
from facelrp.networks.devices import prepare
from facelrp_workflow.files import new_array, open_array, read_faces, write_table
from facelrp_workflow.job import job


def main(files, output, attributes, heatmaps, compute, log):
    device = prepare(compute["device"], compute["threads"])
    faces = read_faces(files)
    images, labels = open_array(files.images), open_array(files.parts)
    log.info("%d faces, %s, device %s, torch %s", len(faces), heatmaps, device, torch.__version__)
    scores, shares = [], []
    with new_array(output.relevance, (len(attributes), *images.shape[:3]), "float16") as relevance:
        for attribute, path, maps in zip(attributes, files.weights, relevance, strict=True):
            network, about = weights.load(path)
            network.to(device)
            inputs = Images(images, about["mean"], device=device)
            explainer = Explainer.from_config(network, heatmaps, inputs.pixel_range)
            table, ledger = explain_all(explainer, network, inputs, faces["face_id"].to_numpy(), maps)
            scores.append(table.assign(attribute=attribute))
            sums = part_sums(maps, labels)
            sums.insert(0, "face_id", faces["face_id"].to_numpy()[sums.pop("row")])
            shares.append(sums.assign(attribute=attribute))
            log.info("%s: what layers lost of the relevance, mean over faces:\n%s", attribute, layer_losses(ledger))
    write_table(output.scores, pd.concat(scores))
    write_table(output.shares, pd.concat(shares))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, log=log)
