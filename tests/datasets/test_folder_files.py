"""Files and columns that a user's own table names are found whatever form of Unicode, and never taken for others."""

import unicodedata

import pytest
from lookalikes import workbook
from PIL import Image

from facelrp.datasets import folder
from facelrp.errors import InputError

NAMES = ["é.png", "Zoë Müller.png", "é/ñandú.png", "한국.png", "Å.png", "ế.png"]
FORMS = ["NFC", "NFD"]


@pytest.fixture
def read(tmp_path):
    def read(files, cells, outlines=None, **options):
        for number, name in enumerate(files):
            (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
            Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / name)
        lines = [f'"{cell}",{(outlines or {}).get(cell, "")}' for cell in cells]
        (tmp_path / "ratings.csv").write_text("\n".join(["Photo,parts", *lines]), encoding="utf-8")
        return folder.load(tmp_path, "ratings.csv", {"file": "Photo", "outlines": "parts"}, **options)

    return read


@pytest.mark.parametrize("in_table", FORMS)
@pytest.mark.parametrize("on_disk", FORMS)
def test_names_are_equal_in_every_form_of_unicode(read, on_disk, in_table):
    """macOS and some programs write "é" as two characters."""
    files = [unicodedata.normalize(on_disk, name) for name in NAMES]
    faces = read(files, [unicodedata.normalize(in_table, name) for name in NAMES])
    # Sorted, whatever the order of the table.
    assert faces.table["face_id"].tolist() == sorted(name.removesuffix(".png") for name in NAMES)
    numbers = [NAMES.index(f"{face_id}.png") for face_id in faces.table["face_id"]]
    assert [faces.face(k).image[0, 0, 0] for k in range(len(NAMES))] == numbers


def test_outlines_are_found_likewise(read, tmp_path):
    (tmp_path / unicodedata.normalize("NFD", "é.csv")).write_text("part,points\nnose,0 0; 8 0; 8 8\n")
    assert read(["a.png"], ["a.png"], {"a.png": "é.csv"}).face(0).parts.any()


def test_columns_are_found_likewise(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    for in_table in FORMS:
        for in_config in FORMS:
            header = unicodedata.normalize(in_table, "Größe")
            (tmp_path / "ratings.csv").write_text(f"Photo , {header} \na.png,3\n", encoding="utf-8")
            columns = {"file": " Photo", "size": unicodedata.normalize(in_config, "Größe")}
            assert folder.load(tmp_path, "ratings.csv", columns, rating_scale=[1, 7]).table["size"].tolist() == [3]


def test_refuses_two_files_that_look_the_same(read):
    files = [unicodedata.normalize(form, "é.png") for form in FORMS]
    for cell in files:
        with pytest.raises(InputError, match=r"two files are called 'é.png', in different forms of Unicode — rename"):
            read(files, [cell])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("A.png", r"A.png \(but there is 'a.png': capitals and blanks count\)"),
        ("a.PNG", r"a.PNG \(but there is 'a.png'"),
        ("sub/B.png", r"sub/B.png \(but there is 'b .png'|sub/B.png — "),
        ("sub", r"sub \(a folder\)"),
        ("sub/", r"sub/ \(a folder\)"),
        ("a.png/b.png", "a.png/b.png — "),
        ("x" * 300 + ".png", "1 files are missing: xxx"),
        ("none/none.png", "none/none.png — put them there"),
    ],
)
def test_names_what_is_there_instead_of_a_missing_file(read, cell, message):
    with pytest.raises(InputError, match=message):
        read(["a.png", "sub/b .png"], [cell])


@pytest.mark.parametrize("cell", [".", "./", "..", "/", "//", "sub/..", "a\nb.png", "a\tb.png", "c:x.png"])
def test_refuses_what_is_no_path(read, cell):
    with pytest.raises(
        InputError, match=r"line 2, column Photo: .* is not a path below the folder of images"
    ) as caught:
        read(["a.png"], [cell])
    assert "\n" not in str(caught.value)


def test_a_colon_is_part_of_a_name(read):
    assert read(["12:30.png"], ["12:30.png"]).table["face_id"].tolist() == ["12:30"]


def test_refuses_one_image_as_two_faces(tmp_path):
    """One of them could be in the training set, and the other in the test set."""
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    for other in ("a.png", "./a.png", ".//a.png", ".\\a.png"):
        (tmp_path / "ratings.csv").write_text(f"Photo,who\na.png,one\n{other},two\n")
        with pytest.raises(InputError, match=r"ratings.csv, column file: 'a.png' is on lines 2 and 3"):
            folder.load(tmp_path, "ratings.csv", {"file": "Photo", "face_id": "who"})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"joy": "x", "glee": "x"}, "columns: joy and glee are both read from 'x'"),
        ({"joy": "x", "age": " x"}, "columns: joy and age are both read from ' x'"),
        ({"gender": "x", "state": "x"}, "columns: gender and state are both read from 'x'"),
    ],
)
def test_refuses_two_contents_of_one_column(tmp_path, columns, message):
    with pytest.raises(InputError, match=message):
        folder.load(tmp_path, "ratings.csv", {"file": "Photo", **columns}, rating_scale=[1, 7])


def test_excel_gives_the_same_faces_as_csv(tmp_path):
    rows = [["Photo", "who", "mood", "years", "sex", "joy"]]
    for k in range(6):
        Image.new("RGB", (8, 8), (k, 0, 0)).save(tmp_path / f"{k}.png")
        mood, sex = ("HA", "SA")[k % 2], 1 + k % 2
        rows.append([f"{k}.png", f"p{k // 2}", mood, (31 + k, "NA")[k == 3], sex, 1 + k / 8])
    (tmp_path / "ratings.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    (tmp_path / "ratings.xlsx").write_bytes(workbook({"Ratings": rows}))
    columns = {"file": "Photo", "identity": "who", "state": "mood", "age": "years", "gender": "sex", "joy": "joy"}
    codes = {"state": {"HA": "happy", "SA": "sad"}, "gender": {"1": "male", "2": "female"}}
    options = {"columns": columns, "rating_scale": [1, 7], "codes": codes, "pairs": True}
    plain = folder.load(tmp_path, "ratings.csv", **options).table
    assert plain.equals(folder.load(tmp_path, "ratings.xlsx", **options).table)
    assert plain.equals(folder.load(tmp_path, "ratings.xlsx", sheet="Ratings", **options).table)
    assert plain["joy"].tolist() == [1 + k / 8 for k in range(6)]
    assert plain["gender"].tolist() == [100, 0] * 3


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("joy", 8, "row 3, column joy: '8' is not a number from 1 to 7"),
        ("joy", "1.234,5", "row 3, column joy: '1.234,5' is not a number from 1 to 7 — write decimals with a point"),
        ("joy", True, "row 3, column joy: 'TRUE' is not a number"),
        ("Photo", "0.png", "column face_id: '0' is on rows 2 and 3"),
        ("Photo", "../0.png", "row 3, column Photo: '../0.png' is not a path"),
        ("Photo", None, "row 3, column Photo: no file is named"),
        ("who", None, "column who: no identity on row 3"),
        ("who", "p1", "row 2: 'p0' appears as happy, not once each"),
        ("mood", "tired", "row 3, column mood: 'tired' is not a state"),
        ("sex", 1, "row 3, column sex: '1' may mean either sex"),
    ],
)
def test_cells_of_excel_are_named_by_row_and_column(tmp_path, column, cell, message):
    header = ["Photo", "who", "mood", "sex", "joy"]
    rows = [header, ["0.png", "p0", "happy", "f", 3], ["1.png", "p0", "sad", "m", 4]]
    rows[2][header.index(column)] = cell
    for k in range(2):
        Image.new("RGB", (8, 8)).save(tmp_path / f"{k}.png")
    (tmp_path / "ratings.xlsx").write_bytes(workbook({"Ratings": rows}))
    columns = {"file": "Photo", "identity": "who", "state": "mood", "gender": "sex", "joy": "joy"}
    with pytest.raises(InputError, match=rf"ratings.xlsx, sheet Ratings, {message}"):
        folder.load(tmp_path, "ratings.xlsx", columns, rating_scale=[1, 7], pairs=True)
