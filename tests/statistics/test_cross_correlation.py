"""Correlations of all columns with all others, against scipy's of two at a time."""

import numpy as np
import pytest
from scipy import stats

from facelrp.statistics.cross_correlation import pearson, spearman


@pytest.fixture(scope="module")
def tables():
    """Thirty rows of three and of two columns; the last columns have many ties."""
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(30, 3)), rng.normal(size=(30, 2))
    second += first[:, [1, 0]]
    first[:, 2], second[:, 1] = np.round(first[:, 2]), np.round(second[:, 1])
    return first, second


@pytest.mark.parametrize(("ours", "scipys"), [(pearson, stats.pearsonr), (spearman, stats.spearmanr)])
def test_correlations_are_those_of_scipy(tables, ours, scipys):
    first, second = tables
    expected = [[scipys(a, b).statistic for b in second.T] for a in first.T]
    np.testing.assert_allclose(ours(first, second), expected)


@pytest.mark.parametrize("ours", [pearson, spearman])
def test_many_resamples_are_each_computed_by_itself(tables, ours):
    first, second = tables
    rows = np.random.default_rng(2).integers(0, 30, (4, 30))
    found = ours(first[rows], second[rows])
    assert found.shape == (4, 3, 2)
    for number, drawn in enumerate(rows):
        np.testing.assert_allclose(found[number], ours(first[drawn], second[drawn]))


@pytest.mark.parametrize("ours", [pearson, spearman])
def test_what_does_not_vary_has_no_correlation(ours):
    values = np.array([[1.0, 0.1, 1.0], [2.0, 0.1, np.nan], [4.0, 0.1, 3.0]])
    found = ours(values, values)
    assert found[0, 0] == pytest.approx(1)
    assert np.isnan(found[0, 1:]).all()
    assert np.isnan(found[1:]).all()
