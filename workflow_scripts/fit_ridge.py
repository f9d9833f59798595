"""Fit a ridge regression of a rating on a base model's convolution features, a baseline for fine-tuned networks."""

import numpy as np
import pandas as pd

from facelrp.statistics.metrics import mean_absolute_error, pearson_r, ridge_regression
from facelrp_workflow.files import open_array, read_faces, write_table
from facelrp_workflow.job import job

PENALTIES = np.logspace(-4, 2, 25)


def main(files, attribute, output, log):
    train, test = (read_faces(files, split) for split in ("train", "test"))
    features = open_array(files.features)[0]
    predictions, penalty = ridge_regression(
        features[train.index], train[attribute].to_numpy(), features[test.index], PENALTIES
    )
    result = {
        "penalty": penalty,
        "pearson_r": pearson_r(test[attribute], predictions),
        "mae": mean_absolute_error(test[attribute], predictions),
    }
    write_table(output, pd.DataFrame([result]))
    log.info("%s", result)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.wildcards.attribute, snakemake.output[0], log)
