"""The KDEF reader is tested on look-alikes with the real layout and faces from our generator.

Each of these faults ends with a message that names its location and the fix, or is reported and skipped:

==================================  =============================================
Fault                               The message names
==================================  =============================================
source missing                      the path
photographs missing                 each of them, and where to register
a black photograph                  its path; the session is left out
misnamed photographs                their paths; skipped
wrong size, truncated               the photograph, in its archive
nothing of KDEF                     the folder
unknown state, or none              the option
box outside, unknown fit            the option
template: a point too few, no       the option
numbers, eyes swapped
template file: no such part, no     file, line, column
polygon, two corners, empty
==================================  =============================================
"""

import io
from collections import Counter

import numpy as np
import pytest
from lookalikes import EYES_AND_MOUTH, jpeg, kdef_files, kdef_names, nested, write_tree, zipped
from PIL import Image

from facelrp.datasets import kdef
from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.parts import LABEL, mask

PEOPLE = ("F01", "F02", "M01")


@pytest.fixture(scope="module")
def files():
    return kdef_files(PEOPLE)


@pytest.fixture
def source(tmp_path, files):
    write_tree(tmp_path / "archives", files)
    return tmp_path / "archives"


def read(source, **options):
    """Load a look-alike, which has only some of the 70 people."""
    return kdef.load(source, **{"allow_missing": True} | options)


def photograph(name):
    return f"KDEF_and_AKDEF/KDEF/{name[:4]}/{name}"


def test_understands_all_4900_names():
    names = kdef_names()
    parsed = [kdef.parse(name) for name in names]
    assert len(set(parsed)) == 4900
    assert [f"{''.join(one)}.JPG" for one in parsed] == names
    assert [kdef.parse(name.lower()) for name in names] == parsed
    straight = [one for one in parsed if one[4] == "S"]
    assert len(straight) == 980
    assert Counter(one[3] for one in straight) == dict.fromkeys(kdef.EXPRESSIONS.values(), 140)
    assert {kdef.file_name("".join(one[:3]), state) for one in straight for state in kdef.EXPRESSIONS} == {
        "".join(one) + ".JPG" for one in straight
    }


@pytest.mark.parametrize(
    "name",
    [
        *("AF00HAS.JPG", "AF36HAS.JPG", "AF1HAS.JPG", "CF01HAS.JPG", "AX01HAS.JPG", "AF01HPS.JPG", "AF01HA.JPG"),
        *("AF01HASL.JPG", "AF01HAV.JPG", "AF01HAS.PNG", "AF01HAS (2).JPG", " AF01HAS.JPG", "FHAS.JPG", "AF０1HAS.JPG"),
    ],
)
def test_refuses_other_names(name):
    assert kdef.parse(name) is None


def test_finds_pairs_of_all_people_in_both_sessions(tmp_path):
    """All 70 people, with one small photograph for all: only the names matter."""
    buffer = io.BytesIO()
    Image.new("RGB", (562, 762), "grey").save(buffer, "PNG")
    names = [name for name in kdef_names() if name.endswith(("HAS.JPG", "SAS.JPG", "NES.JPG", "HAHL.JPG"))]
    write_tree(tmp_path, {"KDEF_and_AKDEF.zip": zipped({photograph(name): buffer.getvalue() for name in names})})
    table = kdef.load(tmp_path).table
    assert len(table) == 280
    assert table.face_id.is_unique
    assert table.identity.nunique() == 70
    assert (table.groupby("identity").size() == 4).all()
    assert table.state.value_counts().to_dict() == {"happy": 140, "sad": 140}
    assert table.columns.tolist() == ["face_id", "identity", "state", "gender"]
    assert table.iloc[0].tolist() == ["kdefAF01_happy", "kdefF01", "happy", 0]
    assert table[table.identity == "kdefM35"].face_id.tolist() == [
        *("kdefAM35_happy", "kdefAM35_sad", "kdefBM35_happy", "kdefBM35_sad")
    ]
    assert table.gender.equals(table.identity.str.contains("M").astype(float) * 100)


def test_reads_photographs(source):
    faces = load("kdef", source, allow_missing=True)
    assert faces.scale is None
    assert faces.table.face_id[3] == "kdefBF01_sad"
    face = faces.face(3)
    assert face.image.shape == (227, 227, 3)
    assert face.parts.shape == (227, 227)
    assert (faces.face(0).parts == face.parts).all()
    y, x = np.argwhere(mask(face.parts, "mouth")).mean(axis=0) + 0.5
    assert (x, y) == pytest.approx((281 * 227 / 562, (512 - 76) * 227 / 562), abs=1)


def test_parts_lie_on_the_drawn_ones(source):
    """Eyes and mouth of the photographs are at the positions of the template; people differ, so not all overlaps."""
    faces = read(source)
    for row in range(len(faces.table)):
        image = faces.face(row).image.astype(float)
        parts = faces.face(row).parts
        for eye in ("right_eye", "left_eye"):
            y, x = np.argwhere(parts == LABEL[eye]).mean(axis=0).round().astype(int)
            pupil, around = image[y - 3 : y + 4, x - 3 : x + 4], image[y - 12 : y + 13, x - 18 : x + 19]
            assert pupil.min() < around.mean() - 40


def test_crop_box_and_template_come_from_the_options(tmp_path):
    points = {"right_eye": (150, 300), "left_eye": (350, 310), "mouth": (260, 560)}
    write_tree(tmp_path, kdef_files(["F01"], points=points))
    box = (50, 150, 450, 650)
    parts = read(tmp_path, crop_box=box, template=points).face(0).parts
    for part, (x, y) in points.items():
        found = np.argwhere(mask(parts, part)).mean(axis=0)[::-1] + 0.5
        np.testing.assert_allclose(found, ((x - 50) * 227 / 400, (y - 150) * 227 / 500), atol=1.5, err_msg=part)
    whole = read(tmp_path, crop_box=None, fit="pad", template=None).face(0)
    assert (whole.image[:, :25] == 255).all()
    assert not whole.parts.any()


def test_template_from_a_file(source):
    (source / "parts.csv").write_text(
        "part,points\njaw,0.2 0.2; 0.8 0.2; 0.8 0.8; 0.2 0.8\nnose,0.4 0.4; 0.6 0.4; 0.5 0.6\n"
    )
    parts = read(source, crop_box=None, template="parts.csv").face(0).parts
    assert (mask(parts, "jaw") | mask(parts, "nose")).mean() == pytest.approx(0.36, abs=0.01)
    assert mask(parts, "nose").mean() == pytest.approx(0.02, abs=0.002)


@pytest.mark.parametrize(
    "layout",
    [
        lambda files: {"KDEF_and_AKDEF.zip": zipped(files)},
        lambda files: {"KDEF_and_AKDEF.ZIP": nested(files, 3)},
        lambda files: {f"KDEF_and_AKDEF/{name}": content for name, content in files.items()},
        lambda files: {name.lower(): content for name, content in files.items()},
        lambda files: {f"all/{name.split('/')[-1]}": content for name, content in files.items()},
        lambda files: files | {photograph("AF01HAS.JPG").replace("KDEF/", "thumbnails/"): b"a small one"},
    ],
    ids=["archive", "nested archives", "nested folders", "lower case", "one folder", "thumbnails"],
)
def test_finds_the_photographs_in_any_layout(tmp_path, files, layout, source):
    write_tree(tmp_path / "given", layout(files))
    given, expected = read(tmp_path / "given"), read(source)
    assert given.table.equals(expected.table)
    assert (given.face(0).image == expected.face(0).image).all()


def test_names_missing_photographs(source, caplog):
    (source / photograph("BF02SAS.JPG")).unlink()
    with pytest.raises(InputError, match=r"269 photographs are missing: .*BF02SAS.JPG, .*kdef.se.*allow_missing"):
        kdef.load(source)
    table = read(source).table
    assert "kdefAF02_sad" in set(table.face_id)
    assert not table.face_id.str.contains("BF02").any()
    assert "BF02SAS.JPG" in caplog.text


def test_reports_and_skips_black_and_misnamed_photographs(source, caplog):
    black = jpeg(Image.new("RGB", (562, 762), (4, 4, 4)))
    write_tree(source, {photograph("BM01HAS.JPG"): black, photograph("AF02DIFL.JPG"): black})
    write_tree(source, {photograph(name): black for name in ("AF01HPS.JPG", "AM01V.JPG")})
    write_tree(source, {"KDEF_and_AKDEF/KDEF/AF01/copy.JPG": black, "holiday/beach.jpg": black})
    table = read(source).table
    assert not table.face_id.str.contains("BM01").any()
    assert len(table) == 4 * len(PEOPLE) - 2
    (skipped,) = (line for line in caplog.messages if "are black" in line)
    assert skipped.endswith("BM01/BM01HAS.JPG")
    (misnamed,) = (line for line in caplog.messages if "for their names" in line)
    assert misnamed.startswith("3 photographs")
    assert all(name in misnamed for name in ("AF01HPS.JPG", "AM01V.JPG", "copy.JPG"))


def test_takes_other_states_and_the_first_people(tmp_path):
    files = kdef_files(["F01", "M01"])
    write_tree(tmp_path, files)
    image = files[photograph("AM01HAS.JPG")]
    write_tree(tmp_path, {photograph(f"{session}M01NES.JPG"): image for session in "AB"})
    table = read(tmp_path, states=("neutral", "happy")).table
    assert table.face_id.tolist() == [
        f"kdef{one}" for one in ("AM01_neutral", "AM01_happy", "BM01_neutral", "BM01_happy")
    ]
    assert read(tmp_path, first_faces=1).table.identity.unique().tolist() == ["kdefF01"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda image: image[:9000], "AF01HAS.JPG: damaged or truncated"),
        (lambda image: b"<html>", "AF01HAS.JPG: not an image"),
        (lambda image: jpeg(Image.new("RGB", (281, 381))), "AF01HAS.JPG: 281×381 pixels where 562×762 are expected"),
    ],
)
def test_names_broken_photographs_by_their_path_in_the_archive(tmp_path, files, content, message):
    name = photograph("AF01HAS.JPG")
    write_tree(tmp_path, {"kdef.zip": zipped(files | {name: content(files[name])})})
    with pytest.raises(InputError, match=f"kdef.zip/{message}".replace("AF01HAS", photograph("AF01HAS"))) as caught:
        read(tmp_path)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"states": ["happy", "bored"]}, "states: no state is called bored — choose from: afraid"),
        ({"states": []}, "states: no state is named"),
        ({"crop_box": (0, 0, 563, 700)}, "box: "),
        ({"fit": "stretch"}, "fit: "),
        ({"template": {"right_eye": (1, 2), "left_eye": (3, 4)}}, "template: points of right_eye, left_eye"),
        ({"template": EYES_AND_MOUTH | {"mouth": (1,)}}, "template: .* are not three points"),
        ({"template": EYES_AND_MOUTH | {"mouth": (1, "y")}}, "template: .* are not three points"),
        ({"template": EYES_AND_MOUTH | {"left_eye": (100, 340)}}, "template: the right eye is to the right"),
        ({"template": "nothing.csv"}, "nothing.csv: the table is missing"),
    ],
)
def test_refuses_faulty_options_at_once(source, options, message):
    with pytest.raises(InputError, match=message) as caught:
        read(source, **options)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("part,points\nsnout,1 2; 3 4; 5 7\n", "line 2, column part: no part is called 'snout'"),
        ("part,points\nnose,1 2; 3 4; 5 7\njaw,1 2; 3; 5 7\n", "line 3, column points: .* is no polygon"),
        ("part,points\nnose,1 2; 3 4\n", "line 2, column points: '1 2; 3 4' is no polygon"),
        ("part,points\nnose,1 2; 3 4; 5 nan\n", "line 2, column points"),
        ("part,points\nnose,\n", "line 2, column points: '' is no polygon"),
        ("part,points\n", "the file has no outline"),
        ("part,x,y\nnose,1,2\n", "line 1: no column is called points"),
    ],
)
def test_refuses_faulty_files_of_outlines(source, lines, message):
    (source / "parts.csv").write_text(lines)
    with pytest.raises(InputError, match=message) as caught:
        read(source, template="parts.csv")
    assert "parts.csv" in str(caught.value)
    assert caught.value.fix


def test_says_where_to_register_for_missing_photographs(tmp_path):
    with pytest.raises(InputError, match=r"280 photographs are missing: AF01HAS.JPG, AF01SAS.JPG, .* kdef.se"):
        kdef.load(tmp_path)
    with pytest.raises(InputError, match="nobody is left"):
        read(tmp_path)
    with pytest.raises(InputError, match="nothing: neither a folder nor an archive"):
        read(tmp_path / "nothing")
