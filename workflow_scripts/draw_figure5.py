"""Figure 5: the woman and the man of the test set that look oldest to the age model, and why."""

import numpy as np

from facelrp.heatmaps.relevant_parts import marked_parts
from facelrp.report import figures
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import highest_of_each_sex


def main(files, base, publishable_only, output, log):
    faces, scores = read_faces(files, "test"), read_table(files.scores)
    units, outputs = scores["unit"].to_numpy(), scores["output"].to_numpy()
    # The oldest class first, and within it the face whose logit of that class is highest.
    chosen = highest_of_each_sex(faces, np.lexsort((outputs, units)).argsort(), publishable_only)
    rows = faces.index[chosen]
    heatmaps, labels = open_array(files.relevance)[chosen], open_array(files.parts)[rows]
    marks = [marked_parts(heatmap, label) for heatmap, label in zip(heatmaps, labels, strict=True)]
    ages = faces["age"][rows].map("\nage {:.0f}".format) if "age" in faces else [""] * len(rows)
    oldest = read_table(files.classes)["classes"].iloc[0] - 1
    titles = [
        f"{base} base model: class {unit} of 0–{oldest}{age}" for unit, age in zip(units[chosen], ages, strict=True)
    ]
    log.info("faces shown, of the oldest class and its highest logit: %s", faces["face_id"][rows].tolist())
    log.info("parts marked: %s", [[part for part, _ in parts] for parts in marks])
    images = open_array(files.images)[rows]
    figure = figures.portraits(images, heatmaps, outputs[chosen], marks, titles, figures.LOGIT)
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
