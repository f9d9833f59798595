"""The reader of the 10k US Adult Faces is tested on look-alikes with the real layout and faces from our generator.

Each of these faults ends with a message that names its location and the fix, and leaves no file behind:

========================================  ================================
Fault                                     The message names
========================================  ================================
source missing                            the path
a table missing, or both                  the files, and where to ask
only the 49 faces' table                  the number of missing faces
image, landmarks, rating missing          each of them
xlsx: text, LFS pointer, cut, a zip       the file
xlsx: bomb                                the file and the member
sheet missing                             file, sheets found
column missing, twice                     file, sheet, column
rating: text, > 9, < 1                    file, sheet, row, column
number: twice, fraction                   file, sheet, row, column
gender, age, emotion beyond their labels  file, sheet, row, column
file name blank, twice (also in case)     file, sheet, row
landmarks: text, 76, far outside, a line  the file
image truncated                           the file in its archive
archive broken                            the archive
archive inside: ``..``, cut               both archives
archives too deep in each other           the outer archive
========================================  ================================
"""

import io
import logging
import tempfile
import zipfile
from collections import Counter

import numpy as np
import openpyxl
import pytest
from lookalikes import (
    ATTRIBUTES,
    jpeg,
    nested,
    numbered,
    us10k_files,
    us10k_header,
    us10k_image,
    us10k_labels,
    us10k_landmarks,
    us10k_names,
    us10k_ratings,
    workbook,
    write_tree,
    zipped,
)

from facelrp.datasets import synthetic, us10k
from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.imaging import fit_image
from facelrp.faces.landmarks import landmark_outlines
from facelrp.faces.parts import mask
from facelrp.faces.portraits import Portrait
from facelrp.faces.templates import fit_label_map
from facelrp.sources.file_search import as_key

COUNT = 12
SCORES = "2kattributes/Full Attribute Scores"
RATINGS = f"{SCORES}/psychology attributes/psychology-attributes.xlsx"
LABELS = f"{SCORES}/demographic & others labels/demographic-others-labels.xlsx"
IMAGES = "10kfaces/10k US Adult Faces Database/Face Images"
ANNOTATIONS = "annotations/Face Annotations/Images and Annotations"


@pytest.fixture(scope="session")
def files():
    return us10k_files(COUNT)


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """The folder in which members of archives are extracted while they are read."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def source(tmp_path, files):
    write_tree(tmp_path / "archives", files)
    return tmp_path / "archives"


def read(source, **options):
    return us10k.load(source, **{"count": COUNT} | options)


def drawn():
    return synthetic.load(count=COUNT, seed=1)


def test_look_alikes_have_the_real_variety_of_names():
    names = us10k_names()
    assert len(set(map(as_key, names))) == 2222
    endings = Counter(
        next(end for end in ("-oval.jpg", "_oval (2).jpg", "_oval.jpg", "") if name.endswith(end)) for name in names
    )
    assert endings == {"_oval.jpg": 2197, "-oval.jpg": 10, "_oval (2).jpg": 14, "": 1}
    assert sum(not name.startswith("Google_") for name in names) == 142


def test_reads_the_tables(source):
    faces = load("us10k", source, count=COUNT)
    assert faces.scale == (1, 9)
    assert faces.table.columns.tolist() == [
        *("face_id", "identity", "state", "age", "gender", *us10k.ATTRIBUTES, "publishable")
    ]
    assert faces.table.face_id.tolist() == [f"us10k{number:04d}" for number in range(1, COUNT + 1)]
    assert faces.table.identity.equals(faces.table.face_id)
    assert faces.table.state.tolist() == ["happy", "sad", "neutral", ""] * (COUNT // 4)
    assert faces.table.gender.tolist() == drawn().table.gender.tolist()
    np.testing.assert_allclose(faces.table.age, drawn().table.age, atol=10)
    for attribute in ATTRIBUTES:
        np.testing.assert_allclose(faces.table[attribute], drawn().table[attribute], rtol=1e-12)
    assert faces.table.publishable.dtype == bool
    assert faces.table.publishable.tolist() == [True] * 3 + [False] * (COUNT - 3)


@pytest.mark.parametrize("edition", [52, 54])
def test_reads_both_editions_by_column_name(source, edition):
    assert len(us10k_header(edition)) == edition
    names, ratings = us10k_names(COUNT), {"weird": np.linspace(1, 9, COUNT), "normal": np.linspace(9, 1, COUNT)}
    (source / RATINGS).write_bytes(us10k_ratings(names, ratings, edition))
    table = read(source).table
    np.testing.assert_allclose(table.normal, ratings["normal"])
    np.testing.assert_allclose(table.weird, ratings["weird"])
    assert len(set(table)) == 6 + 40
    assert {"weird", "untrustworthy", "emotStable"} <= set(table)
    assert not {"catch", "subID", "subage"} & set(table)


#: Least intersection over union with the drawn parts; parts between eyes and hair are less certain than marked ones.
LEAST_OVERLAP = {"nose": 0.8, "mouth": 0.8, "right_eye": 0.75, "left_eye": 0.75, "right_brow": 0.45, "left_brow": 0.45}
LEAST_OVERLAP |= {"jaw": 0.65, "right_cheek": 0.6, "left_cheek": 0.6, "forehead": 0.4}


@pytest.mark.parametrize("swapped", [False, True], ids=["left of the image", "the person's own left"])
def test_parts_come_from_the_landmarks_with_either_meaning_of_left(tmp_path, files, swapped):
    write_tree(tmp_path / "archives", files)
    for k, parts in enumerate(drawn().face(k).parts for k in range(COUNT)):
        text = "".join(f"{x} {y}\n" for x, y in us10k_landmarks(parts, swapped))
        (tmp_path / "archives" / ANNOTATIONS / f"{k + 1}_landmarks.txt").write_text(text)
    faces = read(tmp_path / "archives")
    y, x = np.mgrid[:227, :227] - 113
    for k in range(0, COUNT, 3):
        # The 227 pixels of the drawing are 256 in the image, then 227 again: only its sides are cut off.
        face, true = faces.face(k), drawn().face(k).parts
        for part, least in LEAST_OVERLAP.items():
            found, expected = mask(face.parts, part), mask(true, part)
            assert (found & expected).sum() / (found | expected).sum() > least, (k, part)
        assert not face.parts[np.hypot(x * 256 / 202, y) > 116].any()


def test_parts_end_where_the_oval_ends():
    """Landmarks can reach beyond the oval if it cuts off the cheeks."""
    points = (us10k_landmarks(drawn().face(0).parts) - [101, 128]) * 1.3 + [101, 128]
    parts = fit_label_map(landmark_outlines(points, (256, 202), "here"), (256, 202), "pad")
    y, x = np.mgrid[:227, :227] - 113
    assert not parts[np.hypot(x * 256 / 202, y) > 116].any()
    assert (parts[np.hypot(x * 256 / 202, y) < 111] > 0).all()


def test_images_keep_their_white_frame(source, files):
    face = read(source).face(0)
    assert isinstance(face, Portrait)
    assert (face.image[:, :20] == 255).all()
    assert (face.image[:, -20:] == 255).all()
    assert (face.image[100:120, 100:120] < 255).any()
    assert face.parts[0, 0] == 0
    assert len(np.unique(face.parts)) == 13
    expected = fit_image(np.asarray(us10k_image(drawn().face(0))), "pad").astype(int)
    assert np.abs(face.image - expected).mean() < 3
    squashed = read(source, fit="squash").face(0)
    assert (squashed.image[113, 5:20] < 255).any()


def layouts(files):
    """The same files in the layouts of users."""
    archives = {
        top: {name: content for name, content in files.items() if name.startswith(top)}
        for top in ("10kfaces", "2kattributes", "annotations", "49faces")
    }
    return {
        "four archives": {f"{top}.zip": zipped(content) for top, content in archives.items()},
        "one archive, thrice nested": {"faces/All.ZIP": nested(files, 3)},
        "upper case": {name.upper(): content for name, content in files.items()},
        "parent folders": {f"Downloads/old copy/{name}": content for name, content in files.items()},
        "without folders' names": {
            name if name.startswith("49faces") else f"all/{name.split('/')[-1]}": content
            for name, content in files.items()
            if name != f"{SCORES}/target-filenames.txt"
        },
        "archive and tree": {
            "10kfaces.zip": zipped(archives["10kfaces"]),
            **{name: content for name, content in files.items() if not name.startswith("10kfaces")},
        },
        "among others": files
        | {
            "omi/images/1.jpg": b"another set's",
            "omi.zip": zipped({"images/2.jpg": b"another's"}),
            f"{IMAGES}/small/{us10k_names(COUNT)[0]}": b"thumbnail",
        },
    }


@pytest.mark.parametrize("layout", layouts({}))
def test_finds_the_files_in_any_layout(tmp_path, files, layout, scratch):
    write_tree(tmp_path / "expected", files)
    write_tree(tmp_path / "given", layouts(files)[layout])
    expected, given = read(tmp_path / "expected"), read(tmp_path / "given")
    assert given.table.equals(expected.table)
    assert (given.face(3).image == expected.face(3).image).all()
    assert (given.face(3).parts == expected.face(3).parts).all()
    del given, expected
    assert list(scratch.iterdir()) == []


def test_all_2222_faces_are_found(tmp_path):
    """The full variety of names, in archives, with the accents and blanks of other systems."""
    names = us10k_names()
    image = jpeg(us10k_image(drawn().face(0)))
    points = "".join(f"{x} {y}\n" for x, y in us10k_landmarks(drawn().face(0).parts)).encode()
    ratings = {attribute: np.linspace(1, 9, 2222) for attribute in ATTRIBUTES}
    write_tree(
        tmp_path,
        {
            "10kfaces.zip": zipped({f"{IMAGES}/{name.replace(' ', '  ')}": image for name in names}),
            "annotations.zip": zipped({f"{ANNOTATIONS}/{k}_landmarks.txt": points for k in range(1, 2223)}),
            RATINGS: us10k_ratings(names, ratings),
            LABELS: us10k_labels(names, {"Gender": [1, 0] * 1111}),
            "49faces/target-filenames.txt": numbered(names[2173:]),
        },
    )
    faces = us10k.load(tmp_path)
    assert len(faces.table) == 2222
    assert faces.table.publishable.sum() == 49
    np.testing.assert_allclose(faces.table.happy, ratings["happy"])
    assert faces.face(2221).image.shape == (227, 227, 3)


def test_names_missing_files_and_ratings(source, caplog):
    names = us10k_names(COUNT)
    (source / IMAGES / names[5]).unlink()
    (source / ANNOTATIONS / "6.jpg").unlink()
    (source / ANNOTATIONS / "2_landmarks.txt").unlink()
    book = openpyxl.load_workbook(source / RATINGS)
    for row, value in ((4, None), (5, "NaN")):
        book["Final Values"].cell(row, us10k_header().index("happy") + 1).value = value
    book.save(source / RATINGS)
    with pytest.raises(InputError) as caught:
        read(source)
    missing = [names[5], "2_landmarks.txt", f"{names[2]} (happy)", f"{names[3]} (happy)"]
    assert f"4 things are missing: {', '.join(missing)}" in str(caught.value)
    assert "allow_missing" in caught.value.fix
    assert "wilmabainbridge.com" in caught.value.fix
    faces = read(source, allow_missing=True)
    assert faces.table.face_id.tolist() == [f"us10k{k:04d}" for k in (1, 5, *range(7, COUNT + 1))]
    assert all(one in caplog.text for one in missing)


def test_takes_an_image_from_the_annotations_if_its_name_is_missing(source):
    expected = read(source).face(4).image
    (source / IMAGES / us10k_names(COUNT)[4]).unlink()
    write_tree(source, {"omi/images/5.jpg": b"another set's, larger" * 9999})
    assert (read(source).face(4).image == expected).all()


def test_refuses_the_table_of_the_49_for_all(source):
    (source / RATINGS).unlink()
    with pytest.raises(InputError, match=f"1 things are missing: {COUNT - 3} of {COUNT} faces"):
        read(source)


def test_without_the_list_none_is_publishable(source, caplog):
    next(source.glob("49faces/*/target-filenames.txt")).unlink()
    assert not read(source).table.publishable.any()
    assert "publishable" in caplog.text


def test_unknown_labels_are_nan(source):
    names = us10k_names(COUNT)
    labels = {"Age": ["NaN", 1, 1.5, 5] * 3, "Gender": [None, 0, 1, "NaN"] * 3, "Emotion?": [None, 1, 6, "NaN"] * 3}
    (source / LABELS).write_bytes(us10k_labels(names, labels))
    table = read(source, first_faces=4).table
    np.testing.assert_array_equal(table.age, [np.nan, 19, 22, 67.5])
    np.testing.assert_array_equal(table.gender, [np.nan, 0, 100, np.nan])
    assert table.state.tolist() == ["", "happy", "", ""]


def edited(edit, path=RATINGS):
    """A change of one sheet: (path, function of bytes)."""

    def change(content):
        book = openpyxl.load_workbook(io.BytesIO(content))
        edit(book, book["Final Values"])
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()

    return path, change


def put(row, column, value, path=RATINGS):
    def edit(_, sheet):
        header = [cell.value for cell in sheet[1]]
        sheet.cell(row, header.index(column) + 1).value = value

    return edited(edit, path)


def bomb(_):
    return zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": bytes(9 << 20)})


NAMES = us10k_names(COUNT)
FAULTS = {
    "text": ((RATINGS, lambda _: b"no table"), "psychology-attributes.xlsx: not a complete zip"),
    "lfs pointer": ((LABELS, lambda _: b"version https://git-lfs.github.com/spec/v1\n"), "labels.xlsx: a Git LFS"),
    "cut": ((RATINGS, lambda content: content[: len(content) // 2]), "psychology-attributes.xlsx: cut short"),
    "another zip": ((RATINGS, lambda _: zipped({"a": b"b"})), "psychology-attributes.xlsx: not an Excel file"),
    "broken xml": ((LABELS, lambda content: xml(content)), "labels.xlsx: not an Excel file"),
    "bomb": ((RATINGS, bomb), "attributes.xlsx, member 'xl/workbook.xml': grows more than 200 times"),
    "no sheet": (
        edited(lambda book, sheet: book.remove(sheet)),
        "no sheet is called 'Final Values' .found: Raw, StDev",
    ),
    "empty sheet": ((RATINGS, lambda _: workbook({"Final Values": []})), "sheet Final Values, row 1: no column is"),
    "no column": (put(1, "happy", "joyful"), "Final Values, row 1: no column is called happy .*joyful"),
    "column twice": (put(1, "subage", "Happy"), "Final Values, row 1: two columns are called happy"),
    "text in cell": (put(7, "happy", "much"), "Final Values, row 7, column happy: 'much' is not a number from 1 to 9"),
    "far cell": (edited(lambda book, sheet: sheet.cell(1_000_000, 16_000, 1)), "more than 20,000 rows"),
    "too high": (put(3, "confident", 9.01), "row 3, column confident: '9.01'"),
    "too low": (put(3, "confident", 0), "row 3, column confident: '0'"),
    "number twice": (put(3, "Image #", 1), "column Image #: '1' is on rows 2 and 3"),
    "number with fraction": (put(3, "Image #", 1.5), "row 3, column Image #: '1.5' is not a whole number"),
    "no name": (put(3, "Filename", " "), "row 3, column Filename: no file is named"),
    "name twice": (put(3, "Filename", NAMES[4].upper()), "column Filename: .* is on rows 3 and 6"),
    "gender": (put(3, "Gender", 2, LABELS), "labels.xlsx, sheet Final Values, row 3, column Gender: '2'"),
    "age": (put(3, "Age", 35, LABELS), "row 3, column Age: '35' is not a number from 1 to 5"),
    "emotion": (put(3, "Emotion?", 7, LABELS), r"row 3, column Emotion\?: '7'"),
}


def xml(content):
    """The workbook with a sheet that ends inside a tag."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    return zipped(members | {"xl/worksheets/sheet2.xml": members["xl/worksheets/sheet2.xml"][:900]})


@pytest.mark.parametrize(("change", "message"), FAULTS.values(), ids=FAULTS)
def test_refuses_faulty_tables(source, scratch, change, message):
    path, edit = change
    # Make the faulty table the largest of its name, like the true one.
    for other in source.glob("49faces/*/Attribute Scores/*/*.xlsx"):
        other.unlink()
    (source / path).write_bytes(edit((source / path).read_bytes()))
    with pytest.raises(InputError, match=message) as caught:
        read(source)
    assert caught.value.fix
    assert str(source) in str(caught.value)
    del caught
    assert list(scratch.iterdir()) == []


def test_says_where_to_ask_for_missing_tables(tmp_path):
    with pytest.raises(InputError, match="nothing: neither a folder nor an archive"):
        us10k.load(tmp_path / "nothing")
    with pytest.raises(InputError, match=r"2 tables are missing: psychology.*, demographic.*wilmabainbridge.com"):
        us10k.load(tmp_path)


POINTS = [f"{50 + k} {60 + k * k % 90}" for k in range(77)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "0 landmarks where 77"),
        ("<html>404</html>", "not a file of landmarks"),
        ("\n".join(POINTS[:76]), "76 landmarks where 77"),
        ("\n".join([*POINTS[:76], "5"]), "not a file of landmarks"),
        ("\n".join([*POINTS[:76], "x y"]), "not a file of landmarks"),
        ("\n".join([*POINTS[:40], "50 400", *POINTS[41:]]), "landmark 41: the landmark lies outside"),
        ("\n".join([*POINTS[:40], "nan 40", *POINTS[41:]]), "landmark 41: the landmark lies outside"),
        ("\n".join(["50 60"] * 77), "both eyes are at the same position"),
        ("\n".join(f"{k + 20} {k + 20}" for k in range(77)), "the landmarks of a part lie on a line"),
    ],
)
def test_refuses_faulty_landmarks(source, text, message):
    (source / ANNOTATIONS / "1_landmarks.txt").write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read(source).face(0)
    assert "1_landmarks.txt" in str(caught.value)
    assert caught.value.fix


def test_names_truncated_images_by_their_path_in_the_archive(tmp_path, files):
    name = f"{IMAGES}/{NAMES[0]}"
    cut = {one: content for one, content in files.items() if one.split("/")[-1] != NAMES[0]}
    write_tree(tmp_path / "a", {"all.zip": zipped(cut | {name: files[name][:3000]})})
    with pytest.raises(InputError, match="damaged or truncated") as caught:
        read(tmp_path / "a").face(0)
    assert str(caught.value).startswith(f"{tmp_path}/a/all.zip/{name}: ")


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (lambda files: zipped(files)[:-9], "all.zip: cut short"),
        (lambda files: zipped(files | {"inner.zip": zipped({"a": b"b"})[:-9]}), "all.zip/inner.zip: cut short"),
        (lambda files: zipped(files | {"in.zip": zipped({"../a": b""})}), "all.zip/in.zip, member '../a': a path that"),
        (lambda files: nested(files, 5), "all.zip: too many archives inside, .* or too deep"),
    ],
    ids=["cut", "inner cut", "inner hostile", "too deep"],
)
def test_refuses_broken_and_hostile_archives(tmp_path, scratch, archive, message):
    write_tree(tmp_path / "a", {"all.zip": archive({"some": b"file"})})
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path / "a")
    assert caught.value.fix
    assert list(scratch.iterdir()) == []


def test_reading_archives_prints_nothing(tmp_path, files, capfd, caplog):
    caplog.set_level(logging.INFO)
    write_tree(tmp_path / "a", {"all.zip": zipped(files)})
    read(tmp_path / "a").face(0)
    assert capfd.readouterr().err == ""
    assert caplog.text == ""


def test_reads_the_answers_of_single_raters(source):
    names = us10k_names(COUNT)
    answers = [
        (names[1].upper(), {"happy": 7, "confident": 3}),
        (names[1], {"happy": 8}),
        (names[0], {"confident": 2}),
        ("nobody_oval.jpg", {"happy": 5}),
    ]
    ratings = {name: drawn().table[name] for name in ATTRIBUTES}
    (source / RATINGS).write_bytes(us10k_ratings(names, ratings, answers=answers))
    found = read(source).raters(["happy", "confident"])
    assert list(map(tuple, found.to_numpy())) == [
        ("us10k0002", "happy", 7),
        ("us10k0002", "happy", 8),
        ("us10k0002", "confident", 3),
        ("us10k0001", "confident", 2),
    ]


def test_refuses_an_answer_beyond_the_scale(source):
    names, ratings = us10k_names(COUNT), {name: drawn().table[name] for name in ATTRIBUTES}
    (source / RATINGS).write_bytes(us10k_ratings(names, ratings, raw_rows=0, answers=[(names[0], {"happy": 12})]))
    with pytest.raises(InputError, match=r"sheet Raw, row 2, column happy: '12' is not a number from 1 to 9"):
        read(source).raters(["happy"])


def test_refuses_a_workbook_without_the_sheet_of_single_ratings(source):
    faces = read(source)
    header = ["Filename", "happy"]
    (source / RATINGS).write_bytes(workbook({"Final Values": [header], "StDev Values": [header]}))
    with pytest.raises(InputError, match=r"one sheet of single ratings is expected .*found: none"):
        faces.raters(["happy"])
