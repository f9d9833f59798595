"""Statistics against known answers and SciPy, and their error rates over a thousand simulated sets."""

import warnings
from itertools import product

import numpy as np
import pytest
from scipy import stats

from facelrp.statistics.inference import (
    benjamini_hochberg,
    bootstrap_interval,
    cohen_dz,
    cross_validated_mean,
    effect_size,
    joint_interval,
    share_interval,
    sign_flip_test,
)
from facelrp.statistics.metrics import pearson_r


def test_the_test_of_few_pairs_is_exact():
    differences = np.array([1.0, 2.0, -0.5, 3.0, 1.5])
    flipped = [abs(np.mean(differences * signs)) for signs in product((-1, 1), repeat=5)]
    assert sign_flip_test(differences) == np.mean(np.array(flipped) >= abs(differences.mean()) - 1e-12)


@pytest.mark.parametrize("count", [6, 12, 60])
def test_sign_flips_equal_scipy(count):
    differences = np.random.default_rng(count).normal(0.25, 1, count)
    oracle = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(1)
    )
    # Both are exact if patterns are few; 20,000 random ones leave a standard error of about 0.003.
    assert sign_flip_test(differences, draws=20_000) == pytest.approx(oracle.pvalue, abs=1e-12 if count < 14 else 0.015)


def test_columns_are_tested_separately():
    differences = np.random.default_rng(0).normal(size=(9, 3))
    together = sign_flip_test(differences)
    assert together.shape == (3,)
    np.testing.assert_array_equal(together, [sign_flip_test(column) for column in differences.T])


def test_p_is_never_zero_and_a_planted_effect_is_found():
    p = sign_flip_test(np.random.default_rng(0).normal(2, 1, 50), draws=999)
    assert p == 1 / 1000


def test_missing_differences_are_left_out():
    differences = np.array([0.5, 1.0, 2.0, -0.25, 1.5])
    assert sign_flip_test([*differences, np.nan, np.nan]) == sign_flip_test(differences)
    assert np.isnan(sign_flip_test([np.nan, np.nan]))


def test_zero_differences_are_no_effect():
    assert sign_flip_test(np.zeros(30)) == 1


@pytest.mark.parametrize("count", [10, 40])
def test_a_null_effect_is_found_at_the_nominal_rate(count):
    sets = np.random.default_rng(3).standard_t(4, (count, 1000))
    found = (sign_flip_test(sets, draws=1999) <= 0.05).mean()
    # Three standard errors of a rate of 0.05 over 1,000 sets.
    assert abs(found - 0.05) < 0.021


def test_a_planted_effect_is_found_in_most_of_a_thousand_sets():
    sets = np.random.default_rng(4).normal(0.5, 1, (40, 1000))
    power = stats.norm.cdf(0.5 * np.sqrt(40) - 1.96)  # of a z test
    assert abs((sign_flip_test(sets, draws=1999) <= 0.05).mean() - power) < 0.06


def test_false_discoveries_are_controlled():
    rng = np.random.default_rng(5)
    effects = np.repeat([0.0, 1.0], [80, 20])
    shares = []
    for _ in range(200):
        p = 2 * stats.norm.sf(np.abs(rng.normal(effects * 4, 1)))
        found = benjamini_hochberg(p) <= 0.1
        shares.append(found[:80].sum() / max(found.sum(), 1))
    assert 0.04 < np.mean(shares) < 0.1


def test_adjusted_p_keep_their_shape_and_leave_missing_values_out():
    p = np.array([[0.01, np.nan, 0.03], [0.2, 0.04, np.nan]])
    q = benjamini_hochberg(p)
    np.testing.assert_array_equal(np.isnan(q), np.isnan(p))
    # Computed by hand: p × 4 / rank, made monotone from the largest down.
    np.testing.assert_allclose(q[~np.isnan(p)], [0.04, 0.04 * 4 / 3, 0.2, 0.04 * 4 / 3])
    assert np.isnan(benjamini_hochberg([np.nan])).all()


def test_bootstrap_equals_scipy():
    values = np.random.default_rng(6).gamma(2, size=200)
    oracle = stats.bootstrap((values,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(1))
    np.testing.assert_allclose(bootstrap_interval(values, draws=5000), oracle.confidence_interval, atol=0.02)


def test_bootstrap_covers_the_truth_at_the_nominal_rate():
    low, high = bootstrap_interval(np.random.default_rng(7).normal(1, 1, (60, 1000)), draws=500)
    assert low.shape == high.shape == (1000,)
    assert abs(((low < 1) & (high > 1)).mean() - 0.95) < 0.03


def test_bootstrap_is_seeded():
    values = np.random.default_rng(8).normal(size=30)
    assert bootstrap_interval(values, seed=1) == bootstrap_interval(values, seed=1)
    assert bootstrap_interval(values, seed=1) != bootstrap_interval(values, seed=2)


def test_fewer_than_two_values_have_no_interval():
    assert np.isnan(bootstrap_interval([])).all()
    assert np.isnan(bootstrap_interval(np.empty((0, 3)))).all()
    assert np.isnan(bootstrap_interval([1.0])).all()
    low, high = bootstrap_interval([[1.0, 1.0], [2.0, np.nan]])
    assert (low[0], high[0]) == (1, 2)
    assert np.isnan([low[1], high[1]]).all()


def test_the_interval_of_a_correlation_equals_scipy():
    x, noise = np.random.default_rng(3).normal(size=(2, 60))
    found = joint_interval(pearson_r, x, x + noise)
    options = {"paired": True, "vectorized": False, "n_resamples": 2_000, "method": "percentile", "rng": 1}
    expected = stats.bootstrap((x, x + noise), lambda *both: stats.pearsonr(*both).statistic, **options)
    np.testing.assert_allclose(found, expected.confidence_interval, atol=0.02)
    assert joint_interval(pearson_r, x, x + noise) == found
    assert np.isnan(joint_interval(pearson_r, [1.0], [2.0])).all()


def test_the_interval_of_a_mean_is_the_same_jointly():
    values = np.random.default_rng(4).normal(size=30)
    np.testing.assert_allclose(joint_interval(np.mean, values), bootstrap_interval(values))


def test_a_cross_validated_mean_by_hand():
    """Mean 2, standard error √(1 · (1 + 5/4) / 3) = √0.75; with two degrees of freedom t has a closed form."""
    low, high, p = cross_validated_mean([1, 2, 3], 5)
    half = 4.302653 * np.sqrt(0.75)
    assert (low, high) == pytest.approx((2 - half, 2 + half), rel=1e-6)
    t = 2 / np.sqrt(0.75)
    assert p == pytest.approx(1 - t / np.sqrt(2 + t**2))


def test_a_cross_validated_mean_equals_the_t_test_of_values_further_apart():
    """With infinitely many folds the factor is 2: the test is that of values √2 times as far from their mean."""
    values = np.random.default_rng(5).normal(0.3, 1, 40)
    spread = values.mean() + np.sqrt(2) * (values - values.mean())
    expected = stats.ttest_1samp(spread, 0)
    assert cross_validated_mean(values, 1e15)[2] == pytest.approx(expected.pvalue)
    assert cross_validated_mean(values, 1e15)[:2] == pytest.approx(tuple(expected.confidence_interval()))


def test_cross_validated_means_without_differences():
    assert cross_validated_mean([0, 0, 0], 5) == (0, 0, 1)
    assert cross_validated_mean([2, 2, 2], 5) == (2, 2, 0)
    assert np.isnan(cross_validated_mean([2], 5)).all()
    assert np.isnan(cross_validated_mean([], 5)).all()


def test_effect_size_is_the_mean_in_standard_deviations():
    differences = np.random.default_rng(9).normal(0.8, 2, (500, 2))
    effect, low, high = effect_size(differences, draws=500)
    np.testing.assert_allclose(effect, differences.mean(0) / differences.std(0, ddof=1))
    assert ((low < effect) & (effect < high)).all()
    assert np.isnan(cohen_dz(np.ones(5)))


def test_wilson_interval_equals_scipy():
    for count, total in ((0, 20), (7, 20), (20, 20), (555, 1111)):
        oracle = stats.binomtest(count, total).proportion_ci(method="wilson")
        np.testing.assert_allclose(share_interval(count, total), oracle, atol=1e-12)
    assert np.isnan(share_interval(0, 0)).all()


def test_wilson_interval_contains_its_share():
    for total in range(1, 60):
        count = np.arange(total + 1)
        low, high = share_interval(count, total)
        assert ((low >= 0) & (low <= count / total) & (count / total <= high) & (high <= 1)).all()


# Undefined and exploding values.


@pytest.fixture
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.usefixtures("no_warnings")
@pytest.mark.parametrize("infinite", [np.inf, -np.inf])
def test_an_infinite_value_makes_its_column_undefined_and_no_other(infinite):
    values = np.random.default_rng(1).normal(0.3, 1, (20, 3))
    damaged = values.copy()
    damaged[4, 1] = infinite
    for statistic in (sign_flip_test, *(lambda x, end=end: bootstrap_interval(x)[end] for end in (0, 1)), cohen_dz):
        with np.errstate(invalid="ignore"):
            found = statistic(damaged)
        np.testing.assert_array_equal(np.isnan(found), [False, True, False])
        np.testing.assert_array_equal(found[[0, 2]], statistic(values)[[0, 2]])
    assert np.isnan(sign_flip_test(damaged[:, 1]))


@pytest.mark.usefixtures("no_warnings")
@pytest.mark.parametrize("count", [0, 1, 2, 3, 14])
def test_small_and_missing_samples(count):
    values = np.random.default_rng(count).normal(size=count)
    # One difference can be as far from zero with either sign.
    assert sign_flip_test(values) == pytest.approx(1.0) if count == 1 else True
    assert np.isnan(sign_flip_test(values)) == (count == 0)
    assert np.isnan(bootstrap_interval(values)).all() == (count < 2)
    effect, *interval = effect_size(values)
    assert np.isnan(effect) == (count < 2)
    assert np.isnan(interval).all() == (count < 3)
    missing = np.full(count, np.nan)
    assert np.isnan([sign_flip_test(missing), *bootstrap_interval(missing), *effect_size(missing)]).all()


def test_two_differences_have_an_effect_but_no_interval_of_it():
    """Each resample of two is constant or holds both: the interval was as narrow as if the effect were certain."""
    effect, low, high = effect_size([1.0, 2.0])
    assert effect == pytest.approx(1.5 / np.sqrt(0.5))
    assert np.isnan([low, high]).all()
    assert not np.isnan(effect_size([[1.0, 1.0], [2.0, 2.0], [4.0, np.nan]])[1][0])
    assert np.isnan(effect_size([[1.0, 1.0], [2.0, 2.0], [4.0, np.nan]])[1][1])


@pytest.mark.parametrize("value", [0.1, 1 / 3, -2.3, 7e20, 1e-300, 0.0])
@pytest.mark.parametrize("count", [2, 3, 6, 7, 1000])
def test_equal_differences_have_no_effect_size(value, count):
    """The mean of equal numbers is rounded, and the deviation from it is not 0: d was 7e15 instead."""
    assert np.isnan(cohen_dz(np.full(count, value)))


@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.7])
def test_equal_resamples_do_not_reach_the_ends_of_an_interval(value):
    effect, low, high = effect_size([value, value, 2 * value])
    # A third of the resamples are equal numbers; the others hold both, in one of two ways.
    expected = [np.mean(x) / np.std(x, ddof=1) for x in ([1, 1, 2], [1, 2, 2])]
    assert effect == pytest.approx(expected[0])
    assert (low, high) == pytest.approx((min(expected), max(expected)))


@pytest.mark.parametrize("p", [[1.5, 0.2], [-0.1], [np.inf, 0.3]])
def test_numbers_that_are_no_p_are_refused(p):
    with pytest.raises(ValueError, match=r"between 0\.? and 1"):
        benjamini_hochberg(p)


def test_tied_and_extreme_p_are_adjusted():
    assert benjamini_hochberg([]).shape == (0,)
    np.testing.assert_array_equal(benjamini_hochberg([0.0, 1.0]), [0.0, 1.0])
    np.testing.assert_allclose(benjamini_hochberg([0.02, 0.02, 0.02, np.nan]), [0.02, 0.02, 0.02, np.nan])


@pytest.mark.parametrize(("count", "total"), [(3, 2), (-1, 5), ([1, 6], [5, 5]), (1, 0)])
def test_shares_outside_0_and_1_are_refused(count, total):
    with pytest.raises(ValueError, match="a count is not between 0 and its total"):
        share_interval(count, total)
