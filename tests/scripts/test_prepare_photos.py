"""The user's photographs: all that can be read is taken, and everything else is named with the reason."""

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from facelrp.errors import InputError
from facelrp.faces.detector import Detection
from facelrp.faces.framing import ffhq_frame
from facelrp.faces.mesh import mean_mesh
from facelrp.faces.portraits import Portraits
from prepare_photos import LONGEST_NAME, main

LOG = logging.getLogger("test")
#: Names under which people have photographs, each with the format that it is in.
NAMES = {
    "a.jpg": "JPEG",
    "b.JPE": "JPEG",
    "c.jfif": "JPEG",
    "d.png": "PNG",
    "e": "PNG",
    "f.heic": "JPEG",
    "below/g{1}.jpg": "JPEG",
    "h {name}.jpg": "JPEG",
    "i;$(touch x).jpg": "JPEG",
    "ü.webp": "WEBP",
    "j.txt": "TIFF",
    f"{(LONGEST_NAME - 4) * 'k'}.bmp": "BMP",
}
#: Files that are no photographs, or have no usable name, and what is said of them.
LEFT_OUT = {
    "Thumbs.db": (b"\xd0\xcf\x11\xe0", "not an image"),
    "notes.txt": (b"a text", "not an image"),
    "empty.jpg": (b"", "not an image"),
    "cut.png": (b"cut", "damaged or truncated"),
    f"{(LONGEST_NAME - 3) * 'l'}.png": (b"whole", f"its name has {LONGEST_NAME + 1} bytes"),
}


def encoded(kind, seed=0, side=140):
    buffer = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), 40 + 10 * seed, np.uint8)).save(buffer, kind)
    return buffer.getvalue()


class Finder:
    """Stands for the detector: as many faces as the hundreds of the first pixel, each smaller than the one before."""

    def __call__(self, image, turned, small):
        assert turned
        assert small
        count = 1 + int(image[0, 0, 0]) // 100 if image[0, 0, 0] else 0
        sides = [len(image) * 0.6**number for number in range(count)]
        return [Detection(mean_mesh() * side / 1024, 0.9, 1.0, 0) for side in sides]


class Output:
    """A job's outputs in a folder."""

    def __init__(self, folder):
        for name in ("images.npy", "transforms.npy", "table.csv", "detection.csv", "left_out.csv"):
            setattr(self, name.partition(".")[0], folder / name)


@pytest.fixture
def folder(tmp_path):
    """Photographs, each of one grey, and other files."""
    folder = tmp_path / "my {photos}"
    for seed, (name, kind) in enumerate(NAMES.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(kind, seed))
    for name, (content, _) in LEFT_OUT.items():
        content = {b"cut": encoded("PNG")[:-20], b"whole": encoded("PNG")}.get(content, content)
        (folder / name).write_bytes(content)
    (folder / "loop").symlink_to(".")
    (folder / "gone.jpg").symlink_to("nowhere")
    (folder / ".hidden.jpg").write_bytes(encoded("JPEG"))
    return folder


def prepare(folder, out, which="largest"):
    out.mkdir(exist_ok=True)
    main(str(folder), Portraits(Finder(), ffhq_frame()), which, Output(out), LOG)
    return np.load(out / "images.npy"), pd.read_csv(out / "table.csv"), pd.read_csv(out / "left_out.csv")


def test_what_can_be_read_is_taken_whatever_its_name(folder, tmp_path):
    images, table, _ = prepare(folder, tmp_path / "out")
    assert table["face_id"].tolist() == sorted(NAMES)
    for name, image in zip(table["face_id"], images, strict=True):
        assert np.abs(image[113, 113].astype(int) - (40 + 10 * list(NAMES).index(name))).max() <= 2


def test_everything_else_is_named_with_the_reason(folder, tmp_path, capsys):
    _, _, left_out = prepare(folder, tmp_path / "out")
    reasons = left_out.set_index("file")["reason"]
    assert set(reasons.index) == set(LEFT_OUT)
    for name, (_, expected) in LEFT_OUT.items():
        assert reasons[name].startswith(expected), name
    said = capsys.readouterr().err
    assert f"{len(LEFT_OUT)} files of {folder} are left out" in said
    assert "Thumbs.db: not an image" in said


def test_a_name_that_is_no_text_is_left_out(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.png").write_bytes(encoded("PNG"))
    with open(os.fsencode(folder) + b"/\xe9.png", "wb") as file:
        file.write(encoded("PNG"))
    _, table, left_out = prepare(folder, tmp_path / "out")
    assert table["face_id"].tolist() == ["a.png"]
    assert left_out["reason"].tolist() == ["its name is not UTF-8 — rename it"]


def test_faces_are_counted_chosen_and_judged(tmp_path, capsys):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, level, side in (
        ("none", 0, 140),
        ("one", 50, 140),
        ("two", 150, 200),
        ("three", 250, 200),
        ("tiny", 50, 80),
    ):
        Image.fromarray(np.full((side, side, 3), level, np.uint8)).save(folder / f"{name}.png")
    images, table, _ = prepare(folder, tmp_path / "out")
    found = pd.read_csv(tmp_path / "out/detection.csv").set_index("photo")
    assert table["face_id"].tolist() == ["one.png", "three.png", "two.png"]
    assert len(images) == 3
    # The mean face is 0.56 of an FFHQ-aligned image wide.
    assert found["remarks"].fillna("").to_dict() == {
        "none.png": "no face is found",
        "one.png": "",
        "three.png": "3 faces",
        "tiny.png": "the face is 44 pixels wide, less than 60",
        "two.png": "2 faces",
    }
    assert found.loc["none.png", ["score", "width"]].isna().all()
    assert "4 remarks on photographs" in capsys.readouterr().err
    images, table, _ = prepare(folder, tmp_path / "all", "all")
    found = pd.read_csv(tmp_path / "all/detection.csv")
    assert table["face_id"].tolist() == [
        "one.png",
        "three.png, face 1",
        "three.png, face 2",
        "two.png, face 1",
        "two.png, face 2",
    ]
    assert len(images) == 5
    assert np.load(tmp_path / "all/transforms.npy").shape == (5, 2, 3)
    assert (
        found.loc[found["photo"] == "three.png", "remarks"].tolist()
        == ["3 faces; the face is 40 pixels wide, less than 60"] * 2
    )


@pytest.mark.parametrize("content", [None, b"a text"])
def test_without_any_photograph_there_is_one_line(tmp_path, content):
    folder = tmp_path / "photos"
    folder.mkdir()
    if content:
        (folder / "a.jpg").write_bytes(content)
    with pytest.raises(InputError, match="put JPEG or PNG files of faces there") as caught:
        prepare(folder, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "out").iterdir())


def test_many_photographs_need_little_memory(tmp_path):
    """600 squares have 93 MB; the process grows by a third of that at most."""
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    few = tmp_path / "few"
    few.mkdir()
    (few / "0.png").write_bytes(encoded("PNG"))
    for number in range(600):
        (folder / f"{number}.png").write_bytes(encoded("PNG", number % 20))
    code = (
        "import resource, sys; from pathlib import Path; sys.path.append(sys.argv[4]); "
        "from test_prepare_photos import prepare; few, many, out = map(Path, sys.argv[1:4]); prepare(few, out); "
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; prepare(many, out); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, (few, folder, out, Path(__file__).parent))],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": "workflow_scripts"},
        check=True,
    )
    assert int(done.stdout) < 31_000
