"""Claims on networks and base models: each is supported by measurements that show its effect, and by no others."""

from dataclasses import replace

import measurements as made
import pandas as pd
import pytest
from judging import finding, verdict

from facelrp.findings.base_models import age_sees_fewer_edges, edges_tell_gender
from facelrp.findings.outcomes import CONTRADICTED, INCONCLUSIVE, LESS, MORE, NEGLIGIBLE, SUPPORTED, UNTESTED, judge


@pytest.mark.parametrize(("error", "expected"), [(0.5, SUPPORTED), (1.95, INCONCLUSIVE), (4.0, CONTRADICTED)])
def test_networks_must_beat_the_mean(error, expected):
    """Ratings are even from 1 to 9: always answering 5 errs by 2.07 points."""
    means = pd.DataFrame({"attribute": made.ATTRIBUTES, "mean": 5.0})
    tables = {"predictions": made.errors((error, error), (error, error)), "training_means": means}
    assert verdict("The networks predict", **tables) == expected


@pytest.mark.parametrize(("full", "expected"), [(0.4, SUPPORTED), (0.5, NEGLIGIBLE), (0.6, CONTRADICTED)])
def test_full_networks_must_beat_dense_ones(full, expected):
    table = made.errors((0.5, full), (0.5, full))
    text = "Retraining all layers"
    assert verdict(text, predictions=table) == expected
    unequal = finding(text, made.SETTINGS | {"equal_recipes": False}, predictions=table)
    assert unequal["verdict"] == INCONCLUSIVE
    assert "trained by different recipes" in unequal["finding"]


@pytest.mark.parametrize(("full", "expected"), [(0.45, SUPPORTED), (0.6, SUPPORTED), (0.3, CONTRADICTED)])
def test_attractiveness_gains_little(full, expected):
    assert verdict("For attractiveness", predictions=made.errors((0.5, full), (0.5, full))) == expected


def test_one_pair_of_base_models_decides_nothing():
    found = finding("Networks made from the age base model predict", predictions=made.errors((0.3, 0.3), (0.6, 0.6)))
    assert found["verdict"] == INCONCLUSIVE
    assert "−0.30 points" in found["finding"]
    assert "one pair of base models" in found["finding"]


def test_base_models_of_other_names_cannot_be_compared():
    table = made.errors().replace({"age": "cats"})
    assert verdict("Networks made from the age base model predict", predictions=table) == UNTESTED


@pytest.mark.parametrize(("age", "sign"), [(0.3, "−0.30"), (0.9, "+0.30")])
def test_speed_of_one_pair_of_base_models_decides_nothing(age, sign):
    found = finding("Networks made from the age base model learn", convergence=made.speeds(age, 0.6))
    assert found["verdict"] == INCONCLUSIVE
    assert f"age − gender: {sign} of the variance" in found["finding"]
    rich = pd.DataFrame({"base": made.BASES, "mode": "base", "effective_pixels": [9000.0, 7000.0]})
    found = finding("Of two base models", convergence=made.speeds(age, 0.6), aptitude=rich)
    assert f"age (richest) − gender: {sign} of the variance" in found["finding"]
    assert found["verdict"] == INCONCLUSIVE


def test_details_of_base_models():
    bases = [{"base": base} for base in made.BASES]
    table = made.parts(lambda network: {"mouth": 0.4 if network["base"] == "age" else 0.1}, bases)
    found = finding("The age base model picks up", base_parts=table)
    assert "+30.0 percentage points" in found["finding"]
    assert found["verdict"] == INCONCLUSIVE


def edges(text, gender, random, **options):
    shapes = made.contours({"age": 0.1, "gender": gender})
    return finding(text, base_shapes=shapes, random_base_shapes=made.random_contours(0.1, random, **options))


def test_edges_of_one_pair_of_base_models_decide_nothing():
    found = edges("The gender base model looks", 0.2, 0.15)
    assert "age − gender: −10.0 percentage points" in found["finding"]
    assert "less that with random weights: +5.0 percentage points" in found["finding"]
    assert found["verdict"] == INCONCLUSIVE
    assert "one pair of base models" in found["finding"]


WITH_RANDOM_WEIGHTS = pytest.mark.parametrize(
    ("random", "expected"), [(0.1, SUPPORTED), (0.2, NEGLIGIBLE), (0.3, CONTRADICTED)]
)


@WITH_RANDOM_WEIGHTS
def test_more_pairs_would_have_to_beat_random_weights(random, expected):
    """The gender base model has more along the contour than the other; that is not enough."""
    shapes = made.contours({"age": 0.1, "gender": 0.2})
    evidence = age_sees_fewer_edges(shapes, made.random_contours(0.1, random))
    assert judge(replace(evidence, limit=""), LESS, 0.02).outcome == expected


@WITH_RANDOM_WEIGHTS
def test_edges_must_attract_more_than_with_random_weights(random, expected):
    shapes = made.contours({"age": 0.1, "gender": 0.2}), made.random_contours(0.1, random)
    assert judge(replace(edges_tell_gender(*shapes), limit=""), MORE, 0.02).outcome == expected
    over_seeds = made.replicate_shapes({"age": 0.9, "age2": 0.9, "gender": 0.2})
    found = finding(
        "The edges of the face",
        base_shapes=shapes[0],
        random_base_shapes=shapes[1],
        replicate_shapes=over_seeds,
    )
    assert found["verdict"] == expected
    assert "over 5 seeds" in found["finding"]


def test_edges_of_one_base_model_decide_nothing():
    found = edges("The edges of the face", 0.2, 0.1)
    assert found["verdict"] == INCONCLUSIVE
    assert "one base model says nothing of others" in found["finding"]


def test_without_a_gender_base_model_edges_cannot_be_tested():
    tables = [made.contours({"age": 0.1}), made.random_contours(0.1, 0.1)]
    text = "The edges of the face"
    assert verdict(text, base_shapes=tables[0], random_base_shapes=tables[1]) == UNTESTED
    few = tables[1][tables[1]["face_id"].isin(made.FACE_IDS[:12])]
    assert verdict(text, base_shapes=made.contours({"gender": 0.2}), random_base_shapes=few) == UNTESTED
