"""Draw test faces again with one part at its average, for interventions: one picture for each face and part."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.imaging import SIZE
from facelrp.memory_maps import release
from facelrp_workflow.files import new_array, read_faces, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import evenly_spaced


def main(dataset, options, faces_intervened, files, output, log):
    # Drawn faces have no source.
    faces = load(dataset, None, **options)
    if faces.redraw is None:
        what = f"{dataset} has no faces that can be drawn again"
        raise InputError(what, "config key faces/rated/dataset", "intervene on drawn faces")
    test = read_faces(files, "test")["face_id"].to_numpy()
    face_ids = test[evenly_spaced(len(test), faces_intervened)]
    parts = list(dict.fromkeys(part for shares in faces.truth.values() for part in shares))
    rows = pd.Index(faces.table["face_id"]).get_indexer(face_ids)
    table = pd.MultiIndex.from_product([face_ids, parts], names=["face_id", "part"]).to_frame(index=False)
    with new_array(output.images, (len(table), SIZE, SIZE, 3), np.uint8) as images:
        drawings = ((row, part) for row in rows for part in parts)
        for number, (row, part) in enumerate(tqdm(drawings, "drawings", len(table), disable=None)):
            images[number] = faces.redraw(row, part).image
            release(images)
    write_table(output.table, table)
    log.info("%d faces × %s", len(face_ids), parts)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(**snakemake.params, files=snakemake.input, output=snakemake.output, log=log)
