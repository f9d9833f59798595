"""Tabulate how well each network predicts the ratings of every attribute, its own and the others (Keles et al. 2021).

A network that knows its own attribute, and not only what all attributes have in common, predicts its own ratings best.
"""

import numpy as np
import pandas as pd

from facelrp.statistics.cross_correlation import pearson, spearman
from facelrp.statistics.inference import bootstrap_interval
from facelrp_workflow.files import read_faces, read_table, write_tables
from facelrp_workflow.job import job

#: What is measured of a network and an attribute, see `correlations`.
MEASURES = ("pearson_r", "spearman_r", "ratings_r", "difference")


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


def with_interval(predictions, ratings, own):
    """Return `correlations` then the ends of their intervals over faces: (3, measures, networks, attributes)."""

    def measure(*faces):
        return np.stack([*correlations(*faces, own).values()], axis=-3)

    def resampled(drawn, axis):
        rows = drawn.astype(int)
        return measure(predictions[rows], ratings[rows])

    return np.stack([measure(predictions, ratings), *bootstrap_interval(np.arange(len(ratings)), resampled)])


def tabulate(networks, predictions, ratings):
    """Return a row for each network and attribute, with intervals over the faces that are rated on both attributes.

    Parameters
    ----------
    networks : list of dict
        Base model, mode and attribute of each.
    predictions : ndarray of float, shape (N, networks)
    ratings : DataFrame
        N rows, a column per attribute; NaN for a face that is not rated on it.
    """
    attributes, values = list(ratings), ratings.to_numpy()
    own = np.array([attributes.index(network["attribute"]) for network in networks])
    rated = ~np.isnan(values)
    both = rated[:, own, None] & rated[:, None]
    measured = np.full((3, len(MEASURES), *both.shape[1:]), np.nan)
    # Mostly all faces are rated on all attributes, and are resampled once.
    for faces in np.unique(both.reshape(len(both), -1), axis=1).T:
        same = (both == faces[:, None, None]).all(0)
        if faces.sum() > 1:
            # Not a copy of all: last digits depend on how an array lies in memory.
            rows = slice(None) if faces.all() else faces
            measured[:, :, same] = with_interval(predictions[rows], values[rows], own)[:, :, same]
    table = pd.DataFrame([network | {"rated": rated} for network in networks for rated in attributes])
    table["faces"] = both.sum(0).ravel()
    itself = table["attribute"] == table["rated"]
    for number, name in enumerate(MEASURES):
        ends = (name, f"{name}_low", f"{name}_high") if name != "difference" else (name, "low", "high")
        for column, cells in zip(ends, measured[:, number], strict=True):
            # An attribute's own ratings have no difference, and correlate with themselves by definition.
            table[column] = np.where(itself & (name == "difference"), np.nan, cells.ravel())
    return table


def main(files, networks, attributes, output, log):
    ratings = read_faces(files, "test").set_index("face_id")[attributes]
    # A network has predictions for the faces that are rated on its attribute.
    predictions = [
        read_table(path).set_index("face_id")["prediction"].reindex(ratings.index) for path in files.predictions
    ]
    table = tabulate(networks, np.stack(predictions, axis=1), ratings)
    write_tables({"cross_prediction": output}, {"cross_prediction": table}, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
