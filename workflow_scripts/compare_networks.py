"""Compare the errors of networks, face by face: all layers against dense layers, one base model against another."""

from itertools import combinations

import pandas as pd

from facelrp.statistics.inference import sign_flip_test
from facelrp.statistics.summary import ALL, describe, with_q
from facelrp_workflow.files import read_table, write_table
from facelrp_workflow.job import job


def comparisons(networks):
    """Yield the factor ("mode" or "base") and two networks for the same attribute that differ only in it.

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


def row(factor, attribute, first, second, change):
    """Return a row: the second's absolute error minus the first's, over the test set, in points."""
    names = {"factor": factor, "attribute": attribute, "first": first, "second": second}
    return {**names, "faces": len(change), **describe(change), "p": sign_flip_test(change)}


def rows(networks, errors):
    """Return a row for every two networks, and one for every two modes or base models over all attributes.

    The latter averages the networks of each face first: the faces are the random sample, and all networks share them.
    """
    found, over_attributes = [], {}
    for factor, first, second in comparisons(networks):
        change = errors[tuple(second.values())] - errors[tuple(first.values())]
        names = (f"{network['base']} {network['mode']}" for network in (first, second))
        found.append(row(factor, first["attribute"], *names, change))
        over_attributes.setdefault((factor, first[factor], second[factor]), []).append(change)
    for (factor, first, second), changes in over_attributes.items():
        found.append(row(factor, ALL, first, second, pd.concat(changes, axis=1).mean(axis=1)))
    return found


def main(files, networks, output, log):
    tables = [read_table(path).set_index("face_id") for path in files.predictions]
    errors = {
        tuple(network.values()): (table["prediction"] - table["rating"]).abs()
        for network, table in zip(networks, tables, strict=True)
    }
    table = with_q(pd.DataFrame(rows(networks, errors)))
    write_table(output, table)
    log.info("second − first, points:\n%s", table.round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.networks, snakemake.output[0], log)
