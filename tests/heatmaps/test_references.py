"""The choice of faces to compare with."""

import numpy as np

from facelrp.heatmaps.references import typical


def test_the_faces_rated_closest_to_the_mean_are_chosen():
    # Means 5 and 50, variances 4.8 and 120: squared distances are 0.83, 4.17, 0, 0.83 and 4.17.
    ratings = np.array([[5.0, 60.0], [9.0, 60.0], [5.0, 50.0], [3.0, 50.0], [3.0, 30.0]])
    assert typical(ratings, 1).tolist() == [2]
    assert typical(ratings, 3).tolist() == [0, 2, 3]


def test_each_attribute_counts_in_its_own_spread():
    rng = np.random.default_rng(1)
    ratings = rng.normal(size=(200, 3))
    assert typical(ratings, 20).tolist() == typical(ratings * [1, 1000, 0.001] + [0, 7, 5], 20).tolist()


def test_equal_ratings_and_few_faces_are_no_obstacle():
    assert typical([[4.0, 1.0], [4.0, 3.0], [4.0, 2.2]], 1).tolist() == [2]
    assert typical([[4.0], [5.0]], 16).tolist() == [0, 1]
