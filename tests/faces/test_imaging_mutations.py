"""300 damaged photographs: each is read as OpenCV reads it, or refused in one line, in little time and memory.

The photographs are drawn faces in every format, depth and kind of transparency. A process reads them that does nothing
else, so that its time and its memory can be measured.

===============  ===================================================================
Damage           Expected
===============  ===================================================================
none             what OpenCV reads
metadata         what OpenCV reads of the undamaged file
bytes, cuts      what OpenCV reads, or a line
the largest      less than 1 GB
a bomb of scans  a line, at once
===============  ===================================================================
"""

import io
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facelrp.faces.imaging import MOST_PIXELS
from facelrp.faces.metadata import MOST_SCANS
from facelrp.generator.draw import draw
from facelrp.generator.look import Look

cv2 = pytest.importorskip("cv2")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

COUNT = 300
SECONDS, MOST_MEMORY = 5, 1 << 30
READER = r"""
import json, re, signal, sys, time
import numpy as np
from facelrp.errors import InputError
from facelrp.faces.imaging import read_image, read_square

results = {}
for path in sys.argv[1:]:
    signal.alarm(20)  # ends the process
    start = time.perf_counter()
    try:
        np.save(path + ".npy", read_image(path))
        read_square(path)
        line = None
    except InputError as fault:
        line = str(fault)
    results[path] = line, time.perf_counter() - start
# getrusage's number would count the memory of the process that started this one.
status = open("/proc/self/status").read()
print(json.dumps([results, 1024 * int(re.search(r"VmHWM:\s*(\d+)", status)[1])]))
"""


def read_in_a_process(paths):
    """Return {path: array or line}, {path: seconds}, and the bytes of memory that were used at most."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "workflow_scripts")}
    command = [sys.executable, "-c", READER, *map(str, paths)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    results, memory = json.loads(run.stdout)
    read = {path: np.load(f"{path}.npy") if results[str(path)][0] is None else results[str(path)][0] for path in paths}
    return read, {path: results[str(path)][1] for path in paths}, memory


def second_decoder(path):
    """Return what OpenCV reads, as 8-bit RGB on white; None if it cannot."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None:
        return None
    # From 8-bit TIFFs, OpenCV's colours come multiplied by alpha.
    multiplied = path.suffix == ".tif" and image.dtype == np.uint8
    image = image.astype(float) / (257 if image.dtype == np.uint16 else 1)
    image = image[..., None] if image.ndim == 2 else image
    if image.shape[2] in (2, 4):
        alpha = image[..., -1:] / 255
        image = image[..., :-1] * (1 if multiplied else alpha) + 255 * (1 - alpha)
    return np.broadcast_to(image[..., ::-1], (*image.shape[:2], 3))


def encoded(image, suffix, **options):
    buffer = io.BytesIO()
    image.save(buffer, suffix, **options)
    return buffer.getvalue()


def photographs():
    """Return {name: content} of a drawn face, in all that the reader takes."""
    face = Image.fromarray(draw(Look(seed=3))[0]).resize((120, 96), Image.Resampling.LANCZOS)
    grey, bits, palette, inks = face.convert("L"), face.convert("1"), face.quantize(200), face.convert("CMYK")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    clear = face.copy()
    clear.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, 120).astype(np.uint8), (96, 1))))
    modes = {"colour": face, "grey": grey, "bits": bits, "palette": palette, "clear": clear, "deep": deep, "inks": inks}
    files = {}

    def add(suffix, names, kind="", **options):
        for name in names.split():
            buffer = io.BytesIO()
            modes[name].save(buffer, suffix, **options)
            files[f"{name}{kind}.{suffix}"] = buffer.getvalue()

    add("jpeg", "colour grey inks", quality=95)
    add("jpeg", "colour grey inks", "_progressive", quality=90, progressive=True)
    add("jpeg", "colour", "_fine", quality=95, subsampling=0, restart_marker_blocks=3)
    add("png", "colour grey bits palette clear deep")
    add("png", "colour", "_key", transparency=face.getpixel((60, 50)))
    add("png", "palette", "_key", transparency=3)
    add("bmp", "colour grey bits palette")
    add("tiff", "colour grey bits palette clear deep inks")
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        add("tiff", "colour palette deep", f"_{compression}", compression=compression)
    add("tiff", "bits", "_group4", compression="group4")
    add("tiff", "colour grey", "_jpeg", compression="jpeg", quality=95)
    add("gif", "colour grey palette")
    add("webp", "colour clear", lossless=True, exact=True)
    add("webp", "colour clear", "_lossy", quality=90)
    add("avif", "colour clear grey", quality=95, speed=9)
    bgra = np.asarray(clear)[..., [2, 1, 0, 3]]
    for name, suffix, pixels in (
        ("colour_16", "png", bgra[..., :3].astype(np.uint16) * 257),
        ("clear_16", "png", bgra.astype(np.uint16) * 257),
        ("colour_16", "tiff", bgra[..., :3].astype(np.uint16) * 257),
        ("clear_16", "tiff", bgra.astype(np.uint16) * 257),
        ("clear", "bmp", bgra),
    ):
        files[f"{name}.{suffix}"] = cv2.imencode(f".{suffix}", pixels)[1].tobytes()
    return {name.replace(".tiff", ".tif").replace(".jpeg", ".jpg"): content for name, content in files.items()}


def damaged(rng, content):
    """Return content with a random damage."""
    content = bytearray(content)
    kind = rng.integers(5)
    if kind == 0:  # a few bytes
        for at in rng.integers(0, len(content), rng.integers(1, 9)):
            content[at] = rng.integers(256)
    elif kind == 1:  # a bit near the beginning
        content[rng.integers(min(200, len(content)))] ^= 1 << rng.integers(8)
    elif kind == 2:  # the end is missing
        del content[rng.integers(len(content)) :]
    elif kind == 3:  # a lost block
        at = rng.integers(len(content))
        content[at : at + 64] = bytes(len(content[at : at + 64]))
    else:  # bytes too many
        at = rng.integers(len(content))
        content[at:at] = rng.integers(0, 256, rng.integers(1, 33), np.uint8).tobytes()
    return with_right_checksums(content) if content[:4] == b"\x89PNG" else bytes(content)


def with_right_checksums(png):
    """Return a PNG whose chunks match their checksums, so that damaged pixels reach the decoder."""
    position = 8
    while position + 12 <= len(png):
        end = position + 12 + int.from_bytes(png[position : position + 4])
        if end <= len(png):
            png[end - 4 : end] = zlib.crc32(png[position + 4 : end - 4]).to_bytes(4)
        position = end
    return bytes(png)


def with_damaged_metadata(rng, content):
    """Return content with metadata of random bytes, where the format has a position for them; otherwise None."""
    noise = rng.integers(0, 256, rng.integers(0, 2000), np.uint8).tobytes()
    if content[:2] == b"\xff\xd8":
        marker = rng.choice([0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE])
        begin = {0xE0: b"JFXX\0", 0xE1: b"Exif\0\0", 0xE2: b"MPF\0", 0xED: b"Photoshop 3.0\0"}.get(marker, b"x")
        segment = begin + noise
        return content[:2] + bytes([0xFF, marker]) + (len(segment) + 2).to_bytes(2) + segment + content[2:]
    if content[:4] == b"\x89PNG":
        kind = bytes(rng.choice([b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"pHYs", b"tIME", b"acTL", b"fcTL", b"gAMA"]))
        checksum = zlib.crc32(kind + noise) if kind != b"gAMA" else 0
        return content[:33] + struct.pack(">I", len(noise)) + kind + noise + struct.pack(">I", checksum) + content[33:]
    if content[:2] == b"II":
        (start,) = struct.unpack_from("<I", content, 4)
        (count,) = struct.unpack_from("<H", content, start)
        entries = content[start + 2 : start + 2 + 12 * count]
        entries += struct.pack("<HH", 34665, rng.integers(20)) + rng.integers(0, 256, 8, np.uint8).tobytes()
        entries += struct.pack("<HH", 37500, rng.integers(20)) + rng.integers(0, 256, 8, np.uint8).tobytes()
        directory = struct.pack("<H", count + 2) + entries + rng.integers(0, 256, 4, np.uint8).tobytes()
        return content[:4] + struct.pack("<I", len(content)) + content[8:] + directory
    return None


def differ(image, other):
    return image.shape != other.shape or np.abs(image - other).max() > 2


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


@pytest.fixture(scope="module")
def originals():
    return photographs()


def test_undamaged_photographs_are_read_as_opencv_reads_them(tmp_path, originals):
    paths = write(tmp_path / "whole", originals)
    read, _, _ = read_in_a_process(paths)
    wrong = [path.name for path in paths if isinstance(read[path], str) or differ(read[path], second_decoder(path))]
    assert not wrong


def test_damaged_metadata_change_nothing(tmp_path, originals):
    rng = np.random.default_rng(7)
    paths = {path.name: path for path in write(tmp_path / "whole", originals)}
    names = {}
    for i, name in enumerate(3 * list(originals)):
        if content := with_damaged_metadata(rng, originals[name]):
            names[f"{i}_{name}"] = name, content
    read, _, _ = read_in_a_process(write(tmp_path / "damaged", {key: content for key, (_, content) in names.items()}))
    assert len(read) > 90
    wrong = {
        path.name: image if isinstance(image, str) else "other pixels"
        for path, image in read.items()
        if isinstance(image, str) or differ(image, second_decoder(paths[names[path.name][0]]))
    }
    assert not wrong


def test_damaged_photographs_are_read_right_or_refused_in_a_line(tmp_path, originals):
    rng = np.random.default_rng(1)
    names = [name for name, _ in zip(COUNT * list(originals), range(COUNT), strict=False)]
    paths = write(tmp_path / "damaged", {f"{i}_{name}": damaged(rng, originals[name]) for i, name in enumerate(names)})
    read, seconds, memory = read_in_a_process(paths)
    assert max(seconds.values()) < SECONDS
    assert memory < MOST_MEMORY
    lines = {path: line for path, line in read.items() if isinstance(line, str)}
    assert 50 < len(lines) < COUNT - 50
    for path, line in lines.items():
        assert line.startswith(f"{path}: "), line
        assert " — " in line
        assert "\n" not in line
    others = {path: second_decoder(path) for path in paths if path not in lines}
    assert not [path.name for path, other in others.items() if other is not None and differ(read[path], other)]
    # Pillow's decoder of AVIF does not notice all damages that OpenCV's does.
    alone = {path for path, other in others.items() if other is None and path.suffix != ".avif"}
    whole = {path.name: second_decoder(path) for path in write(tmp_path / "whole", originals)}
    assert not [path.name for path in alone if differ(read[path], whole[path.name.partition("_")[2]])]


@pytest.mark.parametrize("kind", ["webp", "jpg", "deep"])
def test_the_largest_images_take_less_than_a_gigabyte(tmp_path, kind):
    side = int(MOST_PIXELS**0.5)
    mode = {"webp": "RGBA", "jpg": "CMYK", "deep": "I;16"}[kind]
    options = {
        "webp": {"format": "webp", "lossless": True, "quality": 0, "method": 0},
        "jpg": {"format": "jpeg", "progressive": True, "subsampling": 0},
        "deep": {"format": "tiff"},
    }
    pixels = Image.new(mode, (side, side), 30_000 if kind == "deep" else (200, 9, 99, 120))
    pixels.save(tmp_path / "face", **options[kind])
    read, seconds, memory = read_in_a_process([tmp_path / "face"])
    assert read[tmp_path / "face"].shape == (side, side, 3)
    assert memory < MOST_MEMORY
    assert max(seconds.values()) < 30


def scans(count, side=3000):
    """Return a progressive JPEG with so many scans."""
    buffer = io.BytesIO()
    Image.new("L", (side, side), 90).save(buffer, "jpeg", progressive=True)
    data = buffer.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + (count - data.count(b"\xff\xda")) * last + data[-2:]


@pytest.mark.parametrize("count", [MOST_SCANS, MOST_SCANS + 1, 10_000])
@pytest.mark.parametrize("hidden", [False, True])
def test_jpegs_of_many_scans_are_refused_at_once(tmp_path, count, hidden):
    """Each scan costs a pass over all pixels, and 20 bytes. An end that is none, in a comment, hides no scan."""
    data = scans(count)
    if hidden:
        second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
        data = data[:second] + b"\xff\xfe\0\6\xff\xd9\xff\xd9" + data[second:]
    (tmp_path / "face.jpg").write_bytes(data)
    read, seconds, _ = read_in_a_process([tmp_path / "face.jpg"])
    if count <= MOST_SCANS:
        assert read[tmp_path / "face.jpg"].shape == (3000, 3000, 3)
    else:
        assert read[tmp_path / "face.jpg"].endswith(
            "face.jpg: a JPEG of more than 100 scans — save it as an ordinary JPEG"
        )
        assert max(seconds.values()) < 1


def hostile_tiff(width=1000, height=1000, strips=300_000, **changed):
    """Return a grey TIFF with far more strips or tiles than it has room for."""
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1}
    tags |= {int(key[1:]): value for key, value in changed.items()}
    offsets = struct.pack("<I", 8) * strips
    content = bytes(width * height)
    key = 324 if 322 in tags else 273
    tags[key] = None
    data = b"II*\0" + struct.pack("<I", 8 + len(content) + len(offsets)) + content + offsets
    data += struct.pack("<H", len(tags))
    for tag, value in sorted(tags.items()):
        data += struct.pack("<HHI", tag, 4, 1 if value is not None else strips)
        data += struct.pack("<I", value if value is not None else 8 + len(content))
    return data + bytes(4)


@pytest.mark.parametrize(
    "changed",
    [
        {"t278": 500},
        {"t278": 1},
        {"t322": 512, "t323": 512},
        {"t322": 60_000, "t323": 60_000},
        {"t322": 1, "t323": 1},
        {"t278": 0},
        {"t277": 5000, "t284": 2},
        {"width": 7000, "height": 7000, "strips": 1_000_000, "t278": 10},
    ],
    ids=str,
)
def test_tiffs_with_too_many_strips_or_tiles_take_little_time_and_memory(tmp_path, changed):
    (tmp_path / "face.tif").write_bytes(hostile_tiff(**changed))
    read, seconds, memory = read_in_a_process([tmp_path / "face.tif"])
    assert max(seconds.values()) < SECONDS
    assert memory < MOST_MEMORY // 2
    assert isinstance(read[tmp_path / "face.tif"], str) or not read[tmp_path / "face.tif"].any()


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "link to nowhere", "too large"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "face.jpg"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "too large":
        with open(path, "wb") as file:
            file.truncate(1 << 40)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "nowhere")
    read, seconds, memory = read_in_a_process([path])
    expected = {"link to nowhere": "the image is missing", "too large": "a file of more than 250,000,000 bytes"}
    assert read[path].startswith(f"{path}: {expected.get(kind, 'not a file')} — ")
    assert max(seconds.values()) < 1
    assert memory < MOST_MEMORY // 4
