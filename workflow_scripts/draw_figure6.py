"""Figure 6: the woman and the man of the test half that the network finds most attractive."""

from facelrp import figures
from facelrp.ratings import to_points
from facelrp_files import new_figure, open_array, read_faces, read_table
from facelrp_job import job


def main(files, attribute, output, log):
    faces = read_faces(files, "test").reset_index(names="row")
    scores = read_table(files.scores)["output"]
    sexes = {"woman": faces["gender"] < 50, "man": faces["gender"] >= 50}
    chosen = [scores[where].idxmax() for where in sexes.values() if where.any()]
    images, heatmaps = open_array(files.images), open_array(files.relevance)
    log.info("faces shown, with the highest prediction of their sex: %s", faces["face_id"][chosen].tolist())

    limit = figures.colour_limit(*heatmaps[chosen])
    figure, axes = figures.grid(1, 2 * len(chosen))
    for column, row in enumerate(chosen):
        title = f"{attribute} {to_points(scores[row]):.1f} of 9 (rated {faces[attribute][row]:.1f})"
        figures.show_face(axes[0, 2 * column], images[faces["row"][row]], title)
        drawn = figures.show_heatmap(axes[0, 2 * column + 1], heatmaps[row], limit)
        axes[0, 2 * column + 1].set_xlabel(figures.sums(scores[row], heatmaps[row]), fontsize=7)
    figures.colour_bar(figure, drawn, axes)
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.attribute, snakemake.output, log)
