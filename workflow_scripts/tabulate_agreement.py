"""Tabulate how similar heatmaps are: between rules, modes, base models and attributes for each face, and between faces.

This is a measure of robustness: agreement between rules, see `facelrp.heatmaps.agreement`.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from facelrp.heatmaps.agreement import correlation
from facelrp.heatmaps.perturbation import grid, pool
from facelrp.memory_maps import release
from facelrp.statistics.summary import summarise
from facelrp_workflow.files import open_array, read_table, read_tables, write_table
from facelrp_workflow.job import job

BATCH = 64

KEYS = ["kind", "base", "mode", "attribute", "first", "second"]


def ranked_cells(heatmaps, cell_pixels):
    """Return the rank of each cell of each heatmap, float32 (N, cells); memory-mapped heatmaps are read in batches."""
    cells = grid(heatmaps.shape[1], cell_pixels)
    ranks = []
    for start in range(0, len(heatmaps), BATCH):
        ranks.append(stats.rankdata(pool(heatmaps[start : start + BATCH], cells), axis=1).astype(np.float32))
        release(heatmaps)
    return np.concatenate(ranks)


def neighbours(networks):
    """Yield every two networks that differ only in base model, mode or attribute: (index, index, that key)."""
    for (i, first), (j, second) in combinations(enumerate(networks), 2):
        kinds = [key for key in first if first[key] != second[key]]
        if len(kinds) == 1:
            yield i, j, kinds[0]


def compare(networks, ranks, face_ids):
    """Return rank correlations of each face's heatmaps by every two neighbouring networks, and of different faces."""
    tables = []
    for i, j, kind in neighbours(networks):
        named = networks[i] | {"first": networks[i][kind], "second": networks[j][kind], kind: ""}
        tables.append((named | {"kind": kind}, correlation(ranks[i], ranks[j])))
    for network, rank in zip(networks, ranks, strict=True):
        # The floor: how similar a network's heatmaps of any two faces are.
        named = network | {"kind": "face", "first": "face", "second": "next face"}
        tables.append((named, correlation(rank, np.roll(rank, -1, axis=0))))
    return pd.concat(
        pd.DataFrame({**named, "face_id": face_ids, "rank_correlation": values}) for named, values in tables
    )


def main(files, networks, base_modes, cell_pixels, output, log):
    face_ids = read_table(files.scores[0])["face_id"].to_numpy()
    ranks = [ranked_cells(open_array(path), cell_pixels) for path in files.relevance]
    rules = read_tables(files.agreement, base_modes).assign(kind="rule")
    table = summarise(
        pd.concat([rules, compare(networks, ranks, face_ids)])[[*KEYS, "face_id", "rank_correlation"]], KEYS
    )
    write_table(output, table)
    log.info("\n%s", table.groupby("kind", sort=False)["rank_correlation"].describe().round(3).to_string())


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
