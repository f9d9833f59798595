"""The user's own faces: what each edit of their data reruns, by what is used of it.

Three digests stand for a folder here: ``faces`` (pictures and what is known of each face), and the ratings ``joy`` and
``calm``. `tests/workflow/test_own_data.py` says which rules take them.
"""

import csv
import io
import json
import os
import shutil

import pytest
from lookalikes import workbook

from facelrp.errors import InputError
from facelrp_workflow.own_faces import OwnFaces
from facelrp_workflow.own_files import OwnFiles

COLUMNS = {"file": "Photo", "identity": "Who", "age": "Age", "gender": "Sex", "joy": "Joy", "calm": "Calm"}
ROWS = [
    ["Photo", "Who", "Age", "Sex", "Joy", "Calm", "Notes"],
    ["a.png", "Ann", "31", "female", "3.5", "2", ""],
    ["b.png", "Bob", "40", "male", "6", "", "blurred"],
    ["deep/c.png", "Zoë", "28", "female", "1", "7", ""],
    ["d.png", "Dan", "", "male", "2", "4", ""],
]
ALL = {"faces", "joy", "calm"}


def write(path, rows, encoding="utf-8", **how):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, **how).writerows(rows)
    path.write_bytes(buffer.getvalue().encode(encoding))


def cell(row, column, value):
    """An edit: another content of one cell."""

    def edit(folder):
        rows = [list(one) for one in ROWS]
        rows[row][ROWS[0].index(column)] = value
        write(folder / "ratings.csv", rows)

    return edit


def table(change, **how):
    """An edit: a change of the list of rows."""
    return lambda folder: write(folder / "ratings.csv", change([list(row) for row in ROWS]), **how)


def new_face(folder):
    (folder / "e.png").write_bytes(b"e")
    write(folder / "ratings.csv", [*ROWS, ["e.png", "Eve", "50", "female", "5", "5", ""]])


def renamed(folder):
    (folder / "a.png").rename(folder / "aa.png")
    cell(1, "Photo", "aa.png")(folder)


#: What is done with the data, and which digests change.
EDITS = {
    "nothing": (lambda folder: None, set()),
    "saved as it is": (lambda folder: write(folder / "ratings.csv", ROWS), set()),
    "Thumbs.db": (lambda folder: (folder / "Thumbs.db").write_bytes(b"1"), set()),
    ".DS_Store": (lambda folder: (folder / "deep/.DS_Store").write_bytes(b"1"), set()),
    "Excel's lock file": (lambda folder: (folder / "~$ratings.xlsx").write_bytes(b"1"), set()),
    "a picture that the table does not name": (lambda folder: (folder / "z.png").write_bytes(b"z"), set()),
    "a folder of others": (lambda folder: shutil.copytree(folder / "deep", folder / "old"), set()),
    "a note": (cell(2, "Notes", "sharp"), set()),
    "one more column": (
        table(lambda rows: [[*row, "x"] for row in rows[:1]] + [[*row, "1"] for row in rows[1:]]),
        set(),
    ),
    "columns in another order": (table(lambda rows: [row[::-1] for row in rows]), set()),
    "rows in another order": (table(lambda rows: [rows[0], *rows[:0:-1]]), set()),
    "blank rows": (table(lambda rows: [*rows[:2], [""] * 7, *rows[2:]]), set()),
    "other line ends and quotation marks": (
        table(lambda rows: rows, lineterminator="\r", quoting=csv.QUOTE_ALL),
        set(),
    ),
    "a byte order mark": (table(lambda rows: rows, encoding="utf-8-sig"), set()),
    "another format of cells": (cell(2, "Joy", "6.00"), set()),
    "an Excel file of the same name": (
        lambda folder: (folder / "ratings.csv").write_bytes(workbook({"Ratings": ROWS})),
        set(),
    ),
    "another word for a sex": (cell(1, "Sex", "F"), set()),
    "a rating": (cell(1, "Joy", "3.6"), {"joy"}),
    "a rating taken away": (cell(1, "Joy", ""), {"joy"}),
    "a rating where there was none": (cell(2, "Calm", "5"), {"calm"}),
    "an age": (cell(1, "Age", "32"), {"faces"}),
    "a sex": (cell(4, "Sex", "female"), {"faces"}),
    "another person": (cell(2, "Who", "Ann"), {"faces"}),
    "a picture's bytes": (lambda folder: (folder / "a.png").write_bytes(b"A"), {"faces"}),
    "a picture missing": (lambda folder: (folder / "a.png").unlink(), {"faces"}),
    "a picture renamed": (renamed, ALL),
    "a new face": (new_face, ALL),
    "a new face that nobody rated": (
        table(lambda rows: [*rows, ["z.png", "Zed", "20", "male", "", "", ""]]),
        set(),
    ),
    "a face less": (table(lambda rows: rows[:-1]), ALL),
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "faces"
    (folder / "deep").mkdir(parents=True)
    for row in ROWS[1:]:
        (folder / row[0]).write_bytes(row[0].encode())
    write(folder / "ratings.csv", ROWS)
    return folder


def digests(folder, **changes):
    """The digests of a folder, as a run finds them."""
    settings = {"folder": str(folder), "table": "ratings.csv", "columns": COLUMNS, "rating_scale": [1, 7]} | changes
    uses = OwnFaces(settings).uses()
    own = OwnFiles(folder.parent / "own", {f"mine{end}": use for end, use in uses.items()})
    read = {}
    for end in uses:
        with open(own(f"mine{end}")) as file:
            read[end.removeprefix(".") or "faces"] = json.load(file)
    return read


def changed(before, after):
    return {name for name in before if before[name] != after.get(name)}


@pytest.mark.parametrize(("edit", "expected"), EDITS.values(), ids=EDITS)
def test_an_edit_changes_the_digests_of_what_it_concerns(folder, edit, expected):
    before = digests(folder)
    edit(folder)
    assert changed(before, digests(folder)) == expected


def test_only_what_is_read_of_the_settings_counts(folder):
    """Another name of the table or of a column, or codes for the same, change nothing; another scale does."""
    before = digests(folder)
    write(folder / "new.csv", [["Photo", "Who", "Age", "Sex", "Fun", "Calm", "Notes"], *ROWS[1:]])
    assert changed(before, digests(folder, table="new.csv", columns=COLUMNS | {"joy": "Fun"})) == set()
    assert changed(before, digests(folder, codes={"gender": {"female": "female", "male": "male"}})) == set()
    assert changed(before, digests(folder, rating_scale=[1, 9])) == {"joy", "calm"}
    others = {name: column for name, column in COLUMNS.items() if name != "joy"}
    # The face that is rated on joy alone is left out.
    assert changed(before, digests(folder, columns=others)) == {"joy", "faces"}


def test_another_rating_leaves_the_others_alone(folder):
    columns = {name: column for name, column in COLUMNS.items() if name != "calm"}
    before = digests(folder, columns=columns)
    after = digests(folder)
    assert changed(before, after) == set()
    assert set(after) - set(before) == {"calm"}


def test_files_with_parts_and_the_template_are_used(folder):
    write(folder / "ratings.csv", [["Photo", "Joy", "Parts"], ["a.png", "2", "a.csv"], ["b.png", "3", ""]])
    settings = {"columns": {"file": "Photo", "joy": "Joy", "outlines": "Parts"}, "template": "template.csv"}
    found = [digests(folder, **settings)]
    for name in ("a.csv", "template.csv"):
        (folder / name).write_text("part,points\n")
        found.append(digests(folder, **settings))
        assert changed(*found[-2:]) == {"faces"}


def test_each_raters_rating_is_used(folder):
    rows = [[*row, rater] for rater in ("r1", "r2") for row in ROWS[1:]]
    write(folder / "ratings.csv", [[*ROWS[0], "Rater"], *rows])
    columns = COLUMNS | {"rater": "Rater"}
    before = digests(folder, columns=columns)
    rows[0][4], rows[4][4] = "3", "4"
    # The mean is the same, the raters' agreement is not.
    write(folder / "ratings.csv", [[*ROWS[0], "Rater"], *rows])
    assert changed(before, digests(folder, columns=columns)) == {"joy"}


def test_a_missing_table_is_left_to_the_check_of_paths_and_a_faulty_one_is_named(folder):
    before = digests(folder)
    os.rename(folder / "ratings.csv", folder / "away.csv")
    assert changed(before, digests(folder)) == ALL
    cell(1, "Joy", "much")(folder)
    with pytest.raises(InputError, match=r"ratings\.csv, line 2, column Joy: 'much' is not a number from 1 to 7"):
        digests(folder)
    os.rename(folder / "away.csv", folder / "ratings.csv")
    assert digests(folder) == before
