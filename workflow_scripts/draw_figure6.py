"""Draw figure 6: the woman and the man of the test set that the network rates most attractive, with relevant parts."""

from facelrp.faces.rating_scales import RatingScale
from facelrp.report import figures
from facelrp.report.portraits import draw_portraits
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import highest_of_each_sex
from facelrp_workflow.skill_remark import skill_remark


def main(files, attribute, smoothing_pixels, publishable_only, scale, output, log):
    scale = RatingScale(*scale)
    faces, outputs = read_faces(files, "test"), read_table(files.scores)["output"].to_numpy()
    chosen = highest_of_each_sex(faces, outputs, publishable_only)
    shown = faces.iloc[chosen]
    titles = [
        f"{attribute}: {scale.text(scale.to_points(value))} of {scale.highest:g} (rated {scale.text(rating)})"
        for value, rating in zip(outputs[chosen], shown[attribute], strict=True)
    ]
    log.info("faces shown, with the highest prediction of their sex: %s", shown["face_id"].tolist())
    images, labels = (open_array(path)[shown.index] for path in (files.images, files.parts))
    heatmaps = open_array(files.relevance)[chosen]
    figure = draw_portraits(images, labels, heatmaps, outputs[chosen], titles, figures.RATING, smoothing_pixels)
    figures.warn(figure, skill_remark(files, [attribute]))
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
