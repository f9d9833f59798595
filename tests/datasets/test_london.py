"""The London reader is tested on look-alikes with the real layout, and on the real archive if it is present.

The look-alike's photographs are random textures; the smiling one is the neutral one turned, scaled and shifted, so
that the position of each landmark is known.

==================================  ====================
Fault                               The message names
==================================  ====================
table missing, column missing       the file, the column
gender neither female nor male      file, line, column
age no number (NA is unknown)       file, line, column
person twice (also as 1 and 001)    the lines
photograph or landmarks missing     the files
landmarks: empty, text, too few     the file
landmark outside the photograph     file and line
photograph truncated                the file
box outside, unknown state          option
==================================  ====================
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import affine_transform, gaussian_filter

from facelrp.datasets import london
from facelrp.datasets.registry import load
from facelrp.errors import InputError
from facelrp.faces.parts import LABEL, PARTS, mask
from facelrp.faces.templates import ffhq_outlines, fit_label_map
from facelrp.sources.archives import read_manifest
from facelrp.sources.extraction import extract

CHECKOUT = Path(__file__).parents[2]
ARCHIVES = CHECKOUT.parent / "shared" / "data"
SIDE = 700
# Shift in pixels, turn in degrees and scale from the neutral to the smiling photograph.
MOVED = {"001": ((0, 0), 0, 1), "003": ((-14, 58), 3, 1.03), "010": ((22, -20), -4, 0.96)}
TABLE = "face_id,face_age,face_gender,face_eth\n001,24,female,white\n003,NA,male,black\n010,30.5,male,white\n"


def landmarks():
    """189 points of a plain face around (350, 330); the points that the reader does not use are at the nose."""
    points = np.full((189, 2), (350.0, 360.0))

    def ring(indices, x, y, width, height, start=180):
        angles = np.radians(start + np.arange(len(indices)) * 360 / len(indices))
        points[indices] = np.stack([x + width * np.cos(angles), y + height * np.sin(angles)], axis=1)

    for side, pupil, eye, brow in (
        (-1, 0, london.RIGHT_EYE, london.RIGHT_BROW),
        (1, 1, london.LEFT_EYE, london.LEFT_BROW),
    ):
        points[pupil] = (350 + 52 * side, 300)
        ring(eye, 350 + 52 * side, 300, 24, 12)
        ring(brow, 350 + 52 * side, 272, 30, 6)
    ring(london.MOUTH, 350, 420, 40, 12)
    ring(london.HAIRLINE + london.LEFT_SIDE + london.JAW[1:-1] + london.RIGHT_SIDE, 350, 350, 110, 150, 200)
    ring([115, 148, 149, 150, 151, 152, 153, 154, 120], 350, 320, 130, 180)
    ring(london.NOSE, 350, 360, 18, 40, 270)
    ring([115, 116, 117, 118, 119], 235, 350, 12, 40)
    ring([120, 121, 122, 123, 124], 465, 350, 12, 40)
    points[[145, 183, 184, 157]] = (270, 560), (300, 590), (400, 590), (430, 560)
    return points


def matrix(number):
    """The similarity transform of points (x, y) of the neutral photograph: linear part and offset."""
    shift, turn, scale = MOVED[number]
    c, s = scale * np.cos(np.radians(turn)), scale * np.sin(np.radians(turn))
    linear = np.array([[c, -s], [s, c]])
    centre = np.array([350.0, 300.0])
    return linear, centre + shift - linear @ centre


@pytest.fixture(scope="module")
def photographs():
    photographs = {}
    for seed, number in enumerate(MOVED):
        noise = np.random.default_rng(seed).normal(size=(SIDE, SIDE))
        texture = 128 + 400 * gaussian_filter(noise, 5) + 1500 * gaussian_filter(noise[::-1], 15)
        linear, offset = matrix(number)
        inverse = np.linalg.inv(linear)[::-1, ::-1]
        moved = affine_transform(texture, inverse, -inverse @ offset[::-1], order=1, mode="reflect")
        photographs[number] = [
            Image.fromarray(np.clip(np.stack([x] * 3, axis=-1), 0, 255).astype(np.uint8)) for x in (texture, moved)
        ]
    return photographs


@pytest.fixture
def source(tmp_path, photographs):
    for folder in ("data-raw", "inst/neutral_front", "inst/smiling_front"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "data-raw" / "london_info.csv").write_text(TABLE)
    lines = ["189", *("\t".join(f"{value:.1f}" for value in point) for point in landmarks()), "", "2", "0", "3"]
    for number, (neutral, smiling) in photographs.items():
        neutral.save(tmp_path / f"inst/neutral_front/{number}_03.jpg", quality=95)
        (tmp_path / f"inst/neutral_front/._{number}_03.jpg").write_bytes(b"Mac OS X" + bytes(209))
        (tmp_path / f"inst/neutral_front/{number}_03.tem").write_text("\n".join(lines))
        smiling.save(tmp_path / f"inst/smiling_front/{number}_08.jpg", quality=95)
    return tmp_path


def test_lists_people_neutral_and_happy(source):
    faces = load("london", source)
    assert faces.scale is None
    assert faces.table.columns.tolist() == ["face_id", "identity", "state", "age", "gender"]
    assert faces.table.face_id[:3].tolist() == ["london001_neutral", "london001_happy", "london003_neutral"]
    assert faces.table.identity.tolist() == [f"london{number}" for number in MOVED for _ in range(2)]
    assert faces.table.state.tolist() == ["neutral", "happy"] * 3
    assert faces.table.gender.tolist() == [0, 0, 100, 100, 100, 100]
    np.testing.assert_array_equal(faces.table.age, [24, 24, np.nan, np.nan, 30.5, 30.5])


@pytest.mark.parametrize(
    "text",
    [TABLE.replace("\n", "\r\n"), "\ufeff" + TABLE, TABLE.replace("\n001", "\n1").replace(",female", ", Female")],
)
def test_reads_tables_of_any_system(source, text):
    expected = london.load(source).table
    (source / "data-raw" / "london_info.csv").write_bytes(text.encode())
    assert london.load(source).table.equals(expected)


def test_chooses_states_and_people(source):
    faces = london.load(source, states=("happy",), first_faces=2)
    assert faces.table.face_id.tolist() == ["london001_happy", "london003_happy"]
    np.testing.assert_array_equal(faces.face(1).image, london.load(source).face(3).image)


@pytest.mark.parametrize("number", MOVED)
def test_finds_the_face_in_the_smiling_photograph(photographs, number):
    neutral, smiling = (np.asarray(photograph) for photograph in photographs[number])
    linear, offset = matrix(number)
    found = london.carry_over(landmarks(), neutral, smiling, number)
    wrong = np.linalg.norm(found - (landmarks() @ linear.T + offset), axis=1)
    # Each eye is found to the pixel of the reduced photograph; far from the eyes, the error is that of a small turn.
    distance = np.linalg.norm(landmarks() - [350, 300], axis=1)
    assert (wrong < 2.5 + 0.03 * distance).all()


def test_both_states_are_framed_alike(source):
    """The same texture must be at the same position, although the person has moved."""
    faces = london.load(source)
    for neutral, happy in ((0, 1), (2, 3), (4, 5)):
        first, second = faces.face(neutral), faces.face(happy)
        band = mask(first.parts, "eyes") & mask(second.parts, "eyes")
        assert np.corrcoef(first.image[band][:, 0], second.image[band][:, 0])[0, 1] > 0.8
        assert abs(mask(first.parts, "mouth").sum() / mask(second.parts, "mouth").sum() - 1) < 0.1


def test_frames_faces_as_ffhq_does(source):
    face = london.load(source).face(0)
    assert face.image.shape == (227, 227, 3)
    # Here, 4 × the distance of the eyes is less than 3.6 × the distance of eyes and mouth, 432 pixels.
    half, centre = 1.8 * 120, np.array([350, 300 + 12])
    for part, point in (("right_eye", (298, 300)), ("left_eye", (402, 300)), ("nose", (350, 360))):
        x, y = (point - centre + half) * 227 / (2 * half)
        found = np.argwhere(face.parts == LABEL[part]).mean(axis=0)[::-1] + 0.5
        np.testing.assert_allclose(found, (x, y), atol=2)


def test_has_every_part(source):
    parts = london.load(source).face(2).parts
    assert {*PARTS} == {name for name, label in LABEL.items() if (parts == label).any()}


def test_a_fixed_crop_box_holds_for_all(source, photographs):
    faces = london.load(source, crop_box=(100, 100, 600, 600))
    for i, photograph in ((0, photographs["001"][0]), (3, photographs["003"][1])):
        expected = np.asarray(photograph.resize((227, 227), Image.Resampling.LANCZOS, (100, 100, 600, 600)))
        assert np.abs(faces.face(i).image.astype(int) - expected).mean() < 3


def test_falls_back_to_the_face_as_a_whole(photographs, caplog):
    neutral = np.asarray(photographs["001"][0])
    other = np.asarray(photographs["003"][0])
    moved = london.carry_over(landmarks(), neutral, other, "001") - landmarks()
    assert "person 001" in caplog.text
    np.testing.assert_allclose(moved, np.broadcast_to(moved[0], moved.shape), atol=1e-9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "the table is missing"),
        (TABLE.replace("face_age", "age"), "line 1: no column is called face_age"),
        (TABLE.replace(",female", ",f"), "line 2, column face_gender: 'f' is neither female nor male"),
        (TABLE.replace("NA", "old"), "line 3, column face_age: 'old'"),
        (TABLE.replace("NA", "-3"), "line 3, column face_age: '-3'"),
        (TABLE + "3,20,male,white\n", "'003' is on lines 3 and 5"),
        (TABLE.splitlines()[0], "nobody is left"),
    ],
)
def test_refuses_faulty_tables(source, text, message):
    path = source / "data-raw" / "london_info.csv"
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        london.load(source)
    assert str(source) in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize(
    "name", ["inst/neutral_front/003_03.jpg", "inst/neutral_front/003_03.tem", "inst/smiling_front/003_08.jpg"]
)
def test_names_missing_files(source, name, caplog):
    (source / name).unlink()
    with pytest.raises(InputError, match=f"1 files are missing: {name} — .*allow_missing"):
        london.load(source)
    faces = london.load(source, allow_missing=True)
    assert faces.table.identity.tolist() == ["london001", "london001", "london010", "london010"]
    assert name in caplog.text


LINES = [f"{x}\t{y}" for x, y in landmarks()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a file of landmarks"),
        ("<html>404</html>", "not a file of landmarks"),
        ("\n".join(["189", *LINES[:100]]), "189 landmarks"),
        ("\n".join(["68", *LINES]), "68 landmarks where 189 are expected"),
        ("\n".join(["189", *LINES[:10], "1\tx", *LINES[11:]]), "not a file of landmarks"),
        ("\n".join(["189", *LINES[:10], "1", *LINES[11:]]), "not a file of landmarks"),
        ("\n".join(["189", *LINES[:10], "1\t701", *LINES[11:]]), "line 12: the landmark is outside"),
        ("\n".join(["189", *LINES[:10], "nan\t1", *LINES[11:]]), "line 12: the landmark is outside"),
    ],
)
def test_refuses_faulty_landmarks(source, text, message):
    (source / "inst/neutral_front/001_03.tem").write_text(text)
    faces = london.load(source)
    with pytest.raises(InputError, match=message) as caught:
        faces.face(1)
    assert "001_03.tem" in str(caught.value)
    assert caught.value.fix


def test_refuses_truncated_photographs(source):
    path = source / "inst/smiling_front/010_08.jpg"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"010_08.jpg: damaged or truncated"):
        london.load(source).face(5)


def test_refuses_faulty_options(source):
    with pytest.raises(InputError, match="no state is called angry — choose from: neutral, happy"):
        london.load(source, states=("neutral", "angry"))
    with pytest.raises(InputError, match="box"):
        london.load(source, crop_box=(0, 0, 701, 700)).face(0)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    archive = next(iter(sorted(ARCHIVES.glob("webmorphR.stim-*.zip"))), None)
    if archive is None:
        pytest.skip("the London archive is missing (webmorphR.stim-….zip in shared/data beside the checkout)")
    manifest = read_manifest(CHECKOUT / "workflow_scripts/facelrp/datasets/manifests/london.sha256")
    assert len(manifest) == 307
    folder = tmp_path_factory.mktemp("london") / "london"
    missing = extract(archive, folder, manifest, allow_missing=True)
    return london.load(folder, allow_missing=True), len(missing)


def test_the_real_people(real):
    faces, missing = real
    assert len(faces.table) == 2 * (102 - missing / 3)
    assert faces.table.gender.isin([0, 100]).all()
    assert faces.table.age.dropna().between(16, 80).all()


def test_the_real_faces_are_framed_like_omi(real, caplog):
    """Mean centre of each part within 5 pixels of the FFHQ template's, in both states."""
    faces, _ = real
    template = fit_label_map(ffhq_outlines(), (1024, 1024))
    for state in (0, 1):
        drawn = [faces.face(i).parts for i in range(state, 40, 4)]
        for part in ("right_eye", "left_eye", "mouth", "nose"):
            found = np.mean([np.argwhere(parts == LABEL[part]).mean(axis=0) for parts in drawn], axis=0)
            np.testing.assert_allclose(found, np.argwhere(template == LABEL[part]).mean(axis=0), atol=5, err_msg=part)
    assert caplog.text == ""


def test_the_real_pupils_are_in_the_eyes_of_both_states(real):
    """The pupil is darker than its surroundings: compare the centre of the eye with its rim, averaged over people."""
    faces, _ = real
    for state in (0, 1):
        sample = [faces.face(i) for i in range(state, 40, 4)]
        for eye in ("right_eye", "left_eye"):
            dark = []
            for face in sample:
                y, x = np.argwhere(face.parts == LABEL[eye]).mean(axis=0).round().astype(int)
                grey = face.image.mean(axis=2)
                dark.append(grey[y - 2 : y + 3, x - 3 : x + 4].mean() / grey[y - 12 : y + 13, x - 16 : x + 17].mean())
            assert np.mean(dark) < 0.85
