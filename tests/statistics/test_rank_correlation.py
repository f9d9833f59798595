"""Rank correlation and partial rank correlation against scipy and textbook formulas."""

import numpy as np
import pytest
from scipy import stats

from facelrp.statistics.rank_correlation import RankCorrelation
from facelrp.statistics.regions import p_of_regions


@pytest.fixture
def three():
    """Three measures of 24 base models; the third drives the others, with ties."""
    rng = np.random.default_rng(0)
    third = rng.integers(0, 6, 24).astype(float)
    return third + rng.normal(size=24), third - rng.normal(size=24), third


def test_without_controls_it_is_spearmans(three):
    first, second, third = three
    for pair in ((first, second), (first, third)):
        assert RankCorrelation(*pair).mean == pytest.approx(stats.spearmanr(*pair)[0])


def test_one_control_by_the_recursive_formula(three):
    a, b, c = three
    ab, ac, bc = (stats.spearmanr(*pair)[0] for pair in ((a, b), (a, c), (b, c)))
    expected = (ab - ac * bc) / np.sqrt((1 - ac**2) * (1 - bc**2))
    assert RankCorrelation(a, b, (c,)).mean == pytest.approx(expected)


def test_two_controls_by_the_inverse_of_the_correlations(three):
    a, b, c = three
    d = np.random.default_rng(1).normal(size=24)
    precision = np.linalg.inv(stats.spearmanr(np.column_stack([a, b, c, d]))[0])
    expected = -precision[0, 1] / np.sqrt(precision[0, 0] * precision[1, 1])
    assert RankCorrelation(a, b, (c, d)).mean == pytest.approx(expected)


@pytest.mark.parametrize("count", [12, 21, 40])
@pytest.mark.parametrize("controls", [0, 3])
def test_intervals_cover_and_tests_keep_their_level(count, controls):
    """Normal values with correlation 0.4: its rank correlation is 6/π asin(0.2), also beyond independent controls."""
    rng, truth = np.random.default_rng(count), 6 / np.pi * np.arcsin(0.2)
    covered, beyond = [], []
    for _ in range(1000):
        first, noise, *others = rng.normal(size=(2 + controls, count))
        sample = RankCorrelation(first, 0.4 * first + np.sqrt(1 - 0.16) * noise, tuple(others))
        low, high = sample.interval()
        covered.append(low <= truth <= high)
        beyond.append(p_of_regions(sample, [-truth, truth])[-1] < 0.05)
    assert 0.92 <= np.mean(covered) <= 0.98
    assert np.mean(beyond) <= 0.045


def test_what_has_no_correlation_is_not_tested(three):
    first, second, _ = three
    for sample in (
        RankCorrelation(first, np.ones(24)),
        RankCorrelation(first, second, (first,)),
        RankCorrelation(first[:9], second[:9]),
        RankCorrelation(first[:4], second[:4], (first[:4], second[:4])),
    ):
        assert np.isnan(p_of_regions(sample, [0.3])).all()


def test_perfect_agreement_has_an_interval():
    sample = RankCorrelation(np.arange(12.0), np.arange(12.0) ** 3)
    assert sample.mean == pytest.approx(1)
    assert 0.99 < sample.interval()[0] <= 1
    assert sample.one_sided(0.3)[0] < 1e-6
