"""Draw figure 2: the heatmaps of one face by each base model, on one colour scale."""

import pandas as pd

from facelrp.report import figures
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import face_shown


def main(files, bases, attribute, publishable_only, output, log):
    faces = read_faces(files, "test")
    row = face_shown(faces, attribute, publishable_only)
    heatmaps = [open_array(path)[row] for path in files.relevance]
    scores = [read_table(path).iloc[row] for path in files.scores]
    classes = [read_table(path)["classes"].iloc[0] for path in files.classes]
    log.info("face shown, the test face rated highest on %s: %s", attribute, faces["face_id"].iloc[row])

    limit = figures.colour_limit(*heatmaps)
    figure, axes = figures.grid(1, 1 + len(bases), lines=3)
    figures.show_face(axes[0, 0], open_array(files.images)[faces.index[row]], "input")
    for panel, base, heatmap, score, count in zip(axes[0, 1:], bases, heatmaps, scores, classes, strict=True):
        explained = f"class {score['unit']} of 0–{count - 1}" if count else "similarity to itself"
        title = f"{base} base model\n{explained}"
        drawn = figures.show_heatmap(panel, heatmap, limit, figures.sums(score["output"], heatmap), title)
    figures.colour_bar(figure, drawn, axes, figures.logit_label(pd.DataFrame(scores)))
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
