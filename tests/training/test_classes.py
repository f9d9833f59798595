"""Classes by ranges with gaps, like those of age_net."""

import numpy as np

from facelrp.networks.caffe.conversion import CLASSES
from facelrp.training.classes import classify_ranges


def test_ages_of_levi_and_hassner():
    ages = [0, 2.9, 3, 4, 12.5, 13, 19, 25, 32.9, 37.5, 48, 59, 60, 100, np.nan]
    expected = [0, 0, np.nan, 1, 2, np.nan, 3, 4, 4, np.nan, 6, np.nan, 7, 7, np.nan]
    np.testing.assert_array_equal(classify_ranges(ages, CLASSES["age"]), expected)


def test_males_are_the_first_class_of_gender_net():
    np.testing.assert_array_equal(classify_ranges([0, 49.9, 50, 100, np.nan], CLASSES["gender"]), [1, 1, 0, 0, np.nan])
