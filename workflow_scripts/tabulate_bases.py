"""Tabulate how often each base model predicts the right class on the test set, and how large its features are."""

import numpy as np
import pandas as pd

from facelrp.statistics.inference import bootstrap_interval
from facelrp_workflow.files import read_table, write_table
from facelrp_workflow.job import job


def row(base, classes):
    """Return the accuracy on both sets, with the baseline of always predicting the test set's most frequent class.

    Beside it stands the mean squared norm of the features of training faces, from which fine-tuning starts.

    Faces of unknown true class do not count: an imported base model may have other classes than the table of faces,
    classes with gaps, or (ImageNet) none that fit a face.
    """
    known = classes.dropna(subset="true")
    test = known[known["split"] == "test"]
    right = known["predicted"] == known["true"]
    distance = np.abs(test["predicted"] - test["true"])
    squared_norm = classes["squared_norm"][classes["split"] == "train"]
    low, high = bootstrap_interval(squared_norm)
    return {
        "base": base,
        "classes": classes["classes"].iloc[0],
        "faces": len(test),
        "accuracy": right[test.index].mean(),
        "accuracy_within_one": (distance <= 1).mean(),
        "accuracy_baseline": test["true"].value_counts(normalize=True).max(),
        "accuracy_training_set": right.drop(test.index).mean(),
        "squared_norm": squared_norm.mean(),
        "squared_norm_low": low,
        "squared_norm_high": high,
    }


def main(files, bases, output, log):
    table = pd.DataFrame([row(base, read_table(path)) for base, path in zip(bases, files.classes, strict=True)])
    write_table(output, table)
    log.info("\n%s", table.round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.bases, snakemake.output[0], log)
