"""The user's photographs: all that can be read is taken, and everything else is named with the reason."""

import io
import logging
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from facelrp.errors import InputError
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


def encoded(kind, seed=0):
    buffer = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), 40 + 10 * seed, np.uint8)).save(buffer, kind)
    return buffer.getvalue()


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


def prepare(folder, out):
    out.mkdir()
    main(str(folder), out / "images.npy", out / "photos.csv", out / "left_out.csv", LOG)
    return np.load(out / "images.npy"), pd.read_csv(out / "photos.csv"), pd.read_csv(out / "left_out.csv")


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


@pytest.mark.parametrize("content", [None, b"a text"])
def test_without_any_photograph_there_is_one_line(tmp_path, content):
    folder = tmp_path / "photos"
    folder.mkdir()
    if content:
        (folder / "a.jpg").write_bytes(content)
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="put JPEG or PNG files there") as caught:
        main(str(folder), *(tmp_path / "out" / name for name in ("i.npy", "p.csv", "l.csv")), LOG)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "out").iterdir())


def test_many_photographs_need_little_memory(tmp_path):
    """600 squares have 93 MB; the process grows by a third of that at most."""
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    for number in range(600):
        (folder / f"{number}.png").write_bytes(encoded("PNG", number % 20))
    code = (
        "import logging, resource, sys; from prepare_photos import main; "
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; main(*sys.argv[1:], logging.getLogger()); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    files = [folder, *(out / name for name in ("i.npy", "p.csv", "l.csv"))]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, files)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": "workflow_scripts"},
        check=True,
    )
    assert int(done.stdout) < 31_000
