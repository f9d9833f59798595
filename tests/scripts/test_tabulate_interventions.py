"""The tables of interventions, against plain loops over the faces and parts of made-up networks."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files

from facelrp.faces.rating_scales import PAPER
from facelrp.findings.agreement import compare
from facelrp_workflow.files import read_table
from tabulate_interventions import main

PARTS = ["mouth", "eyes", "jaw", "hair"]
TRUE = {"mouth": 0.7, "eyes": 0.3}


@pytest.fixture(scope="module")
def measured():
    """Effects and relevance: two attributes, twelve faces, four parts; the effects of the jaw hardly vary."""
    rng = np.random.default_rng(1)
    columns = {"attribute": ["happy", "confident"], "face_id": [f"s{number:02}" for number in range(12)], "part": PARTS}
    table = pd.MultiIndex.from_product(columns.values(), names=columns).to_frame(index=False)
    table["rule"] = "heatmaps"
    size = table["part"].map({"mouth": 1.0, "eyes": 0.4, "jaw": 0.01, "hair": 0.2})
    table["effect"] = rng.normal(size=len(table)) * size
    table["relevance"] = table["effect"] + rng.normal(size=len(table))
    table.loc[table["part"].eq("hair") & table["face_id"].isin(["s03", "s07"]), "relevance"] = np.nan
    return table


@pytest.fixture(scope="module")
def tables(measured, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    measured.to_csv(folder / "measured.csv", index=False)
    truth = pd.DataFrame({"attribute": "happy", "part": list(TRUE), "share": list(TRUE.values())})
    truth.to_csv(folder / "truth.csv", index=False)
    files = Files(interventions=[folder / "measured.csv"], truth=folder / "truth.csv")
    output = Files({name: folder / f"{name}.csv" for name in ("interventions", "uses", "recovery")})
    main(files, [{"base": "age", "mode": "full"}], (1, 9), output, logging.getLogger("test"))
    return {name: read_table(path) for name, path in output.items()}


def test_every_network_has_a_row_and_every_part_of_it(tables):
    assert tables["interventions"]["attribute"].tolist() == ["happy", "confident"]
    assert set(tables["interventions"]["rule"]) == {"heatmaps"}
    assert set(tables["interventions"]["faces"]) == set(tables["uses"]["faces"]) == {12}
    assert tables["uses"]["part"].tolist() == 2 * PARTS


@pytest.mark.parametrize("attribute", ["happy", "confident"])
def test_numbers_are_those_of_plain_loops(tables, measured, attribute):
    row = tables["interventions"].set_index("attribute").loc[attribute]
    own = measured[measured["attribute"] == attribute]
    large = own[own["effect"].abs().gt(0.1) & own["relevance"].notna()]
    same = [np.sign(one.effect) == np.sign(one.relevance) for one in large.itertuples()]
    assert row["effects"] == len(large)
    assert row["sign_agreement"] == pytest.approx(sum(same) / len(same))
    assert row["positive_effects"] == pytest.approx((large["effect"] > 0).mean())
    most = max((large["effect"] > 0).sum(), (large["effect"] < 0).sum())
    assert row["above_one_sign"] == pytest.approx((sum(same) - most) / len(same))
    shown = own.dropna()
    within = [np.corrcoef(face["effect"], face["relevance"])[0, 1] for _, face in shown.groupby("face_id")]
    assert row["r_within_faces"] == pytest.approx(np.mean(within))
    across = [
        np.corrcoef(part["effect"], part["relevance"])[0, 1] for name, part in shown.groupby("part") if name != "jaw"
    ]
    assert row["parts"] == 3
    assert row["r_across_faces"] == pytest.approx(np.mean(across))


@pytest.mark.parametrize("name", ["sign_agreement", "above_one_sign", "r_within_faces", "r_across_faces"])
def test_intervals_contain_their_numbers(tables, name):
    table = tables["interventions"]
    assert (table[f"{name}_low"] < table[name]).all()
    assert (table[name] < table[f"{name}_high"]).all()


def test_intervals_are_over_faces_and_not_over_cells():
    """Ten faces whose eight parts all agree, and ten whose parts all disagree: twenty units, not 160."""
    effects = np.ones((20, 8))
    relevance = np.where(np.arange(20) < 10, 1.0, -1.0)[:, None] * effects
    row = compare(effects, relevance, PAPER)
    assert row["sign_agreement"] == 0.5
    # ±1.96 √(0.25 / 20) is 0.22; over 160 cells it would be 0.08.
    assert row["sign_agreement_high"] - row["sign_agreement_low"] == pytest.approx(0.44, abs=0.06)


def test_a_network_that_uses_nothing_has_empty_cells():
    row = compare(np.zeros((5, 4)), np.ones((5, 4)), PAPER)
    assert (row["faces"], row["effects"], row["parts"]) == (5, 0, 0)
    for name in ("sign_agreement", "r_within_faces", "r_across_faces"):
        assert np.isnan([row[name], row[f"{name}_low"], row[f"{name}_high"]]).all()


def test_missing_numbers_are_written_as_empty_cells(measured, tmp_path):
    measured.assign(effect=0.0).to_csv(tmp_path / "measured.csv", index=False)
    pd.DataFrame({"attribute": "happy", "part": ["mouth"], "share": 1.0}).to_csv(tmp_path / "truth.csv", index=False)
    files = Files(interventions=[tmp_path / "measured.csv"], truth=tmp_path / "truth.csv")
    output = Files({name: tmp_path / f"{name}.csv" for name in ("interventions", "uses", "recovery")})
    main(files, [{"base": "age", "mode": "full"}], (1, 9), output, logging.getLogger("test"))
    table = read_table(output.interventions)
    assert table[["sign_agreement", "above_one_sign", "r_within_faces", "r_across_faces"]].isna().all(axis=None)


def test_a_single_face_has_no_interval():
    row = compare(np.array([[1.0, -1.0, 0.5]]), np.array([[1.0, -1.0, 0.6]]), PAPER)
    assert row["sign_agreement"] == 1
    assert np.isnan([row["sign_agreement_low"], row["r_within_faces_high"]]).all()


def test_a_single_face_with_an_effect_has_no_interval_either():
    """Resamples of many faces, of which only one counts, would all agree and look certain."""
    row = compare(np.outer([1.0, 0.0, 0.0, 0.0], np.ones(4)), np.ones((4, 4)), PAPER)
    assert (row["faces"], row["sign_agreement"]) == (4, 1)
    assert np.isnan([row["sign_agreement_low"], row["sign_agreement_high"]]).all()


def test_use_is_beside_the_truth(tables, measured):
    table = tables["uses"].set_index(["attribute", "part"])
    for attribute in ("happy", "confident"):
        own = measured[measured["attribute"] == attribute]
        spread = {part: np.std(own["effect"][own["part"] == part].to_numpy()) for part in PARTS}
        for part in PARTS:
            row = table.loc[attribute, part]
            assert row["used_share"] == pytest.approx(spread[part] / sum(spread.values()))
            assert row["used_share_low"] <= row["used_share"] <= row["used_share_high"]
            lit = own["relevance"][own["part"] == part].dropna()
            shown = {name: np.std(group.dropna().to_numpy()) for name, group in own.groupby("part")["relevance"]}
            assert row["shown_share"] == pytest.approx(np.std(lit.to_numpy()) / sum(shown.values()))
            assert row["true_share"] == (TRUE.get(part, 0) if attribute == "happy" else 0)


def test_recovery_has_a_row_for_each_attribute_and_one_for_all(tables):
    table = tables["recovery"].set_index("attribute")
    assert table.index.tolist() == ["happy", "confident", "all attributes"]
    assert table["networks"].tolist() == [1, 1, 2]
    used = tables["uses"].assign(common=tables["uses"][["true_share", "used_share"]].min(axis=1))
    overlaps = used.groupby("attribute")["common"].sum()
    assert table.loc["happy", "used_overlap"] == pytest.approx(overlaps["happy"])
    assert table.loc["all attributes", "used_overlap"] == pytest.approx(overlaps.mean())
