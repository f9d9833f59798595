"""The reader of users' own faces is tested on a folder of drawn ones.

Each of these faults ends with a message that names its location and the fix:

==========================================  ===========================
Fault                                       The message names
==========================================  ===========================
columns: no files, not in the table, twice  option; file, line 1, column
ratings without scale, scale reversed       option
unknown state, in the table or the option   file, line, column; option
rating: text, beyond the scale              file, line, column
age, sex: not known, could be several       file, line, column
file: none, absolute, ``..``, a drive       file, line, column
face twice, identity empty                  file, column, lines
image or outlines missing                   folder, names
image truncated, no image                   the image
outlines: no such part, no polygon          their file, line, column
pairs: one state, a person in one of two,   file, lines
twice in one, no state
box outside, unknown fit                    option
==========================================  ===========================
"""

import numpy as np
import pytest
from lookalikes import own_files, write_tree

from facelrp.datasets import folder, synthetic
from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.parts import LABEL, mask

COLUMNS = {"file": "Photo", "identity": "who", "state": "mood", "age": "years", "gender": "sex", "happy": "joy"}
OPTIONS = {
    "table": "ratings.csv",
    "columns": COLUMNS,
    "rating_scale": (1, 7),
    "codes": {"state": {"HA": "happy", "SA": "sad"}},
}


@pytest.fixture(scope="module")
def files():
    return own_files()


@pytest.fixture
def source(tmp_path, files):
    write_tree(tmp_path, files)
    return tmp_path


def read(source, **options):
    return folder.load(source, **OPTIONS | options)


def rewrite(source, change):
    """Change the table's text."""
    path = source / "ratings.csv"
    path.write_text(change(path.read_text()))


def drawn():
    return synthetic.load(count=3, seed=3, pairs=True)


def test_reads_a_table_in_the_users_words(source):
    faces = load("folder", source, **OPTIONS)
    expected = drawn().table
    assert faces.scale == (1, 7)
    assert faces.table.columns.tolist() == ["face_id", "identity", "state", "age", "gender", "happy"]
    assert faces.table.face_id.tolist() == [f"photos/{p} {k}" for p in expected.identity.unique() for k in (0, 1)]
    for column in ("identity", "state", "age", "gender"):
        assert faces.table[column].equals(expected[column]), column
    np.testing.assert_allclose((faces.table.happy - 1) / 6, (expected.happy - 1) / 8, atol=1e-3)


def test_reads_images(source):
    faces = read(source)
    assert np.abs(faces.face(1).image.astype(int) - drawn().face(1).image).max() == 0
    assert np.abs(faces.face(2).image.astype(int) - drawn().face(2).image).mean() < 3
    assert not faces.face(0).parts.any()


def test_needs_only_the_column_of_files(source):
    faces = folder.load(source, "ratings.csv", {"file": "Photo"})
    assert faces.scale is None
    assert faces.table.columns.tolist() == ["face_id", "identity", "state"]
    assert faces.table.identity.equals(faces.table.face_id)
    assert (faces.table.state == "").all()


def test_takes_names_and_tables_from_elsewhere(source, tmp_path):
    other = tmp_path / "elsewhere.csv"
    other.write_text("Photo,name,joy\nphotos\\p000002 1.png,Ann,3\nphotos/p000001 0.jpg,Bob,4\n")
    columns = {"file": "Photo", "face_id": "name", "happy": "joy"}
    faces = folder.load(source, other, columns, rating_scale=[1, 7])
    assert faces.table.face_id.tolist() == ["Ann", "Bob"]
    assert np.array_equal(faces.face(0).image, drawn().face(3).image)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["female", "Male", "woman"], [0, 100, 0]),
        (["F", "m", ""], [0, 100, np.nan]),
        (["MAN", "NA", "M"], [100, np.nan, 100]),
    ],
)
def test_understands_sexes_in_words(source, cells, expected):
    rewrite(source, lambda _: "Photo,sex\n" + "".join(f"photos/p00000{k + 1} 0.jpg,{c}\n" for k, c in enumerate(cells)))
    table = folder.load(source, "ratings.csv", {"file": "Photo", "gender": "sex"}).table
    np.testing.assert_array_equal(table.gender, expected)


def test_parts_from_eyes_and_mouth(source):
    """Positions may be given in fractions of the image or in pixels."""
    points = {
        name: np.argwhere(mask(drawn().face(0).parts, name)).mean(axis=0)[::-1] + 0.5
        for name in ("right_eye", "left_eye", "mouth")
    }
    in_pixels = read(source, template={name: point.tolist() for name, point in points.items()}).face(0).parts
    in_fractions = read(source, template={name: (point / 227).tolist() for name, point in points.items()}).face(0).parts
    assert (in_pixels == in_fractions).all()
    for name, point in points.items():
        found = np.argwhere(mask(in_pixels, name)).mean(axis=0)[::-1] + 0.5
        np.testing.assert_allclose(found, point, atol=1)


def test_parts_of_faces_framed_as_ffhq(source):
    parts = read(source, template="ffhq").face(0).parts
    y, x = np.argwhere(mask(parts, "right_eye")).mean(axis=0)
    assert (x, y) == pytest.approx((373 * 227 / 1024, 481 * 227 / 1024), abs=1.5)


def test_outlines_of_a_face_replace_the_template(source):
    write_tree(source, {"outlines/1.csv": b"part,points\nnose,0 0; 114 0; 114 227; 0 227\n"})
    rewrite(
        source,
        lambda text: "\n".join(
            line + end for line, end in zip(text.splitlines(), (",lines", ",outlines/1.csv", *[","] * 5), strict=True)
        ),
    )
    faces = read(source, columns=COLUMNS | {"outlines": "lines"}, template="ffhq")
    parts = faces.face(0).parts
    assert (parts[:, :114] == LABEL["nose"]).all()
    assert not parts[:, 114:].any()
    assert LABEL["jaw"] in faces.face(1).parts
    assert "outlines" not in faces.table


def test_pairs(source):
    faces = read(source, pairs=True, first_faces=2)
    assert faces.table.state.tolist() == ["happy", "sad"] * 2
    assert faces.table.identity.nunique() == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace(",HA,", ",SA,"), "states: sad"),
        (lambda text: text.replace(",HA,", ",,"), "states: none, sad"),
        (lambda text: "\n".join(text.splitlines()[:-1]), "line 6: 'p000003' appears as happy, not once each"),
        (lambda text: text.replace("p000002,HA", "p000002,SA"), "line 4 and 5: 'p000002' appears as sad, sad"),
        (
            lambda text: text.replace("p000002,HA", "p000001,HA"),
            "line 2 and 3 and 4: 'p000001' appears as happy, sad, h",
        ),
    ],
)
def test_refuses_faulty_pairs(source, change, message):
    rewrite(source, change)
    assert len(read(source).table) >= 5
    with pytest.raises(InputError, match=message) as caught:
        read(source, pairs=True)
    assert "ratings.csv" in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("joy", "fun", "line 1: no column is called joy .*found: Photo, who"),
        ("years", "joy", "line 1: two columns are called 'joy'"),
        (",HA,", ",tired,", "line 2, column mood: 'tired' is not a state — write one of neutral, happy, sad"),
        ("\nphotos/p000001 1", "\n/photos/p000001 1", "line 3, column Photo: '/photos.*' is not a path below"),
        ("\nphotos/p000001 1", "\n../photos/p000001 1", "line 3, column Photo: '../photos.*' is not a path below"),
        ("\nphotos/p000001 1", "\na\\..\\..\\p000001 1", "line 3, column Photo: .* is not a path below"),
        ("\nphotos/p000001 1", "\nC:/p000001 1", "line 3, column Photo: .* is not a path below"),
        ("\nphotos/p000001 1.png", "\n", "line 3, column Photo: no file is named"),
        ("\nphotos/p000001 1.png", "\nphotos/p000001 0.jpg", "column face_id: .* is on lines 2 and 3"),
        ("p000001 1.png,p000001", "p000001 1.png,", "column who: no identity on line 3"),
    ],
)
def test_refuses_faulty_tables(source, old, new, message):
    rewrite(source, lambda text: text.replace(old, new))
    with pytest.raises(InputError, match=message) as caught:
        read(source)
    assert "ratings.csv" in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("joy", "much", "'much' is not a number from 1 to 7"),
        ("joy", "none", "'none' is not a number from 1 to 7"),
        ("joy", "7.01", "'7.01' is not a number from 1 to 7"),
        ("joy", "0.99", "'0.99' is not a number from 1 to 7"),
        ("years", "old", "'old' is not a number from 0 to 120"),
        ("years", "-1", "'-1' is not a number from 0 to 120"),
        ("sex", "x", "'x' is neither female nor male"),
        ("sex", "1", "'1' may mean either sex"),
    ],
)
def test_refuses_faulty_cells(source, column, cell, message):
    def change(text):
        header, *lines = text.splitlines()
        cells = lines[1].split(",")
        cells[header.split(",").index(column)] = cell
        return "\n".join([header, lines[0], ",".join(cells), *lines[2:]])

    rewrite(source, change)
    with pytest.raises(InputError, match=f"ratings.csv, line 3, column {column}: {message}") as caught:
        read(source)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"happy": "joy"}}, "columns: no column of files is named"),
        ({"columns": ["Photo"]}, "columns: no column of files is named"),
        ({"rating_scale": None}, r"rating_scale: ratings \(happy\) without a scale"),
        ({"rating_scale": (7, 1)}, "rating_scale: .* is not a scale"),
        ({"rating_scale": (1, 5, 9)}, "rating_scale: .* is not a scale"),
        ({"rating_scale": ("1", "x")}, "rating_scale: .* is not a scale"),
        ({"codes": {"state": {"HA": "joyful"}}}, "codes: state: no state is called 'joyful'"),
        ({"table": "nothing.csv"}, "nothing.csv: the table is missing"),
        ({"template": "nothing.csv"}, "nothing.csv: the table is missing"),
        ({"template": {"mouth": (1, 2)}}, "template: points of mouth"),
    ],
)
def test_refuses_faulty_options_at_once(source, options, message):
    with pytest.raises(InputError, match=message) as caught:
        read(source, **options)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("options", "message"), [({"crop_box": (0, 0, 500, 100)}, "box: "), ({"fit": "stretch"}, "fit: ")]
)
def test_refuses_faulty_framing(source, options, message):
    with pytest.raises(InputError, match=message):
        read(source, **options).face(0)


def test_names_missing_files(source, caplog):
    (source / "photos/p000002 0.jpg").unlink()
    with pytest.raises(InputError, match=r"1 files are missing: photos/p000002 0.jpg — .*allow_missing"):
        read(source)
    assert len(read(source, allow_missing=True).table) == 5
    assert "p000002 0.jpg" in caplog.text
    assert read(source, allow_missing=True, pairs=True).table.identity.tolist() == ["p000001"] * 2 + ["p000003"] * 2
    for image in (source / "photos").iterdir():
        image.unlink()
    with pytest.raises(InputError, match="no face is left"):
        read(source, allow_missing=True)


def test_refuses_broken_images_and_outlines(source):
    (source / "photos/p000001 0.jpg").write_bytes((source / "photos/p000001 0.jpg").read_bytes()[:2000])
    (source / "photos/p000001 1.png").write_text("<html>")
    faces = read(source)
    with pytest.raises(InputError, match=r"p000001 0.jpg: damaged or truncated"):
        faces.face(0)
    with pytest.raises(InputError, match=r"p000001 1.png: not an image"):
        faces.face(1)
    rewrite(source, lambda text: text.replace("\n", ",1.csv\n").replace("joy,1.csv", "joy,lines"))
    with pytest.raises(InputError, match=r"6 files are missing: 1\.csv"):
        read(source, columns=COLUMNS | {"outlines": "lines"})
    (source / "1.csv").write_text("part,points\nsnout,1 2; 3 4; 5 7\n")
    with pytest.raises(InputError, match=r"1\.csv, line 2, column part: no part is called 'snout'"):
        read(source, columns=COLUMNS | {"outlines": "lines"}).face(2)
