"""A user's own table of faces with blank ratings, and with a row for each rater and face."""

import logging

import numpy as np
import pandas as pd
import pytest

from facelrp.datasets import folder
from facelrp.datasets.face_tables import read_face_table
from facelrp.errors import InputError

SCALE = [1, 7]
COLUMNS = {"file": "Photo", "age": "Age", "joy": "Joy", "calm": "Calm"}
RATERS = COLUMNS | {"rater": "Rater", "identity": "Who"}


@pytest.fixture
def read(tmp_path):
    """A function: the table that some rows give."""

    def read(header, *rows, columns=COLUMNS, **how):
        (tmp_path / "ratings.csv").write_text("\n".join([header, *rows, ""]))
        return read_face_table(tmp_path / "ratings.csv", columns, SCALE, **how)

    return read


def test_blank_ratings_are_unknown_and_faces_without_any_are_left_out(read, caplog):
    rows = ["d.png,31,4,", "b.png,41,,NA", "a.png,51,2,3", "c.png,,nan,5"]
    with caplog.at_level(logging.WARNING):
        table = read("Photo,Age,Joy,Calm", *rows)
    assert table.faces["face_id"].tolist() == ["a", "c", "d"]
    np.testing.assert_array_equal(table.faces["joy"], [2, np.nan, 4])
    np.testing.assert_array_equal(table.faces["calm"], [3, 5, np.nan])
    np.testing.assert_array_equal(table.faces["age"], [51, np.nan, 31])
    assert table.faces.index.tolist() == [4, 5, 2]
    assert table.answers is None
    assert [record.getMessage() for record in caplog.records] == ["1 faces without any rating are left out: b"]
    assert read("Photo,Age,Joy,Calm", *rows, keep_unrated=True).faces["face_id"].tolist() == list("abcd")


def test_faces_that_are_not_to_be_rated_are_all_kept(read):
    table = read("Photo,Age", "b.png,31", "a.png,41", columns={"file": "Photo", "age": "Age"})
    assert table.faces["face_id"].tolist() == ["a", "b"]
    assert table.ratings == []


def test_a_table_without_any_rating_is_refused(read):
    with pytest.raises(InputError, match=r"ratings\.csv: no face has a rating — write the ratings"):
        read("Photo,Age,Joy,Calm", "a.png,31,,", "b.png,32,NA,")


ROWS = pd.DataFrame(
    [
        ("r2", "b.png", "B", 40, 7, 1),
        ("r1", "b.png", "B", 40, 4, None),
        ("r1", "a.png", "A", 31, 2, 3),
        ("r3", "a.png", "A", 31, None, 6),
        ("r2", "a.png", "A", 31, 3, 4),
        ("r3", "c.png", "C", None, None, None),
        ("r1", "d.png", "A", 33, None, 5),
    ],
    columns=["Rater", "Photo", "Who", "Age", "Joy", "Calm"],
)


def lines(rows):
    return rows.to_csv(index=False).splitlines()


def test_ratings_are_means_over_the_raters_of_each_face(read):
    table = read(*lines(ROWS), columns=RATERS)
    faces = table.faces.set_index("face_id")
    assert faces.index.tolist() == ["a", "b", "d"]
    means = ROWS.groupby("Photo")[["Joy", "Calm"]].mean().loc[["a.png", "b.png", "d.png"]]
    np.testing.assert_array_equal(faces[["joy", "calm"]], means)
    assert faces["identity"].tolist() == ["A", "B", "A"]
    assert faces["age"].tolist() == [31, 40, 33]
    assert "rater" not in faces
    assert table.ratings == ["joy", "calm"]


def test_the_answers_are_those_of_each_rater(read):
    answers = read(*lines(ROWS), columns=RATERS).answers
    given = ROWS.melt(["Photo", "Rater"], ["Joy", "Calm"]).dropna().sort_values(["variable", "Photo", "Rater"])
    given = given[::-1].sort_values("variable", ascending=False, kind="stable")
    assert answers.columns.tolist() == ["face_id", "attribute", "rating"]
    found = answers.sort_values(["attribute", "face_id", "rating"])
    expected = given.assign(Photo=given["Photo"].str[0], variable=given["variable"].str.lower())
    expected = expected.sort_values(["variable", "Photo", "value"])
    assert found.to_numpy().tolist() == expected[["Photo", "variable", "value"]].to_numpy().tolist()


def test_the_order_of_rows_has_no_effect(read):
    tables = [read(*lines(rows), columns=RATERS) for rows in (ROWS, ROWS[::-1], ROWS.sample(frac=1, random_state=1))]
    for other in tables[1:]:
        pd.testing.assert_frame_equal(other.faces.reset_index(drop=True), tables[0].faces.reset_index(drop=True))
        pd.testing.assert_frame_equal(other.answers, tables[0].answers)


@pytest.mark.parametrize(
    ("row", "column", "cell", "message"),
    [
        (4, "Rater", "r1", "'r1' rated 'a' on lines 4 and 6 — leave one of them out"),
        (3, "Rater", "", "column Rater: no rater on line 5"),
        (
            3,
            "Age",
            32,
            "line 5, column Age: '32' where line 4 has '31.0' for the same face, 'a' — write the same on all rows",
        ),
        (3, "Age", "", "line 5, column Age: '' where line 4 has '31.0' for the same face, 'a'"),
        (1, "Who", "A", "line 3, column Who: 'A' where line 2 has 'B' for the same face, 'b'"),
        (3, "Photo", "a.jpg", "line 5, column Photo: 'a.jpg' where line 4 has 'a.png' for the same face, 'a'"),
        (2, "Joy", 8, "line 4, column Joy: '8.0' is not a number from 1 to 7"),
    ],
)
def test_rows_of_a_face_that_do_not_fit_together_are_refused(read, row, column, cell, message):
    rows = ROWS.astype({"Age": object, "Joy": float}).copy()
    rows.loc[row, column] = cell
    with pytest.raises(InputError, match=message) as caught:
        read(*lines(rows), columns=RATERS)
    assert "\n" not in str(caught.value)


def test_two_files_of_one_face_are_refused_where_faces_have_names(read):
    rows = ["r1,ann,a.png,3", "r2,ann,b.png,4"]
    columns = {"file": "Photo", "face_id": "Face", "rater": "Rater", "joy": "Joy"}
    with pytest.raises(InputError, match=r"line 3, column Photo: 'b\.png' where line 2 has 'a\.png'"):
        read("Rater,Face,Photo,Joy", *rows, columns=columns)


def test_raters_of_a_folder_are_those_of_its_faces(tmp_path):
    ROWS.to_csv(tmp_path / "ratings.csv", index=False)
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    options = {"columns": RATERS, "rating_scale": SCALE, "allow_missing": True}
    faces = folder.load(tmp_path, "ratings.csv", **options)
    assert faces.table["face_id"].tolist() == ["a", "b"]
    assert faces.raters(["joy"]).to_numpy().tolist() == [
        ["a", "joy", 2],
        ["a", "joy", 3],
        ["b", "joy", 4],
        ["b", "joy", 7],
    ]
    assert set(faces.raters(["calm", "joy"])["attribute"]) == {"joy", "calm"}
    (tmp_path / "means.csv").write_text("Photo,Joy\na.png,2\nb.png,3\n")
    columns = {"file": "Photo", "joy": "Joy"}
    assert folder.load(tmp_path, "means.csv", columns, rating_scale=SCALE).raters is None
