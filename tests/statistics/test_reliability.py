"""Split-half reliability against simulated raters, closed forms, all splits counted out, and cases solved by hand."""

import warnings
from itertools import product

import numpy as np
import pytest

from facelrp.statistics.reliability import split_half_reliability


def rated(*faces):
    """Return the ratings of each face as two columns: faces, ratings."""
    return np.repeat(np.arange(len(faces)), [len(ratings) for ratings in faces]), np.concatenate(faces).astype(float)


def corrected(r):
    """Spearman and Brown's formula for twice the raters, mirrored below zero."""
    return 2 * r / (1 + r) if r >= 0 else -2 * -r / (1 - r)


def over_all_splits(faces):
    """Return the mean correlation over all splits of faces with two ratings, where both halves vary."""
    found = []
    for swapped in product((0, 1), repeat=len(faces)):
        halves = np.array([[face[swap], face[1 - swap]] for face, swap in zip(faces, swapped, strict=True)]).T
        if np.ptp(halves, axis=1).all():
            found.append(np.corrcoef(halves)[0, 1])
    return np.mean(found)


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0])
def test_reliability_equals_that_of_the_mean_over_all_raters(noise):
    rng = np.random.default_rng(10)
    faces, raters = 2000, 20
    ratings = rng.normal(size=(faces, 1)) + noise * rng.normal(size=(faces, raters))
    order = rng.permutation(ratings.size)
    numbers = np.repeat(np.arange(faces), raters)
    reliability, count = split_half_reliability(numbers[order], ratings.ravel()[order], splits=20)
    # The variance of the true means over that of the means of 20 raters.
    assert reliability == pytest.approx(1 / (1 + noise**2 / raters), abs=0.015)
    assert count == raters


@pytest.mark.parametrize("noise", [0.5, 2.0, 8.0])
@pytest.mark.parametrize("faces", [40, 200])
def test_reliability_equals_the_intraclass_correlation(noise, faces):
    """ICC(1, k) = 1 − MSW / MSB of the same ratings (Shrout & Fleiss 1979), for any number of faces."""
    rng = np.random.default_rng(faces)
    ratings = rng.normal(size=(faces, 1)) + noise * rng.normal(size=(faces, 30))
    within = ratings.var(axis=1, ddof=1).mean()
    between = 30 * ratings.mean(axis=1).var(ddof=1)
    reliability, _ = split_half_reliability(*rated(*ratings), splits=300)
    assert reliability == pytest.approx(1 - within / between, abs=0.04)


def test_noise_is_not_reliable():
    ratings = np.random.default_rng(11).normal(size=30_000)
    assert abs(split_half_reliability(np.arange(30_000) % 1500, ratings, splits=20)[0]) < 0.1


@pytest.mark.parametrize("faces", [3, 5, 20])
def test_noise_of_few_faces_is_bounded_and_centred(faces):
    """Averaged after the correction, one split near −1 outweighed all others: −8.88 and less."""
    rng = np.random.default_rng(faces)
    found = [split_half_reliability(*rated(*rng.normal(size=(faces, 4))), splits=10)[0] for _ in range(200)]
    assert np.min(found) >= -1
    assert np.max(found) <= 1
    assert abs(np.median(found)) < 0.35


@pytest.mark.parametrize("seed", range(6))
def test_the_correlation_is_that_of_all_splits_counted_out(seed):
    faces = np.random.default_rng(seed).integers(1, 10, (5, 2)).astype(float)
    r = over_all_splits(faces)
    reliability, _ = split_half_reliability(*rated(*faces), splits=3000)
    # The standard error of the mean of 3,000 correlations is below 0.02, and the correction's slope at most 2.
    assert reliability == pytest.approx(corrected(r), abs=0.05)


@pytest.mark.parametrize(
    ("faces", "r"),
    [
        # The halves of the last face alone differ: (0, 1, 0) and (0, 1, 2), whichever comes first.
        ([(0, 0), (1, 1), (0, 2)], 0),
        ([(0, 0), (1, 1), (1, 2)], np.sqrt(3) / 2),
        ([(1, 1), (5, 5), (9, 9)], 1),
        ([(1, 1, 1, 1), (5, 5), (9, 9, 9), (3,)], 1),
        # Ratings of each face sum up to 2: what one half has more, the other has less.
        ([(0, 2), (1, 1), (2, 0)], -1),
        ([(0, 2), (1, 1), (2, 0), (7,)], -1),
        # In two of eight splits, one half has the same ratings for all faces: they do not count.
        ([(0, 1), (0, 1), (0, 1)], -1),
    ],
)
def test_cases_solved_by_hand(faces, r):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert split_half_reliability(*rated(*faces))[0] == pytest.approx(corrected(r), abs=1e-12)


@pytest.mark.parametrize(
    ("faces", "raters"),
    [
        ([], np.nan),
        ([(1, 2)], 2),
        ([(1, 2), (3, 4)], 2),
        ([(1, 2), (3, 4), (5,), (6,)], 1.5),
        ([(5,), (4,), (3,), (2,)], 1),
        # The same mean for all: 0.1 cannot be written in binary, and halves of 2 and 3 are rounded differently.
        ([(4, 4), (4, 4), (4, 4)], 2),
        ([(0.1,) * 2, (0.1,) * 3, (0.1,) * 7, (0.1,) * 6], 4.5),
        ([(1 / 3,) * 5, (1 / 3,) * 6, (1 / 3,) * 7], 6),
        ([(1, np.inf), (2, 3), (4, 5)], 2),
        ([(1, 2), (-np.inf, -np.inf), (4, 5)], 2),
        ([(np.nan, np.nan)] * 4, np.nan),
        ([(1, np.nan), (2, np.nan), (3, 4), (5, 6)], 1.5),
    ],
)
def test_where_reliability_is_not_defined(faces, raters):
    columns = rated(*faces) if faces else ([], [])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reliability, count = split_half_reliability(*columns)
    assert np.isnan(reliability)
    np.testing.assert_equal(count, raters)


def test_missing_ratings_do_not_count():
    rng = np.random.default_rng(3)
    faces, ratings = rated(*(rng.normal(size=(30, 1)) + rng.normal(size=(30, 6))))
    ratings[rng.random(len(ratings)) < 0.3] = np.nan
    present = ~np.isnan(ratings)
    found = split_half_reliability(faces, ratings)
    assert found == split_half_reliability(faces[present], ratings[present])
    assert found[0] > 0.5
