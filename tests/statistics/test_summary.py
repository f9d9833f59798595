"""Means and intervals per group, also with faces that some groups lack."""

import numpy as np
import pandas as pd
import pytest

from facelrp.statistics.inference import benjamini_hochberg, bootstrap_interval, effect_size
from facelrp.statistics.summary import describe, summarise, with_q


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


def test_groups_keep_their_order_and_count_their_faces(table):
    summary = summarise(table, ["rule"])
    assert summary["rule"].tolist() == ["b", "a", "c"]
    assert summary["faces"].tolist() == [30, 30, 5]


def test_means_and_intervals_are_those_of_each_group_alone(table):
    summary = summarise(table, ["rule"]).set_index("rule")
    # `summarise` resamples faces in the order of their names.
    for rule, group in table.sort_values("face_id").groupby("rule"):
        assert summary["x"][rule] == pytest.approx(group["x"].mean())
        assert (summary["x_low"][rule], summary["x_high"][rule]) == pytest.approx(bootstrap_interval(group["x"]))
    assert (summary[["y", "y_low", "y_high"]] == 7).all(axis=None)


def test_missing_values_are_left_out(table):
    table.loc[(table["rule"] == "a") & (table["face_id"] == "f0"), "x"] = np.nan
    summary = summarise(table, ["rule"]).set_index("rule")
    assert summary["x"]["a"] == pytest.approx(table["x"][table["rule"] == "a"].mean())
    assert summary["x_low"]["a"] < summary["x"]["a"] < summary["x_high"]["a"]


def test_columns_without_values_have_neither_mean_nor_interval(table):
    summary = summarise(table.assign(y=np.nan), ["rule"])
    assert summary[["y", "y_low", "y_high"]].isna().all(axis=None)


@pytest.mark.parametrize("shape", [(30,), (30, 4)])
def test_differences_are_described_by_the_statistics_of_their_columns(shape):
    change = np.random.default_rng(2).normal(0.3, size=shape)
    columns = describe(change)
    assert list(columns) == ["difference", "low", "high", "d", "d_low", "d_high"]
    np.testing.assert_allclose(columns["difference"], change.mean(0))
    np.testing.assert_allclose((columns["low"], columns["high"]), bootstrap_interval(change))
    np.testing.assert_allclose((columns["d"], columns["d_low"], columns["d_high"]), effect_size(change))


def test_q_follows_p_and_the_table_is_unchanged():
    table = pd.DataFrame({"p": [0.01, 0.04, 0.5], "x": 1})
    adjusted = with_q(table)
    assert list(adjusted) == ["p", "q", "x"]
    np.testing.assert_allclose(adjusted["q"], benjamini_hochberg(table["p"]))
    assert list(table) == ["p", "x"]
