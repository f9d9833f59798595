"""Follow the relevance of one face from the output back to the pixels, layer by layer."""

import numpy as np
import torch

from facelrp import training, weights
from facelrp.devices import prepare
from facelrp.lrp import explain, rule_from_config
from facelrp_files import open_array, read_table, replacing, rows_of_half, write_table
from facelrp_job import job


def main(files, output, attribute, heatmaps, compute, log):
    prepare(**compute | {"device": "cpu"})
    network, about = weights.load(files.weights)
    faces = read_table(files.faces)
    rows = rows_of_half(files.faces, files.split, "test")
    shown = rows[faces[attribute].to_numpy()[rows].argmax()]
    inputs = training.Images(open_array(files.images)[[shown]], about["mean"])
    rule = rule_from_config(heatmaps["rule"], inputs.pixel_range)
    explanation = explain(network, inputs(torch.arange(1)), rule, lrn=heatmaps["lrn"], keep="all")
    layers = dict(explanation.layers)
    # fc6 takes the last feature maps laid out as a vector: seen as maps again, they have places.
    layers["fc6"] = layers["fc6"].reshape_as(layers["flatten"])
    maps = {name: value[0].sum(0) if value.dim() == 4 else value[0] for name, value in layers.items()}
    with replacing(output.layers) as path, open(path, "wb") as file:
        np.savez(file, image=inputs.images[0], **{name: value.numpy() for name, value in maps.items()})
    write_table(output.ledger, explanation.ledger.frame().drop(columns="image"))
    log.info("face shown, the test face rated highest on %s: %s", attribute, faces["face_id"][shown])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, log=log)
