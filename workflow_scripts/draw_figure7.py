"""Draw figure 7: one face with different parts occluded, and its scores and heatmaps by each base model's network."""

import numpy as np

from facelrp.faces.occlusion import occlude
from facelrp.faces.rating_scales import RatingScale
from facelrp.report import figures
from facelrp.report.outlines import letter_panels
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import face_shown
from facelrp_workflow.skill_remark import skill_remark

#: Columns of the paper's figure, with their titles.
SHOWN = {"none": "as it is", "mouth": "mouth", "right_eye": "right eye", "eyes": "both eyes"}


def main(files, bases, attribute, patches, smoothing_pixels, publishable_only, scale, output, log):
    scale = RatingScale(*scale)
    names = ["none", *patches["parts"]]
    columns = [names.index(name) for name in SHOWN if name in names]
    faces = read_faces(files, "test")
    shown = faces.iloc[face_shown(faces, attribute, publishable_only)]
    image, labels = (open_array(path)[shown.name] for path in (files.images, files.parts))
    images = np.concatenate([image[None], occlude(image, labels, **patches)[0]])
    heatmaps = [open_array(path)[columns] for path in files.relevance]
    tables = [read_table(path) for path in files.scores]
    own = [table[(table["face_id"] == shown["face_id"]) & (table["attribute"] == attribute)] for table in tables]
    scores = [table.set_index("occluded")["prediction"] for table in own]
    log.info("face shown: %s", shown["face_id"])

    limit = figures.colour_limit(*heatmaps, smoothing=smoothing_pixels)
    figure, axes = figures.grid(1 + len(bases), len(columns))
    for panel, column in zip(axes[0], columns, strict=True):
        figures.show_face(panel, images[column], SHOWN[names[column]])
    for panels, base, maps, score in zip(axes[1:], bases, heatmaps, scores, strict=True):
        panels[0].set_ylabel(f"{base} base model")
        for panel, column, heatmap in zip(panels, columns, maps, strict=True):
            points = score[names[column]]
            title = f"{attribute}: {scale.text(points, more_decimals=1)}"
            title += f" ({scale.change_text(points - score['none'])})" if column else f" of {scale.highest:g}"
            sums = figures.sums(scale.to_unit(points), heatmap)
            drawn = figures.show_heatmap(panel, heatmap, limit, sums, title, labels, smoothing_pixels)
    letter_panels(axes[:, 0])
    figures.colour_bar(figure, drawn, axes[1:], figures.RATING, smoothing_pixels)
    figures.warn(figure, skill_remark(files, [attribute] * len(bases), bases))
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
