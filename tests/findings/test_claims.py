"""Each claim is supported by measurements that show its effect, and not by those that show none or the contrary."""

import re

import measurements as made
import numpy as np
import pandas as pd
import pytest

from facelrp.findings.claim import findings
from facelrp.findings.claims import CLAIMS
from facelrp.findings.outcomes import CONTRADICTED, INCONCLUSIVE, NEGLIGIBLE, SUPPORTED, UNTESTED


def finding(text, settings=made.SETTINGS, **tables):
    """Return the finding of the one claim whose text begins with ``text``, alone in its family."""
    (claim,) = [claim for claim in CLAIMS if claim.text.startswith(text)]
    return findings([claim], tables, settings)[0]


def verdict(text, **tables):
    return finding(text, **tables)["verdict"]


def test_texts_and_sections_are_those_of_one_claim_each():
    assert len({claim.text for claim in CLAIMS}) == len(CLAIMS)
    assert all(claim.smallest > 0 and claim.reason and claim.rule().endswith(".") for claim in CLAIMS)


def test_without_tables_no_claim_can_be_tested():
    found = findings(CLAIMS, {}, made.SETTINGS)
    assert {one["verdict"] for one in found} == {UNTESTED}
    assert all(one["finding"].startswith("not measured: ") for one in found)


# Networks.


def errors(age=(0.5, 0.5), gender=(0.5, 0.5)):
    pairs = zip(made.BASES, (age, gender), strict=True)
    return made.predictions(
        {(base, mode): one for base, both in pairs for mode, one in zip(made.MODES, both, strict=True)}
    )


@pytest.mark.parametrize(("error", "expected"), [(0.5, SUPPORTED), (1.95, INCONCLUSIVE), (4.0, CONTRADICTED)])
def test_networks_must_beat_the_mean(error, expected):
    """Ratings are even from 1 to 9: always answering 5 errs by 2.07 points."""
    means = pd.DataFrame({"attribute": made.ATTRIBUTES, "mean": 5.0})
    tables = {"predictions": errors((error, error), (error, error)), "training_means": means}
    assert verdict("The networks predict", **tables) == expected


@pytest.mark.parametrize(("full", "expected"), [(0.4, SUPPORTED), (0.5, NEGLIGIBLE), (0.6, CONTRADICTED)])
def test_full_networks_must_beat_dense_ones(full, expected):
    table = errors((0.5, full), (0.5, full))
    text = "Retraining all layers"
    assert verdict(text, predictions=table) == expected
    unequal = finding(text, made.SETTINGS | {"equal_recipes": False}, predictions=table)
    assert unequal["verdict"] == INCONCLUSIVE
    assert "trained by different recipes" in unequal["finding"]


@pytest.mark.parametrize(("full", "expected"), [(0.45, SUPPORTED), (0.6, SUPPORTED), (0.3, CONTRADICTED)])
def test_attractiveness_gains_little(full, expected):
    assert verdict("For attractiveness", predictions=errors((0.5, full), (0.5, full))) == expected


def test_one_pair_of_base_models_decides_nothing():
    found = finding("Networks made from the age base model predict", predictions=errors((0.3, 0.3), (0.6, 0.6)))
    assert found["verdict"] == INCONCLUSIVE
    assert "−0.30 points" in found["finding"]
    assert "one pair of base models" in found["finding"]


def test_base_models_of_other_names_cannot_be_compared():
    table = errors().replace({"age": "cats"})
    assert verdict("Networks made from the age base model predict", predictions=table) == UNTESTED


# Expressions.

SAD = dict.fromkeys(("mouth", "inner_mouth", "nose", "nostrils", "right_brow", "right_cheek", "right_dimple"), 0.08)
PARTS = {
    "The mouth is": "mouth",
    "The teeth": "inner_mouth",
    "The cheeks": "right_cheek",
    "The dimples": "right_dimple",
    "The nose is": "nose",
    "The widened nostrils": "nostrils",
    "The brows": "right_brow",
}


def pairs(happy, others=None, permuted=None, **options):
    return {
        "pair_faces": made.pair_faces(),
        "pair_shares": made.pair_shares(happy, SAD, others, **options),
        "permuted_pair_shares": made.permuted_pair_shares(*(permuted or (SAD, SAD))),
    }


@pytest.mark.parametrize(("change", "expected"), [(1.0, SUPPORTED), (0.0, NEGLIGIBLE), (-1.0, CONTRADICTED)])
def test_happy_faces_score_higher(change, expected):
    tables = {"pair_faces": made.pair_faces(), "pair_scores": made.pair_scores(change)}
    assert verdict("The network sees more", **tables) == expected


@pytest.mark.parametrize("text", PARTS)
def test_a_part_must_be_more_relevant_in_the_happy_face(text):
    part = PARTS[text]
    assert verdict(text, **pairs(SAD | {part: SAD[part] + 0.1})) == SUPPORTED
    assert verdict(text, **pairs(SAD)) == NEGLIGIBLE
    assert verdict(text, **pairs(SAD | {part: SAD[part] - 0.05})) == CONTRADICTED


@pytest.mark.parametrize("who", ["others", "permuted"])
def test_a_part_must_exceed_what_ignorant_networks_show(who):
    more = SAD | {"mouth": 0.3}
    assert verdict("The mouth is", **pairs(more, **{who: (more, SAD)})) == NEGLIGIBLE
    most = SAD | {"mouth": 0.5}
    assert verdict("The mouth is", **pairs(more, **{who: (most, SAD)})) == CONTRADICTED


def test_the_mouth_must_differ_most():
    text = "Of all parts, the mouth"
    assert verdict(text, **pairs(SAD | {"mouth": 0.3})) == SUPPORTED
    assert verdict(text, **pairs(SAD | {"mouth": 0.3, "nose": 0.3})) == NEGLIGIBLE
    found = finding(text, **pairs(SAD | {"mouth": 0.2, "nose": 0.3}))
    assert found["verdict"] == CONTRADICTED
    shown = re.search(r"less that of nose: −([\d.]+) percentage points .*, the closest of 10", found["finding"])
    assert float(shown[1]) == pytest.approx(10, abs=0.3)


def test_teeth_count_in_other_faces_but_less():
    text = "Teeth are relevant"
    assert verdict(text, **pairs(SAD | {"inner_mouth": 0.2})) == SUPPORTED
    assert verdict(text, **pairs(SAD | {"inner_mouth": 0.0})) == CONTRADICTED
    tables = pairs(SAD)
    shares = tables["pair_shares"]
    tables["pair_shares"] = shares.assign(positive=shares["positive"].where(shares["part"] != "inner_mouth", 0.0))
    assert verdict(text, **tables) == UNTESTED


@pytest.mark.parametrize(("women", "expected"), [(0.0, SUPPORTED), (0.1, CONTRADICTED)])
def test_features_do_not_depend_on_sex(women, expected):
    found = finding("What tells the happy", **pairs(SAD | {"mouth": 0.3}, women=women))
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


# Age, attractiveness, likeness to people. All names of parts have the same number of pixels.

OLD = np.arange(made.FACES) >= 20
EVEN = dict.fromkeys(("hair", "right_upper_lid", "right_lower_lid", "right_eye_bag", "right_crows_feet"), 0.02)
EVEN |= dict.fromkeys(("earlobes", "right_nasolabial_fold", "right_eye_opening", "nose_bridge", "nose_tip"), 0.02)
EVEN |= dict.fromkeys(("under_brows", "mouth", "jaw", "neck", "forehead", "right_cheek", "left_cheek"), 0.02)
AGEING = {
    "Earlobes": "earlobes",
    "Wrinkles beside": "right_crows_feet",
    "Eye bags": "right_eye_bag",
    "Eyelids are evidence": "right_upper_lid",
    "Grey hair": "hair",
}


def ageing(**changed):
    table = made.parts(lambda network: EVEN | changed, [{"attribute": np.nan}])
    return {"rated": made.rated(), "ageing_parts": table}


@pytest.mark.parametrize("text", AGEING)
def test_a_part_must_be_relevant_in_old_faces(text):
    part = AGEING[text]
    assert verdict(text, **ageing(**{part: np.where(OLD, 0.2, 0.02)})) == SUPPORTED
    assert verdict(text, **ageing(**{part: np.where(OLD, 0.0, 0.1)})) == CONTRADICTED
    # Dense in all faces, whatever their age.
    assert verdict(text, **ageing(**{part: 0.2})) != SUPPORTED
    tables = ageing() | {"rated": made.rated().assign(age=np.nan)}
    assert verdict(text, **tables) == UNTESTED


def test_lids_must_show_age_most():
    text = "Eyelids are the dominant"
    assert verdict(text, **ageing(right_upper_lid=0.2)) == SUPPORTED
    assert verdict(text, **ageing(right_upper_lid=0.2, hair=0.4)) == CONTRADICTED


@pytest.mark.parametrize(
    ("text", "part"),
    [("The eyes of", "right_eye_opening"), ("The nose of", "nose_tip"), ("The space between", "under_brows")],
)
def test_a_part_must_be_relevant_in_attractive_faces(text, part):
    def found(own, others=0.02):
        table = made.parts(
            lambda network: EVEN | {part: own if network["attribute"] == "attractive" else others}, made.networks()
        )
        return verdict(text, rated=made.rated(), parts=table)

    assert found(np.where(OLD, 0.3, 0.02)) == SUPPORTED
    assert found(np.where(OLD, 0.3, 0.02), others=0.3) != SUPPORTED
    assert found(np.where(OLD, 0.0, 0.2)) == CONTRADICTED


@pytest.mark.parametrize(("change", "expected"), [(0.3, SUPPORTED), (0.0, NEGLIGIBLE), (-0.3, CONTRADICTED)])
@pytest.mark.parametrize(
    ("text", "shape"),
    [("Heatmaps of attractive faces are", "symmetry"), ("Heatmaps of attractive faces show", "coherence")],
)
def test_shapes_of_attractive_faces(text, shape, change, expected):
    tables = [
        pd.DataFrame(
            {"face_id": made.FACE_IDS, shape: 0.4 + change * OLD + 0.01 * made.noise(made.FACES, number)}
        ).assign(**network)
        for number, network in enumerate(made.networks())
    ]
    assert verdict(text, rated=made.rated(), shapes=pd.concat(tables)) == expected


@pytest.mark.parametrize(
    ("own", "others", "expected"), [(0.3, 0.02, SUPPORTED), (0.3, 0.3, NEGLIGIBLE), (0.0, 0.0, CONTRADICTED)]
)
def test_networks_look_at_the_smile(own, others, expected):
    table = made.parts(
        lambda network: EVEN | {"mouth": own if network["attribute"] == "happy" else others}, made.networks()
    )
    assert verdict("The networks of happiness", rated=made.rated(), parts=table) == expected
    other = made.SETTINGS | {"expression": "confident"}
    assert finding("The networks of happiness", other, rated=made.rated(), parts=table)["verdict"] == UNTESTED


# Occlusion.

ALL = {"mouth": -1.0, "eyes": 0.0, "nose": 0.0, "control": 0.0}


def occlusion(**changes):
    return {"occlusion_scores": made.occlusion_scores(ALL | changes), "rated": made.rated()}


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("Occluding the mouth", {}, SUPPORTED),
        ("Occluding the mouth", {"mouth": 0.0}, NEGLIGIBLE),
        ("Occluding the mouth", {"mouth": 1.0}, CONTRADICTED),
        ("Occluding the mouth", {"control": -1.0}, NEGLIGIBLE),
        ("Only the mouth", {}, SUPPORTED),
        ("Only the mouth", {"nose": -0.5}, CONTRADICTED),
        ("Only the mouth", {"control": -0.5}, SUPPORTED),
        ("The mouth's occlusion", {}, SUPPORTED),
        ("The mouth's occlusion", {"nose": -1.0}, NEGLIGIBLE),
        ("The mouth's occlusion", {"nose": -2.0}, CONTRADICTED),
        ("The mouth's occlusion", {"control": -2.0}, CONTRADICTED),
        ("Occluding both eyes", {}, SUPPORTED),
        ("Occluding both eyes", {"eyes": -1.0}, CONTRADICTED),
        ("Removing the eyes", {"eyes": 0.5}, SUPPORTED),
        ("Removing the eyes", {"eyes": -0.5}, INCONCLUSIVE),
    ],
)
def test_occlusion(text, changes, expected):
    assert verdict(text, **occlusion(**changes)) == expected


def test_claims_on_occlusion_need_their_parts_and_happy_faces():
    tables = occlusion()
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


@pytest.mark.parametrize(
    ("mouth", "control", "expected"),
    [(-0.2, 0.0, SUPPORTED), (0.0, 0.0, NEGLIGIBLE), (-0.2, -0.2, NEGLIGIBLE), (0.2, 0.0, CONTRADICTED)],
)
def test_relevance_of_a_covered_mouth(mouth, control, expected):
    own = made.occlusion_relevance({"mouth": mouth, "eyes": 0.0, "control": control}, dict.fromkeys(ALL, 0.0))
    assert verdict("Relevance in the region", occlusion_relevance=own, rated=made.rated()) == expected


@pytest.mark.parametrize(
    ("eyes", "control", "expected"), [(0.2, 0.0, SUPPORTED), (0.2, 0.2, NEGLIGIBLE), (-0.2, 0.0, CONTRADICTED)]
)
def test_attention_moves_to_the_mouth(eyes, control, expected):
    moved = {"mouth": 0.0, "eyes": eyes, "control": control}
    table = made.occlusion_relevance(dict.fromkeys(moved, 0.0), moved)
    assert verdict("Attention moves", occlusion_relevance=table, rated=made.rated()) == expected


# Trust in heatmaps.


def interventions(agreement, seed=0):
    """Return effects of eight parts, and relevance: ``agreement`` times the effect, plus noise."""
    rng, tables = np.random.default_rng(seed), []
    for network in made.networks():
        for face in made.FACE_IDS:
            effect = rng.normal(0, 1, size=8)
            relevance = agreement * effect + rng.normal(0, 1, size=8)
            table = {"part": list("abcdefgh"), "effect": effect, "relevance": relevance}
            tables.append(pd.DataFrame(table).assign(face_id=face, rule="heatmaps", **network))
    return pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize("text", ["Red parts raise", "The more relevance"])
@pytest.mark.parametrize(("agreement", "expected"), [(2, SUPPORTED), (0, NEGLIGIBLE), (-2, CONTRADICTED)])
def test_relevance_must_agree_with_effects(text, agreement, expected):
    assert verdict(text, interventions=interventions(agreement)) == expected


@pytest.mark.parametrize(("agreement", "expected"), [(2, SUPPORTED), (0, NEGLIGIBLE), (-2, CONTRADICTED)])
@pytest.mark.parametrize("states", [("sad",), ("neutral", "sad")])
def test_relevance_must_agree_with_swaps(agreement, expected, states):
    swaps = made.pair_swaps(agreement, mouth=0.0, states=states)
    found = finding("Between two photographs", pair_swaps=swaps)
    assert found["verdict"] == expected
    # The whole photograph and the control are no parts.
    no_parts = swaps["part"].isin(["all", "control"])
    shown = swaps.assign(relevance=swaps["relevance"].mask(no_parts, -9 * np.sign(swaps["effect"])))
    assert finding("Between two photographs", pair_swaps=shown) == found


def test_effects_are_where_ratings_come_from():
    table = interventions(1)
    effects = table["effect"].where(table["part"].isin(["a", "b"]), 0.05 * table["effect"])
    truth = pd.DataFrame({"attribute": "happy", "part": ["a", "b"], "share": 0.5})
    text = "What moves the networks"
    assert verdict(text, interventions=table.assign(effect=effects), truth=truth) == SUPPORTED
    assert verdict(text, interventions=table, truth=truth) == NEGLIGIBLE
    elsewhere = truth.assign(part=["c", "d"])
    assert verdict(text, interventions=table.assign(effect=effects), truth=elsewhere) == CONTRADICTED
    assert verdict(text, interventions=table, truth=truth.assign(attribute="attractive")) == UNTESTED


def curves(networks, fall, chance):
    """Return curves that fall by ``fall`` points at once, most relevant first, or by ``chance`` at random."""
    tables = []
    for number, network in enumerate(networks):
        for order, change in (("most", fall), ("random", chance)):
            rule = "random" if order == "random" else "heatmaps"
            for step in (0, 1, 2):
                values = 5 - (change + 0.01 * made.noise(made.FACES, [number, step])) * (step > 0)
                table = pd.DataFrame({"face_id": made.FACE_IDS, "prediction": values})
                tables.append(table.assign(order=order, rule=rule, removed=0.1 * step, **network))
    return pd.concat(tables, ignore_index=True)


PERMUTED = [{"base": base, "permuted": number} for base in made.BASES for number in (1, 2)]


@pytest.mark.parametrize(
    ("fall", "ignorant", "expected"),
    [(1.0, 0.1, SUPPORTED), (0.1, 0.1, NEGLIGIBLE), (1.0, 1.0, NEGLIGIBLE), (-1.0, 0.1, CONTRADICTED)],
)
def test_relevant_regions_must_matter(fall, ignorant, expected):
    tables = {
        "perturbation": curves(made.networks(attribute="happy"), fall, 0.1),
        "permuted_perturbation": curves(PERMUTED, ignorant, 0.1),
    }
    assert verdict("Taking away", **tables) == expected


def test_the_fall_is_the_area_over_the_curve():
    """Scores fall by 1 and by 0.1 in two of three steps: the areas are 2/3 and 0.2/3."""
    found = finding(
        "Taking away",
        perturbation=curves(made.networks(attribute="happy"), 1.0, 0.1),
        permuted_perturbation=curves(PERMUTED, 0.1, 0.1),
    )
    assert found["finding"].startswith(
        "fall of the score, most relevant first, less that in random orders: +0.60 points"
    )


def masses(networks, mass):
    rows = pd.DataFrame({"face_id": made.FACE_IDS, "area": 0.1, "target": "true", "rule": "heatmaps"})
    return pd.concat(
        [
            rows.assign(absolute_mass=mass + 0.001 * made.noise(made.FACES, number), **network)
            for number, network in enumerate(networks)
        ]
    )


@pytest.mark.parametrize(
    ("own", "ignorant", "expected"),
    [(0.3, 0.1, SUPPORTED), (0.1, 0.1, NEGLIGIBLE), (0.3, 0.3, NEGLIGIBLE), (0.02, 0.02, CONTRADICTED)],
)
def test_relevance_must_be_on_true_parts(own, ignorant, expected):
    tables = {
        "localisation": masses(made.networks(attribute="happy"), own),
        "permuted_localisation": masses(PERMUTED, ignorant),
    }
    assert verdict("Relevance lies", **tables) == expected


def randomised(correlation, rise):
    """Return checks with five seeds, and mirrored faces and upper layers, which must not count."""
    tables = []
    for number, network in enumerate(made.networks(attribute="happy")):
        small = 0.01 * made.noise(made.FACES, number)
        table = pd.DataFrame({"face_id": made.FACE_IDS, "rank_correlation": correlation + small}).assign(**network)
        for seed in range(1, 6):
            tables.append(
                table.assign(
                    test="randomisation",
                    layer="conv1",
                    seed=seed,
                    entropy_rise=rise * (0.9 + 0.05 * seed) + small / 100,
                )
            )
        tables.append(table.assign(test="mirror", layer="", rank_correlation=0.9))
        tables.append(table.assign(test="randomisation", layer="fc8", seed=1, rank_correlation=0.9))
    return pd.concat(tables, ignore_index=True)


def alike(rank_correlation, same_face, other_faces, kind="base"):
    rows = []
    for number, network in enumerate(made.networks()):
        small = 0.01 * made.noise(made.FACES, number)
        numbers = {"rank_correlation": rank_correlation, "same_face": same_face, "other_faces": other_faces}
        columns = {name: value + (small if name != "other_faces" else 0) for name, value in numbers.items()}
        rows.append(pd.DataFrame({"face_id": made.FACE_IDS, "kind": kind} | columns).assign(**network))
    return pd.concat(rows, ignore_index=True)


@pytest.mark.parametrize(("random", "expected"), [(0.1, SUPPORTED), (0.6, NEGLIGIBLE), (0.9, CONTRADICTED)])
def test_heatmaps_must_depend_on_weights(random, expected):
    tables = {"sanity": randomised(random, 0.05), "individuality_faces": alike(0.6, 0.5, 0.0)}
    assert verdict("Heatmaps depend", **tables) == expected
    tables["individuality_faces"] = alike(0.6, 0.5, 0.0, kind="mode")
    assert verdict("Heatmaps depend", **tables) == UNTESTED


@pytest.mark.parametrize(("rise", "expected"), [(0.05, SUPPORTED), (0.0, NEGLIGIBLE), (-0.05, CONTRADICTED)])
def test_random_maps_must_be_more_complex(rise, expected):
    assert verdict("Maps of networks with random", sanity=randomised(0.1, rise)) == expected
    upper = randomised(0.1, rise)
    assert verdict("Maps of networks with random", sanity=upper[upper["layer"] == "fc8"]) == UNTESTED


@pytest.mark.parametrize(("same", "expected"), [(0.5, SUPPORTED), (0.0, NEGLIGIBLE), (-0.5, CONTRADICTED)])
def test_heatmaps_must_be_individual(same, expected):
    assert verdict("Heatmaps are individual", individuality_faces=alike(0.6, same, 0.0)) == expected
    assert verdict("Heatmaps are individual", individuality_faces=alike(0.6, same, 0.0, kind="mode")) == UNTESTED


# Base models.


def speeds(age, gender):
    rows = [
        {"base": base, "mode": mode, "attribute": attribute, "mean_error": error + 0.01 * number}
        for base, error in (("age", age), ("gender", gender))
        for mode in made.MODES
        for number, attribute in enumerate(made.ATTRIBUTES)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("age", "sign"), [(0.3, "−0.30"), (0.9, "+0.30")])
def test_speed_of_one_pair_of_base_models_decides_nothing(age, sign):
    found = finding("Networks made from the age base model learn", convergence=speeds(age, 0.6))
    assert found["verdict"] == INCONCLUSIVE
    assert f"age − gender: {sign} of the variance" in found["finding"]
    rich = pd.DataFrame({"base": made.BASES, "mode": "base", "effective_pixels": [9000.0, 7000.0]})
    found = finding("Of two base models", convergence=speeds(age, 0.6), aptitude=rich)
    assert f"age (richest) − gender: {sign} of the variance" in found["finding"]
    assert found["verdict"] == INCONCLUSIVE


def test_details_and_edges_of_base_models():
    bases = [{"base": base} for base in made.BASES]
    table = made.parts(lambda network: {"mouth": 0.4 if network["base"] == "age" else 0.1}, bases)
    found = finding("The age base model picks up", base_parts=table)
    assert "+30.0 percentage points" in found["finding"]
    assert found["verdict"] == INCONCLUSIVE
    shapes = pd.concat(
        [
            pd.DataFrame(
                {"face_id": made.FACE_IDS, "contour_share": share + 0.01 * made.noise(made.FACES, number)}
            ).assign(base=base)
            for number, (base, share) in enumerate((("age", 0.1), ("gender", 0.2)))
        ]
    )
    found = finding("The gender base model looks", base_shapes=shapes)
    assert "−10.0 percentage points" in found["finding"]
    assert found["verdict"] == INCONCLUSIVE


# Small experiments.


def everything():
    """Return all measurements that claims know, without effects."""
    networks = made.networks()
    shapes = {name: 0.1 + 0.01 * made.noise(made.FACES, 1) for name in ("symmetry", "coherence", "contour_share")}
    shapes = pd.DataFrame({"face_id": made.FACE_IDS} | shapes)
    bases = [{"base": base} for base in made.BASES]
    return {
        "rated": made.rated(),
        "training_means": pd.DataFrame({"attribute": made.ATTRIBUTES, "mean": 5.0}),
        "predictions": errors(),
        "convergence": speeds(0.5, 0.5),
        "aptitude": pd.DataFrame({"base": made.BASES, "mode": "base", "effective_pixels": 9000.0}),
        "truth": pd.DataFrame({"attribute": "happy", "part": ["a", "b"], "share": 0.5}),
        "parts": made.parts(lambda network: EVEN, networks),
        "shapes": pd.concat([shapes.assign(**network) for network in networks]),
        "base_parts": made.parts(lambda network: EVEN, bases),
        "base_shapes": pd.concat([shapes.assign(**base) for base in bases]),
        **ageing(),
        **pairs(SAD),
        "pair_scores": made.pair_scores(0.0),
        **occlusion(),
        "occlusion_relevance": made.occlusion_relevance(dict.fromkeys(ALL, 0.0), dict.fromkeys(ALL, 0.0)),
        "perturbation": curves(made.networks(attribute="happy"), 0.1, 0.1),
        "permuted_perturbation": curves(PERMUTED, 0.1, 0.1),
        "localisation": masses(made.networks(attribute="happy"), 0.1),
        "permuted_localisation": masses(PERMUTED, 0.1),
        "sanity": randomised(0.1, 0.0),
        "individuality_faces": alike(0.1, 0.0, 0.0),
        "interventions": interventions(0),
    }


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
        if number is not None and "face_id" in table:
            chosen = [f"p{person:02}-{state}" for person in range(number // 2) for state in ("happy", "sad")]
            tables[name] = table[table["face_id"].isin([*made.FACE_IDS[::-1][:number], *chosen])]
    found = findings(
        CLAIMS, tables, made.SETTINGS | {"attractiveness": "happy" if kept == "one attribute" else "attractive"}
    )
    assert len(found) == len(CLAIMS)
    verdicts = {one["verdict"] for one in found if one["family"] in ("expressions", "occlusion", "age")}
    if kept == "two faces":
        assert verdicts == {UNTESTED}
    else:
        assert verdicts != {UNTESTED}
