"""Claims on base models over seeds: seeds that differ as much as kinds decide nothing."""

import measurements as made
import numpy as np
import pytest
from judging import finding, verdict

from facelrp.findings.outcomes import CONTRADICTED, INCONCLUSIVE, NEGLIGIBLE, SUPPORTED, UNTESTED

SETTINGS = made.SETTINGS | {"kinds": made.KINDS}
CLASSES, TARGET = "Base models of more classes, of the same target,", "Base models of age, rather than of gender"


def judged(text, **tables):
    return finding(text, SETTINGS, **tables)["verdict"]


@pytest.mark.parametrize(("more", "expected"), [(0.3, SUPPORTED), (0.5, NEGLIGIBLE), (0.7, CONTRADICTED)])
def test_the_number_of_classes(more, expected):
    table = made.replicate_predictions({"age": more, "age2": 0.5, "gender": 5.0})
    assert judged(f"{CLASSES} give networks that predict", replicate_predictions=table) == expected


@pytest.mark.parametrize(("age", "expected"), [(0.3, SUPPORTED), (0.5, NEGLIGIBLE), (0.7, CONTRADICTED)])
def test_the_target_with_as_many_classes(age, expected):
    table = made.replicate_predictions({"age": 5.0, "age2": age, "gender": 0.5})
    text = f"{TARGET} in as many classes, give networks that predict"
    assert judged(text, replicate_predictions=table) == expected


def test_seeds_that_differ_much_decide_nothing():
    table = made.replicate_predictions({"age": 0.3, "age2": 0.4, "gender": 0.4}, spread=0.2)
    assert judged(f"{CLASSES} give networks that predict", replicate_predictions=table) == INCONCLUSIVE


@pytest.mark.parametrize(("rich", "expected"), [(12_000, SUPPORTED), (10_000, NEGLIGIBLE), (8_000, CONTRADICTED)])
def test_richness(rich, expected):
    table = made.replicates(effective_pixels={"age": rich, "age2": 10_000, "gender": 1})
    assert judged(f"{CLASSES} have heatmaps", replicates=table) == expected


@pytest.mark.parametrize(("error", "expected"), [(0.3, SUPPORTED), (0.5, NEGLIGIBLE), (0.7, CONTRADICTED)])
def test_speed(error, expected):
    table = made.replicates(mean_error={"age": 9, "age2": error, "gender": 0.5})
    assert judged(f"{TARGET} in as many classes, give networks that learn", replicates=table) == expected


def test_factors_need_base_models_that_differ_in_nothing_else():
    kinds = {"age": made.KINDS["age"], "gender": made.KINDS["gender"]}
    found = finding(f"{CLASSES} have", made.SETTINGS | {"kinds": kinds}, replicates=made.replicates())
    assert found["verdict"] == UNTESTED
    assert "differ in classes alone" in found["finding"]


def test_age_and_gender_over_seeds_replace_the_one_pair():
    found = finding(
        "Networks made from the age base model predict",
        predictions=made.errors((0.6, 0.6), (0.3, 0.3)),
        replicate_predictions=made.replicate_predictions({"age": 0.3, "age2": 9.0, "gender": 0.6}),
    )
    assert found["verdict"] == SUPPORTED
    assert "over 5 seeds: −0.30 points" in found["finding"]
    shapes = {
        "base_shapes": made.contours({"age": 0.2, "gender": 0.2}),
        "random_base_shapes": made.random_contours(0.1, 0.1),
        "replicate_shapes": made.replicate_shapes({"age": 0.1, "age2": 0.9, "gender": 0.2}),
    }
    assert verdict("The gender base model looks", **shapes) == SUPPORTED
    shares = {"age": 0.4, "age2": 0.0, "gender": 0.1}
    parts = made.parts(lambda name: {"mouth": shares[name["kind"]]}, made.replicate_names())
    one_pair = made.parts(lambda name: {"mouth": shares[name["base"]]}, [{"base": base} for base in made.BASES])
    assert verdict("The age base model picks up", base_parts=one_pair, replicate_parts=parts) == SUPPORTED
    speeds = made.replicates(mean_error={"age": 0.3, "age2": 9, "gender": 0.6})
    text = "Networks made from the age base model learn"
    assert verdict(text, convergence=made.speeds(0.9, 0.6), replicates=speeds) == SUPPORTED


def test_one_seed_is_one_pair():
    table = made.replicate_predictions({"age": 0.3, "age2": 9.0, "gender": 0.6})
    one = table[table["base_seed"] == 1]
    found = finding(
        "Networks made from the age base model predict",
        predictions=made.errors((0.3, 0.3), (0.6, 0.6)),
        replicate_predictions=one,
    )
    assert found["verdict"] == INCONCLUSIVE
    assert "one pair of base models" in found["finding"]


@pytest.mark.parametrize(
    ("slope", "by_controls", "expected"), [(-1, 0, SUPPORTED), (1, 0, CONTRADICTED), (0, -1, INCONCLUSIVE)]
)
def test_richness_must_foretell_more_than_transferability_does(slope, by_controls, expected):
    """Errors depend on richness, or on LogME, on which richness then depends, too: that is nothing beyond LogME."""
    rng = np.random.default_rng(0)
    log_me, h_score, ridge, own, rest = rng.normal(size=(5, 15))
    rich = 10_000 + own + (5 * log_me if by_controls else 0)
    error = slope * own + 5 * by_controls * log_me + 0.1 * rest
    table = made.replicates(mae=error, effective_pixels=rich, log_me=log_me, h_score=h_score, ridge_mae=ridge)
    found = finding("Base models whose heatmaps show more features give networks that predict", replicates=table)
    assert found["verdict"] == expected
    assert "among base models of one kind" in found["finding"]
