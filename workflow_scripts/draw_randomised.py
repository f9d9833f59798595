"""Draw the heatmap of one face by a network, and by the same network as its weights become random from the top down."""

from facelrp.report import figures
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job

COLUMNS = 4
#: The most characters of a layer's name.
WIDTH = 26
#: Resolution of the PNG: low, because noise makes large files, and a report holds it. The PDF has all pixels.
DPI = 130


def main(files, network, smoothing_pixels, output, log):
    layers, maps = read_table(files.layers), open_array(files.relevance)
    faces = read_faces(files)
    row = int((faces["face_id"] == layers["face_id"].iloc[0]).to_numpy().argmax())
    parts = open_array(files.parts)[row]
    figure, axes = figures.grid(-(-(1 + len(maps)) // COLUMNS), COLUMNS, lines=3.2, under=0)
    for panel in axes.flat[1 + len(maps) :]:
        panel.set_visible(False)
    figures.show_face(axes.flat[0], open_array(files.images)[row], "input", ", ".join(network.values()))
    for panel, heatmap, step in zip(axes.flat[1:], maps, layers.itertuples(), strict=False):
        trained = step.layer == "none"
        title = "\nas trained" if trained else f"random down to\n{step.layer[-WIDTH:]}"
        label = "" if trained else f"rank correlation {step.rank_correlation:.2f}".replace("-", "−")
        # Random weights make relevance smaller or larger by orders of magnitude: what matters is where it lies.
        limit = figures.colour_limit(heatmap, smoothing=smoothing_pixels)
        drawn = figures.show_heatmap(panel, heatmap, limit, label, title, parts, smoothing_pixels)
        figures.own_colour_bar(figure, drawn, panel)
    with new_figure(output) as paths:
        figures.save(figure, *paths, dpi=DPI)
    log.info("face %s, %d steps", layers["face_id"].iloc[0], len(layers) - 1)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
