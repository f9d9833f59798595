"""Means over seeds × faces: min F′ by hand, its rates in simulations, and what has no seeds."""

import numpy as np
import pytest
from scipy import stats

from facelrp.statistics.crossed import Crossed
from facelrp.statistics.regions import p_of_regions

FACES = 40


def simulated(rng, mean, seeds, of_seeds=1.0, of_faces=1.0, rest=1.0):
    """Return values (FACES, seeds) whose seeds, faces and their interaction vary."""
    values = mean + of_seeds * rng.normal(size=seeds) + of_faces * rng.normal(size=(FACES, 1))
    return values + rest * rng.normal(size=(FACES, seeds))


def test_it_is_clarks_min_f():
    """F by seeds and F by faces, each a one-way test of the means, combined as Clark (1973) does."""
    values = simulated(np.random.default_rng(0), 0.8, seeds=5)
    f_seeds = stats.ttest_1samp(values.mean(0), 0).statistic ** 2
    f_faces = stats.ttest_1samp(values.mean(1), 0).statistic ** 2
    min_f = f_seeds * f_faces / (f_seeds + f_faces)
    freedom = (f_seeds + f_faces) ** 2 / (f_seeds**2 / (FACES - 1) + f_faces**2 / 4)
    above, below = Crossed(values).one_sided(0.0)
    assert 2 * above == pytest.approx(stats.f.sf(min_f, 1, freedom))
    assert above + below == pytest.approx(1)


def test_one_value_for_each_seed_is_a_t_test():
    values = np.array([0.3, 0.5, 0.2, 0.6])
    expected = stats.ttest_1samp(values, 0.1)
    found = Crossed(values[None])
    assert 2 * found.one_sided(0.1)[0] == pytest.approx(expected.pvalue)
    assert found.interval() == pytest.approx(tuple(expected.confidence_interval()))


def test_faces_without_a_value_are_left_out():
    values = simulated(np.random.default_rng(0), 0.0, seeds=3)
    gaps = np.vstack([values, [[np.nan, 1, 1]]])
    assert Crossed(gaps).interval() == Crossed(values).interval()


@pytest.mark.parametrize("spread", [(1, 1, 1), (1, 0, 0), (0, 1, 1), (0.3, 1, 0.3)])
@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_a_true_mean_at_the_cut_is_rarely_beyond_it(spread, seeds):
    rng = np.random.default_rng(1)
    beyond = [p_of_regions(Crossed(simulated(rng, 1.0, seeds, *spread)), [-1, 1])[-1] < 0.05 for _ in range(1000)]
    # Two-sided: half of 5 % on each side, and a standard error of 0.5 %.
    assert np.mean(beyond) <= 0.04


def test_faces_alone_would_be_too_sure():
    """Why seeds count: a difference between two seeds is not one between two kinds of base models."""
    rng = np.random.default_rng(2)
    sets = [simulated(rng, 0.0, seeds=3, of_faces=0.3) for _ in range(300)]
    of_faces = np.mean([stats.ttest_1samp(values.mean(1), 0).pvalue < 0.05 for values in sets])
    crossed = np.mean([2 * min(Crossed(values).one_sided(0.0)) < 0.05 for values in sets])
    assert of_faces > 0.5
    assert crossed <= 0.08  # 5 %, and two standard errors of 300 sets


def test_a_large_effect_is_seen():
    rng = np.random.default_rng(3)
    seen = [p_of_regions(Crossed(simulated(rng, 3.0, 5, 0.5)), [-1, 1])[-1] < 0.05 for _ in range(300)]
    assert np.mean(seen) > 0.9


@pytest.mark.parametrize("values", [np.ones((FACES, 2)), np.ones((FACES, 0)), np.full((FACES, 3), np.nan)])
def test_too_few_seeds_are_not_tested(values):
    assert np.isnan(p_of_regions(Crossed(values), [0])).all()


def test_equal_values_are_certain():
    assert Crossed(np.full((FACES, 3), 2.0)).one_sided(1.0) == (0.0, 1.0)
    assert Crossed(np.full((FACES, 3), 2.0)).interval() == (2.0, 2.0)
