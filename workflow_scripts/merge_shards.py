"""Merge the results of shards, to the bytes that a single job would have written."""

import pandas as pd
from tqdm import tqdm

from facelrp.memory_maps import release
from facelrp_workflow.files import new_array, open_array, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK


def merge_arrays(paths, output):
    """Concatenate arrays, block by block, so that they need little memory."""
    arrays = [open_array(path) for path in paths]
    shape = (sum(len(array) for array in arrays), *arrays[0].shape[1:])
    with new_array(output, shape, arrays[0].dtype) as merged:
        first = 0
        for array in arrays:
            for start in range(0, len(array), BLOCK):
                some = array[start : start + BLOCK]
                merged[first : first + len(some)] = some
                first += len(some)
                release(array)
                release(merged)


def merge_tables(paths, attributes):
    """Concatenate tables, the rows of each attribute together; values stay text."""
    tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
    # A shard without rows may lack columns.
    table = pd.concat([table for table in tables if len(table)] or tables[:1])
    if "attribute" in table:
        table = table.sort_values("attribute", key=lambda names: names.map(attributes.index), kind="stable")
    return table


def main(files, output, attributes, log):
    for name, path in tqdm(output.items(), desc="files", disable=None):
        if path.endswith(".npy"):
            merge_arrays(files[name], path)
        else:
            write_table(path, merge_tables(files[name], attributes))
        log.info("%s: %d shards", path, len(files[name]))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, snakemake.params.attributes, log)
