"""Measure how much of each heatmap lies in each part of the face."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from facelrp.regions import PARTS, sums_by_part
from facelrp_files import open_array, read_faces, write_table
from facelrp_job import job

BATCH = 64


def measure(heatmaps, labels, faces):
    """Return one line per face and part: sums of all, of positive and of negative relevance, in units of f(x)."""
    tables = []
    for first in tqdm(range(0, len(heatmaps), BATCH), desc="heatmaps", disable=None):
        maps = heatmaps[first : first + BATCH].astype(np.float32)
        parts = labels[first : first + BATCH]
        sums = {
            "relevance": sums_by_part(maps, parts),
            "positive": sums_by_part(maps.clip(0), parts),
            "negative": sums_by_part(maps.clip(max=0), parts),
        }
        about = faces.iloc[first : first + BATCH][["face_id", "identity", "state"]]
        lines = about.loc[about.index.repeat(len(PARTS))].reset_index(drop=True)
        tables.append(lines.assign(part=PARTS * len(about), **{name: values.ravel() for name, values in sums.items()}))
    return pd.concat(tables)


def main(files, output, log):
    heatmaps = open_array(files.relevance)
    table = measure(heatmaps, open_array(files.parts), read_faces(files))
    write_table(output, table)
    shares = table.groupby("part", sort=False)["positive"].sum() / table["positive"].sum()
    log.info("share of all positive relevance, %d heatmaps:\n%s", len(heatmaps), shares.round(3).to_string())


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output[0], log)
