"""Draw the error of networks against what is known of their base models before fine-tuning: a point per base model."""

from matplotlib.ticker import MaxNLocator

from facelrp.faces.rating_scales import RatingScale
from facelrp.report import figures
from facelrp.report.style import PALETTE
from facelrp.statistics.rank_correlation import RankCorrelation
from facelrp.statistics.replicates import base_means
from facelrp_workflow.files import new_figure, read_table
from facelrp_workflow.job import job

#: Measures and their labels.
SHOWN = {
    "effective_pixels": "richness: effective pixels",
    "log_me": "transferability: LogME",
    "ridge_mae": "ridge regression: error, points",
}
#: For more kinds of base models than colours.
MARKERS = "osD^vP"


def draw(panel, bases, measure):
    """Draw one measure against the error, with their rank correlation as the title."""
    for number, (name, group) in enumerate(bases.groupby("base", sort=False)):
        colour, marker = PALETTE[number % len(PALETTE)], MARKERS[number % len(MARKERS)]
        panel.plot(group[measure], group["mae"], marker, color=colour, markersize=4, label=name)
    correlation = RankCorrelation(bases[measure], bases["mae"])
    low, high = correlation.interval()
    panel.set_title(f"ρ = {correlation.mean:.2f} [{low:.2f}, {high:.2f}]".replace("-", "−"))
    panel.set_xlabel(SHOWN[measure])
    panel.xaxis.set_major_locator(MaxNLocator(4))


def main(files, scale, output, log):
    replicates = read_table(files.replicates)
    modes = list(dict.fromkeys(replicates["mode"]))
    figure, axes = figures.panels(len(modes), len(SHOWN), 2.2 * len(modes) + 0.4, sharey="row")
    for mode, row in zip(modes, axes, strict=True):
        bases = base_means(replicates[replicates["mode"] == mode])
        for panel, measure in zip(row, SHOWN, strict=True):
            draw(panel, bases, measure)
        row[0].set_ylabel(f"mean absolute error,\npoints of {RatingScale(*scale)} ({mode})")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(handles))
    with new_figure(output) as paths:
        figures.save(figure, *paths)
    log.info("%d base models, %s", len(bases), ", ".join(modes))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
