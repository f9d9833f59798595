"""Figure 6: the woman and the man of the test set that the network finds most attractive."""

from facelrp.faces.rating_scales import to_points
from facelrp.heatmaps.relevant_parts import marked_parts
from facelrp.report import figures
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import highest_of_each_sex


def main(files, attribute, publishable_only, output, log):
    faces, scores = read_faces(files, "test"), read_table(files.scores)["output"].to_numpy()
    chosen = highest_of_each_sex(faces, scores, publishable_only)
    rows = faces.index[chosen]
    heatmaps, labels = open_array(files.relevance)[chosen], open_array(files.parts)[rows]
    marks = [marked_parts(heatmap, label) for heatmap, label in zip(heatmaps, labels, strict=True)]
    titles = [
        f"{attribute}: {to_points(score):.1f} of 9 (rated {rating:.1f})"
        for score, rating in zip(scores[chosen], faces[attribute][rows], strict=True)
    ]
    log.info("faces shown, with the highest prediction of their sex: %s", faces["face_id"][rows].tolist())
    log.info("parts marked: %s", [[part for part, _ in parts] for parts in marks])
    images = open_array(files.images)[rows]
    figure = figures.portraits(images, heatmaps, scores[chosen], marks, titles, figures.RATING)
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
