"""Explain a network's answers by Layer-wise Relevance Propagation: one heatmap for each face."""

import torch

from facelrp.heatmaps.explain_all import explain_all, layer_losses
from facelrp.lrp import Explainer
from facelrp.networks import weights
from facelrp.networks.batches import Images
from facelrp.networks.devices import prepare
from facelrp_workflow.files import new_array, open_array, read_faces, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import of_shard


def main(files, output, heatmaps, shard, compute, log):
    device = prepare(compute["device"], compute["threads"])
    network, about = weights.load(files.weights)
    network.to(device)
    faces = of_shard(read_faces(files, "test" if files.get("split") else None), *shard)
    inputs = Images(open_array(files.images), about["mean"], device=device, rows=faces.index)
    explainer = Explainer.from_config(network, heatmaps, inputs.pixel_range)
    log.info("%d faces, %s, device %s, torch %s", len(inputs), heatmaps, device, torch.__version__)
    with new_array(output.relevance, (len(faces), *inputs.images.shape[1:3]), "float16") as maps:
        scores, ledger = explain_all(explainer, network, inputs, faces["face_id"].to_numpy(), maps)
    write_table(output.scores, scores)
    write_table(output.ledger, ledger)
    log.info("what layers lost of the relevance, mean over faces:\n%s", layer_losses(ledger))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, log=log)
