"""Ratings of a set of faces on one scale."""

import pandas as pd
import pytest

from facelrp.datasets.face_set import FaceSet
from facelrp.errors import InputError
from prepare_faces import in_points


def faces(scale=(1, 7), joy=(1.0, 4.0, 7.0)):
    known = {"face_id": list("abc"), "identity": list("abc"), "state": "", "age": [20.0, 40.0, 80.0], "gender": 100.0}
    return FaceSet(pd.DataFrame(known | {"joy": joy, "calm": (7.0, None, 1.0)}), face=None, scale=scale)


def test_ratings_are_put_on_the_papers_scale_and_age_and_gender_are_not():
    table = in_points(faces())
    assert table["joy"].tolist() == [1, 5, 9]
    assert table["calm"].dropna().tolist() == [9, 1]
    assert table["age"].tolist() == [20, 40, 80]
    assert set(table["gender"]) == {100}


def test_the_set_itself_stays_as_it_is():
    original = faces()
    in_points(original)
    assert original.table["joy"].tolist() == [1, 4, 7]


def test_a_rating_beyond_the_scale_is_named():
    with pytest.raises(InputError, match=r"face b, column joy: rating 7\.5 is not on the scale 1–7"):
        in_points(faces(joy=(1.0, 7.5, 2.0)))


def test_faces_that_are_not_rated_keep_their_table():
    unrated = faces(scale=None, joy=(1.0, 99.0, 2.0))
    pd.testing.assert_frame_equal(in_points(unrated), unrated.table)
