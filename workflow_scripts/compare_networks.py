"""Compare how far networks are from people's ratings, face by face: all layers or dense ones, one base or another."""

from itertools import combinations

import pandas as pd

from facelrp.statistics import sign_flip_test
from facelrp.summary import describe, with_q
from facelrp_files import read_table, write_table
from facelrp_job import job


def comparisons(networks):
    """Yield (what is compared, first network, second network), both for the same attribute.

    A full network is compared with the dense one of the same base model, and each base model with those named before it
    in the same mode.
    """
    for first, second in combinations(networks, 2):
        if first["attribute"] != second["attribute"]:
            continue
        if first["base"] == second["base"]:
            yield "mode", first, second
        elif first["mode"] == second["mode"]:
            yield "base", first, second


def row(factor, first, second, errors):
    """One line: the second network's absolute error less the first's, over the test set, in points."""
    change = errors[tuple(second.values())] - errors[tuple(first.values())]
    return {
        "factor": factor,
        "attribute": first["attribute"],
        "first": f"{first['base']} {first['mode']}",
        "second": f"{second['base']} {second['mode']}",
        "faces": len(change),
        **describe(change),
        "p": sign_flip_test(change),
    }


def main(files, networks, output, log):
    tables = [read_table(path).set_index("face_id") for path in files.predictions]
    errors = {
        tuple(network.values()): (table["prediction"] - table["rating"]).abs()
        for network, table in zip(networks, tables, strict=True)
    }
    table = with_q(pd.DataFrame([row(*pair, errors) for pair in comparisons(networks)]))
    write_table(output, table)
    log.info("second − first, points:\n%s", table.round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.networks, snakemake.output[0], log)
