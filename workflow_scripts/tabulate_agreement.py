"""Tabulate how similar heatmaps are: between rules, modes, base models and attributes for each face, and between faces.

This is a measure of robustness: agreement between rules, see `facelrp.heatmaps.agreement`. Most of it comes from what
the heatmaps of all faces share; the same is tabulated without that, see `facelrp.heatmaps.individuality`.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from facelrp.heatmaps.agreement import correlation
from facelrp.heatmaps.individuality import match, template_share, without_template
from facelrp.heatmaps.perturbation import grid, pool
from facelrp.memory_maps import release
from facelrp.statistics.inference import share_interval, sign_flip_test
from facelrp.statistics.summary import summarise, with_q
from facelrp_workflow.files import open_array, read_table, read_tables, write_table, write_tables
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


def compare_faces(networks, ranks, face_ids):
    """Return how alike each face's heatmaps are by every two neighbouring networks, with and without the template.

    Returns
    -------
    DataFrame
        A row per face and pair of networks: `KEYS`, ``rank_correlation`` of the two heatmaps of the face, and what
        `facelrp.heatmaps.individuality.match` returns. And a row per face and network, of the kind ``network``, with
        ``template_share``.
    """
    rests, tables = [without_template(rank) for rank in ranks], []
    for i, j, kind in neighbours(networks):
        named = networks[i] | {"first": networks[i][kind], "second": networks[j][kind], kind: "", "kind": kind}
        found = {"rank_correlation": correlation(ranks[i], ranks[j]), **match(rests[i], rests[j])}
        tables.append(named | {"face_id": face_ids} | found)
    for network, rank in zip(networks, ranks, strict=True):
        named = network | {"kind": "network", "first": "", "second": "", "face_id": face_ids}
        tables.append(named | {"template_share": template_share(rank)})
    table = pd.concat(map(pd.DataFrame, tables), ignore_index=True)
    numbers = ["rank_correlation", "same_face", "other_faces", "matched", "template_share"]
    return table.reindex(columns=[*KEYS, "face_id", *numbers])


def compare_neighbours(networks, ranks, face_ids):
    """Return the rank correlation of each face's heatmap with the next face's, by each network: the floor, a table."""
    return pd.concat(
        pd.DataFrame(
            {
                **network,
                "kind": "face",
                "first": "face",
                "second": "next face",
                "face_id": face_ids,
                "rank_correlation": correlation(rank, np.roll(rank, -1, axis=0)),
            }
        )
        for network, rank in zip(networks, ranks, strict=True)
    )


def summarise_individuality(faces):
    """Return the means over faces of what `compare_faces` returns, with intervals and a test against other faces."""
    faces = faces.assign(difference=faces["same_face"] - faces["other_faces"])
    table = summarise(faces, KEYS)
    groups = faces.groupby(KEYS, sort=False)
    # The interval of a share does not shrink to a point when all faces are matched, or none.
    matched = groups["matched"].agg(["sum", "count"])
    table["matched_low"], table["matched_high"] = share_interval(matched["sum"], matched["count"])
    table.insert(table.columns.get_loc("matched_high") + 1, "chance", 1 / matched["count"].where(lambda n: n > 0).array)
    table["p"] = groups["difference"].agg(lambda differences: sign_flip_test(differences)).array
    return with_q(table)


def main(files, networks, base_modes, cell_pixels, output, log):
    face_ids = read_table(files.scores[0])["face_id"].to_numpy()
    ranks = [ranked_cells(open_array(path), cell_pixels) for path in files.relevance]
    faces = compare_faces(networks, ranks, face_ids)
    write_table(output.faces, faces)
    rules = read_tables(files.agreement, base_modes).assign(kind="rule")
    pairs = faces[faces["kind"] != "network"]
    columns = [*KEYS, "face_id", "rank_correlation"]
    alike = pd.concat([rules[columns], pairs[columns], compare_neighbours(networks, ranks, face_ids)[columns]])
    tables = {"agreement": summarise(alike, KEYS), "individuality": summarise_individuality(faces)}
    write_tables(output, tables, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
