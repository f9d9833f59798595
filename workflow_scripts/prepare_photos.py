"""Prepare the user's own photographs: 227×227 images in a white frame, identified by their paths."""

from pathlib import Path

import numpy as np
import pandas as pd

from facelrp.errors import InputError
from facelrp.faces.imaging import SIZE, read_square
from facelrp_workflow.files import new_array, write_table
from facelrp_workflow.job import job


def main(photos, folder, images, table, log):
    if not photos:
        raise InputError("no photograph is in the folder", folder, "put JPEG or PNG files there, one face in each")
    with new_array(images, (len(photos), SIZE, SIZE, 3), np.uint8) as array:
        for row, photo in enumerate(photos):
            array[row], _ = read_square(photo, fit="pad")
    names = [Path(photo).relative_to(folder).as_posix() for photo in photos]
    write_table(table, pd.DataFrame({"face_id": names, "identity": names, "state": ""}))
    log.info("%d photographs: %s", len(names), ", ".join(names))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input.get("photos", []), snakemake.params.folder, **snakemake.output, log=log)
