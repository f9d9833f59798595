"""Draw figure 3: training error per epoch, a panel per attribute, a curve per base model and mode."""

from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from facelrp.report import figures
from facelrp.report.style import PALETTE
from facelrp_workflow.files import new_figure, read_table
from facelrp_workflow.job import job

STYLES = {"dense": "--", "full": "-"}


def main(files, networks, output, log):
    attributes = list(dict.fromkeys(network["attribute"] for network in networks))
    bases = list(dict.fromkeys(network["base"] for network in networks))
    columns = min(len(attributes), 4)
    rows = -(-len(attributes) // columns)
    figure, axes = figures.panels(rows, columns, 1.7 * rows + 0.4, sharey=True)
    for network, path in zip(networks, files.histories, strict=True):
        history = read_table(path)
        axes.flat[attributes.index(network["attribute"])].plot(
            history["epoch"],
            history["loss"],
            STYLES[network["mode"]],
            color=PALETTE[bases.index(network["base"])],
            label=f"{network['base']}, {network['mode']}",
        )
    for panel, attribute in zip(axes.flat, attributes, strict=False):
        panel.set(title=attribute, xlabel="epoch", yscale="log")
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for panel in axes[:, 0]:
        panel.set_ylabel("mean squared error\n(ratings on 0 to 1)")
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter("{x:g}")
        panel.yaxis.set_minor_formatter(NullFormatter())
    for panel in axes.flat[len(attributes) :]:
        panel.set_visible(False)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(handles))
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("%d curves", len(networks))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.networks, snakemake.output, log)
