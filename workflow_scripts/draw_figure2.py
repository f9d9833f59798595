"""Draw figure 2: the heatmaps of one face by each base model, on one colour scale."""

import pandas as pd

from facelrp.report import figures
from facelrp.training.classes import predicted_in_words
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import face_shown


def main(files, bases, attribute, smoothing_pixels, publishable_only, output, log):
    faces = read_faces(files, "test")
    row = face_shown(faces, attribute, publishable_only)
    face_id = faces["face_id"].iloc[row]
    heatmaps = [open_array(path)[row] for path in files.relevance]
    scores = [read_table(path).iloc[row] for path in files.scores]
    names = [predicted_in_words(read_table(path).set_index("face_id").loc[face_id]) for path in files.classes]
    log.info("face shown, the test face rated highest on %s: %s", attribute, face_id)

    limit, parts = (
        figures.colour_limit(*heatmaps, smoothing=smoothing_pixels),
        open_array(files.parts)[faces.index[row]],
    )
    figure, axes = figures.grid(1, 1 + len(bases), lines=3)
    figures.show_face(axes[0, 0], open_array(files.images)[faces.index[row]], "input")
    for panel, base, name, heatmap, score in zip(axes[0, 1:], bases, names, heatmaps, scores, strict=True):
        title, sums = f"{base} base model\n{name}", figures.sums(score["output"], heatmap)
        drawn = figures.show_heatmap(panel, heatmap, limit, sums, title, parts, smoothing_pixels)
    figures.colour_bar(figure, drawn, axes, figures.logit_label(pd.DataFrame(scores)), smoothing_pixels)
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
