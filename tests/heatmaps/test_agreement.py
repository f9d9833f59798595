"""Correlations between heatmaps, against SciPy."""

import numpy as np
import pytest
from scipy import stats

from facelrp.heatmaps.agreement import correlation, rank_correlation


@pytest.fixture
def maps():
    first, noise = np.random.default_rng(1).normal(size=(2, 3, 5, 6))
    return first, first + np.round(noise, 1)


@pytest.mark.parametrize(("ours", "oracle"), [(correlation, stats.pearsonr), (rank_correlation, stats.spearmanr)])
def test_correlations_equal_scipy_map_by_map(maps, ours, oracle):
    first, second = np.round(maps, 1)
    expected = [oracle(a.ravel(), b.ravel()).statistic for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(ours(first, second), expected)


def test_a_constant_map_correlates_with_nothing(maps):
    assert np.isnan(correlation(np.ones_like(maps[0]), maps[0])).all()
