"""Metrics against known answers, SciPy, and ridge regression in the primal form."""

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
