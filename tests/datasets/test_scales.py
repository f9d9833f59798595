"""The scale that is guessed is the one that people would guess, and the reason is said."""

import numpy as np
import pandas as pd
import pytest

from facelrp.datasets.scales import Scale, guess_scale, on_scale
from facelrp.errors import InputError

NAN = float("nan")


@pytest.mark.parametrize(
    ("columns", "expected", "why"),
    [
        ({"a": [1.4, 6.6], "b": [2.1, 4.9]}, (1, 7), "smallest usual scale that holds 1.4 to 6.6"),
        ({"a": [1, 3, 7], "b": [1, 2, 7]}, (1, 7), "reach both of its ends"),
        ({"a": [2.2, 4.9, NAN]}, (1, 5), "holds 2.2 to 4.9"),
        ({"a": [1.2, 8.1]}, (1, 9), "holds"),
        ({"a": [0.5, 9.7]}, (0, 10), "holds"),
        ({"a": [1.5, 9.7]}, (1, 10), "holds"),
        ({"a": [12, 88.5]}, (0, 100), "holds"),
        ({"a": [-2.1, 2.8]}, (-3, 3), "holds"),
        ({"a": [-60, 80]}, (-100, 100), "holds"),
        ({"a": [0.1, 0.9]}, (0, 1), "holds"),
        # Whole numbers that reach both ends of a rarer scale; means that do not.
        ({"a": [1, 2, 6]}, (1, 6), "reach"),
        ({"a": [1, 2.5, 6]}, (1, 7), "holds"),
        ({"a": [1, 5.8]}, (1, 7), "holds"),
        # Most columns decide: the width of an image is no rating.
        ({"a": [1.5, 6.5], "b": [1.2, 5], "width": [400, 512]}, (1, 7), "holds 1.2 to 6.5"),
        ({"a": [20, 80], "b": [5, 99], "c": [1.1, 6.9]}, (0, 100), "holds 5 to 99"),
        # Names say it.
        ({"Joy (1-9)": [2, 4]}, (1, 9), "name"),
        ({"Freude 1 bis 9": [2, 4], "Trauer": [3, 8]}, (1, 9), "name"),
        ({"Joy (0–100)": [20, 40]}, (0, 100), "name"),
        ({"Joy (1-5)": [2, 6]}, (1, 7), "holds"),
        ({"item 3-4": [2, 6], "item 5-6": [3, 6]}, (1, 7), "holds"),
    ],
)
def test_the_smallest_usual_scale_that_most_columns_fit(columns, expected, why):
    found = guess_scale({name: np.array(values, float) for name, values in columns.items()})
    assert (found.low, found.high) == expected
    assert why in found.why


def test_no_scale_fits():
    assert guess_scale({"width": np.array([400.0, 512.0])}) is None
    assert guess_scale({"constant": np.array([3.0, 3.0])}) is None


def series(*values):
    return pd.Series(values, index=pd.RangeIndex(2, len(values) + 2, name="line"), dtype=float)


def test_columns_of_another_scale_are_left_out():
    ratings = {"a": series(2, 6, NAN), "b": series(2, 2.5), "width": series(400, 512), "mixed": series(3, 40)}
    kept, others = on_scale(ratings, Scale(1, 7, ""), "x.csv")
    assert kept == ["a", "b"]
    assert others == {
        "width": "from 400 to 512: not on the scale 1 to 7",
        "mixed": "from 3 to 40: not on the scale 1 to 7",
    }
    kept, others = on_scale({"a": series(3, 80), "b": series(1, 7)}, Scale(0, 100, ""), "x.csv")
    assert kept == ["a"]
    assert others == {"b": "from 1 to 7: on a smaller scale than the others"}


def test_a_single_number_beyond_the_scale_is_a_mistake():
    ratings = {"joy": series(*[3, 4] * 10, 55)}
    with pytest.raises(InputError, match=r"x.csv, line 22, column joy: 55 is not on the scale 1 to 7 .* --scale LOW"):
        on_scale(ratings, Scale(1, 7, ""), "x.csv")
