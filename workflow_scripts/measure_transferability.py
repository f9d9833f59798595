"""Measure how well a base model's features suit the ratings of each attribute, on the training set alone.

Ridge regression, which measures the same by its errors, has files of its own, see `fit_ridge`.
"""

from functools import cache

import pandas as pd

from facelrp.errors import InputError
from facelrp.statistics.gram import centred_gram
from facelrp.statistics.transferability import h_score, log_me
from facelrp_workflow.files import open_array, read_rated, write_table
from facelrp_workflow.job import job


def row(attribute, gram, ratings, width):
    """Return the measures of one attribute, given inner products (N, N) of so many features, and ratings (N,)."""
    try:
        measures = {"log_me": log_me(gram, ratings), "h_score": h_score(gram, ratings, width)}
    except ValueError as fault:
        raise InputError(f"{fault} of the training set", f"ratings of {attribute}", "leave the attribute out") from None
    return {"attribute": attribute, "faces": len(ratings)} | measures


def main(files, attributes, output, log):
    features = open_array(files.features)[0]
    # Once for the same faces: mostly all are rated on all attributes.
    gram_of = cache(lambda faces: centred_gram(features[list(faces)]))
    rows = []
    for attribute in attributes:
        rated = read_rated(files, attribute, "train")
        rows.append(row(attribute, gram_of(tuple(rated.index)), rated[attribute].to_numpy(), features.shape[1]))
    table = pd.DataFrame(rows)
    write_table(output, table)
    log.info("\n%s", table.round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.attributes, snakemake.output[0], log)
