"""The tests of regions: exact values worked by hand or by scipy, and error rates in simulated data."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from facelrp.statistics import regions
from facelrp.statistics.regions import Sample, one_sided, p_of_regions


def test_flipped_signs_by_hand():
    """The sums 6, 4, 2, 0, 0, −2, −4, −6 of the 8 patterns are as high as 4 twice, as low as 4 seven times."""
    above, below = one_sided(Sample(np.array([-1.0, 2.0, 3.0])), 0.0)
    assert (above, below) == (2 / 8, 7 / 8)


@pytest.mark.parametrize("cut", [-0.7, 0.0, 0.4])
def test_flipped_signs_against_all_patterns(cut):
    values = np.random.default_rng(1).normal(size=9)
    moved = values - cut
    sums = np.array([np.dot(signs, moved) for signs in product((-1, 1), repeat=9)])
    expected = [(sums >= moved.sum() - 1e-9).mean(), (sums <= moved.sum() + 1e-9).mean()]
    np.testing.assert_allclose(one_sided(Sample(values), cut), expected)


def test_many_values_are_near_the_t_test():
    values = np.random.default_rng(2).normal(0.15, 1, size=100)
    expected = [stats.ttest_1samp(values, 0.1, alternative=side).pvalue for side in ("greater", "less")]
    np.testing.assert_allclose(one_sided(Sample(values), 0.1), expected, atol=0.02)


def test_two_groups_are_near_welch():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0.5, 1, size=40), rng.normal(0, 2, size=25)
    expected = [
        stats.ttest_ind(first - 0.2, second, equal_var=False, alternative=side).pvalue for side in ("greater", "less")
    ]
    np.testing.assert_allclose(one_sided(Sample(first, second), 0.2), expected, atol=0.03)


def test_shares_are_binomial():
    sample = Sample(np.repeat([1.0, 0.0], [4, 16]), yes_or_no=True)
    expected = [stats.binomtest(4, 20, 0.05, alternative=side).pvalue for side in ("greater", "less")]
    np.testing.assert_allclose(one_sided(sample, 0.05), expected)
    low, high = sample.interval()
    wilson = stats.binomtest(4, 20).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((wilson.low, wilson.high))


def test_regions_between_cuts():
    """All six values are 1: one of 64 patterns is as high, so that p is 1/64 for a side, twice that if two-sided."""
    p = p_of_regions(Sample(np.ones(6)), (-2.0, 0.0, 2.0))
    assert p == pytest.approx([1.0, 1.0, 1 / 64, 1.0])
    assert p_of_regions(Sample(np.ones(6)), (0.0,)) == pytest.approx([1.0, 2 / 64])


@pytest.mark.parametrize(
    "sample", [Sample(np.ones(5)), Sample(np.ones(20), np.ones(5)), Sample(np.array([np.inf] * 9)), Sample(np.ones(0))]
)
def test_too_few_or_infinite_values_are_not_tested(sample):
    assert np.isnan(p_of_regions(sample, (-1.0, 1.0))).all()


def test_missing_values_are_left_out():
    values = np.array([0.1, np.nan, 0.4, 0.2, 0.3, 0.5, 0.1])
    known = values[~np.isnan(values)]
    assert p_of_regions(Sample(values), (0.0,)) == p_of_regions(Sample(known), (0.0,))
    assert Sample(values).mean == pytest.approx(known.mean())
    assert Sample(values).count == 6


def test_an_interval_needs_ten_values():
    values = np.random.default_rng(4).normal(size=10)
    assert np.isnan(Sample(values[:9]).interval()).all()
    low, high = Sample(values).interval()
    assert low < values.mean() < high
    assert np.isnan(Sample(values, values[:9]).interval()).all()


def test_the_interval_of_two_groups_covers_their_difference():
    rng, covered = np.random.default_rng(5), 0
    for _ in range(200):
        low, high = Sample(rng.normal(1, 1, size=30), rng.normal(0, 2, size=40)).interval(draws=300)
        covered += low < 1 < high
    assert 0.89 < covered / 200 <= 0.99


@pytest.mark.parametrize("draw", ["normal", "heavy tails", "skewed"])
@pytest.mark.parametrize("count", [6, 12, 40])
def test_a_true_mean_of_zero_is_rarely_beyond_the_cuts(draw, count, monkeypatch):
    """With the mean at a cut, a false statement of the region beyond it is as rare as the test says."""
    monkeypatch.setattr(regions, "DRAWS", 999)
    rng = np.random.default_rng(6)
    draws = {
        "normal": lambda: rng.normal(size=count),
        "heavy tails": lambda: rng.standard_t(3, size=count),
        "skewed": lambda: rng.gamma(4, size=count) - 4,
    }
    above = np.array([p_of_regions(Sample(1 + draws[draw]()), (-1.0, 1.0))[2] for _ in range(500)])
    assert (above < 0.05).mean() <= 0.05
