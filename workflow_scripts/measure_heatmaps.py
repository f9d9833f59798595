"""Add up each test face's relevance by part, and measure the shapes that its heatmap shows and how rich it is."""

import numpy as np
import pandas as pd

from facelrp.faces.parts import sums_by_part
from facelrp.heatmaps.part_shares import part_sums
from facelrp.heatmaps.richness import richness
from facelrp.heatmaps.shapes import coherence, contour_band, contour_share, mirror_symmetry
from facelrp.memory_maps import release
from facelrp_workflow.files import by_attribute, open_array, read_faces, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK


def measure(heatmaps, labels, band):
    """Measure the heatmaps of n faces.

    Parameters
    ----------
    heatmaps : ndarray of float, shape (n, H, W)
    labels : ndarray of uint8, shape (n, H, W)
    band : ndarray of bool, shape (n, H, W)
        See `facelrp.heatmaps.shapes.contour_band`.

    Returns
    -------
    parts : DataFrame
        A row per face and part: ``row`` (from 0 to n − 1), ``part`` (one of `facelrp.faces.parts.NAMES`), ``pixels``,
        ``relevance``, ``positive``, ``negative``.
    shapes : DataFrame
        A row per face: ``row``, ``contour_share``, ``symmetry``, ``coherence``.
    rich : DataFrame
        A row per face: ``row`` and the measures of `facelrp.heatmaps.richness.richness`.
    """
    parts = part_sums(heatmaps, labels)
    parts.insert(2, "pixels", sums_by_part(np.ones_like(heatmaps), labels).astype(int).ravel())
    shapes = {
        "row": np.arange(len(heatmaps)),
        "contour_share": contour_share(heatmaps, band),
        "symmetry": mirror_symmetry(heatmaps, labels),
        "coherence": coherence(heatmaps),
    }
    return parts, pd.DataFrame(shapes), pd.DataFrame({"row": shapes["row"], **richness(heatmaps, labels)})


def main(files, output, attributes, log):
    faces = read_faces(files, "test")
    labels, rows, face_ids = open_array(files.parts), faces.index.to_numpy(), faces["face_id"].to_numpy()
    relevance = {attribute: open_array(path) for attribute, path in zip(attributes, files.relevance, strict=True)}
    measured = {"parts": [], "shapes": [], "richness": []}
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        # The band is the same for all networks, and takes as long as everything else.
        some, named = labels[rows[block]], face_ids[block]
        band = contour_band(some)
        for attribute, heatmaps in relevance.items():
            found = measure(heatmaps[block].astype(np.float32), some, band)
            for tables, table in zip(measured.values(), found, strict=True):
                table.insert(0, "attribute", attribute)
                table.insert(1, "face_id", named[table.pop("row")])
                tables.append(table)
            release(heatmaps)
        release(labels)
    for name, tables in measured.items():
        table = by_attribute(tables, attributes)
        write_table(output[name], table)
        if name != "parts":
            means = table.groupby("attribute", sort=False).mean(numeric_only=True)
            log.info("%s, means over faces\n%s", name, means.round(3).to_string())


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, log=log)
