"""Findings as texts: numbers with their units, the page, and the captions' excerpts."""

import numpy as np
import pytest

from facelrp.findings.claim import UNITS, Claim, as_text, findings
from facelrp.findings.outcomes import MORE, OUTCOMES, SUPPORTED, UNTESTED, CannotBeTestedError, Effect, Evidence
from facelrp.findings.pages import as_captions, as_markdown


def claim(section="3.4", effects=(), text="A claim", unit="points", **options):
    def measure(scores):
        if not effects:
            raise CannotBeTestedError("no scores of left_eye*")
        return Evidence(list(effects), **options)

    return Claim("family", section, text, MORE, 0.25, unit, "less is not seen", measure)


def effect(mean, text="happy − sad", count=12):
    spread = np.linspace(-0.1, 0.1, count)
    return Effect(text, mean + spread)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("points", "−0.12 points"),
        ("percentage points", "−12.3 percentage points"),
        ("per cent", "−12 %"),
        ("correlation", "−0.12"),
        ("variance", "−0.12 of the variance"),
    ],
)
def test_numbers_carry_their_unit_and_sign(unit, expected):
    assert as_text(-0.123, unit) == expected
    assert as_text(0.123, unit) == expected.replace("−", "+")
    assert unit in UNITS


def test_a_share_has_no_plus_sign():
    assert as_text(0.28, "share") == "28 %"


def test_findings_show_effects_with_intervals_and_networks():
    networks = Effect("score", np.linspace(0.9, 1.1, 12)[:, None] + np.array([[-0.2, 0.2]]))
    (found,) = findings([claim(effects=[networks, effect(0.5, "less the control's")])], {"scores": None}, {})
    assert found["verdict"] == SUPPORTED
    assert found["finding"].startswith("score: +1.00 points [+0.9")
    assert "(single networks +0.80 to +1.20); less the control's: +0.50 points [" in found["finding"]
    assert found["rule"] == "Supported if the effect is more than 0.25 points: less is not seen."


def test_of_many_comparators_the_closest_is_shown():
    effects = [effect(1.0), *(effect(mean, f"less {mean}") for mean in (0.9, 0.4, 0.7))]
    (found,) = findings([claim(effects=effects)], {"scores": None}, {})
    assert found["finding"].endswith("], the closest of 3 comparisons")
    assert "; less 0.4: +0.40 points [" in found["finding"]
    assert "less 0.9" not in found["finding"]


def test_few_faces_have_no_interval():
    (found,) = findings([claim(effects=[effect(1.0, count=8)])], {"scores": None}, {})
    assert found["finding"] == "happy − sad: +1.00 points (too few for an interval)"


def test_what_is_missing_is_named():
    found = findings([claim(effects=[effect(1.0)]), claim()], {}, {})
    assert [one["verdict"] for one in found] == [UNTESTED] * 2
    assert found[0]["finding"] == "not measured: scores"
    (found,) = findings([claim()], {"scores": None}, {})
    assert found["finding"] == "no scores of left_eye*"


def test_the_page_has_every_claim_with_its_rule():
    found = findings([claim(effects=[effect(1.0)]), claim(text="Another")], {"scores": None}, {})
    lines = as_markdown(found, "Findings: demo").splitlines()
    assert lines[0] == "# Findings: demo"
    assert "Of 2 claims: 1 supported, 0 contradicted, 0 negligible, 0 inconclusive, 1 cannot be tested here." in lines
    rows = [line for line in lines if line.startswith(("| 1 ", "| 2 "))]
    assert rows[0].startswith("| 1 | 3.4 | A claim | happy − sad: +1.00 points")
    assert rows[1].endswith("| **cannot be tested here** |")
    assert sum(line.endswith("less is not seen.") for line in lines) == 2
    assert all(outcome.capitalize() in "\n".join(lines) for outcome in OUTCOMES)


def test_a_bar_does_not_begin_another_column():
    found = findings([claim(effects=[effect(1.0, "density of |relevance|")])], {"scores": None}, {})
    (row,) = [line for line in as_markdown(found, "Findings: demo").splitlines() if line.startswith("| 1 ")]
    assert r"density of \|relevance\|: +1.00 points" in row
    assert row.replace(r"\|", "").count("|") == 6


def test_captions_include_the_claims_on_their_figure():
    sections = ["3.2, Table 1", "3.4, Figure 4 (c)", "3.4", "3.4, Figure 4 (b)"]
    claims = [claim(section, text=f"claim of {section}") for section in sections]
    text = as_captions(findings(claims, {"scores": None}, {}))
    assert "Of 4 claims: 0 supported, 0 contradicted, 0 negligible, 0 inconclusive, 4 cannot be tested here." in text

    def excerpt(name):
        return text.partition(f".. begin {name}\n")[2].partition(f".. end {name}\n")[0]

    assert [line for line in excerpt("Figure 4").splitlines() if line.startswith("-")] == [
        r"- *claim of 3.4, Figure 4 (c)*: **cannot be tested here**. Here: no scores of left\_eye\*.",
        r"- *claim of 3.4, Figure 4 (b)*: **cannot be tested here**. Here: no scores of left\_eye\*.",
    ]
    assert excerpt("3.4").count("- *") == 3
    assert excerpt("Table 1").count("- *") == excerpt("3.2").count("- *") == 1
