"""Claims are judged by their rules: tables that support a claim, tables that do not, and missing tables."""

import numpy as np
import pandas as pd
import pytest

from facelrp.report.claims import CLAIMS
from facelrp.report.verdicts import FAILS, HOLDS, UNTESTED, as_captions, as_markdown
from facelrp.statistics.summary import ALL

SETTINGS = {"expression": "happy", "attractiveness": "attractive", "base": "age", "mode": "full"}
NETWORKS = [
    {"base": base, "mode": mode, "attribute": "happy"} for base in ("age", "gender") for mode in ("dense", "full")
]


def verdict(text, **tables):
    """Return the verdict on the one claim whose text begins with ``text``."""
    (claim,) = [claim for claim in CLAIMS if claim.text.startswith(text)]
    return claim.finding(tables, SETTINGS)["verdict"]


def occlusion(**changes):
    """Return a table of occlusion in which parts change the score of each network by these amounts, ± 0.1."""
    rows = [
        {
            **network,
            "part": part,
            "faces_of_high": 20,
            "change_of_high": change,
            "high_of_high": change + 0.1,
            "falls_of_high": 0.9 if change < 0 else 0.4,
            "rises_of_high": 0.1 if change < 0 else 0.6,
            "rises_of_high_low": 0.02 if change < 0 else 0.5,
            "explained_of_high": 5,
            "relevance_change_of_high": change / 10,
            "relevance_change_high_of_high": change / 10,
            "share_before_of_high": 0.2,
            "share_after_of_high": 0.1,
        }
        for network in NETWORKS
        for part, change in changes.items()
    ]
    return pd.DataFrame(rows)


def test_only_the_mouth_lowers_happiness_until_another_part_does():
    only = occlusion(mouth=-1.0, eyes=0.05, nose=-0.05, control=-0.02)
    assert verdict("Only the mouth", occlusion=only) == HOLDS
    assert verdict("Occluding the mouth", occlusion=only) == HOLDS
    assert verdict("Occluding both eyes", occlusion=only) == HOLDS
    assert verdict("The mouth's occlusion", occlusion=only) == HOLDS
    assert verdict("Removing the eyes", occlusion=only) == HOLDS
    assert verdict("Relevance in the region", occlusion=only) == HOLDS
    nose_too = occlusion(mouth=-1.0, eyes=-0.2, nose=-1.5, control=-0.02)
    assert verdict("Only the mouth", occlusion=nose_too) == FAILS
    assert verdict("Occluding both eyes", occlusion=nose_too) == FAILS
    assert verdict("The mouth's occlusion", occlusion=nose_too) == FAILS


def test_a_control_that_lowers_happiness_does_not_count_as_a_part():
    assert verdict("Only the mouth", occlusion=occlusion(mouth=-1.0, nose=0.0, control=-0.4)) == HOLDS
    assert verdict("Only the mouth", occlusion=occlusion(mouth=-1.0, control=-0.4)) == UNTESTED
    assert verdict("Occluding the mouth", occlusion=occlusion(mouth=0.05, control=-0.4)) == FAILS


def test_claims_on_the_mouth_need_its_occlusion():
    table = occlusion(eyes=-1.0, nose=0.0, control=0.0)
    for text in ("Occluding the mouth", "Only the mouth", "The mouth's occlusion", "Relevance in the region"):
        assert verdict(text, occlusion=table) == UNTESTED


def test_a_network_with_constant_predictions_supports_no_claim():
    table = occlusion(mouth=0.0, eyes=0.0, control=0.0).assign(rises_of_high=0.0, rises_of_high_low=0.0)
    for text in ("Occluding the mouth", "Only the mouth", "The mouth's occlusion", "Removing the eyes"):
        assert verdict(text, occlusion=table) == FAILS


@pytest.mark.parametrize("faces", [0, 1])
def test_claims_on_happy_faces_need_two_faces(faces):
    numbers = [name for name in occlusion(mouth=0) if name.endswith(("_of_high", "_of_high_low"))]
    table = occlusion(mouth=-1.0, eyes=0.0, nose=0.0, control=0.0).assign(**dict.fromkeys(numbers, np.nan))
    table = table.assign(faces_of_high=faces, explained_of_high=faces)
    texts = (
        "Occluding the mouth",
        "Only the mouth",
        "The mouth's occlusion",
        "Occluding both eyes",
        "Removing the eyes",
    )
    for text in (*texts, "Relevance in the region"):
        assert verdict(text, occlusion=table) == UNTESTED
    few = occlusion(mouth=-1.0).assign(explained_of_high=[5, 5, faces, 5])
    assert verdict("Relevance in the region", occlusion=few) == UNTESTED


def test_one_deviating_network_is_enough_to_fail():
    table = occlusion(mouth=-1.0, eyes=0.0)
    table.loc[0, "high_of_high"] = 0.2
    assert verdict("Occluding the mouth", occlusion=table) == FAILS


@pytest.mark.parametrize(("difference", "q", "expected"), [(0.1, 0.01, HOLDS), (0.1, 0.2, FAILS), (-0.1, 0.01, FAILS)])
def test_parts_of_pairs_need_direction_and_significance(difference, q, expected):
    table = pd.DataFrame(
        [
            {**network, "against": "sad", "part": part, "difference": difference, "q": q}
            for network in NETWORKS
            for part in ("mouth", "cheeks", "nose", "brows")
        ]
    )
    for text in ("The mouth, smile", "The cheeks", "The nose", "The brows"):
        assert verdict(text, pairs=table) == expected


@pytest.mark.parametrize(
    ("mouth", "q", "expected"), [(0.3, 0.01, HOLDS), (0.3, 0.2, FAILS), (0.1, 0.01, FAILS), (-0.3, 0.01, FAILS)]
)
def test_the_mouth_must_differ_most_and_significantly(mouth, q, expected):
    table = pd.DataFrame(
        [
            {**network, "against": "sad", "part": part, "difference": share, "q": q, "relevance_difference": points}
            for network in NETWORKS
            for part, share, points in (("mouth", mouth, 0.5), ("eyes", 0.2, 0.6))
        ]
    )
    assert verdict("Of all parts", pairs=table) == expected


@pytest.mark.parametrize(("age", "gender", "expected"), [(0.6, 0.4, HOLDS), (0.42, 0.4, FAILS), (0.4, 0.6, FAILS)])
def test_the_intervals_of_details_must_not_overlap(age, gender, expected):
    rows = [
        {
            "base": base,
            "mode": "base",
            "inner_share": share,
            "inner_share_low": share - 0.02,
            "inner_share_high": share + 0.02,
        }
        for base, share in (("age", age), ("gender", gender))
    ]
    assert verdict("The age base model picks", aptitude=pd.DataFrame(rows)) == expected
    assert verdict("The age base model picks", aptitude=pd.DataFrame(rows[:1])) == UNTESTED


@pytest.mark.parametrize(("fastest", "expected"), [((4, 4), HOLDS), ((4, 2), FAILS), ((0, 0), FAILS)])
def test_richness_must_predict_speed_in_more_than_half_of_the_cases(fastest, expected):
    table = pd.DataFrame(
        {"of": "base", "measure": "effective_pixels", "mode": ["dense", "full"], "base_models": 2, "attributes": 4}
    ).assign(richest_is_fastest=fastest)
    assert verdict("Of two base models", aptitude_correlation=table) == expected
    assert verdict("Of two base models", aptitude_correlation=table.assign(base_models=3)) == UNTESTED


def comparisons(factor, first, second, whole, low, high, each=(0.1, 0.2)):
    """Return a table of comparisons of two modes or base models: for two attributes, and over all attributes."""
    names = {"factor": factor, "first": first, "second": second, "q": 0.01}
    rows = [{"attribute": name, "difference": found} for name, found in zip("ab", each, strict=True)]
    rows.append({"attribute": ALL, "difference": whole, "low": low, "high": high})
    return pd.DataFrame(rows).assign(**names)


@pytest.mark.parametrize(("order", "expected"), [(("age", "gender"), HOLDS), (("gender", "age"), FAILS)])
@pytest.mark.parametrize("others", [[], [("age", "faces"), ("faces", "gender")]], ids=["alone", "beside another"])
def test_the_verdict_does_not_depend_on_the_order_of_base_models(order, expected, others):
    tables = [comparisons("base", *order, 0.15, 0.05, 0.3), *(comparisons("base", *o, 0, -1, 1) for o in others)]
    claim = "Networks made from the age base model predict"
    assert verdict(claim, comparisons=pd.concat(tables, ignore_index=True)) == expected
    assert verdict(claim, comparisons=comparisons("base", "age", "faces", 0.15, 0.05, 0.3)) == UNTESTED


def test_better_means_the_whole_interval_below_zero():
    claim = "Networks made from the age base model predict"
    assert verdict(claim, comparisons=comparisons("base", "age", "gender", 0.15, -0.05, 0.3)) == FAILS
    assert verdict(claim, comparisons=comparisons("base", "gender", "age", -0.15, -0.3, 0.05)) == FAILS


def test_base_models_of_other_names_cannot_be_compared():
    table = pd.DataFrame({"base": ["cats", "dogs"], "mode": "full", "attribute": "happy", "area": [0.1, 0.2]})
    assert verdict("The training error of networks", convergence=table) == UNTESTED


@pytest.mark.parametrize(("networks", "faster", "expected"), [(5, 5, HOLDS), (5, 2, FAILS), (4, 4, UNTESTED)])
def test_speed_is_judged_over_several_networks(networks, faster, expected):
    rows = [
        {"base": base, "mode": "full", "attribute": f"a{number}", "area": area + 0.01 * number}
        for number in range(networks)
        for base, area in (("age", 0.2 if number < faster else 0.4), ("gender", 0.3))
    ]
    assert verdict("The training error of networks", convergence=pd.DataFrame(rows)) == expected


def test_full_networks_must_beat_dense_ones_with_the_whole_interval():
    for whole, expected in (((-0.15, -0.3, -0.05), HOLDS), ((-0.15, -0.3, 0.05), FAILS), ((0.15, 0.05, 0.3), FAILS)):
        assert verdict("Retraining all layers", comparisons=comparisons("mode", "dense", "full", *whole)) == expected


def test_attractiveness_gains_little_only_if_its_interval_excludes_more():
    table = pd.DataFrame({"factor": "mode", "attribute": "attractive", "first": ["age dense"], "second": "age full"})
    table = table.assign(difference=-0.05, high=0.0, q=0.1)
    assert verdict("For attractiveness", comparisons=table.assign(low=-0.09)) == HOLDS
    assert verdict("For attractiveness", comparisons=table.assign(low=-0.2)) == FAILS


def test_every_network_must_conserve_relevance():
    assert verdict("The relevance of all", conservation=pd.DataFrame({"median_relevance_share": [1, 0.9999]})) == HOLDS
    assert verdict("The relevance of all", conservation=pd.DataFrame({"median_relevance_share": [1, 0.5]})) == FAILS


def test_no_error_may_exceed_the_paper_s_worst():
    table = pd.DataFrame({"mae": [0.3, 0.52], "mae_baseline": [0.7, 0.9]})
    assert verdict("The networks' mean absolute errors", table1=table) == HOLDS
    assert verdict("The networks' mean absolute errors", table1=table.assign(mae=[0.3, 0.53])) == FAILS


def test_happy_faces_must_score_higher_in_every_network():
    table = pd.DataFrame(NETWORKS).assign(difference=2.0, low=1.0, higher=0.9, higher_low=0.8, higher_high=0.95)
    assert verdict("The network sees more", pair_scores=table) == HOLDS
    assert verdict("The network sees more", pair_scores=table.assign(low=[1, 1, -0.1, 1])) == FAILS


def test_claims_without_their_tables_cannot_be_tested():
    findings = [claim.finding({}, SETTINGS) for claim in CLAIMS]
    assert {one["verdict"] for one in findings} == {UNTESTED}
    assert all(one["finding"].startswith("there is no table") for one in findings)
    other = occlusion(mouth=-1.0).assign(attribute="smart")
    assert verdict("Occluding the mouth", occlusion=other) == UNTESTED


def test_the_page_has_a_row_and_a_rule_for_each_claim():
    page = as_markdown([claim.finding({}, SETTINGS) for claim in CLAIMS], "Findings: test")
    lines = page.splitlines()
    assert sum(line.startswith("| ") for line in lines) == len(CLAIMS) + 1
    assert sum(line.split(".")[0].isdigit() for line in lines) == len(CLAIMS)
    widths = {line.count("|") for line in lines if line.startswith("|")}
    assert widths == {6}
    assert np.unique([claim.text for claim in CLAIMS]).size == len(CLAIMS)


def test_captions_include_the_claims_on_their_figure():
    def finding(section, verdict):
        return {"section": section, "claim": f"claim of {section}", "finding": "left_eye*", "verdict": verdict}

    sections = ["2, eq. 1", "3.4, Figure 4 (c)", "3.4", "3.4, Figure 4 (b)"]
    verdicts = [HOLDS, FAILS, HOLDS, UNTESTED]
    text = as_captions([finding(section, verdict) for section, verdict in zip(sections, verdicts, strict=True)])
    assert "Of 4 claims of the paper 2 hold here, 1 do not, and 1 cannot be tested." in text

    def excerpt(name):
        return text.partition(f".. begin {name}\n")[2].partition(f".. end {name}\n")[0]

    assert [line for line in excerpt("Figure 4").splitlines() if line.startswith("-")] == [
        r"- *claim of 3.4, Figure 4 (c)*: **does not hold**. Here: left\_eye\*.",
        r"- *claim of 3.4, Figure 4 (b)*: **cannot be tested here**. Here: left\_eye\*.",
    ]
    assert excerpt("3.4").count("- *") == 3
    assert excerpt("eq. 1").count("- *") == excerpt("2").count("- *") == 1
