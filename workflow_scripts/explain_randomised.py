"""Explain a network's output for one face again and again while its weights become random, layer by layer."""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from facelrp.heatmaps.agreement import compare_maps
from facelrp.heatmaps.explain_all import make_explainer
from facelrp.heatmaps.perturbation import grid
from facelrp.heatmaps.sanity import layers_from_the_top, randomised
from facelrp.networks import weights
from facelrp.networks.devices import prepare
from facelrp_workflow.files import open_array, read_faces, read_references, replacing, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import evenly_spaced, face_shown

#: Steps that a figure can show, the first and the last layer among them.
STEPS = 6


def explained_steps(network, explain, seed):
    """Return the heatmap of a face by a network, and by the same with more and more random layers.

    Parameters
    ----------
    network : facelrp.networks.weights.LoadedNetwork
    explain : callable
        Takes such a network, and returns its heatmap (H, W).
    seed : int

    Returns
    -------
    DataFrame
        Column ``layer``: the lowest that is random, or "none", a row per heatmap.
    ndarray of float32, shape (rows, H, W)
    """
    count = len(layers_from_the_top(network.module))
    chosen, layers, maps = set(evenly_spaced(count, STEPS)), ["none"], [explain(network)]
    for number, (layer, module) in enumerate(randomised(network.module, seed)):
        if number in chosen:
            layers.append(layer)
            maps.append(explain(replace(network, module=module)))
    return pd.DataFrame({"layer": layers}), np.stack(maps).astype(np.float32)


def main(files, output, attribute, heatmaps, evaluation, publishable_only, compute, device, log):
    device = prepare(device, compute["threads"])
    network = weights.load(files.weights).to(device)
    faces = read_faces(files, "test")
    shown = faces.iloc[face_shown(faces, attribute, publishable_only)]
    image = network.images(open_array(files.images), [shown.name])(torch.arange(1))
    references = read_references(files)

    def explain(changed):
        return make_explainer(changed, heatmaps, references)(image).heatmap[0].cpu().numpy()

    table, maps = explained_steps(network, explain, evaluation["seed"])
    cells = grid(maps.shape[1], evaluation["cell_pixels"])
    found = compare_maps(np.broadcast_to(maps[:1], maps.shape), maps, cells)
    write_table(output.layers, table.assign(face_id=shown["face_id"], rank_correlation=found["rank_correlation"]))
    with replacing(output.relevance) as path:
        np.save(path, maps)
    log.info("face shown: %s; weights random down to %s", shown["face_id"], table["layer"].tolist()[1:])


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, device=snakemake.resources.device, log=log)
