"""Draw how predictions change as relevant regions are removed: curves of one network, areas of all (faithfulness)."""

import numpy as np

from facelrp.faces.rating_scales import RatingScale
from facelrp.heatmaps.rule_names import ON_ALL_FACES, OWN
from facelrp.report import figures
from facelrp.report.outlines import letter_panels
from facelrp.report.style import EXTRA_COLOUR, PALETTE, REFERENCE_COLOUR
from facelrp.statistics.inference import bootstrap_interval
from facelrp_workflow.files import new_figure, read_table
from facelrp_workflow.job import job
from facelrp_workflow.skill_remark import skill_remark


def on_shared_faces(curves):
    """Return the curves of the faces that were perturbed by all rules."""
    rules = curves[curves["rule"] != "random"]
    shared = rules.groupby("face_id")["rule"].nunique() == rules["rule"].nunique()
    return curves[curves["face_id"].isin(shared.index[shared])]


def draw_curves(panel, curves, scale):
    """Draw the mean change of the prediction as regions are removed, a curve per rule and order."""
    whole = curves.groupby(["rule", "order", "face_id"], sort=False)["prediction"].transform("first")
    curves = curves.assign(change=curves["prediction"] - whole)
    rules = [rule for rule in curves["rule"].unique() if rule != "random"]
    colours = dict(zip(rules, PALETTE, strict=False)) | {"random": REFERENCE_COLOUR}
    for (rule, order), curve in curves.groupby(["rule", "order"], sort=False):
        if order == "least" and rule != OWN:
            continue
        by_step = curve.groupby("removed")["change"]
        mean = by_step.mean()
        label = figures.in_words(rule) + (", least relevant first" if order == "least" else "")
        style = {"most": "-", "least": ":", "random": "--"}[order]
        if rule == OWN and order == "most":
            low, high = zip(*(bootstrap_interval(one.to_numpy()) for _, one in by_step), strict=True)
            panel.fill_between(100 * mean.index, low, high, color=colours[rule], alpha=0.2, linewidth=0)
        panel.plot(100 * mean.index, mean, style, color=colours.get(rule, EXTRA_COLOUR), label=label)
    panel.set(xlabel="regions taken away, %", ylabel=f"change of prediction, points ({scale})")


def draw_areas(panel, areas, scale):
    """Draw the area over the curve minus that of random orders, with its interval, a row per network."""
    areas = areas[areas["rule"] == ON_ALL_FACES].reset_index(drop=True)
    low, high = areas["above_random"] - areas["above_random_low"], areas["above_random_high"] - areas["above_random"]
    heights = -np.arange(len(areas))
    panel.errorbar(areas["above_random"], heights, xerr=[low, high], fmt="o", color=PALETTE[0], markersize=3)
    panel.axvline(0, color=REFERENCE_COLOUR, linewidth=0.8, linestyle="--")
    panel.set_yticks(heights, areas["base"] + ", " + areas["mode"] + ", " + areas["attribute"])
    panel.set_xlabel(f"AOPC above random, points ({scale})")


def main(files, network, scale, output, log):
    scale = RatingScale(*scale)
    curves = read_table(files.curves)
    curves = on_shared_faces(curves[curves["attribute"] == network["attribute"]])
    areas = read_table(files.areas)
    rows = (areas["rule"] == ON_ALL_FACES).sum()
    figure, axes = figures.panels(1, 2, 1.2 + 0.15 * max(rows, 12))
    draw_curves(axes[0, 0], curves, scale)
    axes[0, 0].set_title(f"{', '.join(network.values())} ({curves['face_id'].nunique()} faces)")
    draw_areas(axes[0, 1], areas, scale)
    axes[0, 1].set_title("all networks")
    letter_panels(axes.flat)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figures.warn(figure, skill_remark(files, [network["attribute"]]))
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("curves of %s", network)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
