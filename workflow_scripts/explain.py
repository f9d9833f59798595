"""Explain a network's outputs by Layer-wise Relevance Propagation: one heatmap per face."""

import torch

from facelrp.heatmaps.explain_all import explain_all, layer_losses, make_explainer
from facelrp.networks import weights
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import last_against_first
from facelrp_workflow.files import new_array, open_array, read_faces, read_references, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import of_shard


def main(files, output, heatmaps, shard, contrast, compute, device, log):
    device = prepare(device, compute["threads"])
    network = weights.load(files.weights)
    if contrast:
        last_against_first(network.module)
    explainer = make_explainer(network.to(device), heatmaps, read_references(files))
    faces = of_shard(read_faces(files, "test" if files.get("split") else None), *shard)
    inputs = network.images(open_array(files.images), faces.index)
    log.info("%d faces, %s, device %s, torch %s", len(inputs), heatmaps, device, torch.__version__)
    with new_array(output.relevance, (len(faces), *inputs.images.shape[1:3]), "float16") as maps:
        scores, ledger = explain_all(explainer, network, inputs, faces["face_id"].to_numpy(), maps)
    write_table(output.scores, scores)
    write_table(output.ledger, ledger)
    log.info("relevance lost in each layer, mean over faces:\n%s", layer_losses(ledger))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, device=snakemake.resources.device, log=log)
