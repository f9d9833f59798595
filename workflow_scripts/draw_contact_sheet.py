"""Draw a contact sheet of the test set: faces from the lowest to the highest prediction, each above its heatmap."""

import numpy as np

from facelrp.faces.rating_scales import to_points
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


def main(files, attribute, network, publishable_only, output, log):
    faces, scores = read_faces(files, "test"), read_table(files.scores)["output"].to_numpy()
    allowed = np.flatnonzero(may_be_shown(faces, publishable_only))
    chosen = allowed[evenly_ranked(scores[allowed], COLUMNS * ROWS)]
    # Read one by one, so that a large test set need not fit into memory.
    relevance, images = open_array(files.relevance), open_array(files.images)
    heatmaps = [relevance[row] for row in chosen]
    log.info("faces shown, from the lowest to the highest prediction: %s", faces["face_id"].iloc[chosen].tolist())

    limit = figures.colour_limit(*heatmaps)
    figure, axes = figures.grid(2 * -(-len(chosen) // COLUMNS), COLUMNS, lines=1.4, under=figures.BAR + 0.35)
    for panel in axes.flat:
        panel.set_visible(False)
    pairs = zip(axes[::2].flat, axes[1::2].flat, strict=True)
    for (above, below), row, heatmap in zip(pairs, chosen, heatmaps, strict=False):
        above.set_visible(True)
        below.set_visible(True)
        rating = faces[attribute].iloc[row]
        figures.show_face(above, images[faces.index[row]], f"{to_points(scores[row]):.1f} ({rating:.1f})")
        drawn = figures.show_heatmap(below, heatmap, limit, figures.sums(scores[row], heatmap, "\n"))
        below.xaxis.label.set_fontsize(TINY)
    figure.suptitle(
        f"{attribute}: {in_words(len(chosen), len(allowed), len(faces))}, lowest to highest prediction\n"
        f"{network['base']} base model, {network['mode']}; above each face: predicted (rated), on the scale of 1 to 9"
    )
    figures.colour_bar(figure, drawn, axes, figures.RATING)
    figures.warn(figure, skill_remark(files, [attribute]))
    with new_figure(output) as paths:
        figures.save(figure, *paths, dpi=DPI)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
