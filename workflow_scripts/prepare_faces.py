"""Prepare a set of faces: 227×227 images, label maps of the parts, and a table of ratings and other columns."""

from dataclasses import replace

import numpy as np
import pandas as pd
from tqdm import tqdm

from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.imaging import SIZE
from facelrp.faces.rating_scales import to_points
from facelrp.memory_maps import release
from facelrp_workflow.files import new_array, write_table
from facelrp_workflow.job import job, source_of
from facelrp_workflow.selection import BLOCK

#: Columns of numbers that are not ratings.
NO_RATINGS = ("age", "gender", "publishable")


def prepare(faces, images_path, parts_path, table_path):
    """Write images (N, 227, 227, 3), label maps (N, 227, 227) and the table of a
    `FaceSet`."""
    count = len(faces.table)
    with (
        new_array(images_path, (count, SIZE, SIZE, 3), np.uint8) as images,
        new_array(parts_path, (count, SIZE, SIZE), np.uint8) as parts,
    ):
        for row in tqdm(range(count), desc="faces", disable=None):
            face = faces.face(row)
            images[row], parts[row] = face.image, face.parts
            if row % BLOCK == 0:
                release(images)
                release(parts)
    write_table(table_path, faces.table)


def known_truth(faces):
    """Return the parts that each rating is known to depend on, with their shares; empty if unknown."""
    known = [
        (attribute, part, share) for attribute, parts in (faces.truth or {}).items() for part, share in parts.items()
    ]
    return pd.DataFrame(known, columns=["attribute", "part", "share"])


def in_points(faces):
    """Return the table of a `FaceSet` with all ratings on the paper's scale, 1–9.

    All ratings, not only those to predict, so that another attribute does not need the faces prepared again. Age and
    gender, which base models learn, keep their own scale.
    """
    if faces.scale is None:
        return faces.table
    (low, high), table = faces.scale, faces.table.copy()
    for name in table.columns.drop(["face_id", "identity", "state", *NO_RATINGS], errors="ignore"):
        wrong = table[name].notna() & ~table[name].between(low, high)
        if wrong.any():
            where = f"face {table.face_id[wrong].iloc[0]}, column {name}"
            raise InputError(
                f"rating {table[name][wrong].iloc[0]} is not on the scale {low}–{high}", where, "correct it"
            )
        table[name] = to_points((table[name] - low) / (high - low))
    return table


def main(source, dataset, options, images, parts, table, truth, log):
    faces = load(dataset, source, **options)
    faces = replace(faces, table=in_points(faces))
    log.info("%d faces of %d identities from %s %s", len(faces.table), faces.table.identity.nunique(), dataset, options)
    prepare(faces, images, parts, table)
    write_table(truth, known_truth(faces))


if __name__ == "__main__":
    with job(snakemake) as log:
        params = snakemake.params
        main(source_of(snakemake), params.dataset, params.options, **snakemake.output, log=log)
