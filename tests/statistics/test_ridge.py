"""Ridge regression against the primal form, and that no out-of-fold prediction knows its own rating."""

import warnings

import numpy as np
import pytest

from facelrp.statistics.metrics import pearson_r
from facelrp.statistics.ridge import out_of_fold, ridge_regression


@pytest.fixture
def linear():
    """60 + 40 faces, 500 features, ratings linear in them."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(100, 500)) @ np.diag(1 / np.arange(1, 501))
    ratings = 5 + features @ rng.normal(size=500)
    return features[:60], ratings[:60], features[60:], ratings[60:]


def test_ridge_in_dual_form_equals_the_primal_solution(linear):
    features, ratings, others, _ = linear
    penalty = 0.3
    predictions, chosen = ridge_regression(features, ratings, others, [penalty])
    assert chosen == penalty
    centred = features - features.mean(0)
    scale = np.square(centred).sum(1).mean()
    weights = np.linalg.solve(
        centred.T @ centred + penalty * scale * np.eye(500), centred.T @ (ratings - ratings.mean())
    )
    np.testing.assert_allclose(predictions, ratings.mean() + (others - features.mean(0)) @ weights, rtol=1e-8)


def primal(features, ratings, others, penalty):
    """Ridge regression with a weight for each feature."""
    centred = features - features.mean(0)
    scale = penalty * np.square(centred).sum(1).mean()
    inner = centred.T @ centred + scale * np.eye(features.shape[1])
    return ratings.mean() + (others - features.mean(0)) @ np.linalg.solve(inner, centred.T @ (ratings - ratings.mean()))


def dependence(features, ratings, penalties, people=None):
    """Return which prediction (row) depends on which rating (column), out of fold."""
    known, _ = out_of_fold(features, ratings, penalties, people)
    changed = [out_of_fold(features, ratings + 9 * one, penalties, people)[0] for one in np.eye(len(ratings))]
    return (np.abs(np.array(changed) - known) > 1e-9).T


def test_each_face_is_predicted_by_the_faces_of_other_folds(linear):
    features, ratings = linear[0][:21], linear[1][:21]
    predictions, penalty = out_of_fold(features, ratings, [0.1])
    assert (penalty == 0.1).all()
    depends = dependence(features, ratings, [0.1])
    # Five folds of four or five faces: a prediction depends on all ratings except those of its own fold.
    assert sorted((~depends).sum(1)) == 16 * [4] + 5 * [5]
    for face, known in enumerate(depends):
        expected = primal(features[known], ratings[known], features[[face]], 0.1)
        assert predictions[face] == pytest.approx(expected[0], rel=1e-7)


def test_no_prediction_knows_its_own_rating_even_through_the_penalty(linear):
    features, ratings = linear[0][:20], linear[1][:20]
    assert not dependence(features, ratings, [1e-3, 0.1, 10.0]).diagonal().any()


def test_faces_of_a_person_are_in_one_fold(linear):
    features, ratings = linear[0][:20], linear[1][:20]
    people = np.repeat([f"person {number}" for number in range(10)], 2)
    depends = dependence(features, ratings, [0.1], people)
    same = people[:, None] == people
    assert not (depends & same).any()
    assert dependence(features, ratings, [0.1])[same].any()


def test_the_penalty_is_chosen_within_the_other_folds(linear):
    features, ratings, *_ = linear
    penalties = np.logspace(-4, 2, 7)
    predictions, chosen = out_of_fold(features, ratings, penalties)
    assert set(chosen) <= set(penalties)
    assert pearson_r(ratings, predictions) > 0.85
    noise = np.random.default_rng(2).normal(size=60)
    assert np.median(out_of_fold(features, noise, penalties)[1]) > np.median(chosen)
    assert pearson_r(noise, out_of_fold(features, noise, penalties)[0]) < 0.2


def test_cross_validation_chooses_a_small_penalty_for_signal_and_a_large_one_for_noise(linear):
    features, ratings, others, truth = linear
    penalties = np.logspace(-4, 2, 13)
    predictions, small = ridge_regression(features, ratings, others, penalties)
    assert pearson_r(truth, predictions) > 0.9
    noise = np.random.default_rng(2).normal(size=60)
    assert ridge_regression(features, noise, others, penalties)[1] > small


@pytest.mark.parametrize("precision", ["f4", "f8"])
@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e3])
@pytest.mark.parametrize("spread", [0, 3e-8])
def test_features_without_differences_predict_the_mean(precision, value, spread):
    """Their inner products differ by rounding alone: its weights were anything, up to NaN."""
    rng = np.random.default_rng(3)
    features = np.full((12, 18816), value, precision) * (
        1 + (spread if precision == "f4" else 0) * rng.normal(size=(12, 1))
    )
    ratings = rng.normal(5, 1, 12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        features = features.astype(precision)
        predictions, _ = ridge_regression(features, ratings, rng.normal(size=(5, 18816)).astype(precision), [1e-4, 1.0])
    np.testing.assert_allclose(predictions, ratings.mean())


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_ridge_with_fewer_faces_than_folds(count):
    rng = np.random.default_rng(5)
    features, ratings, others = rng.normal(size=(count, 9)), rng.normal(5, 1, count), rng.normal(size=(4, 9))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        predictions, _ = ridge_regression(features, ratings, others, [0.01, 1.0])
    assert predictions.shape == (4,)
    assert np.isfinite(predictions).all() == (count > 0)
    if count == 1:
        np.testing.assert_allclose(predictions, ratings[0])
    held_out, penalty = out_of_fold(features, ratings, [0.01, 1.0])
    assert held_out.shape == penalty.shape == (count,)
    assert np.isfinite(held_out).all() == (count != 1)


def test_constant_ratings_are_predicted():
    features = np.random.default_rng(6).normal(size=(20, 50))
    predictions, _ = ridge_regression(features, np.full(20, 0.1), features[:3], [1e-4, 1.0])
    np.testing.assert_allclose(predictions, 0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": np.nan}, "NaN or infinite"),
        ({"features": np.inf}, "NaN or infinite"),
        ({"features": 1e200}, "NaN or infinite"),
        ({"ratings": np.nan}, "NaN or infinite"),
        ({"others": np.nan}, "NaN or infinite"),
        ({"penalties": 0.0}, "a penalty is not above 0"),
        ({"penalties": -1.0}, "a penalty is not above 0"),
        ({"penalties": np.nan}, "a penalty is not above 0"),
    ],
)
def test_ridge_refuses_what_has_no_solution(change, message):
    rng = np.random.default_rng(7)
    inputs = {name: rng.random(shape) + 0.1 for name, shape in (("features", (9, 4)), ("ratings", 9))}
    inputs |= {"others": rng.random((2, 4)), "penalties": np.array([0.1, 1.0])}
    for name, value in change.items():
        inputs[name].flat[0] = value
    with pytest.raises(ValueError, match=message):
        ridge_regression(**inputs)
