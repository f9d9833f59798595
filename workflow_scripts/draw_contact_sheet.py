"""Draw a contact sheet of the test set: faces from the lowest to the highest prediction, each above its heatmap."""

import numpy as np

from facelrp.faces.rating_scales import RatingScale
from facelrp.report import figures
from facelrp.report.style import TINY
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import evenly_ranked, may_be_shown
from facelrp_workflow.skill_remark import skill_remark

#: Eight faces across and four down fill a page and leave room for the caption; each is 2 cm wide in print.
COLUMNS, ROWS = 8, 4
#: Resolution of the PNG: low, because a report contains a sheet for every attribute. The PDF has all pixels.
DPI = 130


def in_words(shown, allowed, faces):
    """Return which faces are shown, as text, given the numbers of faces shown, allowed, and in the test set."""
    whole = f"{allowed} test faces" + (" that may be shown" if allowed < faces else "")
    return f"{shown} of {whole}, at evenly spaced ranks" if shown < allowed else f"all {whole}"


def main(files, attribute, network, smoothing_pixels, publishable_only, scale, output, log):
    scale = RatingScale(*scale)
    faces, scores = read_faces(files, "test"), read_table(files.scores)["output"].to_numpy()
    allowed = np.flatnonzero(may_be_shown(faces, publishable_only))
    chosen = allowed[evenly_ranked(scores[allowed], COLUMNS * ROWS)]
    # Read one by one, so that a large test set need not fit into memory.
    relevance, images, parts = (open_array(path) for path in (files.relevance, files.images, files.parts))
    heatmaps = [relevance[row] for row in chosen]
    log.info("faces shown, from the lowest to the highest prediction: %s", faces["face_id"].iloc[chosen].tolist())

    limit = figures.colour_limit(*heatmaps, smoothing=smoothing_pixels)
    figure, axes = figures.grid(2 * -(-len(chosen) // COLUMNS), COLUMNS, lines=1.4, under=figures.BAR + 0.35)
    for panel in axes.flat:
        panel.set_visible(False)
    pairs = zip(axes[::2].flat, axes[1::2].flat, strict=True)
    for (above, below), row, heatmap in zip(pairs, chosen, heatmaps, strict=False):
        above.set_visible(True)
        below.set_visible(True)
        rating = faces[attribute].iloc[row]
        ratings = f"{scale.text(scale.to_points(scores[row]))} ({scale.text(rating)})"
        figures.show_face(above, images[faces.index[row]], ratings)
        sums, labels = figures.sums(scores[row], heatmap, "\n"), parts[faces.index[row]]
        drawn = figures.show_heatmap(below, heatmap, limit, sums, parts=labels, smoothing=smoothing_pixels)
        below.xaxis.label.set_fontsize(TINY)
    figure.suptitle(
        f"{attribute}: {in_words(len(chosen), len(allowed), len(faces))}, lowest to highest prediction\n"
        f"{network['base']} base model, {network['mode']}; above each face: predicted (rated), on the scale of "
        f"{scale.lowest:g} to {scale.highest:g}"
    )
    figures.colour_bar(figure, drawn, axes, figures.RATING, smoothing_pixels)
    figures.warn(figure, skill_remark(files, [attribute]))
    with new_figure(output) as paths:
        figures.save(figure, *paths, dpi=DPI)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
