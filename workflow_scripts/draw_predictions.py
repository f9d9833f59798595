"""Draw each network's predictions for the test faces against people's ratings."""

import numpy as np

from facelrp.report import figures
from facelrp.report.style import PALETTE, REFERENCE_COLOUR
from facelrp.statistics.better_than_mean import NO
from facelrp_workflow.files import new_figure, read_table
from facelrp_workflow.job import job
from facelrp_workflow.skill_remark import answers


def main(files, networks, output, log):
    attributes = list(dict.fromkeys(network["attribute"] for network in networks))
    rows = list(dict.fromkeys((network["base"], network["mode"]) for network in networks))
    tables = [read_table(path) for path in files.predictions]
    ends = [min(table[["rating", "prediction"]].min(axis=None) for table in tables)]
    ends += [max(table[["rating", "prediction"]].max(axis=None) for table in tables)]
    figure, axes = figures.panels(len(rows), len(attributes), 1.6 * len(rows) + 0.4, sharex=True, sharey=True)
    known = answers(files, [network["attribute"] for network in networks])
    for network, table, answer in zip(networks, tables, known, strict=True):
        row = rows.index((network["base"], network["mode"]))
        panel = axes[row, attributes.index(network["attribute"])]
        panel.plot(ends, ends, color=REFERENCE_COLOUR, linewidth=0.8)
        panel.scatter(
            table["rating"],
            table["prediction"],
            6,
            PALETTE[row % len(PALETTE)],
            alpha=0.6,
            linewidths=0,
        )
        error = (table["prediction"] - table["rating"]).abs().mean()
        correlation = np.corrcoef(table["rating"], table["prediction"])[0, 1]
        warning = "\nno better than the mean" if answer == NO else ""
        panel.set_title(f"r = {correlation:.2f}, MAE {error:.2f}{warning}")
        panel.set_aspect("equal")
    for panel, attribute in zip(axes[-1], attributes, strict=True):
        panel.set_xlabel(f"{attribute}, rated")
    for panel, (base, mode) in zip(axes[:, 0], rows, strict=True):
        panel.set_ylabel(f"{base}, {mode}\npredicted")
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("%d networks", len(networks))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.networks, snakemake.output, log)
