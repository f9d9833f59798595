"""Draw figure 3: training error per epoch in units of the ratings' variance, a panel per attribute and mode.

Networks that differ only in their seeds are one curve, their mean, in a band from the lowest to the highest.
"""

import pandas as pd
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from facelrp.report import figures
from facelrp.report.style import PALETTE, REFERENCE_COLOUR
from facelrp_workflow.files import new_figure, read_table
from facelrp_workflow.job import job

COLUMNS = 4


def main(files, networks, output, log):
    names = [tuple(network.values()) for network in networks]
    bases, modes, attributes = (list(dict.fromkeys(values)) for values in zip(*names, strict=True))
    variances = read_table(files.convergence).set_index(["base", "mode", "attribute"])["variance"]
    columns = min(len(attributes), COLUMNS)
    # Modes are below each other: their epochs are not compared.
    rows = len(modes) * -(-len(attributes) // columns)
    figure, axes = figures.panels(rows, columns, 1.6 * rows + 0.4, sharey=True)
    shown = {}
    for number, attribute in enumerate(attributes):
        for offset, mode in enumerate(modes):
            panel = axes[len(modes) * (number // columns) + offset, number % columns]
            shown[mode, attribute] = panel
            panel.set(title=f"{attribute}, {mode}", xlabel="epoch", yscale="log")
            panel.axhline(1, color=REFERENCE_COLOUR, linestyle=":", label="as good as the mean")
            panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    curves = {}
    for name, path in zip(names, files.histories, strict=True):
        curves.setdefault(name, []).append(read_table(path).set_index("epoch")["loss"] / variances[name])
    for (base, mode, attribute), seeds in curves.items():
        panel, colour, curve = shown[mode, attribute], PALETTE[bases.index(base) % len(PALETTE)], pd.DataFrame(seeds)
        panel.plot(curve.columns, curve.mean(), color=colour, label=base)
        if len(seeds) > 1:
            panel.fill_between(curve.columns, curve.min(), curve.max(), color=colour, alpha=0.2, linewidth=0)
    for panel in axes[:, 0]:
        panel.set_ylabel("mean squared error /\nvariance of ratings")
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter("{x:g}")
        panel.yaxis.set_minor_formatter(NullFormatter())
    for panel in set(axes.flat) - set(shown.values()):
        panel.set_visible(False)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles[1:] + handles[:1], labels[1:] + labels[:1], loc="outside lower center", ncols=len(handles))
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("%d curves", len(networks))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.networks, snakemake.output, log)
