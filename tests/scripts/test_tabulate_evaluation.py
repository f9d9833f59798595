"""Summaries of evaluations: rules on the same faces, paired, and random weights beside independent networks."""

import numpy as np
import pandas as pd
import pytest

from tabulate_evaluation import areas, compare_rules, independent_level, on_shared_faces, summarise_sanity

NETWORK = {"base": "age", "mode": "full", "attribute": "happy"}
#: Predictions of each face after each of two steps, by rule, most and least relevant regions first; whole: 5.
OWN = {f"f{number}": ((4.0, 3.0), (5.0, 5.0)) for number in range(12)}
OTHER = {f"f{number}": ((5.0, 4.0 + number / 10), (5.0, 5.0)) for number in range(3)}


def curves(last=1.0):
    rows = []
    for rule, faces in (("heatmaps", OWN), ("epsilon", OTHER)):
        for face, orders in faces.items():
            for order, after in zip(("most", "least"), orders, strict=True):
                rows += [
                    (rule, order, face, share, at) for share, at in zip((0, last / 2, last), (5, *after), strict=True)
                ]
    rows += [("random", "random", face, share, 5.0) for face in OWN for share in (0, last / 2, last)]
    table = pd.DataFrame(rows, columns=["rule", "order", "face_id", "removed", "prediction"])
    return table.assign(**NETWORK)


def test_the_gain_is_called_symmetric_only_over_all_regions():
    assert areas(curves(1.0)).columns[-1] == "gain"
    found = areas(curves(0.3))
    assert "gain" not in found
    # Falls of 0, 1 and 2 points, and none.
    np.testing.assert_allclose(found["most_minus_least"][found["rule"] == "heatmaps"], 1)


def test_rules_are_summarised_on_the_faces_that_all_share():
    rows = on_shared_faces(areas(curves()))
    assert rows["rule"].value_counts().to_dict() == {"heatmaps_all_faces": 12, "heatmaps": 3, "epsilon": 3}
    assert set(rows["face_id"][rows["rule"] == "heatmaps"]) == set(OTHER)


def test_a_network_that_was_not_compared_has_all_its_faces():
    alone = areas(curves()).query("rule == 'heatmaps'").assign(attribute="sad")
    rows = on_shared_faces(pd.concat([areas(curves()), alone]))
    counts = rows.groupby(["attribute", "rule"]).size()
    assert counts["sad", "heatmaps"] == counts["sad", "heatmaps_all_faces"] == 12
    assert counts["happy", "heatmaps"] == 3


def test_differences_to_the_own_rule_are_paired_and_have_intervals():
    masses = pd.DataFrame(
        [
            {"rule": rule, "target": "inner", "face_id": face, "positive_mass": mass}
            for rule, mass in (("heatmaps", 0.5), ("epsilon", 0.25))
            for face in OTHER
        ]
    ).assign(**NETWORK)
    sums = pd.DataFrame(
        [
            {"rule": rule, "biases": biases, "face_id": face, "explained": 2.0, "relevance": relevance, "absolute": 8.0}
            for rule, biases, relevance in (("heatmaps", "left out", 2.0), ("epsilon", "absorb", -0.08))
            for face in OTHER
        ]
    ).assign(**NETWORK)
    table = compare_rules(areas(curves(0.3)), masses, sums).set_index("measure")
    assert (table["rule"] == "epsilon").all()
    assert (table[["biases", "own_biases"]] == ["absorb", "left out"]).all(axis=None)
    assert (table["faces"] == 3).all()
    # Falls of the other rule: 0, 0, 1; 0, 0, 0.9; 0, 0, 0.8. The own rule: 0, 1, 2.
    aopc = table.loc["aopc"]
    assert aopc["value"] == pytest.approx(0.3)
    assert aopc["own"] == pytest.approx(1)
    assert aopc["difference"] == pytest.approx(-0.7)
    assert -0.7334 < aopc["low"] < aopc["difference"] < aopc["high"] < -0.6666
    # The observed pattern of signs and its opposite are the most extreme of eight.
    assert aopc["p"] == 0.25
    assert table.loc["positive_mass_inner", "difference"] == pytest.approx(-0.25)
    assert table.loc["log10_cancellation", "value"] == pytest.approx(2)
    assert table.loc["log10_cancellation", "own"] == pytest.approx(np.log10(4))
    assert table.loc["relevance_share", "value"] == pytest.approx(-0.04)
    assert np.isnan(table.loc["relevance_share", "q"])
    assert table.drop("relevance_share")["q"].notna().all()


@pytest.fixture
def faces():
    """How like the heatmaps of two or three base models are, face by face; those of other modes do not count."""
    rows = [("base", first, second, f"f{n}", 0.5 + n / 100) for first, second in ABOUT for n in range(12)]
    rows += [("mode", "dense", "full", f"f{n}", -1.0) for n in range(12)]
    table = pd.DataFrame(rows, columns=["kind", "first", "second", "face_id", "rank_correlation"])
    return table.assign(base="", mode="full", attribute="happy")


ABOUT = [("age", "gender"), ("age", "third")]


def test_the_level_of_independent_networks_is_each_faces_own(faces):
    faces.loc[(faces["second"] == "third") & (faces["kind"] == "base"), "rank_correlation"] += 0.1
    level = independent_level(faces).set_index(["base", "face_id"])["independent"]
    assert level["gender", "f3"] == pytest.approx(0.53)
    assert level["third", "f3"] == pytest.approx(0.63)
    assert level["age", "f3"] == pytest.approx(0.58)


def test_random_weights_are_compared_with_independent_networks_face_by_face(faces):
    rows = [("mirror", np.nan, np.nan, f"f{n}", 0.9, np.nan) for n in range(10)]
    rows += [("randomisation", "fc8", 1, f"f{n}", 0.7, np.nan) for n in range(10)]
    rows += [
        ("randomisation", "conv1", seed, f"f{n}", seed / 10 + n / 100, seed / 2)
        for n in range(10)
        for seed in range(1, 6)
    ]
    columns = ["test", "layer", "seed", "face_id", "rank_correlation", "entropy_rise"]
    table = summarise_sanity(pd.DataFrame(rows, columns=columns).assign(**NETWORK), faces).set_index(["test", "layer"])
    assert table.index.tolist() == [("mirror", ""), ("randomisation", "fc8"), ("randomisation", "conv1")]
    assert table["seeds"].tolist() == [0, 1, 5]
    assert (table["faces"] == 10).all()
    last = table.loc["randomisation", "conv1"]
    # The mean over five seeds is 0.3 + n/100, that of independent networks 0.5 + n/100 (twice): always 0.2 less.
    assert last["rank_correlation"] == pytest.approx(0.345)
    assert last["lowest_seed"] == pytest.approx(0.145)
    assert last["highest_seed"] == pytest.approx(0.545)
    assert last["independent"] == pytest.approx(0.545)
    np.testing.assert_allclose(last[["difference", "difference_low", "difference_high"]].astype(float), -0.2)
    assert last["p"] == pytest.approx(2 / 2**10)
    assert last["entropy_rise"] == pytest.approx(1.5)
    assert np.isnan(table.loc["mirror", ""]["difference"])
    assert table.loc["mirror", ""][["lowest_seed", "highest_seed", "p"]].isna().all()
    assert table.loc["randomisation", "fc8"]["lowest_seed"] == pytest.approx(0.7)


def test_with_one_base_model_there_is_no_level_to_compare_with(faces):
    rows = [("randomisation", "conv1", 1, f"f{n}", 0.1, 0.2) for n in range(10)]
    columns = ["test", "layer", "seed", "face_id", "rank_correlation", "entropy_rise"]
    checks = pd.DataFrame(rows, columns=columns).assign(**NETWORK)
    table = summarise_sanity(checks, faces[faces["kind"] == "mode"])
    assert table["rank_correlation"].tolist() == pytest.approx([0.1])
    assert table[["independent", "difference", "p", "q"]].isna().all(axis=None)
