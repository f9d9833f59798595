"""Images of all formats and modes are read; errors for broken ones name the file.

==============================  ===============================
File                            Expected
==============================  ===============================
missing, empty, text, a folder  refused
cut JPEG, PNG, GIF, TIFF, WebP  refused (cut at several positions)
more pixels than allowed        refused before it is decoded
a bomb of 30 kB for 10⁹ pixels  refused before it is decoded
EPS                             refused: its reader starts a program
32-bit floating point           refused: white is not defined
==============================  ===============================
"""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from facelrp.errors import InputError
from facelrp.faces import imaging
from facelrp.faces.imaging import fit_image, fit_points, read_image, read_square


@pytest.fixture
def picture():
    """Four flat quarters: red, green, blue, white; 60×40 pixels."""
    pixels = np.full((40, 60, 3), 255, np.uint8)
    pixels[:20, :30], pixels[:20, 30:], pixels[20:, :30] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return pixels


def quarters(image):
    height, width = image.shape[:2]
    return [image[y, x].tolist() for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]


COLOURS = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]


STORABLE = {
    "png": ("RGB", "P", "RGBA"),
    "jpg": ("RGB", "CMYK"),
    "tif": ("RGB", "P", "RGBA", "CMYK"),
    "bmp": ("RGB", "P", "RGBA"),
    "gif": ("RGB", "P", "RGBA"),
    "webp": ("RGB", "P", "RGBA", "CMYK"),
}


@pytest.mark.parametrize(("suffix", "mode"), [(suffix, mode) for suffix in STORABLE for mode in STORABLE[suffix]])
def test_reads_colours_of_every_mode(tmp_path, picture, mode, suffix):
    path = tmp_path / f"face.{suffix}"
    Image.fromarray(picture).convert(mode).save(path, **({"quality": 95} if suffix == "jpg" else {}))
    image = read_image(path)
    assert image.dtype == np.uint8
    assert image.shape == (40, 60, 3)
    np.testing.assert_allclose(quarters(image), COLOURS, atol=12)


def test_reads_grey(tmp_path):
    ramp = np.arange(0, 256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_image(tmp_path / "grey.png"), np.stack([ramp] * 3, axis=-1))
    Image.fromarray(ramp > 100).save(tmp_path / "bits.png")
    np.testing.assert_array_equal(read_image(tmp_path / "bits.png")[..., 0], np.where(ramp > 100, 255, 0))


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_reads_16_bits(tmp_path, suffix):
    ramp = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / f"deep.{suffix}")
    np.testing.assert_array_equal(read_image(tmp_path / f"deep.{suffix}")[..., 1], ramp // 257)


def test_refuses_deeper_pixels(tmp_path):
    for name, pixels in (("f.tif", np.zeros((4, 4), np.float32)), ("i.tif", np.full((4, 4), 70_000, np.int32))):
        Image.fromarray(pixels).save(tmp_path / name)
        with pytest.raises(InputError, match=name):
            read_image(tmp_path / name)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_become_white(tmp_path, mode):
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 4, 8))
    if mode == "P":
        image = Image.new("P", (8, 8), 1)
        image.putpalette([9, 9, 9, 0, 0, 0])
        image.paste(0, (0, 0, 4, 8))
        image.info["transparency"] = 0
    image.convert(mode).save(tmp_path / "face.png")
    pixels = read_image(tmp_path / "face.png")
    assert (pixels[:, :4] == 255).all()
    assert (pixels[:, 4:] == 0).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_images_upright(tmp_path, picture, orientation):
    methods = {
        2: 0,
        3: 3,
        4: 1,
        5: 5,
        6: 2,
        7: 6,
        8: 4,
    }  # the inverse of each camera orientation, applied to the upright image
    upright = Image.fromarray(picture)
    taken = upright.transpose(Image.Transpose(methods[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    taken.save(tmp_path / "face.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "face.png"), picture)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "tif", "webp"])
def test_refuses_truncated_images(tmp_path, suffix, kept):
    path = tmp_path / f"face.{suffix}"
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    whole = path.read_bytes()
    read_image(path)
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(InputError, match=rf"face.{suffix}: (damaged or truncated|not an image)") as caught:
        read_image(path)
    assert caught.value.fix


@pytest.mark.parametrize(
    "content", [b"", b"not an image", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"]
)
def test_refuses_files_that_are_not_images(tmp_path, content):
    (tmp_path / "face.jpg").write_bytes(content)
    with pytest.raises(InputError, match=r"face.jpg: not an image"):
        read_image(tmp_path / "face.jpg")


def test_refuses_missing_images(tmp_path):
    with pytest.raises(InputError, match=r"1.jpg: the image is missing"):
        read_image(tmp_path / "1.jpg")
    with pytest.raises(InputError, match="not a file"):
        read_image(tmp_path)


def test_refuses_images_that_are_too_large(tmp_path, picture):
    Image.fromarray(picture).save(tmp_path / "face.png")
    assert read_image(tmp_path / "face.png", most_pixels=2400).shape == (40, 60, 3)
    with pytest.raises(InputError, match=r"face.png: more than 2,399 pixels"):
        read_image(tmp_path / "face.png", most_pixels=2399)


@pytest.mark.parametrize("side", [8_000, 31_000])
def test_refuses_decompression_bombs_undecoded(tmp_path, monkeypatch, side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(1 << 20), 9) * 4
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed))
    monkeypatch.setattr(Image.Image, "load", lambda *arguments: pytest.fail("decoded"))
    with pytest.raises(InputError, match=r"bomb.png: more than 50,000,000 pixels"):
        read_image(tmp_path / "bomb.png")


def test_squash_fills_the_square(picture):
    image = fit_image(picture)
    assert image.shape == (227, 227, 3)
    assert quarters(image) == COLOURS


def test_pad_keeps_proportions_in_a_white_frame():
    image = fit_image(np.zeros((40, 80, 3), np.uint8), "pad")
    rows = np.flatnonzero((image == 0).all(axis=(1, 2)))
    assert rows.tolist() == list(range(56, 56 + 114))
    assert (image[:56] == 255).all()
    assert (image[170:] == 255).all()


@pytest.mark.parametrize(
    "box", [(30, 0, 60, 20), (0.5, 0, 1, 0.5), [30.0, 0.0, 60.0, 20.0]], ids=["pixels", "fractions", "list"]
)
def test_crops_by_pixels_or_fractions(picture, box):
    assert quarters(fit_image(picture, box=box)) == [[0, 255, 0]] * 4


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 61, 40),
        (-1, 0, 30, 30),
        (30, 0, 20, 40),
        (0.5, 0.5, 0.5, 0.6),
        (0, 0, 10),
        (0, 0, 10, None),
        "all",
        (0, 0, 9, float("nan")),
    ],
)
def test_refuses_boxes_outside_the_image(picture, box):
    with pytest.raises(InputError, match=r"^crop_box: "):
        fit_image(picture, box=box)


def test_refuses_unknown_fits(picture):
    with pytest.raises(InputError, match=r"'stretch'.*pad, squash"):
        fit_image(picture, "stretch")


@pytest.mark.parametrize("fit", ["pad", "squash"])
@pytest.mark.parametrize("box", [None, (100, 50, 400, 250), (0.1, 0.2, 0.9, 0.7)])
def test_points_move_with_their_pixels(fit, box):
    """A soft dot painted at a point of the image is found at the point's position in the square."""
    centre = np.array([230.0, 150.0])
    y, x = np.mgrid[:300, :500] + 0.5
    dot = 255 * (1 - np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * 12**2)))
    image = fit_image(np.stack([np.round(dot)] * 3, axis=-1).astype(np.uint8), fit, box)
    weight = 255.0 - image[..., 0]
    y, x = np.mgrid[:227, :227] + 0.5
    found = [(weight * x).sum() / weight.sum(), (weight * y).sum() / weight.sum()]
    np.testing.assert_allclose(fit_points([centre], (300, 500), fit, box)[0], found, atol=0.3)


def test_shrinks_without_aliasing():
    """A fine chequerboard becomes flat grey: each pixel of the square averages all source pixels it covers."""
    board = (np.indices((1024, 1024)).sum(axis=0) % 2 * 255).astype(np.uint8)
    image = fit_image(np.stack([board] * 3, axis=-1))
    assert np.abs(image.astype(int) - 127).max() <= 3


def test_images_can_be_read_from_memory(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png")
    np.testing.assert_array_equal(read_image(buffer), picture)


@pytest.fixture(scope="module")
def soft():
    """An image as smooth as a photograph, with a little grain: 1200×1024 pixels."""
    rng = np.random.default_rng(1)
    coarse = Image.fromarray(rng.integers(0, 256, (32, 40, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((1200, 1024), Image.Resampling.BICUBIC)).astype(float)
    return Image.fromarray((pixels + rng.normal(0, 3, pixels.shape)).clip(0, 255).astype(np.uint8))


def exact(path, fit, box):
    """The square that LANCZOS makes of all pixels."""
    pixels = read_image(path)
    whole = [0, 0, pixels.shape[1], pixels.shape[0]]
    left, top, right, bottom = whole if box is None else box
    scale = 227 / max(right - left, bottom - top)
    extent = [227, 227] if fit == "squash" else [round(scale * (right - left)), round(scale * (bottom - top))]
    resized = Image.fromarray(pixels).resize(extent, Image.Resampling.LANCZOS, (left, top, right, bottom))
    square = Image.new("RGB", (227, 227), "white")
    square.paste(resized, ((227 - extent[0]) // 2, (227 - extent[1]) // 2))
    return np.asarray(square).astype(int)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize(("fit", "box"), [("squash", None), ("pad", None), ("squash", (101, 203, 900, 1000))])
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_images_decoded_at_a_smaller_size_look_the_same(tmp_path, soft, suffix, fit, box, orientation):
    """A displacement of half a pixel would change this image's grey levels by more."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    soft.save(tmp_path / f"face.{suffix}", exif=exif, **({"quality": 95} if suffix == "jpg" else {}))
    square, shape = read_square(tmp_path / f"face.{suffix}", fit, box)
    assert shape == ((1024, 1200) if orientation in (1, 3) else (1200, 1024))
    difference = np.abs(square - exact(tmp_path / f"face.{suffix}", fit, box))
    assert difference.mean() < 0.5
    assert difference.max() <= 8


@pytest.mark.parametrize(
    ("side", "decoded"), [(907, 907), (908, 454), (1817, 1817), (1816, 454), (3632, 454), (453, 453), (8000, 1000)]
)
def test_decoding_leaves_twice_the_pixels_for_resampling(tmp_path, monkeypatch, side, decoded):
    """Sides that cannot be divided stay whole, so that nothing moves by a fraction of a pixel."""
    Image.new("RGB", (side, side), "red").save(tmp_path / "face.jpg")
    seen, to_rgb = [], imaging.to_rgb
    monkeypatch.setattr(imaging, "to_rgb", lambda image, known: seen.append(image.size) or to_rgb(image, known))
    square, shape = read_square(tmp_path / "face.jpg", most_pixels=64_000_000)
    assert seen == [(decoded, decoded)]
    assert shape == (side, side)
    assert np.abs(square.astype(int) - [254, 0, 0]).max() <= 1


def test_read_square_refuses_faulty_files_as_well(tmp_path, soft):
    soft.save(tmp_path / "face.jpg", quality=95)
    whole = (tmp_path / "face.jpg").read_bytes()
    with pytest.raises(InputError, match="more than 1,000 pixels"):
        read_square(tmp_path / "face.jpg", most_pixels=1000)
    with pytest.raises(InputError, match=r"^crop_box: "):
        read_square(tmp_path / "face.jpg", box=(0, 0, 2000, 2000))
    (tmp_path / "face.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged or truncated"):
        read_square(tmp_path / "face.jpg")
