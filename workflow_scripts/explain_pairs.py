"""Explain the outputs of a base model's networks for the same people in two expressions, and sum relevance by part."""

import pandas as pd
import torch

from facelrp.heatmaps.explain_all import explain_all, layer_losses, load_explainer
from facelrp.heatmaps.part_shares import part_sums
from facelrp.networks.devices import prepare
from facelrp_workflow.files import new_array, open_array, read_faces, read_references, write_table
from facelrp_workflow.job import job


def main(files, output, attributes, heatmaps, compute, device, log):
    device = prepare(device, compute["threads"])
    face_ids = read_faces(files)["face_id"].to_numpy()
    images, labels = open_array(files.images), open_array(files.parts)
    log.info("%d faces, %s, device %s, torch %s", len(face_ids), heatmaps, device, torch.__version__)
    scores, shares = [], []
    with new_array(output.relevance, (len(attributes), *images.shape[:3]), "float16") as relevance:
        for attribute, path, maps in zip(attributes, files.weights, relevance, strict=True):
            network, explainer = load_explainer(path, heatmaps, device, read_references(files))
            table, ledger = explain_all(explainer, network, network.images(images), face_ids, maps)
            scores.append(table.assign(attribute=attribute))
            sums = part_sums(maps, labels)
            sums.insert(0, "face_id", face_ids[sums.pop("row")])
            shares.append(sums.assign(attribute=attribute))
            log.info("%s: relevance lost in each layer, mean over faces:\n%s", attribute, layer_losses(ledger))
    write_table(output.scores, pd.concat(scores))
    write_table(output.shares, pd.concat(shares))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, device=snakemake.resources.device, log=log)
