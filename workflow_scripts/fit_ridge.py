"""Predict a rating by ridge regression on a base model's convolution features, a baseline for fine-tuned networks.

Faces of the training set are predicted by regressions on others of it, so their errors can choose a base model.
"""

import numpy as np
import pandas as pd

from facelrp.statistics.metrics import mean_absolute_error, pearson_r
from facelrp.statistics.ridge import out_of_fold, ridge_regression
from facelrp_workflow.files import open_array, read_rated, write_table
from facelrp_workflow.job import job

PENALTIES = np.logspace(-4, 2, 25)


def main(files, attribute, output, log):
    train, test = (read_rated(files, attribute, split) for split in ("train", "test"))
    features = open_array(files.features)[0]
    known, people = train[attribute].to_numpy(), train["identity"].to_numpy()
    trained_on = features[train.index]
    held_out = out_of_fold(trained_on, known, PENALTIES, people)
    unseen = ridge_regression(trained_on, known, features[test.index], PENALTIES, people)
    parts = []
    for split, faces, (predictions, penalty) in (("train", train, held_out), ("test", test, unseen)):
        columns = {"face_id": faces["face_id"], "split": split, "rating": faces[attribute]}
        parts.append(pd.DataFrame(columns | {"prediction": predictions, "penalty": penalty}))
        ratings = faces[attribute]
        numbers = mean_absolute_error(ratings, predictions), pearson_r(ratings, predictions)
        log.info("%s: mean absolute error %.3f points, r = %.3f", split, *numbers)
    write_table(output, pd.concat(parts, ignore_index=True))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.wildcards.attribute, snakemake.output[0], log)
