"""Means and intervals per group, also with faces that some groups lack."""

import warnings

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


@pytest.mark.parametrize("kind", [np.asarray, pd.Series])
def test_missing_differences_are_left_out_of_all_columns(kind):
    change = np.random.default_rng(3).normal(0.3, size=20)
    described, whole = describe(kind(np.append(change, np.nan))), describe(kind(change))
    assert described["difference"] == pytest.approx(change.mean())
    assert described["d"] == pytest.approx(whole["d"])
    assert described["low"] < described["difference"] < described["high"]


def test_missing_differences_are_left_out_column_by_column():
    change = np.random.default_rng(4).normal(0.3, size=(20, 2))
    change[3:, 1] = np.nan
    described = describe(change)
    np.testing.assert_allclose(described["difference"], [change[:, 0].mean(), change[:3, 1].mean()])


@pytest.mark.parametrize("count", [0, 1])
def test_no_difference_and_one_have_no_interval(count):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        described = describe(pd.Series([0.5] * count, dtype=float))
    assert np.isnan([value for name, value in described.items() if name != "difference"]).all()
    assert np.isnan(described["difference"]) == (count == 0)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_value_has_no_interval(table, value):
    table.loc[(table["rule"] == "a") & (table["face_id"] == "f0"), "x"] = value
    summary = summarise(table, ["rule"]).set_index("rule")
    assert not np.isfinite(summary["x"]["a"])
    assert summary.loc["a", ["x_low", "x_high"]].isna().all()
    assert summary.loc[["b", "c"], ["x", "x_low", "x_high"]].notna().all(axis=None)


def test_a_table_without_rows_has_a_summary_without_rows(table):
    summary = summarise(table[:0], ["rule"])
    assert summary.shape == (0, 8)


def test_a_face_twice_in_a_group_is_refused(table):
    with pytest.raises(ValueError, match="duplicate"):
        summarise(pd.concat([table, table[:1]]), ["rule"])


def test_q_follows_p_and_the_table_is_unchanged():
    table = pd.DataFrame({"p": [0.01, 0.04, 0.5], "x": 1})
    adjusted = with_q(table)
    assert list(adjusted) == ["p", "q", "x"]
    np.testing.assert_allclose(adjusted["q"], benjamini_hochberg(table["p"]))
    assert list(table) == ["p", "x"]
