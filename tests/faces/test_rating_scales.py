"""Conversions between the two scales of a rating."""

import numpy as np

from facelrp.faces.rating_scales import to_points, to_unit


def test_ratings_convert_to_the_unit_scale_and_back():
    points = np.array([1.0, 3.0, 5.0, 9.0])
    np.testing.assert_allclose(to_unit(points), [0, 0.25, 0.5, 1])
    np.testing.assert_allclose(to_points(to_unit(points)), points)
