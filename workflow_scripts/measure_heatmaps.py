"""Add up each test face's relevance by part, and measure the shapes that its heatmap shows."""

import numpy as np
import pandas as pd

from facelrp.faces.parts import sums_by_part
from facelrp.heatmaps.explain_all import part_sums
from facelrp.heatmaps.shapes import coherence, contour_share, mirror_symmetry
from facelrp.memory_maps import release
from facelrp_workflow.files import open_array, read_faces, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK


def measure(heatmaps, labels, rows):
    """Measure the heatmaps of N faces.

    Parameters
    ----------
    heatmaps : ndarray of float, shape (N, H, W)
    labels : ndarray of uint8, shape (M, H, W)
    rows : ndarray of int, shape (N,)
        The faces' rows in ``labels``. Both arrays may be memory-mapped: they are read block by block.

    Returns
    -------
    parts : DataFrame
        A row per face and part: ``row`` (from 0 to N − 1), ``part`` (one of `facelrp.faces.parts.NAMES`), ``pixels``,
        ``relevance``, ``positive``, ``negative``.
    shapes : DataFrame
        A row per face: ``row``, ``contour_share``, ``symmetry``, ``coherence``.
    """
    parts, shapes = [], []
    for start in range(0, len(heatmaps), BLOCK):
        maps = np.asarray(heatmaps[start : start + BLOCK], dtype=np.float32)
        some = labels[rows[start : start + BLOCK]]
        sums = part_sums(maps, some)
        sums.insert(2, "pixels", sums_by_part(np.ones_like(maps), some).astype(int).ravel())
        parts.append(sums.assign(row=start + sums["row"]))
        shapes.append(
            pd.DataFrame(
                {
                    "row": np.arange(start, start + len(maps)),
                    "contour_share": contour_share(maps, some),
                    "symmetry": mirror_symmetry(maps, some),
                    "coherence": coherence(maps),
                }
            )
        )
        for array in (heatmaps, labels):
            release(array)
    return pd.concat(parts, ignore_index=True), pd.concat(shapes, ignore_index=True)


def main(files, output, attributes, log):
    faces = read_faces(files, "test")
    labels, face_ids = open_array(files.parts), faces["face_id"].to_numpy()
    parts, shapes = [], []
    for attribute, path in zip(attributes, files.relevance, strict=True):
        measured = measure(open_array(path), labels, faces.index.to_numpy())
        for tables, found in zip((parts, shapes), measured, strict=True):
            found.insert(0, "attribute", attribute)
            found.insert(1, "face_id", face_ids[found.pop("row")])
            tables.append(found)
    write_table(output.parts, pd.concat(parts))
    shapes = pd.concat(shapes)
    write_table(output.shapes, shapes)
    means = shapes.groupby("attribute", sort=False).mean(numeric_only=True)
    log.info("means over faces\n%s", means.round(3).to_string())


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, log=log)
