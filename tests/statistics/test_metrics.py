"""Metrics against known answers, SciPy, and ridge regression in the primal form."""

import warnings

import numpy as np
import pytest
from scipy import stats

from facelrp.statistics.metrics import convergence, mean_absolute_error, pearson_r, ridge_regression


def test_mean_absolute_error():
    assert mean_absolute_error([1, 5, 9], [2, 5, 6]) == pytest.approx(4 / 3)


def test_pearson_r_equals_scipy():
    x, y = np.random.default_rng(1).normal(size=(2, 50))
    assert pearson_r(x, y + x) == pytest.approx(stats.pearsonr(x, y + x).statistic)


def test_pearson_r_of_a_constant_is_nan():
    assert np.isnan(pearson_r([1, 2, 3], [5, 5, 5]))


def test_convergence_of_a_straight_line():
    speed = convergence(np.linspace(1, 0, 101))
    assert speed["area"] == pytest.approx(0.5)
    assert speed["epochs_to_90"] == 91
    assert (speed["first"], speed["lowest"]) == (1, 0)


def test_faster_learning_has_the_smaller_area():
    epochs = np.arange(30)
    fast, slow = convergence(np.exp(-epochs / 3)), convergence(np.exp(-epochs / 10))
    assert fast["area"] < slow["area"]
    assert fast["epochs_to_90"] < slow["epochs_to_90"]


def test_an_error_that_never_falls_has_no_speed():
    assert np.isnan(convergence([0.1, 0.2])["area"])


@pytest.mark.parametrize("value", [0.1, 1 / 3, 5.123456789, -1e20, 1e-300])
@pytest.mark.parametrize("count", [2, 3, 7, 1000])
def test_pearson_r_of_a_constant_is_nan_whatever_its_rounding(value, count):
    """The mean of equal numbers is rounded: a network that always gives the same rating had a correlation."""
    varying = np.random.default_rng(count).normal(size=count)
    assert np.isnan(pearson_r(varying, np.full(count, value)))
    assert np.isnan(pearson_r(np.full(count, value), varying))


@pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan, 3.0], [1.0, np.inf, 3.0], [-np.inf, 1.0], [np.nan] * 3])
def test_pearson_r_of_undefined_values_is_nan(values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(pearson_r(values, np.arange(len(values))))
        assert np.isnan(pearson_r(np.arange(len(values)), values))


def test_pearson_r_is_within_its_bounds():
    rng = np.random.default_rng(4)
    for scale in (1e-9, 1.0, 1e9):
        x = rng.normal(size=(300, 5))
        found = [pearson_r(row, scale * row) for row in x] + [pearson_r(row, -scale * row - 3) for row in x]
        np.testing.assert_allclose(np.abs(found), 1)
        assert np.abs(found).max() <= 1
    assert pearson_r([1, 2], [5, 4]) == -1
    # Values that differ little, but by more than rounding.
    assert pearson_r([1, 2, 3], [1e6, 1e6 + 1e-5, 1e6 + 2e-5]) == pytest.approx(1)


def test_the_error_without_ratings_is_nan():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(mean_absolute_error([], []))
    assert np.isnan(mean_absolute_error([1.0, np.nan], [1.0, 2.0]))
    assert mean_absolute_error([1.0], [np.inf]) == np.inf


@pytest.mark.parametrize(
    "errors", [[], [0.5], [0.3, 0.3, 0.3], [0.5, np.nan, 0.1], [np.nan, 0.5, 0.1], [np.inf, 0.5, 0.1], [0.5, -np.inf]]
)
def test_errors_that_are_undefined_or_do_not_fall_have_no_speed(errors):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        speed = convergence(errors)
    assert np.isnan([speed["area"], speed["epochs_to_90"]]).all()
    np.testing.assert_equal([speed["first"], speed["lowest"]], [errors[0], np.min(errors)] if errors else [np.nan] * 2)


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
