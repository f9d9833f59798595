"""Means and intervals per group, faces that some groups lack included."""

import numpy as np
import pandas as pd
import pytest

from facelrp.statistics import bootstrap_interval
from facelrp.summary import summarise


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    groups = {"b": 30, "a": 30, "c": 5}
    return pd.concat(
        pd.DataFrame(
            {"rule": rule, "face_id": [f"f{face}" for face in range(count)], "x": rng.normal(size=count), "y": 7.0}
        )
        for rule, count in groups.items()
    )


def test_groups_keep_their_order_and_know_their_faces(table):
    summary = summarise(table, ["rule"])
    assert summary["rule"].tolist() == ["b", "a", "c"]
    assert summary["faces"].tolist() == [30, 30, 5]


def test_means_and_intervals_are_those_of_each_group_alone(table):
    summary = summarise(table, ["rule"]).set_index("rule")
    # Faces are drawn in the order of their names.
    for rule, group in table.sort_values("face_id").groupby("rule"):
        assert summary["x"][rule] == pytest.approx(group["x"].mean())
        assert (summary["x_low"][rule], summary["x_high"][rule]) == pytest.approx(bootstrap_interval(group["x"]))
    assert (summary[["y", "y_low", "y_high"]] == 7).all(axis=None)


def test_missing_values_are_left_out(table):
    table.loc[(table["rule"] == "a") & (table["face_id"] == "f0"), "x"] = np.nan
    summary = summarise(table, ["rule"]).set_index("rule")
    assert summary["x"]["a"] == pytest.approx(table["x"][table["rule"] == "a"].mean())
    assert summary["x_low"]["a"] < summary["x"]["a"] < summary["x_high"]["a"]


def test_what_is_always_missing_has_neither_mean_nor_interval(table):
    summary = summarise(table.assign(y=np.nan), ["rule"])
    assert summary[["y", "y_low", "y_high"]].isna().all(axis=None)
