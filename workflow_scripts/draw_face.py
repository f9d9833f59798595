"""Draw one test face with its heatmaps by all networks, on one colour scale: a row for each base model and mode."""

import numpy as np

from facelrp.errors import InputError
from facelrp.faces.rating_scales import RatingScale
from facelrp.report import figures
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.publishing import may_be_on_page


def row_of(faces, face, shown):
    """Return a face's row in the table of the test set.

    Raises
    ------
    InputError
        If the test set has no such face, or one that may not be shown.
    """
    found = np.flatnonzero(faces["face_id"] == face)
    if not len(found):
        raise InputError(f"the test set has no face {face}", "the name of the picture", "see faces/split.csv for names")
    if not may_be_on_page(faces, shown)[found[0]]:
        raise InputError(
            f"face {face} may not be published", "config key figures/faces_page", "set it to all if you may draw it"
        )
    return int(found[0])


def main(files, face, networks, shown, smoothing_pixels, scale, output):
    scale = RatingScale(*scale)
    faces = read_faces(files, "test")
    row = row_of(faces, face, shown)
    outputs = [read_table(path)["output"].iloc[row] for path in files.scores]
    heatmaps = [open_array(path)[row] for path in files.relevance]
    attributes = list(dict.fromkeys(network["attribute"] for network in networks))
    kinds = list(dict.fromkeys((network["base"], network["mode"]) for network in networks))

    limit = figures.colour_limit(*heatmaps, smoothing=smoothing_pixels)
    parts = open_array(files.parts)[faces.index[row]]
    figure, axes = figures.grid(len(kinds), 1 + len(attributes))
    for panel in axes[1:, 0]:
        panel.set_visible(False)
    figures.show_face(axes[0, 0], open_array(files.images)[faces.index[row]], face)
    panels = {
        (*kind, attribute): axes[number, 1 + column]
        for number, kind in enumerate(kinds)
        for column, attribute in enumerate(attributes)
    }
    for network, output_of, heatmap in zip(networks, outputs, heatmaps, strict=True):
        base, mode, attribute = network["base"], network["mode"], network["attribute"]
        predicted, rated = scale.text(scale.to_points(output_of)), scale.text(faces[attribute].iloc[row])
        title, sums = f"{attribute}: {predicted} ({rated})", figures.sums(output_of, heatmap, "\n")
        panel = panels[base, mode, attribute]
        drawn = figures.show_heatmap(panel, heatmap, limit, sums, title, parts, smoothing_pixels)
        if attribute == attributes[0]:
            panel.set_ylabel(f"{base}, {mode}")
    figure.suptitle(f"Above each heatmap: predicted (rated), on the scale of {scale.lowest:g} to {scale.highest:g}")
    figures.colour_bar(figure, drawn, axes, figures.RATING, smoothing_pixels)
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake):
        main(snakemake.input, **snakemake.params, output=snakemake.output)
