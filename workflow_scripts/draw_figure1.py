"""Figure 1: the relevance of one face at every layer, from the output back to the pixels, with its sums."""

from itertools import pairwise

import numpy as np

from facelrp import figures
from facelrp_files import new_figure, read_table
from facelrp_job import job

#: What is shown, by how names begin: the inputs of these layers differ in more than a nonlinearity from those before.
SHOWN = ("conv", "pool", "fc")


def titles(names):
    """Return {layer shown: what its input is}, given the names of all layers in order."""
    shown = [place for place, name in enumerate(names) if name.startswith(SHOWN)]
    title = {names[shown[0]]: "pixels"}
    for before, place in pairwise(shown):
        title[names[place]] = " and ".join(name for name in names[before:place] if name.startswith((*SHOWN, "norm")))
    return title


def as_map(relevance):
    """Lay the units of a dense layer out as a rectangle, as near to a square as their number allows."""
    if relevance.ndim == 2:
        return relevance
    rows = max(rows for rows in range(1, int(len(relevance) ** 0.5) + 1) if len(relevance) % rows == 0)
    return relevance.reshape(rows, -1)


def main(files, attribute, output, log):
    layers = np.load(files.layers, allow_pickle=False)
    ledger = read_table(files.ledger).set_index("layer")
    shown = titles(list(ledger.index))
    figure, axes = figures.grid(-(-(1 + len(shown)) // 5), 5, panel=1.7)
    figures.show_face(axes[0, 0], layers["image"], "input")
    axes[0, 0].set_xlabel(f"f(x) = {ledger['relevance_out'].iloc[-1]:.4f}", fontsize=7)
    for axis, (name, title) in zip(axes.flat[1:], shown.items(), strict=False):
        heatmap = as_map(layers[name])
        figures.show_heatmap(axis, heatmap, figures.colour_limit(heatmap), f"{title} ({layers[name].size:,} values)")
        axis.set_xlabel(f"ΣR = {ledger['relevance_in'][name]:.4f}", fontsize=7)
    for axis in axes.flat[1 + len(shown) :]:
        axis.axis("off")
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("%d layers of the network for %s", len(shown), attribute)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.attribute, snakemake.output, log)
