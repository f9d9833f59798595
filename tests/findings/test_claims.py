"""All claims together: what they say, and how far small experiments are judged."""

import measurements as made
import pandas as pd
import pytest

from facelrp.findings.claim import findings
from facelrp.findings.claims import CLAIMS
from facelrp.findings.outcomes import UNTESTED


def everything():
    """Return all measurements that claims know, without effects."""
    networks = made.networks()
    shapes = {name: 0.1 + 0.01 * made.noise(made.FACES, 1) for name in ("symmetry", "coherence", "contour_share")}
    shapes = pd.DataFrame({"face_id": made.FACE_IDS} | shapes)
    bases = [{"base": base} for base in made.BASES]
    return {
        "rated": made.rated(),
        "training_means": pd.DataFrame({"attribute": made.ATTRIBUTES, "mean": 5.0}),
        "predictions": made.errors(),
        "convergence": made.speeds(0.5, 0.5),
        "aptitude": pd.DataFrame({"base": made.BASES, "mode": "base", "effective_pixels": 9000.0}),
        "truth": pd.DataFrame({"attribute": "happy", "part": ["a", "b"], "share": 0.5}),
        "parts": made.parts(lambda network: made.EVEN, networks),
        "shapes": pd.concat([shapes.assign(**network) for network in networks]),
        "base_parts": made.parts(lambda network: made.EVEN, bases),
        "base_shapes": pd.concat([shapes.assign(**base) for base in bases]),
        "random_base_shapes": made.random_contours(0.1, 0.1),
        "detection": made.detection(),
        **made.ageing(),
        **made.pairs(made.SAD),
        "pair_scores": made.pair_scores(0.0),
        **made.occlusion(),
        "occlusion_relevance": made.occlusion_relevance(dict.fromkeys(made.ALL, 0.0), dict.fromkeys(made.ALL, 0.0)),
        "perturbation": made.curves(made.networks(attribute="happy"), 0.1, 0.1),
        "permuted_perturbation": made.curves(made.PERMUTED, 0.1, 0.1),
        "localisation": made.masses(made.networks(attribute="happy"), 0.1),
        "permuted_localisation": made.masses(made.PERMUTED, 0.1),
        "sanity": made.randomised(0.1, 0.0),
        "individuality_faces": made.alike(0.1, 0.0, 0.0),
        "interventions": made.interventions(0),
        "pair_swaps": made.pair_swaps(),
        "replicates": made.replicates(),
        "replicate_predictions": made.replicate_predictions(dict.fromkeys(made.KINDS, 0.5)),
        "replicate_parts": made.parts(lambda name: made.EVEN, made.replicate_names()),
        "replicate_shapes": made.replicate_shapes(dict.fromkeys(made.KINDS, 0.1)),
    }


def test_texts_and_sections_are_those_of_one_claim_each():
    assert len({claim.text for claim in CLAIMS}) == len(CLAIMS)
    assert all(claim.smallest > 0 and claim.reason and claim.rule().endswith(".") for claim in CLAIMS)


def test_without_tables_no_claim_can_be_tested():
    found = findings(CLAIMS, {}, made.SETTINGS)
    assert {one["verdict"] for one in found} == {UNTESTED}
    reasons = ("not measured: ", "base models were trained with one seed")
    assert all(one["finding"].startswith(reasons) for one in found)


def test_all_measurements_are_those_of_the_workflow():
    """The generators know every table that a claim asks for: none is left untested for want of one."""
    untested = {one["claim"]: one["finding"] for one in findings(CLAIMS, everything(), made.SETTINGS)}
    assert not any(text.startswith("not measured") for text in untested.values()), untested


@pytest.mark.parametrize("kept", ["one attribute", "one base model", "two faces", "five people"])
def test_small_experiments_are_judged_as_far_as_possible(kept):
    """What lacks data cannot be tested; nothing fails."""
    tables = everything()
    for name, table in tables.items():
        if kept == "one attribute" and "attribute" in table and name != "ageing_parts":
            tables[name] = table[table["attribute"] == "happy"]
        if kept == "one base model" and "base" in table:
            tables[name] = table[table["base"] == "age"]
        number = {"two faces": 2, "five people": 10}.get(kept)
        people = [f"p{person:02}" for person in range((number or 0) // 2)]
        if number is not None and "face_id" in table:
            chosen = [f"{person}-{state}" for person in people for state in ("happy", "sad")]
            tables[name] = table[table["face_id"].isin([*made.FACE_IDS[::-1][:number], *chosen])]
        elif number is not None and "identity" in table:
            tables[name] = table[table["identity"].isin(people)]
    found = findings(
        CLAIMS, tables, made.SETTINGS | {"attractiveness": "happy" if kept == "one attribute" else "attractive"}
    )
    assert len(found) == len(CLAIMS)
    verdicts = {one["verdict"] for one in found if one["family"] in ("expressions", "occlusion", "age")}
    if kept == "two faces":
        assert verdicts == {UNTESTED}
    else:
        assert verdicts != {UNTESTED}


@pytest.mark.parametrize(
    ("setting", "family", "left"), [("attractiveness", "attractiveness", 0), ("expression", "occlusion", 0)]
)
def test_claims_on_what_nobody_was_rated_for_are_left_out(setting, family, left):
    """Not listed as untested: without ratings of attractiveness, nobody expects a claim on it."""
    tables = everything()
    whole = findings(CLAIMS, tables, made.SETTINGS)
    found = findings(CLAIMS, tables, made.SETTINGS | {setting: None})
    texts = {one["claim"] for one in found}
    gone = [one for one in whole if one["claim"] not in texts]
    assert sum(one["family"] == family for one in found) == left < sum(one["family"] == family for one in whole)
    assert any(one["section"].startswith("3.6" if setting == "attractiveness" else "3.7") for one in gone)
    # What is measured of whatever attribute is shown stays.
    assert any(one["claim"].startswith("Taking away") or "relevant" in one["claim"] for one in found)
