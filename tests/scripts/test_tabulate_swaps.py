"""The tables of swaps, against plain loops over people and parts of made-up networks."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from scipy import stats

from facelrp_workflow.files import read_table
from tabulate_swaps import main

PARTS = ["brows", "eyes", "nose", "mouth", "cheeks", "jaw", "forehead", "hair"]
ROWS = [*PARTS, "control", "all"]
PEOPLE = [f"p{number:02}" for number in range(12)]


@pytest.fixture(scope="module")
def measured():
    """Effects and relevance: two attributes, two other states, twelve people, of whom two have no hair."""
    rng = np.random.default_rng(1)
    columns = {"attribute": ["happy", "confident"], "identity": PEOPLE, "against": ["sad", "neutral"], "part": ROWS}
    table = pd.MultiIndex.from_product(columns.values(), names=columns).to_frame(index=False)
    size = table["part"].map({"mouth": 2.0, "eyes": 0.4, "all": 3.0, "control": 0.01}).fillna(0.2)
    table["effect"] = size * (1 + 0.5 * rng.normal(size=len(table)))
    table["relevance"] = table["effect"] + 0.5 * rng.normal(size=len(table))
    bald = table["part"].eq("hair") & table["identity"].isin(["p03", "p07"])
    table.loc[bald, ["effect", "relevance"]] = np.nan
    return table


@pytest.fixture(scope="module")
def tables(measured, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    measured.to_csv(folder / "measured.csv", index=False)
    output = Files({name: folder / f"{name}.csv" for name in ("swaps", "swap_effects")})
    files = Files(swaps=[folder / "measured.csv"])
    main(files, [{"base": "age", "mode": "full"}], (1, 9), output, logging.getLogger("test"))
    return {name: read_table(path) for name, path in output.items()}


def cases():
    return [(attribute, against) for attribute in ("happy", "confident") for against in ("sad", "neutral")]


@pytest.mark.parametrize(("attribute", "against"), cases())
def test_agreement_is_that_of_plain_loops_over_the_eight_parts(tables, measured, attribute, against):
    row = tables["swaps"].set_index(["attribute", "against"]).loc[(attribute, against)]
    own = measured[(measured["attribute"] == attribute) & (measured["against"] == against)]
    whole = own[own["part"] == "all"]["effect"]
    own = own[own["part"].isin(PARTS)].dropna()
    large = own[own["effect"].abs() > 0.1]
    assert (row["people"], row["effects"]) == (12, len(large))
    assert row["sign_agreement"] == pytest.approx((np.sign(large["effect"]) == np.sign(large["relevance"])).mean())
    within = [stats.pearsonr(one["effect"], one["relevance"])[0] for _, one in own.groupby("identity")]
    assert row["r_within_people"] == pytest.approx(np.mean(within))
    assert row["difference"] == pytest.approx(whole.mean())
    assert row["explained"] == pytest.approx(own["effect"].sum() / whole.sum())
    for name in ("sign_agreement", "r_within_people", "r_across_people", "difference", "explained"):
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]


@pytest.mark.parametrize(("attribute", "against"), cases())
@pytest.mark.parametrize("part", ROWS)
def test_effects_of_parts_are_means_over_people(tables, measured, attribute, against, part):
    table = tables["swap_effects"]
    assert table["part"].tolist() == len(cases()) * ROWS
    row = table.set_index(["attribute", "against", "part"]).loc[(attribute, against, part)]
    own = measured[(measured["attribute"] == attribute) & (measured["against"] == against)].dropna()
    one, whole = own[own["part"] == part], own[own["part"] == "all"]
    assert row["people"] == len(one)
    assert row["effect"] == pytest.approx(one["effect"].mean())
    assert row["low"] < row["effect"] < row["high"]
    # The bootstrap's interval is about that of a t test.
    half = stats.t.ppf(0.975, len(one) - 1) * stats.sem(one["effect"])
    assert row["high"] - row["low"] == pytest.approx(2 * half, rel=0.35)
    assert row["d"] == pytest.approx(one["effect"].mean() / one["effect"].std())
    assert row["relevance"] == pytest.approx(one["relevance"].mean())
    assert row["share"] == pytest.approx(one["effect"].sum() / whole["effect"].sum())
    assert row["share_low"] <= row["share"] <= row["share_high"]


def test_p_is_that_of_a_sign_flip_test_and_q_covers_all_rows(tables, measured):
    table = tables["swap_effects"]
    np.testing.assert_allclose(table["q"], stats.false_discovery_control(table["p"]))
    own = measured[(measured["attribute"] == "happy") & (measured["against"] == "sad") & (measured["part"] == "nose")]
    found = stats.permutation_test(
        (own["effect"].to_numpy(),), np.mean, permutation_type="samples", n_resamples=np.inf
    ).pvalue
    row = table.set_index(["attribute", "against", "part"]).loc[("happy", "sad", "nose")]
    assert row["p"] == pytest.approx(found)


def test_without_a_difference_nothing_is_explained(measured, tmp_path):
    measured.assign(effect=0.0).to_csv(tmp_path / "measured.csv", index=False)
    output = Files({name: tmp_path / f"{name}.csv" for name in ("swaps", "swap_effects")})
    files = Files(swaps=[tmp_path / "measured.csv"])
    main(files, [{"base": "age", "mode": "full"}], (1, 9), output, logging.getLogger("test"))
    assert read_table(output.swaps)["explained"].isna().all()
    assert read_table(output.swap_effects)["share"].isna().all()
