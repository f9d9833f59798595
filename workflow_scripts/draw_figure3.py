"""Draw figure 3: training error per epoch in units of the ratings' variance, a panel per attribute and mode."""

from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from facelrp.report import figures
from facelrp.report.style import PALETTE, REFERENCE_COLOUR
from facelrp_workflow.files import new_figure, read_table
from facelrp_workflow.job import job

COLUMNS = 4


def main(files, networks, output, log):
    attributes = list(dict.fromkeys(network["attribute"] for network in networks))
    bases = list(dict.fromkeys(network["base"] for network in networks))
    modes = list(dict.fromkeys(network["mode"] for network in networks))
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
    for network, path in zip(networks, files.histories, strict=True):
        history = read_table(path)
        shown[network["mode"], network["attribute"]].plot(
            history["epoch"],
            history["loss"] / variances[tuple(network.values())],
            color=PALETTE[bases.index(network["base"])],
            label=network["base"],
        )
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
