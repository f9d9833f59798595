"""Draw figure 1: the relevance of one face at every layer, from the output back to the pixels, with its sums."""

import numpy as np

from facelrp.report import figures
from facelrp_workflow.files import new_figure, read_table
from facelrp_workflow.job import job
from facelrp_workflow.skill_remark import skill_remark

COLUMNS = 5
#: The most characters above a panel.
WIDTH = 26


def in_rows(relevance):
    """Arrange the units of a dense layer in a rectangle, as close to a square as their number allows."""
    if relevance.ndim == 2:
        return relevance
    rows = max(rows for rows in range(1, int(len(relevance) ** 0.5) + 1) if len(relevance) % rows == 0)
    return relevance.reshape(rows, -1)


def heading(title, size):
    """Return the title of a panel, on two lines if it is long; of a very long name its end."""
    line = f"{title}: {size}"
    return line if len(line) <= WIDTH else f"{title if len(title) <= WIDTH else '…' + title[1 - WIDTH :]}\n{size}"


def main(files, attribute, output, log):
    layers = np.load(files.layers, allow_pickle=False)
    ledger = read_table(files.ledger).set_index("layer")
    shown = {str(name): layers[f"map{number}"] for number, name in enumerate(layers["names"])}
    figure, axes = figures.grid(-(-(1 + len(shown)) // COLUMNS), COLUMNS, lines=4, under=0)
    label = f"output: R = {ledger['relevance_out'].iloc[-1]:.4f}\nrating on 0 to 1\nred: R > 0, blue: R < 0"
    figures.show_face(axes[0, 0], layers["image"], "input x", label)
    axes[0, 0].set_box_aspect(1)
    for panel, (title, relevance) in zip(axes.flat[1:], shown.items(), strict=False):
        size = " × ".join(map(str, relevance.shape)) if relevance.ndim == 2 else f"{relevance.size:,} units"
        # Layers have 49 to 51,529 values with the same sum: on one scale all except the coarsest would be white.
        limit = figures.colour_limit(relevance)
        label = f"ΣR = {relevance.sum(dtype=np.float64):.4f}"
        drawn = figures.show_heatmap(panel, in_rows(relevance), limit, label, heading(title, size), aspect="auto")
        panel.set_box_aspect(1)
        figures.own_colour_bar(figure, drawn, panel)
    for panel in axes.flat[1 + len(shown) :]:
        panel.set_visible(False)
    figures.warn(figure, skill_remark(files, [attribute]))
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("%d layers of the network for %s", len(shown), attribute)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.attribute, snakemake.output, log)
