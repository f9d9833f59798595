"""Tabulate how well each network predicts the ratings of every attribute, its own and the others (Keles et al. 2021).

A network that knows its own attribute, and not only what all attributes have in common, predicts its own ratings best.
"""

import numpy as np
import pandas as pd

from facelrp.statistics.cross_correlation import pearson, spearman
from facelrp.statistics.inference import bootstrap_interval
from facelrp_workflow.files import read_faces, read_table, write_tables
from facelrp_workflow.job import job


def correlations(predictions, ratings, own):
    """Return everything that the table holds, each of shape (..., networks, attributes).

    Parameters
    ----------
    predictions : ndarray of float, shape (..., N, networks)
    ratings : ndarray of float, shape (..., N, attributes)
    own : ndarray of int, shape (networks,)
        The attribute that each network was trained on.
    """
    r = pearson(predictions, ratings)
    return {
        "pearson_r": r,
        "spearman_r": spearman(predictions, ratings),
        "ratings_r": pearson(ratings, ratings)[..., own, :],
        "difference": np.take_along_axis(r, np.broadcast_to(own[:, None], (*r.shape[:-1], 1)), -1) - r,
    }


def tabulate(networks, predictions, ratings):
    """Return a row for each network and attribute, with intervals over faces.

    Parameters
    ----------
    networks : list of dict
        Base model, mode and attribute of each.
    predictions : ndarray of float, shape (N, networks)
    ratings : DataFrame
        N rows, a column per attribute.
    """
    attributes, values = list(ratings), ratings.to_numpy()
    own = np.array([attributes.index(network["attribute"]) for network in networks])

    def resampled(drawn, axis):
        rows = drawn.astype(int)
        return np.stack([*correlations(predictions[rows], values[rows], own).values()], axis=1)

    low, high = bootstrap_interval(np.arange(len(values)), resampled)
    table = pd.DataFrame([network | {"rated": rated} for network in networks for rated in attributes])
    table["faces"] = len(values)
    itself = table["attribute"] == table["rated"]
    for number, (name, found) in enumerate(correlations(predictions, values, own).items()):
        ends = (name, f"{name}_low", f"{name}_high") if name != "difference" else (name, "low", "high")
        for column, cells in zip(ends, (found, low[number], high[number]), strict=True):
            # An attribute's own ratings have no difference, and correlate with themselves by definition.
            table[column] = np.where(itself & (name == "difference"), np.nan, cells.ravel())
    return table


def main(files, networks, attributes, output, log):
    ratings = read_faces(files, "test").set_index("face_id")[attributes]
    predictions = [read_table(path).set_index("face_id")["prediction"][ratings.index] for path in files.predictions]
    table = tabulate(networks, np.stack(predictions, axis=1), ratings)
    write_tables({"cross_prediction": output}, {"cross_prediction": table}, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
