"""Explain a network's answers by Layer-wise Relevance Propagation: one heatmap for each face."""

import pandas as pd
import torch
from tqdm import tqdm

from facelrp import training, weights
from facelrp.devices import prepare
from facelrp.lrp import Explainer, rule_from_config
from facelrp_files import new_array, open_array, read_table, rows_of_half, write_table
from facelrp_job import job

BATCH = 32


@torch.no_grad()
def predicted_class(network, images):
    """Return the class (n,) a base model sees in each image, None for a network with one output."""
    return network(images).argmax(1) if network.fc8.out_features > 1 else None


def explain_all(explainer, network, inputs, heatmaps):
    """Fill ``heatmaps`` (N, 227, 227) and return the explained outputs (N,), their units and the ledger's rows.

    A base model is explained for the class it sees in the face, a fine-tuned network for its only output.
    """
    outputs, units, ledger = [], [], []
    for rows in tqdm(torch.arange(len(inputs)).split(BATCH), desc="heatmaps", disable=None):
        images = inputs(rows)
        target = predicted_class(network, images)
        explanation = explainer(images, target)
        heatmaps[rows[0] : rows[-1] + 1] = explanation.heatmap.cpu().numpy()
        outputs.append(explanation.output.double().cpu())
        units.append(torch.zeros(len(rows), dtype=torch.long) if target is None else target.cpu())
        ledger.append(explanation.ledger.frame().assign(image=lambda table, first=int(rows[0]): table.image + first))
    return torch.cat(outputs).numpy(), torch.cat(units).numpy(), pd.concat(ledger, ignore_index=True)


def main(files, output, heatmaps, compute, log):
    device, _ = prepare(**compute)
    network, about = weights.load(files.weights)
    network.to(device)
    faces = read_table(files.faces)["face_id"]
    rows = rows_of_half(files.faces, files.split, "test") if files.get("split") else slice(None)
    faces = faces.iloc[rows].reset_index(drop=True)
    inputs = training.Images(open_array(files.images)[rows], about["mean"], device=device)
    explainer = Explainer(network, rule_from_config(heatmaps["rule"], inputs.pixel_range), lrn=heatmaps["lrn"])
    log.info("%d faces, rule %s, device %s, torch %s", len(faces), heatmaps, device, torch.__version__)
    with new_array(output.relevance, (len(faces), *inputs.images.shape[1:3]), "float16") as maps:
        scores, units, ledger = explain_all(explainer, network, inputs, maps)
    write_table(output.scores, pd.DataFrame({"face_id": faces, "unit": units, "output": scores}))
    ledger["face_id"] = faces.loc[ledger.pop("image")].to_numpy()
    write_table(output.ledger, ledger)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, snakemake.params.heatmaps, snakemake.params.compute, log)
