"""Networks that predict no better than the mean rating: claims on what networks see leave them out."""

import inspect
from itertools import product

import measurements as made
import numpy as np
import pandas as pd
import pytest
from judging import finding
from test_claims import everything

from facelrp.findings.able_networks import OF_ACCURACY, unable, without
from facelrp.findings.claim import findings
from facelrp.findings.claims import CLAIMS
from facelrp.findings.outcomes import SUPPORTED, UNTESTED, CannotBeTestedError

EVERY = set(product(made.BASES, made.MODES, made.ATTRIBUTES))
ACCURATE = {"predictions", "base models", "base models over seeds", "age"}


@pytest.fixture(scope="module")
def tables():
    return everything()


def test_networks_are_told_by_table_1():
    rows = [("age", "dense", "happy", "yes"), ("age", "full", "happy", "no"), ("age", "full", "kind", np.nan)]
    table = pd.DataFrame(rows, columns=["base", "mode", "attribute", "better_than_mean"])
    assert unable(table) == {("age", "full", "happy")}


def test_without_any_network_only_claims_on_accuracy_and_base_models_can_be_tested(tables):
    for claim in CLAIMS:
        if claim.family in ACCURATE:
            wanted = {name: tables[name] for name in inspect.signature(claim.measure).parameters if name in tables}
            kept, remark = without(wanted, {}, EVERY)
            assert all(kept[name] is table for name, table in wanted.items() if name in OF_ACCURACY)
            assert all(kept[name].equals(table) for name, table in wanted.items())
            assert remark == ""
        else:
            (found,) = findings([claim], tables, made.SETTINGS, EVERY)
            assert found["verdict"] == UNTESTED
            assert "predicts better than the mean rating" in found["finding"]


def test_networks_of_other_attributes_decide_nothing_on_claims_of_one(tables):
    """They stay as comparators, whether they predict or not."""
    left_out = {network for network in EVERY if network[2] == "confident"}
    texts = ("without 4 networks that predict no better than the mean rating", "")
    of_all = {"Red parts", "Between two", "The more relevance", "Heatmaps are individual"}
    # Checks with random weights are of happiness alone, so the other networks do not matter.
    of_one = {
        "Heatmaps depend on",
        "The networks of happiness look",
        "The mouth is more",
        "The eyes of attractive",
        "Occluding the mouth",
    }
    for text, starts in zip(texts, (of_all, of_one), strict=True):
        for start in starts:
            (claim,) = [claim for claim in CLAIMS if claim.text.startswith(start)]
            wanted = inspect.signature(claim.measure).parameters
            known = ({name: one for name, one in all_.items() if name in wanted} for all_ in (tables, made.SETTINGS))
            assert without(*known, left_out)[1] == text


def test_a_network_that_is_left_out_decides_nothing():
    """Three networks lose a point without the mouth; the fourth, which gains three, would undo that."""
    tables = made.occlusion(mouth=-1.0)
    scores = tables["occlusion_scores"]
    fourth = (scores["base"] == "gender") & (scores["mode"] == "full") & (scores["occluded"] == "mouth")
    tables["occlusion_scores"] = scores.assign(prediction=scores["prediction"] + 4.0 * fourth)
    text = "Occluding the mouth"
    assert finding(text, **tables)["verdict"] != SUPPORTED
    found = finding(text, left_out={("gender", "full", "happy")}, **tables)
    assert found["verdict"] == SUPPORTED
    assert found["finding"].startswith("mouth: −1.00 points")
    assert found["finding"].endswith("without 1 network that predicts no better than the mean rating")


def compared():
    """Two base models of two attributes, compared with each other, and each base model's attributes likewise."""
    rows = [("base", np.nan, "full", attribute, "age", "gender") for attribute in ("happy", "kind")]
    rows += [("attribute", base, "full", np.nan, "happy", "kind") for base in ("age", "gender")]
    return pd.DataFrame(rows, columns=["kind", "base", "mode", "attribute", "first", "second"])


def test_a_comparison_needs_both_of_its_networks():
    kept, remark = without({"pairs": compared()}, {}, {("gender", "full", "kind")})
    assert kept["pairs"].index.tolist() == [0, 2]
    assert remark == "without 1 network that predicts no better than the mean rating"
    with pytest.raises(CannotBeTestedError, match="no two networks to compare"):
        without({"pairs": compared()}, {}, {("gender", "full", "kind"), ("age", "full", "happy")})
