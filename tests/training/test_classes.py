"""Classes by ranges with gaps, like those of age_net, and what classes are called."""

import numpy as np
import pandas as pd
import pytest

from facelrp.networks.caffe.conversion import CLASSES
from facelrp.training.classes import class_names, classify_ranges, predicted_in_words


def test_ages_of_levi_and_hassner():
    ages = [0, 2.9, 3, 4, 12.5, 13, 19, 25, 32.9, 37.5, 48, 59, 60, 100, np.nan]
    expected = [0, 0, np.nan, 1, 2, np.nan, 3, 4, 4, np.nan, 6, np.nan, 7, 7, np.nan]
    np.testing.assert_array_equal(classify_ranges(ages, CLASSES["age"]), expected)


def test_males_are_the_first_class_of_gender_net():
    np.testing.assert_array_equal(classify_ranges([0, 49.9, 50, 100, np.nan], CLASSES["gender"]), [1, 1, 0, 0, np.nan])


@pytest.mark.parametrize(
    ("metadata", "names"),
    [
        ({"target": "age", "ranges": CLASSES["age"][5:]}, ["38–43 years", "48–53 years", "60–100 years"]),
        ({"target": "gender", "ranges": CLASSES["gender"]}, ["male", "female"]),
        ({"target": "age", "edges": [23.6, 40.2]}, ["up to 24 years", "24–40 years", "over 40 years"]),
        ({"target": "gender", "edges": [50.0]}, ["female", "male"]),
        ({"target": "gender", "edges": [20.0, 80.0]}, ["gender up to 20", "gender 20–80", "gender over 80"]),
        ({"categories": ["tench", "goldfish"]}, ["tench", "goldfish"]),
        ({"embedding": True}, []),
    ],
)
def test_classes_have_names(metadata, names):
    assert class_names(metadata) == names


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"classes": 8, "predicted": 7, "predicted_name": "60–100 years"}, "60–100 years"),
        ({"classes": 8, "predicted": 7.0, "predicted_name": np.nan}, "class 7 of 0–7"),
        ({"classes": 0, "predicted": np.nan, "predicted_name": np.nan}, "similarity to itself"),
    ],
)
def test_a_prediction_is_said_in_words(row, words):
    assert predicted_in_words(pd.Series(row)) == words
