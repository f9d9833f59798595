"""Which base model to start from: chosen by cross-validation, and only if one is better than the next."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from scipy import stats

from facelrp.statistics.ridge import out_of_fold
from recommend_base import main, recommend, sentence

PENALTIES = np.logspace(-3, 1, 5)


def simulated(rng, noise, faces=40, attributes=4):
    """Absolute errors, out of fold, of base models whose features show what ratings depend on under so much noise."""
    errors = {}
    for attribute in range(attributes):
        hidden = rng.normal(size=(faces, 5))
        ratings = hidden.sum(1) + rng.normal(size=faces)
        for base, strength in noise.items():
            mixing = np.linalg.qr(rng.normal(size=(30, 5)))[0]
            features = hidden @ mixing.T + strength * rng.normal(size=(faces, 30))
            predictions, _ = out_of_fold(features, ratings, PENALTIES)
            errors[str(attribute), base] = pd.Series(np.abs(predictions - ratings))
    return errors


def recommended(table):
    """The base model of each attribute, or none."""
    sentences = [sentence(with_checks(group)) for _, group in table.groupby("attribute", sort=False)]
    return [text.split("start from ")[1].split(":")[0] if "start from" in text else None for text in sentences]


def with_checks(table):
    return table.assign(test_mae=0.5, mae_dense=0.4, mae_full=0.3)


def rates(noise, sets, **options):
    """How often each base model is recommended, as a share of all simulated attributes."""
    rng = np.random.default_rng(1)
    found = [base for _ in range(sets) for base in recommended(recommend(simulated(rng, noise, **options)))]
    return {base: np.mean([one == base for one in found]) for base in noise}


@pytest.mark.parametrize("bases", ["ab", "abc"])
def test_equal_base_models_are_seldom_told_apart(bases):
    """One attribute each: nothing but the test itself guards against chance. Sign flips choose one of two in 16 %."""
    found = rates(dict.fromkeys(bases, 1.0), 300, attributes=1)
    assert sum(found.values()) <= 0.05


def test_a_better_base_model_is_found():
    found = rates({"a": 3.0, "b": 0.3}, 15, faces=80)
    assert found["b"] >= 0.8
    assert found["a"] == 0


def test_the_ranking_by_hand():
    errors = {
        ("happy", "age"): pd.Series([1.0, 2.0, 3.0, 4.0]),
        ("happy", "gender"): pd.Series([0.0, 1.0, 2.0, 4.0]),
        ("happy", "other"): pd.Series([5.0, 5.0, 5.0, 5.0]),
        ("kind", "age"): pd.Series([1.0, 1.0, 2.0, 2.0]),
        ("kind", "gender"): pd.Series([1.0, 1.0, 2.0, 2.0]),
        ("kind", "other"): pd.Series([1.0, 2.0, 2.0, 3.0]),
    }
    table = recommend(errors)
    assert table["base"].tolist() == ["gender", "age", "other", "age", "gender", "other"]
    assert table["rank"].tolist() == [1, 2, 3, 1, 2, 3]
    np.testing.assert_allclose(table["cv_mae"], [1.75, 2.5, 5, 1.5, 1.5, 2])
    np.testing.assert_allclose(table["difference"], [np.nan, 0.75, 3.25, np.nan, 0, 0.5])
    # The difference of age from gender is 1, 1, 1, 0: standard error √(0.25 · (1 + 5/4) / 4), t(0.975, 3) = 3.182446.
    half = 3.182446 * np.sqrt(0.25 * 2.25 / 4)
    row = table.iloc[1]
    assert (row["low"], row["high"]) == pytest.approx((0.75 - half, 0.75 + half), rel=1e-6)
    assert table["p"].iloc[4] == 1
    # Four differences are tested; those of the best from itself are not.
    assert table["q"].notna().tolist() == 2 * [False, True, True]
    tested = table.dropna(subset="p")
    np.testing.assert_allclose(tested["q"], stats.false_discovery_control(tested["p"]))


def rows(q, bases=("age", "gender")):
    table = pd.DataFrame({"attribute": "happy", "base": list(bases), "cv_mae": 0.5})
    return with_checks(table.assign(difference=0.1, low=0.02, high=0.18, q=[np.nan, *q]))


def test_sentences_say_what_the_numbers_carry():
    assert sentence(rows([0.01])).startswith(
        "For happy start from age: ridge regression on the features of age errs by 0.50 points on held-out faces of the"
        " training set (gender by +0.10 [+0.02, +0.18] more, q = 0.01)."
    )
    assert sentence(rows([0.05])).startswith("For happy no difference between age and gender is seen: ridge")
    assert sentence(rows([0.2, 0.6], "abc")).startswith("For happy no difference between a, b and c is seen: ")
    # The third is worse, but between the first and the second there is no telling.
    text = sentence(rows([0.2, 0.01], "abc"))
    assert text.startswith("For happy no difference between a and b is seen: ")
    assert "c by" not in text
    assert sentence(rows([0.01, 0.2], "abc")).startswith("For happy start from a: ")
    assert sentence(rows([np.nan])).startswith("For happy no difference")
    assert sentence(rows([], ["age"])) == ""


def test_the_test_set_takes_no_part_in_the_choice(tmp_path):
    rng = np.random.default_rng(4)
    ridges = [{"base": base, "attribute": "happy"} for base in ("age", "gender")]
    paths = [tmp_path / f"{ridge['base']}.csv" for ridge in ridges]
    for path, ridge in zip(paths, ridges, strict=True):
        # Within the training set gender errs by a tenth of age's error; on the test set it is the other way round.
        good, split = (ridge["base"] == "gender"), np.repeat(["train", "test"], 50)
        error = rng.uniform(0.9, 1.1, 100) * np.where((split == "train") == good, 0.1, 1.0)
        faces = {"face_id": [f"f{number}" for number in range(100)], "split": split, "rating": 5.0}
        pd.DataFrame(faces | {"prediction": 5 + error, "penalty": 1.0}).to_csv(path, index=False)
    networks = pd.DataFrame([ridge | {"mode": mode} for ridge in ridges for mode in ("dense", "full")])
    tables = {
        "table1": networks.assign(mae=[0.1, 0.2, 0.8, 0.9]),
        "convergence": networks.assign(mean_error=[0.5, 0.6, 0.7, 0.8]),
        "aptitude": pd.DataFrame({"base": ["age", "gender"], "mode": "base", "effective_pixels": [100.0, 200.0]}),
    }
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    files = Files(ridge=paths, **{name: tmp_path / f"{name}.csv" for name in tables})
    main(files, ridges, tmp_path / "recommendation.csv", logging.getLogger("test"))
    table = pd.read_csv(tmp_path / "recommendation.csv").set_index("base")
    assert table.index.tolist() == ["gender", "age"]
    assert table["sentence"]["gender"].startswith("For happy start from gender: ")
    assert "gender against age: ridge regression 1.0" in table["sentence"]["gender"]
    assert pd.isna(table["sentence"]["age"])
    expected = {"mae_dense": 0.8, "mae_full": 0.9, "mean_error_dense": 0.7, "mean_error_full": 0.8}
    assert table.loc["gender", list(expected)].to_dict() == pytest.approx(expected)
    assert table["effective_pixels"].to_dict() == {"gender": 200, "age": 100}
    assert (table["test_mae_low"] <= table["test_mae"]).all()
    assert (table["test_mae"] <= table["test_mae_high"]).all()
