"""Draw what taking away relevant regions does to predictions: curves of one network, areas of all."""

import numpy as np

from facelrp import figures
from facelrp_files import new_figure, read_table
from facelrp_job import job

OWN = "heatmaps"


def draw_curves(panel, curves):
    """Mean change of the prediction as regions go; a line per rule and order."""
    whole = curves.groupby(["rule", "order", "face_id"], sort=False)["prediction"].transform("first")
    curves = curves.assign(change=curves["prediction"] - whole)
    rules = [rule for rule in curves["rule"].unique() if rule != "random"]
    colours = dict(zip(rules, figures.PALETTE, strict=False)) | {"random": "#777777"}
    for (rule, order), curve in curves.groupby(["rule", "order"], sort=False):
        if order == "least" and rule != OWN:
            continue
        mean = curve.groupby("removed")["change"].mean()
        label = f"{rule}{', least relevant first' if order == 'least' else ''} ({curve['face_id'].nunique()} faces)"
        style = {"most": "-", "least": ":", "random": "--"}[order]
        panel.plot(100 * mean.index, mean, style, color=colours.get(rule, "#222222"), label=label, linewidth=1.3)
    panel.set(xlabel="regions taken away, %", ylabel="change of prediction, points of 1–9")


def draw_areas(panel, areas):
    """Area over the curve less that of random orders, with its interval, a line per network."""
    areas = areas[areas["rule"] == OWN].reset_index(drop=True)
    low, high = areas["above_random"] - areas["above_random_low"], areas["above_random_high"] - areas["above_random"]
    place = -np.arange(len(areas))
    panel.errorbar(areas["above_random"], place, xerr=[low, high], fmt="o", color=figures.PALETTE[0], markersize=4)
    panel.axvline(0, color="#777777", linewidth=0.8, linestyle="--")
    panel.set_yticks(place, areas["base"] + ", " + areas["mode"] + ", " + areas["attribute"], fontsize=7)
    panel.set_xlabel("AOPC above random, points of 1–9")


def main(files, network, output, log):
    curves = read_table(files.curves)
    figure, axes = figures.panels(1, 2, (9, 4.8))
    draw_curves(axes[0, 0], curves[curves["attribute"] == network["attribute"]])
    axes[0, 0].set_title(", ".join(network.values()))
    draw_areas(axes[0, 1], read_table(files.areas))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("curves of %s", network)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.network, snakemake.output, log)
