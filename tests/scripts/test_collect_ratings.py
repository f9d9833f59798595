"""How a set of faces is rated: on one scale, with blanks, and faces that are rated on an attribute."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files

from collect_ratings import ratings_of
from facelrp.datasets.face_set import FaceSet
from facelrp.errors import InputError
from facelrp.faces.rating_scales import PAPER, RatingScale
from facelrp_workflow.files import read_faces, read_rated
from facelrp_workflow.rated_faces import in_points, people


def faces(scale=(1, 7), joy=(1.0, 4.0, 7.0)):
    known = {"face_id": list("abc"), "identity": list("abc"), "state": "", "age": [20.0, 40.0, 80.0], "gender": 100.0}
    return FaceSet(pd.DataFrame(known | {"joy": joy, "calm": (7.0, None, 1.0)}), face=None, scale=scale)


def test_ratings_are_put_on_another_scale_and_age_and_gender_are_not():
    table = in_points(faces(), PAPER)
    assert table["joy"].tolist() == [1, 5, 9]
    assert table["calm"].dropna().tolist() == [9, 1]
    assert table["age"].tolist() == [20, 40, 80]
    assert set(table["gender"]) == {100}


def test_the_set_itself_stays_as_it_is():
    original = faces()
    in_points(original, PAPER)
    assert original.table["joy"].tolist() == [1, 4, 7]


def test_ratings_of_ones_own_scale_stay_to_the_byte():
    ratings = np.random.default_rng(1).uniform(0, 100, 3)
    table = in_points(faces((0, 100), ratings), RatingScale(0.0, 100.0))
    assert table["joy"].tolist() == ratings.tolist()


def test_a_rating_beyond_the_scale_is_named():
    with pytest.raises(InputError, match=r"face b, column joy: rating 7\.5 is not on the scale 1–7"):
        in_points(faces(joy=(1.0, 7.5, 2.0)), PAPER)


def test_faces_that_are_not_rated_keep_their_table():
    unrated = faces(scale=None, joy=(1.0, 99.0, 2.0))
    pd.testing.assert_frame_equal(in_points(unrated, PAPER), unrated.table)


def test_who_is_shown_is_everything_but_ratings():
    table = faces().table.assign(publishable=1)
    assert people(table).columns.tolist() == ["face_id", "identity", "state", "age", "gender", "publishable"]


def test_ratings_of_an_attribute_are_those_that_exist_and_the_log_counts_the_others(caplog):
    with caplog.at_level(logging.INFO):
        rated = ratings_of(faces().table, "calm", logging.getLogger())
    assert rated.to_dict("list") == {"face_id": ["a", "c"], "calm": [7, 1]}
    assert [record.getMessage() for record in caplog.records] == [
        "calm: 2 of 3 faces are rated; its networks do not learn from others, nor are measured by them",
    ]
    with pytest.raises(InputError, match="no face is rated on fun"):
        ratings_of(faces().table, "fun", logging.getLogger())


@pytest.fixture
def files(tmp_path):
    """Six faces, of which one is not rated on joy, and another one not on calm; their tables in other orders."""
    names = list("abcdef")
    tables = {
        "faces": pd.DataFrame({"face_id": names, "age": np.arange(6.0)}),
        "split": pd.DataFrame({"face_id": names[::-1], "split": ["test", "train"] * 3}),
        "joy": pd.DataFrame({"face_id": list("fedca"), "joy": [6.0, 5, 4, 3, 1]}),
        "calm": pd.DataFrame({"face_id": list("abcdf"), "calm": [1.0, 2, 3, 4, 6]}),
    }
    paths = {name: tmp_path / f"{name}.csv" for name in tables}
    for name, table in tables.items():
        table.to_csv(paths[name], index=False)
    return Files(faces=paths["faces"], split=paths["split"], ratings=[paths["joy"], paths["calm"]])


def test_ratings_are_joined_to_faces_by_name(files):
    table = read_faces(files)
    np.testing.assert_array_equal(table["joy"], [1, np.nan, 3, 4, 5, 6])
    np.testing.assert_array_equal(table["calm"], [1, 2, 3, 4, np.nan, 6])
    # What is known already is not read again from a table of all faces.
    table.to_csv(files.ratings[0], index=False)
    pd.testing.assert_frame_equal(read_faces(files), table)


def test_faces_are_those_of_a_set_that_are_rated(files):
    assert read_rated(files, "joy", "train")["face_id"].tolist() == ["a", "c", "e"]
    assert read_rated(files, "joy", "test")["face_id"].tolist() == ["d", "f"]
    assert read_rated(files, "joy", "test").index.tolist() == [3, 5]
    assert read_rated(files, "calm", "train")["face_id"].tolist() == ["a", "c"]


def test_fewer_than_two_rated_faces_are_refused(files):
    pd.DataFrame({"face_id": ["a", "c", "d"], "joy": 1.0}).to_csv(files.ratings[0], index=False)
    assert len(read_rated(files, "joy", "train")) == 2
    with pytest.raises(InputError, match="1 of 3 faces of the test set are rated on joy, too few"):
        read_rated(files, "joy", "test")
