"""Distances of unfamiliar samples: against plain loops and SciPy, and how often familiar ones are called unusual."""

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis

from facelrp.statistics.unfamiliarity import UNUSUAL, distances, percentiles, shrunk_covariance


def shrunk_by_loops(values):
    """Ledoit & Wolf (2004), their lemma 3.2 to 3.5, sample by sample."""
    count, width = values.shape
    covariance = sum(np.outer(x, x) for x in values) / count
    size = sum(covariance[i, i] for i in range(width)) / width
    away = sum((covariance[i, j] - size * (i == j)) ** 2 for i in range(width) for j in range(width))
    noise = sum(((np.outer(x, x) - covariance) ** 2).sum() for x in values) / count**2
    share = min(noise, away) / away
    return share * size * np.eye(width) + (1 - share) * covariance


@pytest.mark.parametrize("shape", [(12, 4), (5, 9)])
def test_covariances_are_shrunk_as_the_paper_says(shape):
    values = np.random.default_rng(1).normal(size=shape) * np.arange(1, shape[1] + 1)
    values -= values.mean(0)
    np.testing.assert_allclose(shrunk_covariance(values), shrunk_by_loops(values), rtol=1e-10, atol=1e-12)


def test_distances_are_those_of_scipy_whatever_the_units():
    rng = np.random.default_rng(2)
    known, new = rng.normal(3, 1, (30, 5)) @ rng.normal(size=(5, 5)), rng.normal(3, 4, (6, 5))
    standard = (known - known.mean(0)) / known.std(0)
    inverse = np.linalg.inv(shrunk_by_loops(standard))
    expected = [mahalanobis((one - known.mean(0)) / known.std(0), np.zeros(5), inverse) for one in new]
    np.testing.assert_allclose(distances(known, new)[0], expected, rtol=1e-8)
    units = np.array([1e-3, 1.0, 1e3, 7.0, 0.1])
    np.testing.assert_allclose(distances(known * units, new * units)[0], expected, rtol=1e-8)


def test_variables_that_do_not_differ_do_not_count():
    rng = np.random.default_rng(3)
    known, new = rng.normal(size=(20, 3)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)
    dead = [np.hstack([one, np.full((len(one), 2), [0, 0.1], np.float32)]) for one in (known, new)]
    np.testing.assert_allclose(distances(*dead)[0], distances(known, new)[0], rtol=1e-5)
    with pytest.raises(ValueError, match="do not differ"):
        distances(np.ones((4, 2)), new[:, :2])


def test_percentiles_count_held_out_samples():
    held_out = np.array([3.0, 1.0, 2.0, 2.0])
    assert percentiles(held_out, np.array([0.5, 2.0, 2.5, 9.0])).tolist() == [0, 25, 75, 100]


@pytest.mark.parametrize("width", [3, 60])
def test_one_familiar_sample_in_twenty_is_unusual_and_every_strange_one(width):
    rng, familiar, strange = np.random.default_rng(4), [], []
    for _ in range(20):
        mixed = rng.normal(size=(width, width)) ** 3
        known, held_out, new = (rng.exponential(size=(40, width)) @ mixed for _ in range(3))
        of_held_out, of_new, of_strange = distances(known, held_out, new, 20 + 9 * new)
        familiar.append(percentiles(of_held_out, of_new) > UNUSUAL)
        strange.append(percentiles(of_held_out, of_strange) > UNUSUAL)
    assert 0.02 < np.mean(familiar) < 0.09
    assert np.mean(strange) > 0.9
