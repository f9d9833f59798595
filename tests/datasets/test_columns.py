"""What columns hold is recognised in tables as people keep them, and what may mean two things is left out."""

import pandas as pd
import pytest

from facelrp.datasets.columns import plain, rating_name, understand
from facelrp.errors import InputError

IMAGES = [f"f{k}.jpg" for k in range(8)]
JOY = ["1.5", "2", "6.5", "3", "3.5", "4", "5", "6"]


def table(**columns):
    """A table of eight rows with the images f0.jpg to f7.jpg in the column Photo, unless it is given."""
    columns = {"Photo": IMAGES} | columns
    length = max(map(len, columns.values()))
    return pd.DataFrame(columns, index=pd.RangeIndex(2, length + 2, name="line"), dtype=str)


def understood(**columns):
    return understand(table(**columns), IMAGES, "x.csv")


def long(**others):
    """Four raters, each of all faces, with what is said of both."""
    rows = pd.MultiIndex.from_product([IMAGES, ["r1", "r2", "r3", "r4"]], names=["Photo", "by"]).to_frame(index=False)
    rows["joy"] = [str(1 + (3 * k + k // 5) % 7) for k in range(len(rows))]
    for name, value in others.items():
        rows[name] = [value(photo, by) for photo, by in zip(rows["Photo"], rows["by"], strict=True)]
    return rows.set_axis(pd.RangeIndex(2, len(rows) + 2, name="line"))


def test_german_and_english_tables_are_understood():
    for names in (["Person", "Alter", "Geschlecht", "Ausdruck"], ["identity", "Age (years)", "Sex", "Expression"]):
        cells = [[f"p{k // 2}" for k in range(8)], list("23456789"), ["w", "m"] * 4, ["froh", "neutral"] * 4]
        cells[1][0], cells[3] = "71", ["happy", "neutral"] * 4
        found = understood(**dict(zip(names, cells, strict=True)), joy=JOY)
        assert found.columns == dict(
            zip(["file", "identity", "age", "gender", "state"], ["Photo", *names], strict=True)
        )
        assert found.codes == {"gender": {"w": "female", "m": "male"}}
        assert found.ratings["joy"].tolist() == [float(cell) for cell in JOY]
        assert found.left_out == {}


@pytest.mark.parametrize(
    "cells",
    [
        IMAGES,
        [f"f{k}" for k in range(8)],
        [f"F{k}.JPG" for k in range(8)],
        [".\\f0.jpg", *IMAGES[1:]],
        [*IMAGES[:5], "none.jpg", "", "x"],
    ],
)
def test_files_are_found_by_what_is_there(cells):
    found = understood(Photo=["Ann"] * 8, whatever=cells, joy=JOY)
    assert found.columns["file"] == "whatever"


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        (["f", "m"] * 4, None),
        (["female", "Male"] * 4, None),
        (["Frau", "Mann"] * 4, {"Frau": "female", "Mann": "male"}),
        (["weiblich", "männlich"] * 4, {"weiblich": "female", "männlich": "male"}),
        (["w", "m", "d", "w"] * 2, {"w": "female", "m": "male", "d": ""}),
        (["w", "m", "", "w"] * 2, {"w": "female", "m": "male"}),
        # Male in one table, female in another.
        (["1", "2"] * 4, "which sex is 1, 2"),
        (["0", "1"] * 4, "which sex is 0, 1"),
        (["h", "m"] * 4, "which sex is h, m"),
        (["w"] * 8, "which sex is w"),
    ],
)
def test_sexes_are_never_guessed(cells, codes):
    found = understood(sex=cells, joy=JOY)
    if isinstance(codes, str):
        assert found.left_out["sex"].startswith(codes)
        assert found.unclear == {"gender": "sex"}
        assert "gender" not in found.columns
    else:
        assert found.columns["gender"] == "sex"
        assert found.codes == ({"gender": codes} if codes else {})


@pytest.mark.parametrize(
    ("column", "cells", "reason"),
    [
        ("age", ["1", "2", "3", "1", "2", "3", "1", "2"], "years, or classes of age?"),
        ("age", ["31", "old", *"23456789"][:8], "not all are years"),
        ("age", ["310", *"2345678"], "not all are years"),
        ("person", ["Ann", "", "Bob", "Cy", "Di", "Ed", "Flo", "Gus"], "somebody has no name"),
        ("state", ["happy", "angry"] * 4, "it has other states"),
        ("state", ["happy"] * 8, "it has other states"),
        ("note", ["blurred", *[""] * 7], "it has no numbers"),
        ("note", [""] * 8, "it is blank"),
        ("fear", ["1.5", "?", *JOY[2:]], "'?' on line 3 is not a number"),
        ("number", JOY, "by its name"),
        ("Joy SD", JOY, "by its name"),
        ("x", [str(k) for k in range(11, 19)], "it numbers the rows"),
        ("glasses", ["0", "1"] * 4, "it has fewer than three different"),
    ],
)
def test_what_is_no_rating_is_left_out_with_the_reason(column, cells, reason):
    found = understood(**{column: cells}, joy=JOY)
    assert found.left_out[column].startswith(reason)
    assert list(found.ratings) == ["joy"]


def test_a_row_per_rater_and_face():
    cells = long(
        age=lambda photo, by: str(20 + IMAGES.index(photo)),
        Geschlecht=lambda photo, by: "w" if by < "r3" else "m",
        VP_Alter=lambda photo, by: {"r1": "20", "r2": "31", "r3": "40", "r4": "33"}[by],
        luminance=lambda photo, by: str(100 + 7 * IMAGES.index(photo) % 5),
        position=lambda photo, by: str(IMAGES.index(photo)),
    ).rename(columns={"by": "VP-Nr."})
    found = understand(cells, IMAGES, "x.csv")
    assert found.columns == {"file": "Photo", "rater": "VP-Nr.", "age": "age"}
    assert list(found.ratings) == ["joy"]
    assert found.left_out == {
        "Geschlecht": "it differs between the rows of a file, so it is not about the face",
        "VP_Alter": "it is about the rater",
        "luminance": "it is about the face",
        "position": "it is about the face",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda cells: cells.drop(columns="by"), "'f0.jpg' is on lines 2, 3, 4, 5, and no column tells raters apart"),
        (
            lambda cells: cells.rename(columns={"by": "rater"}).replace({"rater": {"r2": "r1"}}),
            "column rater: 'r1' rates 'f0.jpg' on lines 2, 3 — leave one of them out",
        ),
        (lambda cells: cells.assign(Photo="g.jpg"), "line|none of the files in column 'Photo', such as 'g.jpg'"),
        (lambda cells: cells[["joy"]], "no column names images of the folder, such as f0.jpg"),
    ],
)
def test_faults_are_one_line(change, message):
    with pytest.raises(InputError, match=message) as caught:
        understand(change(long()), IMAGES, "x.csv")
    assert "\n" not in str(caught.value)
    assert caught.value.fix


def test_names():
    assert plain("Größe (1–7)") == "groesse"
    assert plain("Rater_ID") == "raterid"
    taken = ["joy"]
    for column, expected in {
        "Attraktivität (1-7)": "Attraktivitaet",
        "naïve & kind": "naive_kind",
        "Joy": "Joy_2",
        "joy!": "joy_3",
        "魅力": "rating",
        "知性": "rating_2",
        "2nd impression": "2nd_impression",
    }.items():
        taken.append(rating_name(column, taken))
        assert taken[-1] == expected
