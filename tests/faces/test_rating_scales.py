"""Scales of ratings: people's own and that of networks, and how ratings are written."""

import numpy as np
import pytest

from facelrp.faces.rating_scales import PAPER, RatingScale


@pytest.mark.parametrize(
    ("scale", "points"),
    [(PAPER, [1, 3, 5, 9]), (RatingScale(0, 100), [0, 25, 50, 100]), (RatingScale(-3, 1), [-3, -2, -1, 1])],
)
def test_ratings_convert_to_the_unit_scale_and_back(scale, points):
    points = np.array(points, float)
    np.testing.assert_array_equal(scale.to_unit(points), [0, 0.25, 0.5, 1])
    np.testing.assert_array_equal(scale.to_points(scale.to_unit(points)), points)
    assert scale.middle == points[2]


def test_ratings_of_the_papers_scale_come_back_to_the_byte():
    means = np.random.default_rng(1).integers(15, 136, 1000) / 15
    assert (PAPER.to_points(PAPER.to_unit(means)) == means).all()


@pytest.mark.parametrize(
    ("ends", "name", "rating", "change"),
    [
        ((1, 9), "1–9", "5.5", "+2.25"),
        ((1, 5), "1–5", "3.2", "+1.12"),
        ((0, 100), "0–100", "56", "+28.1"),
        ((0.0, 1.0), "0–1", "0.56", "+0.281"),
        ((-50, 50), "−50–50", "6", "+28.1"),
    ],
)
def test_ratings_are_written_with_the_decimals_of_their_scale(ends, name, rating, change):
    scale = RatingScale(*ends)
    assert str(scale) == name
    assert scale.text(scale.to_points(0.5625)) == rating
    assert scale.change_text(scale.width * 0.28125) == change
    assert scale.change_text(-scale.width * 0.28125) == change.replace("+", "−")


def test_points_of_the_paper_keep_their_share_of_the_scale():
    assert RatingScale(0, 100).from_paper(0.25) == 3.125
    # Not only nearly: findings of the paper's scale must not change.
    assert all(PAPER.from_paper(points) == points for points in (0.04, 0.05, 0.1, 0.25))
