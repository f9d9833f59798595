"""Metrics against known answers and SciPy."""

import warnings

import numpy as np
import pytest
from scipy import stats

from facelrp.statistics.metrics import epochs_to_level, learning_speed, mean_absolute_error, pearson_r, skill


def test_mean_absolute_error():
    assert mean_absolute_error([1, 5, 9], [2, 5, 6]) == pytest.approx(4 / 3)


def test_pearson_r_equals_scipy():
    x, y = np.random.default_rng(1).normal(size=(2, 50))
    assert pearson_r(x, y + x) == pytest.approx(stats.pearsonr(x, y + x).statistic)


def test_pearson_r_of_a_constant_is_nan():
    assert np.isnan(pearson_r([1, 2, 3], [5, 5, 5]))


def test_skill_is_the_share_of_the_means_error_that_is_avoided():
    ratings = [1, 5, 9]  # always answering 5 errs by 8/3
    assert skill(ratings, [2, 5, 6], 5) == pytest.approx(1 / 2)
    assert skill(ratings, ratings, 5) == 1
    assert skill(ratings, [5, 5, 5], 5) == 0
    assert skill(ratings, [9, 5, 1], 5) == pytest.approx(-1)
    assert np.isnan(skill([5, 5], [4, 6], 5))
    assert np.isnan(skill([], [], 5))


def test_speed_is_in_units_of_the_variance():
    speed = learning_speed([0.05, 0.04, 0.02, 0.01, 0.01], 0.04)
    assert speed == pytest.approx({"before": 1.25, "lowest": 0.25, "mean_error": 0.5})


def test_a_network_that_is_stuck_is_slower_than_one_that_learns():
    """Scaled to its own lowest error, the stuck one was the fastest of all."""
    stuck = [1.0] + 10 * [0.8]
    learns = np.linspace(1, 0.1, 11)  # mean over epochs: (0.91 + 0.1) / 2
    slow, fast = learning_speed(stuck, 1), learning_speed(learns, 1)
    assert slow["mean_error"] == pytest.approx(0.8)
    assert fast["mean_error"] == pytest.approx(0.505)
    level = max(slow["lowest"], fast["lowest"])
    assert level == pytest.approx(0.8)
    assert epochs_to_level(stuck, level) == 1
    assert epochs_to_level(learns, level) == 3
    assert epochs_to_level(learns, 0.1) == 10
    assert np.isnan(epochs_to_level(stuck, 0.1))


def test_the_error_before_training_is_no_epoch():
    speed = learning_speed([0.5, 1.5, 1.0], 1)
    assert (speed["before"], speed["lowest"], speed["mean_error"]) == (0.5, 1.0, 1.25)
    assert epochs_to_level([0.5, 1.5, 1.0], 1.0) == 2
    assert np.isnan(epochs_to_level([0.5], 1.0))


@pytest.mark.parametrize(
    ("errors", "variance"),
    [([], 1), ([0.5], 1), ([0.5, np.nan], 1), ([np.inf, 0.5], 1), ([0.5, 0.4], 0), ([0.5, 0.4], np.nan)],
)
def test_what_is_undefined_has_no_speed(errors, variance):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(list(learning_speed(errors, variance).values())).all()


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
