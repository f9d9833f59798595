"""Draw figure 5: the woman and the man of the test set that look oldest to the age model, with relevant parts."""

import numpy as np

from facelrp.report import figures
from facelrp.report.portraits import draw_portraits
from facelrp.training.classes import predicted_in_words
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import highest_of_each_sex


def main(files, base, smoothing_pixels, publishable_only, output, log):
    faces, outputs = read_faces(files, "test"), read_table(files.scores)["output"].to_numpy()
    chosen = highest_of_each_sex(faces, outputs, publishable_only)
    shown = faces.iloc[chosen]
    ages = [f"\nage {age:.0f}" if np.isfinite(age) else "" for age in shown.get("age", [np.nan] * len(shown))]
    classes = read_table(files.classes).set_index("face_id").loc[shown["face_id"]]
    names = [predicted_in_words(row) for _, row in classes.iterrows()]
    titles = [f"{base} base model: {name}{age}" for name, age in zip(names, ages, strict=True)]
    log.info("faces shown, with the highest logit of old rather than young: %s", shown["face_id"].tolist())
    images, labels = (open_array(path)[shown.index] for path in (files.images, files.parts))
    heatmaps = open_array(files.relevance)[chosen]
    figure = draw_portraits(images, labels, heatmaps, outputs[chosen], titles, figures.AGEING, smoothing_pixels)
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
