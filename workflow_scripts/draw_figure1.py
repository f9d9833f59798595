"""Draw figure 1: the relevance of one face at every layer, from the output back to the pixels, with its sums."""

from itertools import pairwise

import numpy as np

from facelrp.report import figures
from facelrp_workflow.files import new_figure, read_table
from facelrp_workflow.job import job

#: Layers whose inputs are shown, by the beginning of their names. The inputs of other layers differ at most by a
#: nonlinearity.
SHOWN = ("conv", "pool", "fc")
COLUMNS = 5


def titles(names):
    """Return {layer shown: title of its input}, given the names of all layers in order."""
    shown = [index for index, name in enumerate(names) if name.startswith(SHOWN)]
    title = {names[shown[0]]: "pixels"}
    for before, index in pairwise(shown):
        title[names[index]] = ", ".join(name for name in names[before:index] if name.startswith((*SHOWN, "norm")))
    return title


def as_map(relevance):
    """Arrange the units of a dense layer in a rectangle, as close to a square as their number allows."""
    if relevance.ndim == 2:
        return relevance
    rows = max(rows for rows in range(1, int(len(relevance) ** 0.5) + 1) if len(relevance) % rows == 0)
    return relevance.reshape(rows, -1)


def main(files, attribute, output, log):
    layers = np.load(files.layers, allow_pickle=False)
    ledger = read_table(files.ledger).set_index("layer")
    shown = titles(list(ledger.index))
    figure, axes = figures.grid(-(-(1 + len(shown)) // COLUMNS), COLUMNS, lines=4, under=0)
    label = f"output: R = {ledger['relevance_out'].iloc[-1]:.4f}\nrating on 0 to 1\nred: R > 0, blue: R < 0"
    figures.show_face(axes[0, 0], layers["image"], "input x", label)
    axes[0, 0].set_box_aspect(1)
    for panel, (name, title) in zip(axes.flat[1:], shown.items(), strict=False):
        relevance = layers[name]
        size = " × ".join(map(str, relevance.shape)) if relevance.ndim == 2 else f"{relevance.size:,} units"
        # Layers have 49 to 51,529 values with the same sum: on one scale all except the coarsest would be white.
        limit = figures.colour_limit(relevance)
        label = f"ΣR = {ledger['relevance_in'][name]:.4f}"
        drawn = figures.show_heatmap(panel, as_map(relevance), limit, label, f"{title}: {size}", aspect="auto")
        panel.set_box_aspect(1)
        figures.own_colour_bar(figure, drawn, panel)
    for panel in axes.flat[1 + len(shown) :]:
        panel.set_visible(False)
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("%d layers of the network for %s", len(shown), attribute)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.attribute, snakemake.output, log)
