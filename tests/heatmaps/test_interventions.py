"""Effects of interventions and relevance, against plain loops and answers known by hand."""

import math

import numpy as np
import pytest

from facelrp.faces.parts import LABEL
from facelrp.faces.rating_scales import PAPER, RatingScale
from facelrp.heatmaps.interventions import (
    comparable,
    correlation,
    one_sign,
    relevance_in_parts,
    sign_agreement,
    used_shares,
    varying_parts,
)

NAN = math.nan


def table(seed, faces=9, parts=8):
    return np.random.default_rng(seed).normal(size=(faces, parts))


def test_relevance_is_summed_over_the_parts_pixels():
    labels = np.full((2, 2, 3), LABEL["jaw"], np.uint8)
    labels[0, 0] = [LABEL["left_eye"], LABEL["right_eye_opening"], LABEL["mouth"]]
    labels[1, 1] = [LABEL["inner_mouth"], LABEL["upper_lip"], LABEL["chin"]]
    heatmaps = np.arange(12.0).reshape(2, 2, 3)
    sums = relevance_in_parts(heatmaps, labels, ["eyes", "mouth", "jaw"])
    # A part that a face does not show has no relevance at all, rather than 0; groups include fine parts.
    np.testing.assert_allclose(sums, [[0 + 1, 2, 3 + 4 + 5], [NAN, 9 + 10, 6 + 7 + 8 + 11]])


@pytest.mark.parametrize(
    ("effects", "relevance", "expected"),
    [
        ([[0.2, -0.2, 0.3, 1.0]], [[0.01, -5.0, -0.1, 2.0]], 3 / 4),
        # Small effects do not count, on either side of zero, nor do missing ones and parts that are not shown.
        ([[0.1, -0.1, 0.2, 0.2]], [[-1.0, 1.0, 1.0, -1.0]], 1 / 2),
        ([[NAN, 0.5, 0.5]], [[1.0, NAN, 1.0]], 1),
        # No relevance is not the effect's sign.
        ([[0.5, -0.5]], [[0.0, 0.0]], 0),
        # Cells of all faces count the same, however many a face has.
        ([[0.5, 0.5, 0.5], [0.5, 0.0, 0.0]], [[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]], 3 / 4),
        ([[0.05, 0.0]], [[1.0, 1.0]], NAN),
    ],
)
def test_signs_are_compared_where_effects_are_large(effects, relevance, expected):
    assert sign_agreement(np.array(effects), np.array(relevance), PAPER) == pytest.approx(expected, nan_ok=True)


def test_what_is_large_is_a_share_of_the_scale():
    effects = np.array([[1.24, 1.26, -1.24, -1.26]])
    # A tenth of a point of 1–9 is 1.25 points of 0–100.
    assert comparable(effects, np.ones((1, 4)), RatingScale(0, 100)).tolist() == [[False, True, False, True]]
    assert varying_parts(np.outer([-1, 1], [0.62, 0.63]), RatingScale(0, 100)).tolist() == [False, True]


def test_signs_of_resamples_are_those_of_each():
    effects, relevance = table(1), table(2)
    rows = np.random.default_rng(3).integers(0, len(effects), (5, len(effects)))
    each = [sign_agreement(effects[some], relevance[some], PAPER) for some in rows]
    np.testing.assert_allclose(sign_agreement(effects[rows], relevance[rows], PAPER), each)


@pytest.mark.parametrize("axis", [0, 1])
def test_correlations_are_those_of_numpy_over_what_is_known(axis):
    first, second = table(4), table(5)
    first[2, 3] = second[2, 5] = second[7, 0] = NAN
    pairs = zip(*(values if axis == 1 else values.T for values in (first, second)), strict=True)
    expected = []
    for one, other in pairs:
        known = ~np.isnan(one) & ~np.isnan(other)
        expected.append(np.corrcoef(one[known], other[known])[0, 1])
    np.testing.assert_allclose(correlation(first, second, axis), expected)
    rows = np.array([[0, 1, 2, 3, 4, 4], [8, 7, 6, 5, 4, 3]])
    each = [correlation(first[some], second[some], axis) for some in rows]
    np.testing.assert_allclose(correlation(first[rows], second[rows], axis - 2), each)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 1),
        ([1.0, 2.0, 3.0], [0.3, 0.2, 0.1], -1),
        ([0.1, 0.1, 0.1, 0.1], [1.0, 2.0, 3.0, 4.0], NAN),
        ([0.1] * 7, [0.7] * 7, NAN),
        ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0], NAN),
        ([1.0, 2.0], [1.0, 3.0], NAN),
        ([1.0, 2.0, NAN, 4.0], [1.0, NAN, 3.0, 4.0], NAN),
        ([NAN, NAN, NAN], [1.0, 2.0, 3.0], NAN),
    ],
)
def test_correlation_of_few_or_constant_values_is_unknown(first, second, expected):
    assert correlation(np.array(first), np.array(second), 0) == pytest.approx(expected, nan_ok=True)


def test_parts_vary_by_the_spread_of_their_effects():
    effects = np.array([[1.0, 0.0, 0.00], [1.0, 0.2, 0.06], [1.0, 0.4, 0.03]])
    assert varying_parts(effects, PAPER).tolist() == [False, True, False]


def test_shares_of_use_are_spreads_over_their_sum():
    effects = table(6) * np.arange(8)
    spreads = []
    for part in range(8):
        mean = sum(effects[:, part]) / 9
        spreads.append(math.sqrt(sum((effect - mean) ** 2 for effect in effects[:, part]) / 9))
    np.testing.assert_allclose(used_shares(effects), np.array(spreads) / sum(spreads))
    # The same effect on every face is no use, whatever its size.
    np.testing.assert_allclose(used_shares(effects + 100), np.array(spreads) / sum(spreads))
    assert np.isnan(used_shares(np.zeros((4, 3)))).all()
    resamples = np.stack([effects, effects[::-1] * 2])
    np.testing.assert_allclose(used_shares(resamples, axis=1), [used_shares(effects)] * 2)


@pytest.mark.parametrize(
    ("effects", "relevance", "expected"),
    [
        ([[0.5, 0.5, -0.5]], [[-1.0, 2.0, 3.0]], [[1, 1, 1]]),
        ([[0.5, -0.5], [-0.5, 0.0]], [[1.0, 1.0], [1.0, NAN]], [[-1, -1], [-1, NAN]]),
        # Small effects, and those of parts that are not shown, do not count.
        ([[0.05, 0.05, -0.5, 0.5]], [[1.0, 1.0, 1.0, NAN]], [[-1, -1, -1, NAN]]),
        ([[0.0]], [[1.0]], [[1]]),
    ],
)
def test_a_map_of_one_sign_has_the_more_frequent_one(effects, relevance, expected):
    np.testing.assert_array_equal(one_sign(np.array(effects), np.array(relevance), PAPER), expected)
