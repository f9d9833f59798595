import numpy as np

from facelrp.faces.rating_scales import to_points, to_unit


def test_the_scale_of_the_paper_and_back():
    points = np.array([1.0, 3.0, 5.0, 9.0])
    np.testing.assert_allclose(to_unit(points), [0, 0.25, 0.5, 1])
    np.testing.assert_allclose(to_points(to_unit(points)), points)
