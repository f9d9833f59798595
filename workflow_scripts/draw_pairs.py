"""Draw where relevance differs between the happy and another state of the same people, on aligned faces."""

import numpy as np

from facelrp.faces.parts import REPORTED
from facelrp.faces.registration import affine, align, centres
from facelrp.report import figures
from facelrp.report.outlines import letter_panels
from facelrp.report.style import INK_COLOUR, NOT_SIGNIFICANT_COLOUR, PALETTE, SMALL, TINY
from facelrp.statistics.inference import SIGNIFICANT
from facelrp.statistics.pairing import HAPPY, states_of
from facelrp_workflow.files import new_figure, open_array, read_table
from facelrp_workflow.job import job
from facelrp_workflow.skill_remark import skill_remark

#: Label of the colour bar.
SCALE = "ΔR per pixel, {{unit}} (red: more relevance when happy, blue: when {other}); f(x) is the rating on 0 to 1"

#: Parts that hardly move with the expression: faces are aligned by their centres.
FIXED = ("right_eye", "left_eye", "nose")


def alignments(labels):
    """Return the affine maps (N, 2, 3) that align all faces' eyes and noses with their mean positions."""
    points = np.stack([centres(one, FIXED) for one in labels])
    targets = np.nanmean(points, axis=0)
    return [affine(own, targets) if np.isfinite(own).all() else np.eye(2, 3) for own in points]


def mean_difference(heatmaps, transforms, faces, other):
    """Return the mean over people of the happy heatmap minus the other, (H, W); each person counts once."""
    weights = np.zeros(len(faces))
    both = set(faces["identity"][faces["state"] == HAPPY]) & set(faces["identity"][faces["state"] == other])
    for state, sign in ((HAPPY, 1), (other, -1)):
        own = faces["identity"][(faces["state"] == state) & faces["identity"].isin(both)]
        weights[own.index] = sign / own.map(own.value_counts()) / len(both)
    total = np.zeros(heatmaps.shape[1:])
    for row in np.flatnonzero(weights):
        total += weights[row] * align(heatmaps[row], transforms[row], density=True)
    return total


def mean_face(images, transforms, rows):
    """Return the mean of aligned faces (H, W, 3), 0–1."""
    return sum(align(images[row], transforms[row]) for row in rows) / len(rows) / 255


def mean_score(scores, faces, other):
    """Return the mean over people of the score in the happy state minus that in the other; each person counts once."""
    means = scores.groupby([faces["identity"], faces["state"]])["output"].mean().unstack()
    return (means[HAPPY] - means[other]).mean()


def draw_bars(axes, table):
    """Draw the differences of shares as bars with their intervals, a bar per part."""
    table = table.set_index("part").loc[list(REPORTED["coarse"])[::-1]]
    heights = np.arange(len(table))
    colours = [PALETTE[1] if q < SIGNIFICANT else NOT_SIGNIFICANT_COLOUR for q in table["q"]]
    axes.barh(heights, 100 * table["difference"], color=colours)
    axes.hlines(heights, 100 * table["low"], 100 * table["high"], color=INK_COLOUR, linewidth=1)
    axes.axvline(0, color=INK_COLOUR, linewidth=0.6)
    axes.set_yticks(heights, table.index)
    axes.set_box_aspect(1)


def main(files, bases, mode, attributes, attribute, output, log):
    faces, table = read_table(files.faces), read_table(files.parts_table)
    # The figure shows only the first of several other states; the table has all.
    other = states_of(faces)[1]
    transforms = alignments(open_array(files.parts))
    images = open_array(files.images)
    means = [mean_face(images, transforms, np.flatnonzero(faces["state"] == state)) for state in (HAPPY, other)]
    index = attributes.index(attribute)
    maps = [mean_difference(open_array(path)[index], transforms, faces, other) for path in files.relevance]

    scores = [read_table(path) for path in files.scores]
    scores = [one[one["attribute"] == attribute].reset_index(drop=True) for one in scores]

    # The mean faces are in the first column; beside them is a row for each base model.
    figure, axes = figures.grid(max(2, len(bases)), 3)
    for panel in axes.flat:
        panel.set_visible(False)
    for panel, mean, state in zip(axes[:, 0], means, (HAPPY, other), strict=False):
        panel.set_visible(True)
        figures.show_face(panel, mean, f"mean {state} face")
    # Means are smooth: hardly any pixel has much more relevance than its neighbours.
    limit = figures.colour_limit(*maps, quantile=0.9995)
    for (_, heatmap, bars), base, difference, own in zip(axes, bases, maps, scores, strict=False):
        heatmap.set_visible(True)
        bars.set_visible(True)
        sums = f"Δf(x) = {mean_score(own, faces, other):.3f}, ΣΔR = {difference.sum():.3f}"
        title = f"{base} base model: {HAPPY} − {other}"
        drawn = figures.show_heatmap(heatmap, difference, limit, sums, title)
        rows = table[(table["base"] == base) & (table["mode"] == mode) & (table["attribute"] == attribute)]
        draw_bars(bars, rows[(rows["against"] == other) & (rows["level"] == "coarse")])
        log.info(
            "%s: relevance differs by %.4f in all, where the rating is on a scale of 0 to 1", base, difference.sum()
        )
        bars.set_title("share of positive relevance", fontsize=SMALL)
        bars.set_xlabel(f"{HAPPY} − {other}, percentage points\n(grey: q ≥ {SIGNIFICANT})", fontsize=TINY)
    letter_panels(panel for panel in axes.T.flat if panel.get_visible())
    figures.colour_bar(figure, drawn, axes, SCALE.format(other=other))
    figures.warn(figure, skill_remark(files, [attribute] * len(bases), bases))
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
