"""Scripts refuse broken and hostile input files.

Each of these inputs ends with one message that names the file and the fix, and leaves no output behind:

==  =========================================  ==============================
 #  Input                                      Read by
==  =========================================  ==============================
 1  a folder without the set                   10k US Adult Faces
 2  an archive that leads out of its folder    10k US Adult Faces
 3  an archive that is a bomb                  10k US Adult Faces
 4  a truncated archive                        10k US Adult Faces
 5  a workbook without the sheet               10k US Adult Faces
 6  a rating beyond the scale                  10k US Adult Faces
 7  an image cut short                         10k US Adult Faces
 8  landmarks of 76 points                     10k US Adult Faces
 9  a photograph of another size               KDEF
10  an archive with links                      KDEF
11  a table without the column                 folder
12  a table with an infinite rating            folder
13  a table with a face twice                  folder
14  a table that names a file elsewhere        folder
15  a table that names a missing file          folder
16  a text called .jpg                         folder
17  a Git LFS pointer in place of a network    Caffe
18  a network cut short                        Caffe
19  the gender network as that of age          Caffe
20  a mean image of NaN                        Caffe
21  a pickled program in place of weights      torchvision
22  a web page in place of weights             torchvision
23  a text called .png                         photographs
24  an empty folder                            photographs
==  =========================================  ==============================
"""

import hashlib
import io
import logging
import os
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from caffemodels import blob, levi_hassner_file, mean_image
from found_faces import Finder, face
from lookalikes import kdef_files, own_files, us10k_files, us10k_ratings, workbook, write_tree, zipped
from PIL import Image

import import_caffe
import import_torchvision
import prepare_faces
import prepare_photos
from facelrp.errors import InputError
from facelrp.faces.framing import ffhq_frame
from facelrp.faces.portraits import Portraits

LOG = logging.getLogger("test")
RATINGS = "2kattributes/Full Attribute Scores/psychology attributes/psychology-attributes.xlsx"
US10K = us10k_files(4)
#: Without the second table of ratings, that of the 49: if there are two, the larger is read.
ALONE = {name: content for name, content in US10K.items() if "49faces" not in name}
KDEF = kdef_files(("F01",))
OWN = own_files(4)
PHOTO = next(name for name in OWN if name.endswith(".jpg"))
IMAGE = next(name for name in US10K if "/Face Images/" in name)


class Outputs:
    """A job's outputs in a folder."""

    def __init__(self, folder):
        for name in ("images", "parts", "transforms"):
            setattr(self, name, folder / f"{name}.npy")
        for name in ("table", "truth", "detection", "frame", "left_out"):
            setattr(self, name, folder / f"{name}.csv")


def prepared(dataset, options):
    def run(source, out):
        prepare_faces.main(source, dataset, options, None, False, {}, Outputs(out), LOG)

    return run


def from_caffe(source, out):
    archives = {name: pinned(source / name) for name in ("net.caffemodel", "mean.binaryproto")}
    base = {"source": "caffe", "target": "age", "model": "net.caffemodel", "mean": "mean.binaryproto"}
    import_caffe.main(archives, base, source, LOG)


def from_torchvision(source, out):
    base = {"source": "torchvision", "architecture": "alexnet", "weights": "net.pth"}
    import_torchvision.main({"net.pth": {"file": "net.pth"}}, base, source, LOG)


def photographs(source, out):
    prepare_photos.main(str(source), Portraits(Finder(face(200)), ffhq_frame()), "largest", Outputs(out), LOG)


def pinned(path):
    """The configuration's entry for a file; for a stub, the entry for the right file."""
    content = path.read_bytes()
    size = len(content) if len(content) > 1000 else 45_661_480
    return {"file": path.name, "url": "https://example.org/net", "bytes": size, "sha256": digest(content)}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def archive(*members):
    """A zip archive of (name, content, mode), harmful or not."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(info, content)
    return buffer.getvalue()


def small_jpeg():
    buffer = io.BytesIO()
    Image.new("RGB", (10, 10), "grey").save(buffer, "JPEG")
    return buffer.getvalue()


class Program:
    def __reduce__(self):
        return os.system, ("touch unpickled",)


def pickled():
    buffer = io.BytesIO()
    torch.save({"features.0.weight": Program()}, buffer)
    return buffer.getvalue()


def own(change):
    """The user's own faces with a changed table."""
    return OWN | {"ratings.csv": change(OWN["ratings.csv"].decode()).encode()}


def edited_rating(text, value):
    lines = text.splitlines()
    return "\n".join([*lines[:2], lines[2].rsplit(",", 1)[0] + f",{value}", *lines[3:]])


def landmarks(files):
    name = next(name for name in files if name.endswith("1_landmarks.txt"))
    return files | {name: b"\n".join(files[name].splitlines()[:76])}


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 45661480\n"
PAGE = b"<!DOCTYPE html><html>sign in</html>"
NET = levi_hassner_file(8)
GENDER = levi_hassner_file(2)
MEAN = blob(mean_image()[None])
FACES = prepared("us10k", {"count": 4})
PAIRS = prepared("kdef", {"first_faces": 1, "allow_missing": True})
COLUMNS = {"file": "Photo", "identity": "who", "joy": "joy"}
MINE = prepared("folder", {"table": "ratings.csv", "columns": COLUMNS, "rating_scale": [1, 7]})

#: {number: (script to run, its input files, file named in the message, fix named in the message)}.
BROKEN = {
    1: (FACES, {}, "psychology-attributes.xlsx", "ask for the set at"),
    2: (FACES, {"a.zip": archive(("../out.xlsx", b"", 0o644))}, "a.zip", "do not use this archive"),
    3: (FACES, {"a.zip": archive(("big.xlsx", bytes(64 << 20), 0o644))}, "a.zip", "do not use this archive"),
    4: (FACES, {"a.zip": zipped(US10K)[:-2000]}, "a.zip", "download it again"),
    5: (FACES, ALONE | {RATINGS: workbook({"Raw": [["Filename"]]})}, "psychology-attributes.xlsx", "Final Values"),
    6: (
        FACES,
        ALONE | {RATINGS: us10k_ratings([Path(IMAGE).name], {"happy": [11]}, raw_rows=0)},
        "psychology-attributes.xlsx, sheet Final Values, row 2, column happy",
        "correct it",
    ),
    7: (
        FACES,
        {
            name: content[: len(content) // 2] if Path(name).name == Path(IMAGE).name else content
            for name, content in US10K.items()
        },
        Path(IMAGE).name,
        "restore the image",
    ),
    8: (FACES, landmarks(US10K), "1_landmarks.txt", "restore"),
    9: (PAIRS, KDEF | {"KDEF_and_AKDEF/KDEF/AF01/AF01HAS.JPG": small_jpeg()}, "AF01HAS.JPG", "restore the photograph"),
    10: (
        PAIRS,
        {"k.zip": archive(("KDEF/AF01HAS.JPG", b"/etc/passwd", stat.S_IFLNK | 0o777))},
        "k.zip",
        "do not use this archive",
    ),
    11: (MINE, own(lambda text: text.replace("joy", "fun")), "ratings.csv, line 1", "rename it"),
    12: (MINE, own(lambda text: edited_rating(text, "inf")), "ratings.csv, line 3, column joy", "correct it"),
    13: (MINE, own(lambda text: text + text.splitlines()[1] + "\n"), "ratings.csv", "leave one of them out"),
    14: (MINE, own(lambda text: text.replace(PHOTO, "../secret.jpg")), "ratings.csv, line 2", "write the path"),
    15: (MINE, {name: content for name, content in OWN.items() if name != PHOTO}, Path(PHOTO).name, "put them there"),
    16: (MINE, OWN | {PHOTO: b"a text"}, Path(PHOTO).name, "give one of JPEG"),
    17: (from_caffe, {"net.caffemodel": LFS, "mean.binaryproto": MEAN}, "net.caffemodel", "https://example.org/net"),
    18: (from_caffe, {"net.caffemodel": NET[:-5000], "mean.binaryproto": MEAN}, "net.caffemodel", "download it again"),
    19: (from_caffe, {"net.caffemodel": GENDER, "mean.binaryproto": MEAN}, "net.caffemodel", "network of this target"),
    20: (
        from_caffe,
        {"net.caffemodel": NET, "mean.binaryproto": MEAN[:-4] + struct.pack("<f", np.nan)},
        "mean.binaryproto",
        "download it again",
    ),
    21: (from_torchvision, {"net.pth": pickled()}, "net.pth", "download it again"),
    22: (from_torchvision, {"net.pth": PAGE}, "net.pth", "download it again"),
    23: (photographs, {"me.png": b"a text"}, "me.png: not an image", "put JPEG or PNG files of faces there"),
    24: (photographs, {}, "photos", "put JPEG or PNG files of faces there"),
}


@pytest.mark.parametrize("number", BROKEN)
def test_ends_with_a_message_and_without_output(tmp_path, monkeypatch, number):
    run, files, named, fix = BROKEN[number]
    source, out, here = (tmp_path / name for name in ("photos", "out", "here"))
    for folder in (source, out, here):
        folder.mkdir()
    monkeypatch.chdir(here)
    write_tree(source, files)
    with pytest.raises(InputError) as caught:
        run(source, out)
    message = str(caught.value)
    assert named in message
    assert fix in message
    assert "\n" not in message
    assert not list(out.iterdir())
    assert not list(here.iterdir())


def test_whole_inputs_are_read(tmp_path):
    for name, run, files in (("10k", FACES, US10K), ("kdef", PAIRS, KDEF), ("own", MINE, OWN)):
        write_tree(tmp_path / name, files)
        (tmp_path / f"{name} out").mkdir()
        run(tmp_path / name, tmp_path / f"{name} out")
        assert len(list((tmp_path / f"{name} out").iterdir())) == 6
    write_tree(tmp_path / "nets", {"net.caffemodel": NET, "mean.binaryproto": MEAN})
    from_caffe(tmp_path / "nets", tmp_path)
