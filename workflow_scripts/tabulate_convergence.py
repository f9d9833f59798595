"""Tabulate how quickly the training error of each network fell, in units of the ratings' variance."""

import pandas as pd

from facelrp.faces.rating_scales import RatingScale
from facelrp.statistics.metrics import epochs_to_level, learning_speed
from facelrp_workflow.files import read_faces, read_table, write_table
from facelrp_workflow.job import job


def tabulate(networks, curves, variances):
    """Return a row for each network.

    Parameters
    ----------
    networks : list of dict
        base, mode, attribute.
    curves : list of array_like of float
        The errors of each, see `facelrp.statistics.metrics.learning_speed`.
    variances : Series of float
        The variance of each attribute's training ratings, in the same units.

    Returns
    -------
    DataFrame
    """
    rows = [
        {**network, "variance": variances[network["attribute"]]}
        | learning_speed(errors, variances[network["attribute"]])
        for network, errors in zip(networks, curves, strict=True)
    ]
    table = pd.DataFrame(rows)
    # The networks of an attribute and a mode differ only in their base model, and all of them reach this error.
    table["level"] = table.groupby(["attribute", "mode"])["lowest"].transform("max")
    table["epochs_to_level"] = [
        epochs_to_level(errors / row.variance, row.level)
        for row, errors in zip(table.itertuples(), curves, strict=True)
    ]
    return table


def main(files, networks, scale, output, log):
    train = read_faces(files, "train")
    attributes = list(dict.fromkeys(network["attribute"] for network in networks))
    variances = RatingScale(*scale).to_unit(train[attributes]).var(ddof=0)
    table = tabulate(networks, [read_table(history)["loss"] for history in files.histories], variances)
    write_table(output, table)
    log.info("\n%s", table.round(4).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
