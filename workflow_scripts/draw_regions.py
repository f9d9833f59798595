"""Draw a contact sheet of a set of faces with the outlines of their parts, those that were found least surely first."""

import numpy as np

from facelrp.faces.parts import coarse
from facelrp.report import figures
from facelrp_workflow.files import new_figure, open_array, read_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import evenly_spaced, may_be_shown

#: Outlines need larger pictures than heatmaps.
COLUMNS, ROWS = 4, 3
#: Pixels of the picture for each of a face; borders are two of them wide.
ENLARGEMENT = 2
#: Resolution of the PNG: low, because a report contains a sheet for every set. The PDF has all pixels.
DPI = 130
COARSE_COLOUR, FINE_COLOUR = (255, 0, 90), (255, 225, 0)


def outlined(image, labels):
    """Return a face with the borders of its coarse and fine parts: ndarray of uint8, shape (2 H, 2 W, 3)."""
    image, labels = (np.repeat(np.repeat(array, ENLARGEMENT, 0), ENLARGEMENT, 1) for array in (image, labels))
    for own, colour in ((labels, FINE_COLOUR), (coarse(labels), COARSE_COLOUR)):
        across, down = own[:, :-1] != own[:, 1:], own[:-1] != own[1:]
        for side in (image[:, :-1], image[:, 1:]):
            side[across] = colour
        for side in (image[:-1], image[1:]):
            side[down] = colour
    return image


def main(files, name, publishable_only, output, log):
    faces = read_table(files.faces)
    found = read_table(files.detection).set_index("face_id").reindex(faces["face_id"])
    allowed = np.flatnonzero(may_be_shown(faces, publishable_only))
    if found["score"].notna().any():
        order = "those found least surely first;\nabove each its name and the detector's score"
        chosen = allowed[np.argsort(found["score"].to_numpy()[allowed], kind="stable")][: COLUMNS * ROWS]
    else:
        order = "evenly spaced"
        chosen = allowed[evenly_spaced(len(allowed), COLUMNS * ROWS)]
    images, labels = open_array(files.images), open_array(files.parts)
    log.info("faces shown: %s", faces["face_id"].iloc[chosen].tolist())
    figure, axes = figures.grid(-(-len(chosen) // COLUMNS), COLUMNS, lines=1.6, under=0.5)
    for panel in axes.flat[len(chosen) :]:
        panel.set_visible(False)
    for panel, row in zip(axes.flat, chosen, strict=False):
        score, remarks = found["score"].iloc[row], found["remarks"].iloc[row]
        title = faces["face_id"].iloc[row] + (f" {score:.2f}" if np.isfinite(score) else "")
        figures.show_face(panel, outlined(images[row], labels[row]), title, remarks if isinstance(remarks, str) else "")
    shown = f"{len(chosen)} of {len(allowed)}" if len(chosen) < len(allowed) else f"all {len(allowed)}"
    figure.suptitle(f"Faces of the set “{name}” and their parts: {shown}, {order}")
    with new_figure(output) as paths:
        figures.save(figure, *paths, dpi=DPI)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.wildcards.set, snakemake.params.publishable_only, snakemake.output, log)
