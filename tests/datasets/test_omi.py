"""The OMI reader is tested on look-alikes with the real layout, and on the real archive if it is present.

=============================  ==========================
Fault                          The message names
=============================  ==========================
table missing, empty, no text  the file
column missing, twice          file, line 1, column
rating: text, NaN, empty, >100  file, line, column
stimulus: not whole, < 1       file, line, column
stimulus twice                 file, column, both lines
image missing                  folder, image
image of the wrong size        image
image truncated                image
box outside, unknown fit       option
=============================  ==========================
"""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facelrp.datasets import omi
from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.parts import LABEL, PARTS, mask
from facelrp.sources.archives import read_manifest
from facelrp.sources.extraction import extract

CHECKOUT = Path(__file__).parents[2]
ARCHIVE = CHECKOUT.parent / "shared" / "data" / "omi-53bb3c13113afc3ae67aa6ede4ac9dfe33f306af.zip"
HEADER = "stimulus,trustworthy,age,gender,happy,well-groomed"
ROWS = ["1,43.5,50,86.25,18,48", "2,65,31,12,75,78", "10,50,20,100,0,1.5"]


def table(*rows, header=HEADER):
    return "\n".join([header, *rows]) + "\n"


@pytest.fixture(scope="module")
def pictures():
    """Three images in which one quarter differs from the rest."""
    pictures = {}
    for stimulus, grey in ((1, 50), (2, 100), (10, 200)):
        pictures[stimulus] = np.full((1024, 1024, 3), grey, np.uint8)
        pictures[stimulus][:512, 512:] = (200, 30, 30)
    return pictures


@pytest.fixture
def source(tmp_path, pictures):
    (tmp_path / "images").mkdir()
    for stimulus, pixels in pictures.items():
        Image.fromarray(pixels).save(tmp_path / "images" / f"{stimulus}.jpg", quality=95)
    (tmp_path / "attribute_means.csv").write_text(table(*ROWS))
    return tmp_path


def test_reads_ratings_by_column_name(source):
    faces = load("omi", source)
    assert faces.scale == (0, 100)
    assert faces.table.columns.tolist() == [
        *("face_id", "identity", "state", "age", "gender", "trustworthy", "happy", "well_groomed")
    ]
    assert faces.table.face_id.tolist() == ["omi0001", "omi0002", "omi0010"]
    assert faces.table.identity.tolist() == faces.table.face_id.tolist()
    assert (faces.table.state == "").all()
    assert faces.table.loc[0, "age":].tolist() == [50, 86.25, 43.5, 18, 48]
    assert (faces.table.loc[:, "age":].dtypes == "float64").all()


@pytest.mark.parametrize(
    "text",
    [
        table(*ROWS).replace("\n", "\r\n"),
        "\ufeff" + table(*ROWS),
        table(*ROWS[:2], "", "  , ,,,,", ROWS[2]),
        table(*(row.replace(",", " , ") for row in ROWS)),
    ],
    ids=["windows", "byte order mark", "blank lines", "blanks"],
)
def test_reads_tables_of_any_system(source, text):
    expected = omi.load(source).table
    (source / "attribute_means.csv").write_bytes(text.encode())
    assert omi.load(source).table.equals(expected)


def test_reads_images(source):
    faces = omi.load(source)
    face = faces.face(2)
    assert face.image.shape == (227, 227, 3)
    assert face.image.dtype == np.uint8
    np.testing.assert_allclose(face.image[170, 50], 200, atol=3)
    np.testing.assert_allclose(face.image[50, 170], (200, 30, 30), atol=8)
    assert face.parts.shape == (227, 227)
    assert face.parts.dtype == np.uint8
    assert set(np.unique(face.parts)) == set(range(len(PARTS)))
    assert (faces.face(0).parts == face.parts).all()


def test_parts_follow_the_crop_box(source):
    """In the upper left quarter of the image, the person's right eye is below and right of the centre."""
    face = omi.load(source, crop_box=(0, 0, 0.5, 0.5)).face(0)
    assert LABEL["left_eye"] not in face.parts
    y, x = np.argwhere(mask(face.parts, "right_eye")).mean(axis=0)
    assert (x, y) == pytest.approx((2 * 83, 2 * 106), abs=6)


def test_padding_leaves_a_white_frame_without_parts(source):
    face = omi.load(source, fit="pad", crop_box=(0, 256, 1024, 768)).face(0)
    assert (face.image[:50] == 255).all()
    assert (face.parts[:50] == LABEL["background"]).all()
    y, _ = np.argwhere(mask(face.parts, "eyes")).mean(axis=0)
    assert y == pytest.approx(113 - (512 - 481) * 227 / 1024, abs=2)


def test_takes_the_first(source):
    assert omi.load(source, first_faces=2).table.face_id.tolist() == ["omi0001", "omi0002"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "the table is missing"),
        ("", "not a table"),
        (b"\xff\xfes\x00t\x00", "not UTF-8"),
        (table(ROWS[0], ROWS[1] + ",7,8"), "not a table"),
        (table(*ROWS, header=HEADER.replace("age", "years")), "line 1: no column is called age .*found: .*years"),
        (table(*ROWS, header=HEADER.replace("happy", "age")), "line 1: two columns are called 'age'"),
        (table(ROWS[0], "2,65,31,12,much,78"), "line 3, column happy: 'much' is not a number from 0 to 100"),
        (table(ROWS[0], "2,65,31,12,NaN,78"), "line 3, column happy: 'NaN'"),
        (table(ROWS[0], "2,65,31,12,,78"), "line 3, column happy: ''"),
        (table(ROWS[0], "2,65,31,12"), "line 3: not a table: 4 cells where line 1 names 6 columns"),
        (table(ROWS[0], "", "2,65,31,12,inf,78"), "line 4, column happy: 'inf'"),
        (table(ROWS[0], "2,65,31,12,100.1,78"), "line 3, column happy: '100.1'"),
        (table(ROWS[0], "2,65,-1,12,10,78"), "line 3, column age: '-1'"),
        (table(ROWS[0], "2,65,31,12,3,abc"), "line 3, column well-groomed: 'abc'"),
        (table(ROWS[0], "0,65,31,12,3,4"), "line 3, column stimulus: '0' is not a whole number from 1"),
        (table(ROWS[0], "1.5,65,31,12,3,4"), "line 3, column stimulus: '1.5' is not a whole number"),
        (table(*ROWS, ROWS[0]), "column stimulus: '1' is on lines 2 and 5"),
        (table(), "no face is left"),
    ],
)
def test_refuses_faulty_tables(source, text, message):
    path = source / "attribute_means.csv"
    path.unlink()
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message) as caught:
        omi.load(source)
    assert str(source) in str(caught.value)
    assert caught.value.fix


def test_names_missing_images(source, caplog):
    (source / "images" / "2.jpg").unlink()
    with pytest.raises(InputError, match=r"images: 1 images are missing: 2.jpg — .*allow_missing"):
        omi.load(source)
    faces = omi.load(source, allow_missing=True)
    assert faces.table.face_id.tolist() == ["omi0001", "omi0010"]
    assert faces.table.happy.tolist() == [18, 0]
    np.testing.assert_allclose(faces.face(1).image[170, 50], 200, atol=3)
    assert "2.jpg" in caplog.text


def test_refuses_a_folder_without_images(source):
    for image in (source / "images").iterdir():
        image.unlink()
    with pytest.raises(InputError, match="no face is left"):
        omi.load(source, allow_missing=True)


def test_refuses_broken_images(source):
    faces = omi.load(source)
    path = source / "images" / "1.jpg"
    Image.new("RGB", (512, 1024)).save(path)
    with pytest.raises(InputError, match=r"1.jpg: 512×1024 pixels where 1024×1024"):
        faces.face(0)
    whole = (source / "images" / "2.jpg").read_bytes()
    (source / "images" / "2.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"2.jpg: damaged or truncated"):
        faces.face(1)


@pytest.mark.parametrize(
    ("options", "message"), [({"crop_box": (0, 0, 2000, 100)}, "box: "), ({"fit": "stretch"}, "fit: ")]
)
def test_refuses_faulty_options_at_once(source, options, message):
    with pytest.raises(InputError, match=message):
        omi.load(source, **options)


def write_answers(source, text):
    with zipfile.ZipFile(source / "attribute_ratings.zip", "w") as opened:
        opened.writestr("attribute_ratings.csv", text)


ANSWERS = """rating,attribute,rating_type,stimulus
20,happy,normal,1
16,happy,normal,1
90,happy,repeat,1
75,happy,normal,2
60,well-groomed,fill-in,2
50,well-groomed,normal,10
10,happy,normal,77
30,age,normal,1
"""


def test_reads_each_raters_first_answer(source):
    write_answers(source, ANSWERS)
    answers = omi.load(source).raters(["happy", "well_groomed"])
    assert list(map(tuple, answers.to_numpy())) == [
        ("omi0001", "happy", 20),
        ("omi0001", "happy", 16),
        ("omi0002", "happy", 75),
        ("omi0010", "well_groomed", 50),
    ]


def test_without_the_answers_only_means_are_known(source, caplog):
    assert omi.load(source).raters is None
    assert "attribute_ratings.zip is missing" in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rating,attribute,stimulus\n", "not a table of ratings"),
        (ANSWERS.replace("75,", "175,"), "line 5, column rating: '175' is not a number from 0 to 100"),
    ],
)
def test_refuses_faulty_answers(source, text, message):
    write_answers(source, text)
    with pytest.raises(InputError, match=message):
        omi.load(source).raters(["happy"])


def test_refuses_an_archive_without_a_table(source):
    with zipfile.ZipFile(source / "attribute_ratings.zip", "w") as opened:
        opened.writestr("readme.txt", "")
    with pytest.raises(InputError, match="0 tables where one is expected"):
        omi.load(source).raters(["happy"])


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not ARCHIVE.is_file():
        pytest.skip(f"the OMI archive is missing ({ARCHIVE.name} in shared/data beside the checkout)")
    manifest = read_manifest(CHECKOUT / "workflow_scripts/facelrp/datasets/manifests/omi.sha256")
    assert len(manifest) == 1006
    folder = tmp_path_factory.mktemp("omi") / "omi"
    assert extract(ARCHIVE, folder, manifest) == []
    return omi.load(folder)


def test_the_real_ratings(real):
    assert real.table.shape == (1004, 3 + 34)
    assert real.table.face_id.is_unique
    assert real.table.happy.mean() == pytest.approx(56, abs=1)
    assert real.table.happy.std() == pytest.approx(19, abs=1)
    assert real.table.gender[0] == pytest.approx(87, abs=0.2)
    assert {"happy", "attractive", "smart", "trustworthy", "well_groomed"} <= set(real.table)


def test_the_real_raters_made_the_real_ratings(real):
    answers = real.raters(["happy"])
    assert answers.groupby("face_id").size().median() > 25
    means = answers.groupby("face_id")["rating"].mean()
    assert means.size == 1004
    # The ratings are means over all answers, including repeated ones.
    assert np.corrcoef(means, real.table.set_index("face_id").happy[means.index])[0, 1] > 0.99


def test_the_real_eyes_are_in_the_eyes_of_the_template(real):
    """The pupils are the darkest spots in the eyes of the mean face."""
    mean = np.mean([real.face(i).image.mean(axis=2) for i in range(0, 1004, 40)], axis=0)
    parts = real.face(0).parts
    skin = mean[mask(parts, "cheeks")].mean()
    for eye in ("right_eye", "left_eye"):
        area = mask(parts, eye)
        y, x = np.unravel_index(np.where(area, mean, 255).argmin(), mean.shape)
        assert np.hypot(*(np.argwhere(area).mean(axis=0) - (y, x))) < 8
        assert mean[y, x] < 0.6 * skin
