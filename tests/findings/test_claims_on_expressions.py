"""Claims on two expressions of a person: supported by measurements that show their effect, and by no others."""

import re

import measurements as made
import numpy as np
import pytest
from judging import finding, verdict

from facelrp.findings.outcomes import CONTRADICTED, NEGLIGIBLE, SUPPORTED, UNTESTED

PARTS = {
    "The mouth is": "mouth",
    "The teeth": "inner_mouth",
    "The cheeks": "right_cheek",
    "The dimples": "right_dimple",
    "The nose is": "nose",
    "The widened nostrils": "nostrils",
    "The brows": "right_brow",
}


@pytest.mark.parametrize(("change", "expected"), [(1.0, SUPPORTED), (0.0, NEGLIGIBLE), (-1.0, CONTRADICTED)])
def test_happy_faces_score_higher(change, expected):
    tables = {"pair_faces": made.pair_faces(), "pair_scores": made.pair_scores(change)}
    assert verdict("The network sees more", **tables) == expected


@pytest.mark.parametrize("text", PARTS)
def test_a_part_must_be_more_relevant_in_the_happy_face(text):
    part = PARTS[text]
    assert verdict(text, **made.pairs(made.SAD | {part: made.SAD[part] + 0.1})) == SUPPORTED
    assert verdict(text, **made.pairs(made.SAD)) == NEGLIGIBLE
    assert verdict(text, **made.pairs(made.SAD | {part: made.SAD[part] - 0.05})) == CONTRADICTED


@pytest.mark.parametrize("who", ["others", "permuted"])
def test_a_part_must_exceed_what_ignorant_networks_show(who):
    more = made.SAD | {"mouth": 0.3}
    assert verdict("The mouth is", **made.pairs(more, **{who: (more, made.SAD)})) == NEGLIGIBLE
    most = made.SAD | {"mouth": 0.5}
    assert verdict("The mouth is", **made.pairs(more, **{who: (most, made.SAD)})) == CONTRADICTED


def round_brows(own, others=0.02, **columns):
    """Return the finding if brows have this share of relevance, in networks of the expression and of the others."""
    table = made.parts(
        lambda network: made.EVEN | {"right_brow": own if network["attribute"] == "happy" else others}, made.networks()
    )
    return finding("Round brows", detection=made.detection(**columns), parts=table)


def test_round_brows_must_be_more_relevant_than_straight_ones():
    round_ = np.where(made.OLD, 0.1, 0.02)
    found = round_brows(round_)
    assert found["verdict"] == SUPPORTED
    assert round_brows(0.02)["verdict"] == NEGLIGIBLE
    assert round_brows(np.where(made.OLD, 0.02, 0.1))["verdict"] == CONTRADICTED
    # Not what sets the networks of happiness apart.
    assert round_brows(round_, others=round_)["verdict"] == NEGLIGIBLE
    assert round_brows(round_, others=np.where(made.OLD, 0.3, 0.02))["verdict"] == CONTRADICTED


def test_the_shape_of_brows_must_be_known():
    found = round_brows(0.02, brow_arch=np.nan)
    assert found["verdict"] == UNTESTED
    assert found["finding"] == "no points or drawings tell the shape of brows"
    some = made.detection()["brow_arch"].where(np.arange(made.FACES) % 3 > 0)
    assert round_brows(np.where(made.OLD, 0.1, 0.02), brow_arch=some)["verdict"] == SUPPORTED


def test_the_mouth_must_differ_most():
    text = "Of all parts, the mouth"
    assert verdict(text, **made.pairs(made.SAD | {"mouth": 0.3})) == SUPPORTED
    assert verdict(text, **made.pairs(made.SAD | {"mouth": 0.3, "nose": 0.3})) == NEGLIGIBLE
    found = finding(text, **made.pairs(made.SAD | {"mouth": 0.2, "nose": 0.3}))
    assert found["verdict"] == CONTRADICTED
    shown = re.search(r"less that of nose: −([\d.]+) percentage points .*, the closest of 10", found["finding"])
    assert float(shown[1]) == pytest.approx(10, abs=0.3)


def test_teeth_count_in_other_faces_but_less():
    text = "Teeth are relevant"
    assert verdict(text, **made.pairs(made.SAD | {"inner_mouth": 0.2})) == SUPPORTED
    assert verdict(text, **made.pairs(made.SAD | {"inner_mouth": 0.0})) == CONTRADICTED
    tables = made.pairs(made.SAD)
    shares = tables["pair_shares"]
    tables["pair_shares"] = shares.assign(positive=shares["positive"].where(shares["part"] != "inner_mouth", 0.0))
    assert verdict(text, **tables) == UNTESTED


@pytest.mark.parametrize(("women", "expected"), [(0.0, SUPPORTED), (0.1, CONTRADICTED)])
def test_features_do_not_depend_on_sex(women, expected):
    found = finding("What tells the happy", **made.pairs(made.SAD | {"mouth": 0.3}, women=women))
    assert found["verdict"] == expected
    assert "6 women, 6 men" in found["finding"]


@pytest.mark.parametrize(
    ("swaps", "expected"),
    [
        ({}, SUPPORTED),
        ({"mouth": 1.25}, NEGLIGIBLE),
        ({"mouth": 1.0}, CONTRADICTED),
        # What a patch of skin does as well is not the mouth's.
        ({"control": 2.0}, NEGLIGIBLE),
        ({"control": 3.0}, CONTRADICTED),
        # Without a difference there is nothing to take away, nor if the other face scores higher.
        ({"mouth": 0.0, "whole": 0.0}, NEGLIGIBLE),
        ({"mouth": 0.0, "whole": -2.0}, NEGLIGIBLE),
        ({"states": ("neutral", "sad")}, SUPPORTED),
    ],
)
def test_the_mouth_must_take_away_most_of_the_difference(swaps, expected):
    assert verdict("Swapping the mouth", pair_swaps=made.pair_swaps(**swaps)) == expected


def test_a_mouth_that_takes_away_most_is_shown_with_the_difference():
    found = finding("Swapping the mouth", pair_swaps=made.pair_swaps())
    assert "less half of the difference: +0.7" in found["finding"]
    assert re.search(r"; \+(1.99|2.0\d) points of \+(2.49|2.5\d) points in all$", found["finding"])
    other = made.SETTINGS | {"expression": "confident"}
    assert finding("Swapping the mouth", other, pair_swaps=made.pair_swaps())["verdict"] == UNTESTED


def test_a_person_without_a_control_does_not_count():
    swaps = made.pair_swaps()
    few = swaps["identity"].isin(swaps["identity"].unique()[:7]) & (swaps["part"] == "control")
    assert verdict("Swapping the mouth", pair_swaps=swaps.assign(effect=swaps["effect"].mask(few))) == UNTESTED


def test_claims_on_occlusion_need_their_parts_and_happy_faces():
    tables = made.occlusion()
    for part, text in (
        ("mouth", "Occluding the mouth"),
        ("control", "Occluding the mouth"),
        ("eyes", "Removing the eyes"),
    ):
        scores = tables["occlusion_scores"]
        assert verdict(text, rated=tables["rated"], occlusion_scores=scores[scores["occluded"] != part]) == UNTESTED
    unhappy = tables["rated"].assign(happy=3.0)
    assert verdict("Occluding the mouth", **tables | {"rated": unhappy}) == UNTESTED
    five_happy = tables["rated"].assign(happy=np.where(np.arange(made.FACES) < 5, 6.0, 3.0))
    assert verdict("Occluding the mouth", **tables | {"rated": five_happy}) == UNTESTED
