"""Prepare a set of faces: 227×227 images, the part of each pixel, the table of what is known, and raters' answers."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from facelrp import SIZE
from facelrp.datasets import load
from facelrp.errors import InputError
from facelrp.ratings import to_points
from facelrp_files import new_array, write_table
from facelrp_job import job


def prepare(faces, images_path, parts_path, table_path):
    """Write images (N, 227, 227, 3), label maps (N, 227, 227) and the table of a `facelrp.datasets.FaceSet`."""
    count = len(faces.table)
    with (
        new_array(images_path, (count, SIZE, SIZE, 3), np.uint8) as images,
        new_array(parts_path, (count, SIZE, SIZE), np.uint8) as parts,
    ):
        for row in tqdm(range(count), desc="faces", disable=None):
            face = faces.face(row)
            images[row], parts[row] = face.image, face.parts
    write_table(table_path, faces.table)


def known_truth(faces):
    """The parts of the face each attribute is known to depend on, and their shares; without rows where unknown."""
    known = [
        (attribute, part, share) for attribute, parts in (faces.truth or {}).items() for part, share in parts.items()
    ]
    return pd.DataFrame(known, columns=["attribute", "part", "share"])


def check_ratings(faces, attributes):
    """Refuse a set that lacks a rating to predict, or has one beyond its scale."""
    for attribute in attributes:
        if attribute not in faces.table:
            known = ", ".join(faces.table.columns[3:])
            raise InputError(f"no rating is called {attribute!r}", "attributes", f"choose from: {known}")
        ratings = faces.table[attribute]
        low, high = faces.scale
        wrong = ~ratings.between(low, high)
        if wrong.any():
            where = f"face {faces.table.face_id[wrong].iloc[0]}, column {attribute}"
            raise InputError(f"rating {ratings[wrong].iloc[0]} is not on the scale {low}–{high}", where, "correct it")


def answers(faces, attributes):
    """Return what each rater said, a line for each answer; no lines where only means are known."""
    if faces.raters is None or not attributes:
        return pd.DataFrame(columns=["face_id", "attribute", "rating"])
    return faces.raters(attributes)


def main(source, dataset, options, attributes, images, parts, table, raters, truth, log):
    faces = load(dataset, source, **options)
    check_ratings(faces, attributes)
    said = answers(faces, attributes)
    for attribute in attributes:
        low, high = faces.scale
        # One scale from here on: 1–9, the paper's.
        faces.table[attribute] = to_points((faces.table[attribute] - low) / (high - low))
    log.info("%d faces of %d identities from %s %s", len(faces.table), faces.table.identity.nunique(), dataset, options)
    log.info("%d answers of single raters", len(said))
    prepare(faces, images, parts, table)
    write_table(raters, said)
    write_table(truth, known_truth(faces))


if __name__ == "__main__":
    with job(snakemake) as log:
        params = dict(snakemake.params)
        # Public archives are extracted, the user's own folder is named; licensed sets are read where they lie.
        places = (*snakemake.input.get("archive", []), params.pop("folder"), snakemake.resources.archive_dir)
        main(next(place for place in places if place), **params, **snakemake.output, log=log)
