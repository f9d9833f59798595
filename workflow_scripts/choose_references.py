"""Choose the faces that others are compared with: evenly spaced ones of the training set, whatever their ratings."""

import numpy as np

from facelrp_workflow.files import new_array, open_array, read_faces, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import evenly_spaced


def main(files, number, output, log):
    faces, images = read_faces(files, "train"), open_array(files.images)
    chosen = faces.iloc[evenly_spaced(len(faces), number)]
    with new_array(output.images, (len(chosen), *images.shape[1:]), np.uint8) as array:
        array[:] = images[chosen.index]
    write_table(output.table, chosen[["face_id"]])
    log.info("%d of %d faces: %s", len(chosen), len(faces), chosen["face_id"].tolist())


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.number, snakemake.output, log)
