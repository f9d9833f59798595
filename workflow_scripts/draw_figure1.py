"""Figure 1: the relevance of one face at every layer, from the output back to the pixels, with its sums."""

import numpy as np

from facelrp import figures
from facelrp_files import new_figure, read_table
from facelrp_job import job

#: What is shown, from the pixels up: the layers whose inputs differ in more than a nonlinearity.
SHOWN = {
    "conv1": "pixels",
    "pool1": "conv1",
    "conv2": "pool1 and norm1",
    "pool2": "conv2",
    "conv3": "pool2 and norm2",
    "pool5": "conv3",
    "fc6": "pool5",
    "fc7": "fc6",
    "fc8": "fc7",
}


def as_map(relevance):
    """Lay the units of a dense layer out as a rectangle, as near to a square as their number allows."""
    if relevance.ndim == 2:
        return relevance
    rows = max(rows for rows in range(1, int(len(relevance) ** 0.5) + 1) if len(relevance) % rows == 0)
    return relevance.reshape(rows, -1)


def main(files, attribute, output, log):
    layers = np.load(files.layers, allow_pickle=False)
    ledger = read_table(files.ledger).set_index("layer")
    figure, axes = figures.grid(2, 5, panel=1.7)
    figures.show_face(axes[0, 0], layers["image"], "input")
    axes[0, 0].set_xlabel(f"f(x) = {ledger['relevance_out'].iloc[-1]:.4f}", fontsize=7)
    for axis, (name, title) in zip(axes.flat[1:], SHOWN.items(), strict=True):
        heatmap = as_map(layers[name])
        figures.show_heatmap(axis, heatmap, figures.colour_limit(heatmap), f"{title} ({layers[name].size:,} values)")
        axis.set_xlabel(f"ΣR = {ledger['relevance_in'][name]:.4f}", fontsize=7)
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("%d layers of the network for %s", len(SHOWN), attribute)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.attribute, snakemake.output, log)
