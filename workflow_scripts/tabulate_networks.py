"""Table 1: mean absolute error of every network on the test half, and the yardsticks beside it."""

import pandas as pd

from facelrp.metrics import mean_absolute_error, pearson_r
from facelrp_files import read_faces, read_table, write_table
from facelrp_job import job


def row(network, predictions, ridge, training_mean, paper_mae):
    """One line of Table 1; errors in points of the 1–9 scale."""
    return {
        **network,
        "mae": mean_absolute_error(predictions["rating"], predictions["prediction"]),
        "mae_baseline": mean_absolute_error(predictions["rating"], training_mean),
        "pearson_r": pearson_r(predictions["rating"], predictions["prediction"]),
        "ridge_r": ridge["pearson_r"][0],
        "paper_mae": paper_mae,
    }


def main(files, networks, paper_mae, output, log):
    means = read_faces(files, "train").mean(numeric_only=True)
    table = pd.DataFrame(
        [
            row(
                network,
                read_table(predictions),
                read_table(ridge),
                means[network["attribute"]],
                paper_mae.get(network["base"], {}).get(network["mode"], {}).get(network["attribute"]),
            )
            for network, predictions, ridge in zip(networks, files.predictions, files.ridge, strict=True)
        ]
    )
    write_table(output, table)
    log.info("\n%s", table.round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
