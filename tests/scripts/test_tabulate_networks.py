"""Table 1: errors with intervals, and the share of the mean's error that a network avoids."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tabulate_networks import row


@pytest.fixture
def predicted():
    """Predictions by a network and by ridge regression, 80 faces each, which agree in part with the ratings."""
    rng = np.random.default_rng(1)
    ratings = rng.normal(5, 1, 80)
    network, ridge = (pd.DataFrame({"rating": ratings, "prediction": ratings + rng.normal(0, 0.5, 80)}) for _ in "ab")
    unused = pd.DataFrame({"split": "train", "rating": [1.0, 9.0], "prediction": [9.0, 1.0]})
    return network, pd.concat([ridge.assign(split="test"), unused])


def test_a_row_by_hand():
    network = pd.DataFrame({"rating": [4.0, 5.0, 6.0], "prediction": [4.5, 5.0, 6.5]})
    found = row({"base": "age"}, network, network.assign(split="test"), 5.5, None, {"reliability": 0.9})
    assert found["mae"] == pytest.approx(1 / 3)
    assert found["mae_baseline"] == pytest.approx(2.5 / 3)
    assert found["skill"] == pytest.approx(1 - 1 / 2.5)
    assert found["ridge_r"] == found["pearson_r"]


def test_intervals_equal_those_of_scipy(predicted):
    network, ridge = predicted
    found = row({}, network, ridge, 5.0, None, {})
    ratings, predictions = network["rating"].to_numpy(), network["prediction"].to_numpy()
    measures = {
        "mae": lambda y, p: np.abs(y - p).mean(),
        "skill": lambda y, p: 1 - np.abs(y - p).sum() / np.abs(y - 5).sum(),
        "pearson_r": lambda y, p: stats.pearsonr(y, p).statistic,
    }
    for name, measure in measures.items():
        options = {"paired": True, "vectorized": False, "n_resamples": 2_000, "method": "percentile", "rng": 1}
        expected = stats.bootstrap((ratings, predictions), measure, **options).confidence_interval
        assert (found[f"{name}_low"], found[f"{name}_high"]) == pytest.approx(tuple(expected), abs=0.02)
        assert found[f"{name}_low"] < found[name] < found[f"{name}_high"]


def test_ridge_regression_is_measured_on_the_test_set(predicted):
    network, ridge = predicted
    test = ridge[ridge["split"] == "test"]
    expected = stats.pearsonr(test["rating"], test["prediction"]).statistic
    assert row({}, network, ridge, 5.0, None, {})["ridge_r"] == pytest.approx(expected)
