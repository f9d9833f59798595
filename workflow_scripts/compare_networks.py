"""Compare errors face by face: all layers with dense layers, base models, and networks with ridge regression."""

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


def rows(networks, errors, ridge):
    """Return a row for every two networks, and one for every two modes or base models over all attributes.

    Then the same for each network and the ridge regression on the features of its base model, the factor "ridge". Rows
    over all attributes average the networks of each face first: the faces are the random sample, and all networks share
    them.

    Parameters
    ----------
    networks : list of dict
        base, mode, attribute.
    errors : dict of {(str, str, str): Series of float}
        The absolute error of each network on each test face, by base model, mode and attribute.
    ridge : dict of {(str, str): Series of float}
        That of each ridge regression, by base model and attribute.
    """
    found, over_attributes = [], {}
    for factor, first, second in comparisons(networks):
        change = errors[tuple(second.values())] - errors[tuple(first.values())]
        names = (f"{network['base']} {network['mode']}" for network in (first, second))
        found.append(row(factor, first["attribute"], *names, change))
        over_attributes.setdefault((factor, first[factor], second[factor]), []).append(change)
    for network in networks:
        change = errors[tuple(network.values())] - ridge[network["base"], network["attribute"]]
        names = (f"{network['base']} {name}" for name in ("ridge", network["mode"]))
        found.append(row("ridge", network["attribute"], *names, change))
        over_attributes.setdefault(("ridge", "ridge", network["mode"]), []).append(change)
    for (factor, first, second), changes in over_attributes.items():
        found.append(row(factor, ALL, first, second, pd.concat(changes, axis=1).mean(axis=1)))
    return found


def absolute_errors(table):
    """Return the absolute error of each test face, by its face_id."""
    table = table.set_index("face_id")
    return (table["prediction"] - table["rating"]).abs()


def main(files, networks, equal_recipes, output, log):
    errors, ridge = {}, {}
    for network, path, baseline in zip(networks, files.predictions, files.ridge, strict=True):
        errors[tuple(network.values())] = absolute_errors(read_table(path))
        predicted = read_table(baseline)
        ridge[network["base"], network["attribute"]] = absolute_errors(predicted[predicted["split"] == "test"])
    table = with_q(pd.DataFrame(rows(networks, errors, ridge)))
    # Networks of one mode have the same recipe; ridge regression has none.
    table["equal_recipes"] = table["factor"].map({"mode": equal_recipes, "base": True})
    write_table(output, table)
    log.info("second − first, points:\n%s", table.round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
