"""The matrix of predictions and ratings, against scipy."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from scipy import stats

from facelrp_workflow.files import read_table
from tabulate_cross_prediction import main

ATTRIBUTES = ["happy", "clever", "young"]
NETWORKS = [
    {"base": "age", "mode": mode, "attribute": attribute} for mode in ("dense", "full") for attribute in ATTRIBUTES
]


@pytest.fixture(scope="module")
def data():
    """Ratings of forty faces, half of them for training, and the predictions of networks that know much or nothing.

    The network of the cleverness, mode full, predicts happiness instead.
    """
    rng = np.random.default_rng(1)
    ratings = pd.DataFrame(rng.normal(5, 1, (80, 3)), columns=ATTRIBUTES, index=[f"s{n:02}" for n in range(80)])
    ratings["clever"] = 0.6 * ratings["happy"] + 0.8 * ratings["clever"]
    test = ratings.iloc[1::2]
    predictions = {}
    for network in NETWORKS:
        known = "happy" if network == NETWORKS[4] else network["attribute"]
        predictions[tuple(network.values())] = test[known] + rng.normal(0, 0.5, len(test))
    return ratings, test, predictions


@pytest.fixture(scope="module")
def table(data, tmp_path_factory):
    ratings, test, predictions = data
    folder = tmp_path_factory.mktemp("files")
    ratings.rename_axis("face_id").to_csv(folder / "faces.csv")
    pd.DataFrame({"face_id": ratings.index, "split": 40 * ["train", "test"]}).to_csv(folder / "split.csv", index=False)
    paths = []
    for number, predicted in enumerate(predictions.values()):
        paths.append(folder / f"{number}.csv")
        # The order of the faces in a file does not matter.
        pd.DataFrame({"face_id": test.index, "prediction": predicted}).iloc[::-1].to_csv(paths[-1], index=False)
    files = Files(faces=folder / "faces.csv", split=folder / "split.csv", predictions=paths)
    main(files, NETWORKS, ATTRIBUTES, folder / "table.csv", logging.getLogger("test"))
    return read_table(folder / "table.csv")


def test_every_network_meets_every_attribute(table):
    assert len(table) == len(NETWORKS) * len(ATTRIBUTES)
    assert not table.duplicated(["base", "mode", "attribute", "rated"]).any()
    assert set(table["faces"]) == {40}


def test_correlations_are_those_of_scipy(table, data):
    _, test, predictions = data
    for row in table.itertuples():
        predicted = predictions[row.base, row.mode, row.attribute]
        r = stats.pearsonr(predicted, test[row.rated]).statistic
        assert row.pearson_r == pytest.approx(r)
        assert row.spearman_r == pytest.approx(stats.spearmanr(predicted, test[row.rated]).statistic)
        assert row.ratings_r == pytest.approx(stats.pearsonr(test[row.attribute], test[row.rated]).statistic)
        if row.rated != row.attribute:
            own = stats.pearsonr(predicted, test[row.attribute]).statistic
            assert row.difference == pytest.approx(own - r)


def test_an_attribute_has_no_difference_from_itself(table):
    itself = table["attribute"] == table["rated"]
    assert table.loc[itself, ["difference", "low", "high"]].isna().all(axis=None)
    assert table.loc[~itself, ["difference", "low", "high"]].notna().all(axis=None)


def test_intervals_are_about_as_wide_as_theory_has_it(table):
    """Fisher's z has a standard error of 1/√(n − 3)."""
    for row in table[table["attribute"] != table["rated"]].itertuples():
        low, high = np.tanh(np.arctanh(row.pearson_r) + np.array([-1.96, 1.96]) / np.sqrt(37))
        assert row.pearson_r_low <= row.pearson_r <= row.pearson_r_high
        assert row.pearson_r_high - row.pearson_r_low == pytest.approx(high - low, rel=0.35)
        assert row.spearman_r_low <= row.spearman_r <= row.spearman_r_high
        assert row.low <= row.difference <= row.high


def test_a_network_that_predicts_another_attribute_is_seen(table):
    rows = table.set_index(["mode", "attribute", "rated"])
    assert rows.loc[("full", "clever", "happy"), "high"] < 0
    assert rows.loc[("dense", "clever", "happy"), "low"] > 0
