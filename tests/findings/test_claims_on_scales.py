"""The same data on another scale of ratings: the same verdicts, and all numbers in its own points."""

import re

import measurements as made
import numpy as np
import pytest
from test_claims import everything

from facelrp.faces.rating_scales import PAPER, RatingScale
from facelrp.findings.claim import findings
from facelrp.findings.claims import CLAIMS
from facelrp.findings.outcomes import NEGLIGIBLE, SUPPORTED
from facelrp.findings.pages import as_markdown

#: Columns that hold ratings, and differences of ratings.
RATINGS, DIFFERENCES = ("rating", "prediction", "mean", *made.ATTRIBUTES), ("effect", "relevance", "mae", "ridge_mae")
SETTINGS = made.SETTINGS | {"kinds": made.KINDS}


def in_hundredths(tables):
    """Return measurements with every rating r of 1–9 as 12.5 (r − 1), on 0–100."""
    found = {}
    for name, table in tables.items():
        shown = [column for column in RATINGS if column in table and table[column].dtype == float]
        found[name] = table.assign(**{column: 12.5 * (table[column] - 1) for column in shown})
        # Shares of relevance, in other tables, have no unit.
        if name in ("interventions", "pair_swaps", "replicates"):
            shown = [column for column in DIFFERENCES if column in table]
            found[name] = table.assign(**{column: 12.5 * table[column] for column in shown})
    return found


def measured(change):
    """Return all measurements, with differences of so many points of 1–9 where claims expect some."""
    everywhere = {
        "predictions": made.errors(age=(0.5, 0.5 - change), gender=(0.5 + change, 0.5)),
        "pair_scores": made.pair_scores(change),
        "perturbation": made.curves(made.networks(attribute="happy"), change, 0.0),
        "pair_swaps": made.pair_swaps(mouth=change, whole=change),
        "interventions": made.interventions(0.8),
        "replicate_predictions": made.replicate_predictions({"age": 0.5, "age2": 0.5 + change, "gender": 0.5}),
    }
    return everything() | made.occlusion(mouth=-change) | everywhere


def verdicts(found):
    return [one["verdict"] for one in found]


@pytest.mark.parametrize(("change", "expected"), [(1.0, SUPPORTED), (0.02, NEGLIGIBLE)])
def test_the_scale_changes_numbers_alone(change, expected):
    tables = measured(change)
    own = findings(CLAIMS, tables, SETTINGS)
    hundredths = findings(CLAIMS, in_hundredths(tables), SETTINGS, scale=RatingScale(0, 100))
    assert verdicts(hundredths) == verdicts(own)
    np.testing.assert_allclose([one["q"] for one in hundredths], [one["q"] for one in own], rtol=1e-6, atol=1e-9)
    # Small effects are negligible on 0–100, too, where their numbers exceed the smallest effects of 1–9.
    assert sum(one == expected for one, claim in zip(verdicts(own), CLAIMS, strict=True) if claim.unit == "points") >= 5
    compared = 0
    for claim, *found in zip(CLAIMS, own, hundredths, strict=True):
        before, after = (numbers_of(one["finding"]) for one in found)
        np.testing.assert_allclose(after, 12.5 * before, atol=0.05 + 12.5 * 0.005)
        assert (found[0]["finding"] == found[1]["finding"]) == (claim.unit != "points" or not before.size)
        compared += before.size
    assert compared >= 20


def numbers_of(finding):
    """Return the effects in points that a finding shows: ndarray of float."""
    found = re.findall(r"[+−]\d+\.\d+(?= points)", finding)
    return np.array([float(number.replace("−", "-")) for number in found])


def test_rules_name_the_smallest_effect_on_both_scales():
    (claim,) = [claim for claim in CLAIMS if claim.text.startswith("Occluding the mouth")]
    rules = [findings([claim], {}, {}, scale=scale)[0]["rule"] for scale in (PAPER, RatingScale(0, 100))]
    assert rules[0].startswith("Supported if the effect is less than −0.25 points: ")
    assert rules[1] == rules[0].replace("0.25 points", "3.125 points (0.25 of 1–9)")


def test_the_page_says_what_points_are():
    assert "\nPoints are those of the 1–9 scale of ratings.\n\n|" in as_markdown([], "Findings")
    page = as_markdown([], "Findings", RatingScale(0, 100))
    assert (
        "\nPoints are those of the 0–100 scale of ratings. The smallest effects are set on the paper's scale, 1–9"
        in page
    )
