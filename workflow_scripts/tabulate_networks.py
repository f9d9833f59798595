"""Tabulate the mean absolute error of every network on the test set (table 1), with baselines to compare with."""

from functools import partial

import numpy as np
import pandas as pd

from facelrp.statistics.better_than_mean import answer_by
from facelrp.statistics.inference import joint_interval
from facelrp.statistics.metrics import mean_absolute_error, pearson_r, skill
from facelrp.statistics.reliability import split_half_reliability
from facelrp_workflow.files import read_faces, read_table, write_table
from facelrp_workflow.job import job


def row(network, predictions, ridge, training_mean, paper_mae, reliability):
    """Return a row of table 1, with errors in points, and intervals over the faces."""
    faces, on_test = (predictions["rating"], predictions["prediction"]), ridge[ridge["split"] == "test"]
    skilled = with_interval("skill", partial(skill, answer=training_mean), *faces)
    return {
        **network,
        **with_interval("mae", mean_absolute_error, *faces),
        "mae_baseline": mean_absolute_error(faces[0], training_mean),
        **skilled,
        "better_than_mean": answer_by(skilled["skill_low"]),
        **with_interval("pearson_r", pearson_r, *faces),
        "ridge_r": pearson_r(on_test["rating"], on_test["prediction"]),
        "paper_mae": paper_mae,
        **reliability,
    }


def with_interval(name, measure, *faces):
    """Return a measure of ratings and predictions with the ends of its 95 % interval over faces, by columns' names."""
    low, high = joint_interval(measure, *faces)
    return {name: measure(*faces), f"{name}_low": low, f"{name}_high": high}


def reliability_of(answers, faces):
    """Return the reliability of these faces' mean ratings and the highest r it allows; NaN if only means are known."""
    answers = answers[answers["face_id"].isin(faces)]
    reliability, raters = split_half_reliability(answers["face_id"], answers["rating"])
    # Ratings that are no better than noise (reliability below 0) allow no correlation.
    return {"reliability": reliability, "ceiling": np.sqrt(np.maximum(reliability, 0)), "raters": raters}


def over_seeds(table, replicates):
    """Add to table 1 how errors vary over networks that differ only in their seeds.

    Parameters
    ----------
    table : DataFrame
    replicates : DataFrame
        A row per network, with base, mode, attribute and ``mae``.

    Returns
    -------
    DataFrame
        With the columns ``networks`` (how many there are), ``mae_mean`` and ``mae_sd`` after ``mae_high``.
    """
    keys = ["base", "mode", "attribute"]
    errors = replicates.groupby(keys)["mae"].agg(networks="count", mae_mean="mean", mae_sd="std").reset_index()
    after = table.columns.get_loc("mae_high") + 1
    wide = table.merge(errors, how="left", on=keys)
    return wide[[*table.columns[:after], "networks", "mae_mean", "mae_sd", *table.columns[after:]]]


def main(files, networks, paper_mae, output, log):
    means = read_faces(files, "train").mean(numeric_only=True)
    answers, faces = read_table(files.raters), read_faces(files, "test")["face_id"]
    reliability = {
        attribute: reliability_of(answers[answers["attribute"] == attribute], faces)
        for attribute in dict.fromkeys(network["attribute"] for network in networks)
    }
    table = pd.DataFrame(
        [
            row(
                network,
                read_table(predictions),
                read_table(ridge),
                means[network["attribute"]],
                paper_mae.get(network["base"], {}).get(network["mode"], {}).get(network["attribute"]),
                reliability[network["attribute"]],
            )
            for network, predictions, ridge in zip(networks, files.predictions, files.ridge, strict=True)
        ]
    )
    for path in files.replicates:
        table = over_seeds(table, read_table(path))
    write_table(output, table)
    log.info("\n%s", table.round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
