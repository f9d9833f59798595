"""Metadata turn an image, and do nothing else: damaged ones neither change a pixel nor refuse the file."""

import io
import logging
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from facelrp.errors import InputError
from facelrp.faces.imaging import read_image, read_square

RNG = np.random.default_rng(5)
PIXELS = RNG.integers(0, 256, (6, 8, 3), np.uint8).repeat(16, axis=0).repeat(16, axis=1)


def exif(entries, order="<", offset=8, more=b"", count=None):
    """Return EXIF data of (tag, type, count, value) entries."""
    data = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", offset)
    data += struct.pack(order + "H", len(entries) if count is None else count)
    for tag, kind, number, value in entries:
        data += struct.pack(order + "HHI", tag, kind, number)
        inline = ("HH", value, 0) if kind == 3 and number < 3 else ("I", value)
        data += value if isinstance(value, bytes) else struct.pack(order + inline[0], *inline[1:])
    return data + bytes(4) + more


SIX = (274, 3, 1, 6)
#: {damage: (EXIF data, orientation that they still state)}
DAMAGED = {
    "empty": (b"", 1),
    "one byte": (b"I", 1),
    "no order": (b"XX*\0" + exif([SIX])[4:], 1),
    "zeros": (bytes(60), 1),
    "text": (b"no EXIF at all, but text", 1),
    "header only": (b"II*\0\x08\0\0\0", 1),
    "offset out of range": (exif([SIX], offset=2**32 - 1), 1),
    "offset in the header": (exif([SIX], offset=0), 1),
    "cut in the entry": (exif([SIX])[:14], 1),
    "cut in the next entry": (exif([SIX, (271, 2, 4, b"abc\0")])[:25], 6),
    "no next directory": (exif([SIX])[:-4], 6),
    "more entries than there are": (exif([SIX], count=65535), 6),
    "no entries": (exif([]), 1),
    "values out of range": (exif([(271, 2, 4000, 2**31), SIX]), 6),
    "a value of 4 GB": (exif([(37500, 7, 2**32 - 1, 8), SIX]), 6),
    "an unknown type": (exif([(305, 99, 1, 0), SIX]), 6),
    "a type of 0": (exif([(305, 0, 1, 0), SIX]), 6),
    "resolution over zero": (exif([SIX, (282, 5, 1, 38), (283, 5, 1, 38)], more=bytes(8)), 6),
    "resolution as text": (exif([SIX, (282, 2, 4, b"72 \0"), (296, 2, 4, b"x\0\0\0")]), 6),
    "resolution of no number": (exif([SIX, (282, 5, 0, 0), (296, 3, 0, 0)]), 6),
    "EXIF pointer as text": (exif([SIX, (34665, 2, 4, b"abc\0")]), 6),
    "EXIF pointer out of range": (exif([SIX, (34665, 4, 1, 2**31 + 5)]), 6),
    "EXIF pointer to itself": (exif([SIX, (34665, 4, 1, 8)]), 6),
    "GPS pointer of floats": (exif([SIX, (34853, 11, 1, b"\0\0\xc0\x7f")]), 6),
    "many pointers": (exif([SIX, *[(34665, 4, 1, 8)] * 500]), 6),
    "orientation 0": (exif([(274, 3, 1, 0)]), 1),
    "orientation 9": (exif([(274, 3, 1, 9)]), 1),
    "orientation as text": (exif([(274, 2, 2, b"6\0\0\0")]), 1),
    "orientation as a fraction": (exif([(274, 5, 1, 26)], more=struct.pack("<II", 6, 1)), 1),
    "orientation as a long": (exif([(274, 4, 1, 6)]), 6),
    "no orientation": (exif([(274, 3, 0, 0)]), 1),
    "two orientations": (exif([SIX, (274, 3, 1, 3)]), 6),
    "an array of orientations": (exif([(274, 3, 2, struct.pack("<HH", 6, 3))]), 6),
    "big-endian": (exif([(274, 3, 1, 6)], ">"), 6),
    "EXIF twice": (b"Exif\0\0" + exif([SIX]), 6),
}


def jpeg_with(segment, marker=0xE1, image=None, **options):
    buffer = io.BytesIO()
    (image or Image.fromarray(PIXELS)).save(buffer, "jpeg", **{"quality": 95, **options})
    data = buffer.getvalue()
    return data[:2] + bytes([0xFF, marker]) + (len(segment) + 2).to_bytes(2) + segment + data[2:]


def png_chunk(kind, content, checksum=None):
    right = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", right if checksum is None else checksum)


def png_with(*chunks, image=None, **options):
    """Return a PNG with more chunks behind its header."""
    buffer = io.BytesIO()
    (image or Image.fromarray(PIXELS)).save(buffer, "png", **options)
    data = buffer.getvalue()
    return data[:33] + b"".join(chunks) + data[33:]


def webp_with(exif_data):
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "webp", lossless=True, exif=exif_data or b"\0")
    return buffer.getvalue()


def tiff_with(entries, order="<", next_directory=0):
    """Return an uncompressed TIFF with more tags."""
    height, width = PIXELS.shape[:2]
    base = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2)]
    base += [(273, 4, 1, 8), (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 1, PIXELS.size)]
    tags = sorted([*base, *entries], key=lambda entry: entry[0])
    body = exif(tags, order, offset=8 + PIXELS.size)
    directory = body[8:-4] + struct.pack(order + "I", next_directory)
    return body[:8] + PIXELS.tobytes() + directory


def plain(data):
    """What Pillow decodes, without turning it."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def turned(pixels, orientation):
    assert orientation in (1, 6)
    return pixels if orientation == 1 else np.rot90(pixels, -1)


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_exif_is_no_reason_to_refuse_an_image(tmp_path, damage):
    data, orientation = DAMAGED[damage]
    upright = turned(PIXELS, orientation)
    path = tmp_path / "face"
    path.write_bytes(jpeg_with(b"Exif\0\0" + data))
    np.testing.assert_array_equal(read_image(path), turned(plain(jpeg_with(b"")), orientation))
    square, shape = read_square(path)
    assert shape == upright.shape[:2]
    assert square.shape == (227, 227, 3)
    for content in (png_with(png_chunk(b"eXIf", data)), webp_with(data)):
        path.write_bytes(content)
        np.testing.assert_array_equal(read_image(path), upright)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    "entries",
    [
        [(282, 2, 4, b"72 \0"), (296, 3, 1, 2)],
        [(282, 5, 1, 2**31), (283, 5, 1, 2**31)],
        [(282, 11, 1, b"\0\0\xc0\x7f"), (296, 2, 1, b"3\0\0\0")],
        [(34665, 4, 1, 8), (34853, 4, 1, 2**32 - 1)],
        [(34665, 2, 4, b"abc\0")],
        [(34675, 7, 2**31, 8)],
        [(700, 3, 1, 5)],
        [(37724, 1, 2**32 - 1, 8), (33723, 99, 1, 0)],
        [(316, 2, 2**20, 8), (306, 4, 1, 3)],
        [(254, 2, 4, b"abc\0"), (301, 3, 768, 2**31)],
    ],
)
def test_damaged_tags_are_no_reason_to_refuse_a_tiff(tmp_path, entries, order):
    (tmp_path / "face.tif").write_bytes(tiff_with(entries, order))
    np.testing.assert_array_equal(read_image(tmp_path / "face.tif"), PIXELS)
    (tmp_path / "face.tif").write_bytes(tiff_with([*entries, SIX], order, next_directory=2**31))
    np.testing.assert_array_equal(read_image(tmp_path / "face.tif"), turned(PIXELS, 6))


@pytest.mark.parametrize("tag", [306, 315, 33432])
def test_tiffs_of_64_bits_are_turned(tmp_path, tag):
    tags = {274: 6, tag: "text"}
    Image.fromarray(PIXELS).save(tmp_path / "face.tif", big_tiff=True, tiffinfo=tags)
    assert (tmp_path / "face.tif").read_bytes()[2] == 43
    np.testing.assert_array_equal(read_image(tmp_path / "face.tif"), turned(PIXELS, 6))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif"])
def test_turns_images_of_every_format_as_pillow_does(tmp_path, suffix, orientation):
    tags = Image.Exif()
    tags[274] = orientation
    options = {"lossless": True} if suffix == "webp" else {}
    Image.fromarray(PIXELS).save(tmp_path / f"face.{suffix}", exif=tags, **options)
    with Image.open(tmp_path / f"face.{suffix}") as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    np.testing.assert_array_equal(read_image(tmp_path / f"face.{suffix}"), expected)


@pytest.mark.parametrize("damage", ["text", "cut in the entry", "EXIF pointer out of range"])
def test_damaged_exif_of_an_avif_is_ignored(tmp_path, damage):
    """AVIF states the orientation in a field outside its EXIF data."""
    tags = Image.Exif()
    tags[274] = 6
    tags[271] = "x" * 60
    Image.fromarray(PIXELS).save(tmp_path / "face.avif", exif=tags)
    data = (tmp_path / "face.avif").read_bytes()
    expected = read_image(tmp_path / "face.avif")
    at = data.index(b"MM\0*")
    bad = DAMAGED[damage][0][:60]
    (tmp_path / "face.avif").write_bytes(data[:at] + bad + data[at + len(bad) :])
    np.testing.assert_array_equal(read_image(tmp_path / "face.avif"), expected)
    assert expected.shape == (128, 96, 3)


def xmp(orientation):
    return b'<x:xmpmeta><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>' % orientation


@pytest.mark.parametrize("state", ["alone", "EXIF first", "not UTF-8", "out of range"])
def test_xmp_states_the_orientation_where_exif_does_not(tmp_path, state):
    text = {"not UTF-8": b"\xff\xfe" + xmp(6), "out of range": xmp(9)}.get(state, xmp(6))
    tags = exif([(274, 3, 1, 1)]) if state == "EXIF first" else b""
    orientation = 6 if state in ("alone", "not UTF-8") else 1
    chunks = [png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + text), png_chunk(b"eXIf", tags)]
    packed = [png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0en\0x\0" + zlib.compress(text)), chunks[1]]
    for chunk in (chunks, packed):
        (tmp_path / "face.png").write_bytes(png_with(*chunk))
        np.testing.assert_array_equal(read_image(tmp_path / "face.png"), turned(PIXELS, orientation))
    data = jpeg_with(b"http://ns.adobe.com/xap/1.0/\0" + text)
    data = data[:2] + jpeg_with(b"Exif\0\0" + tags)[2 : 2 + 4 + 6 + len(tags)] + data[2:]
    (tmp_path / "face.jpg").write_bytes(data)
    np.testing.assert_array_equal(read_image(tmp_path / "face.jpg"), turned(plain(jpeg_with(b"")), orientation))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("state", ["right", "odd digits", "no digits", "cut"])
def test_reads_exif_that_imagemagick_writes_as_text(tmp_path, state, packed):
    digits = (b"Exif\0\0" + exif([SIX])).hex().encode()
    digits = {"odd digits": digits[:-1], "no digits": b"xyz", "cut": digits[:20]}.get(state, digits)
    text = b"\nexif\n      38\n" + digits[:30] + b"\n" + digits[30:] + b"\n"
    chunk = png_chunk(b"tEXt", b"Raw profile type exif\0" + text)
    if packed:
        chunk = png_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))
    (tmp_path / "face.png").write_bytes(png_with(chunk))
    np.testing.assert_array_equal(read_image(tmp_path / "face.png"), turned(PIXELS, 6 if state == "right" else 1))


LONG = b"x" * (3 << 20)
CHUNKS = {
    "3 MB of text": png_chunk(b"tEXt", b"Comment\0" + LONG),
    "3 MB of packed text": png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(LONG)),
    "3 MB of XMP": png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + LONG),
    "100 MB in 100 kB": png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100 << 20))),
    "100 MB of XMP in 100 kB": png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(100 << 20))),
    "100 texts of 1 MB": b"".join(
        png_chunk(b"zTXt", b"a%d\0\0" % i + zlib.compress(bytes(1 << 20))) for i in range(100)
    ),
    "text that is no zlib": png_chunk(b"zTXt", b"Comment\0\0abc"),
    "an unknown packing": png_chunk(b"zTXt", b"Comment\0\7abc"),
    "text without a key": png_chunk(b"tEXt", b""),
    "a checksum of text": png_chunk(b"tEXt", b"Comment\0abc", checksum=1),
    "a checksum of EXIF": png_chunk(b"eXIf", exif([SIX]), checksum=1),
    "a checksum of gamma": png_chunk(b"gAMA", struct.pack(">I", 20_000), checksum=1),
    "short gamma": png_chunk(b"gAMA", b"\0\1"),
    "no gamma": png_chunk(b"gAMA", bytes(4)),
    "short primaries": png_chunk(b"cHRM", b"\0\1"),
    "short resolution": png_chunk(b"pHYs", b"\0\1"),
    "no rendering intent": png_chunk(b"sRGB", b""),
    "a short animation": png_chunk(b"acTL", b"\0"),
    "a frame out of sequence": png_chunk(b"acTL", bytes([0, 0, 0, 2, 0, 0, 0, 0])) + png_chunk(b"fcTL", bytes(26)),
    "an unknown chunk": png_chunk(b"prVt", b"abc") + png_chunk(b"prVt", b"abc", checksum=1),
}


@pytest.mark.parametrize("damage", CHUNKS)
def test_metadata_of_a_png_are_no_reason_to_refuse_it(tmp_path, damage):
    (tmp_path / "face.png").write_bytes(png_with(CHUNKS[damage]))
    np.testing.assert_array_equal(read_image(tmp_path / "face.png"), PIXELS)
    whole = png_with()
    (tmp_path / "face.png").write_bytes(whole[:-12] + CHUNKS[damage] + whole[-12:])
    np.testing.assert_array_equal(read_image(tmp_path / "face.png"), PIXELS)


@pytest.mark.parametrize("end", ["no end", "half an end", "text cut", "more behind it", "zeros"])
def test_the_end_of_a_png_may_be_missing_but_none_of_its_pixels(tmp_path, end):
    whole, text = png_with(), png_chunk(b"tEXt", b"Comment\0" + bytes(99))
    ends = {"no end": b"", "half an end": whole[-12:-5], "text cut": text[:40], "more behind it": whole[-12:] + b"abc"}
    (tmp_path / "face.png").write_bytes(whole[:-12] + ends.get(end, bytes(40)))
    np.testing.assert_array_equal(read_image(tmp_path / "face.png"), PIXELS)


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"PLTE", b"tRNS"])
def test_pixels_with_a_wrong_checksum_are_refused(tmp_path, kind):
    image = Image.fromarray(PIXELS).quantize(20)
    data = bytearray(png_with(image=image, transparency=3))
    data[data.index(kind) + 5] ^= 1
    (tmp_path / "face.png").write_bytes(data)
    with pytest.raises(
        InputError, match=rf"face.png: damaged or truncated \(wrong checksum of the chunk {kind.decode()}\)"
    ):
        read_image(tmp_path / "face.png")


def interlaced(pixels, bits):
    """Return a PNG of grey levels in the seven passes that the standard draws."""
    order = np.array(
        [
            [1, 6, 4, 6, 2, 6, 4, 6],
            [7, 7, 7, 7, 7, 7, 7, 7],
            [5, 6, 5, 6, 5, 6, 5, 6],
            [7, 7, 7, 7, 7, 7, 7, 7],
            [3, 6, 4, 6, 3, 6, 4, 6],
            [7, 7, 7, 7, 7, 7, 7, 7],
            [5, 6, 5, 6, 5, 6, 5, 6],
            [7, 7, 7, 7, 7, 7, 7, 7],
        ]
    )
    height, width = pixels.shape
    passes = np.tile(order, (height // 8 + 1, width // 8 + 1))[:height, :width]
    data = b""
    for number in range(1, 8):
        for row, mask in zip(pixels, passes == number, strict=True):
            if mask.any():
                digits = (row[mask][:, None] >> np.arange(bits - 1, -1, -1)) & 1
                data += b"\0" + np.packbits(digits.astype(np.uint8)).tobytes()
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 1)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(data)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (4, 3), (5, 5), (8, 8), (17, 6), (33, 31)])
def test_interlaced_pngs_are_read_whole(tmp_path, shape, bits):
    pixels = np.random.default_rng(bits).integers(0, 2**bits, shape)
    pixels.flat[0] = 2**bits - 1
    (tmp_path / "face.png").write_bytes(interlaced(pixels, bits))
    np.testing.assert_array_equal(read_image(tmp_path / "face.png")[..., 0], np.round(pixels * (255 / (2**bits - 1))))


@pytest.mark.parametrize("rows", [1, 10, 4000])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_images_with_fewer_rows_than_they_state_are_refused(tmp_path, suffix, rows):
    """Pillow leaves the rest black."""
    data = png_with() if suffix == "png" else tiff_with([])
    if suffix == "png":
        header = struct.pack(">II", 128, 96 + rows) + data[24:29]
        data = data[:8] + png_chunk(b"IHDR", header) + data[33:]
    else:
        data = data.replace(struct.pack("<HHIH", 257, 3, 1, 96), struct.pack("<HHIH", 257, 3, 1, 96 + rows))
    (tmp_path / "face").write_bytes(data)
    with pytest.raises(InputError, match=r"damaged or truncated \(image file is truncated\)"):
        read_image(tmp_path / "face")


def test_pixels_that_do_not_match_their_deflated_checksum_are_refused(tmp_path):
    data = png_with()
    at = data.index(b"IDAT") + 4
    length = int.from_bytes(data[at - 8 : at - 4])
    content = data[at : at + length - 4] + bytes(4)
    (tmp_path / "face.png").write_bytes(data[: at - 8] + png_chunk(b"IDAT", content) + png_chunk(b"IEND", b""))
    with pytest.raises(InputError, match=r"face.png: damaged or truncated \(.*incorrect data check\)"):
        read_image(tmp_path / "face.png")


SEGMENTS = {
    "a short JFIF": (0xE0, b"JFIF"),
    "an empty segment": (0xE0, b""),
    "a short Adobe": (0xEE, b"Adobe"),
    "Photoshop without an end": (0xED, b"Photoshop 3.0\0" + b"8BIM\x03\xed"),
    "Photoshop with an endless block": (0xED, b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0" + b"\xff" * 8),
    "several images, damaged": (0xE2, b"MPF\0" + b"II*\0" + b"\xff" * 20),
    "several images, none": (0xE2, b"MPF\0"),
    "a comment": (0xFE, b"\xff\xda\xff\xd9" * 500),
    "a preview": (0xE1, b"Exif\0\0" + jpeg_with(b"")[:4000] * 5),
}


@pytest.mark.parametrize("damage", SEGMENTS)
def test_segments_of_a_jpeg_are_no_reason_to_refuse_it(tmp_path, damage):
    marker, segment = SEGMENTS[damage]
    (tmp_path / "face.jpg").write_bytes(jpeg_with(segment, marker))
    np.testing.assert_array_equal(read_image(tmp_path / "face.jpg"), plain(jpeg_with(b"")))


@pytest.mark.parametrize("kind", ["fill", "segments", "chunks", "entries"])
def test_endless_metadata_take_little_time(tmp_path, kind):
    """A search that starts again at each of 5 million bytes of fill would take hours."""
    data = jpeg_with(b"")
    data = (
        data[:2]
        + {"fill": b"\xff" * 5_000_000 + b"\0", "segments": b"\xff\xe1\0\2" * 1_000_000}.get(kind, b"")
        + data[2:]
    )
    if kind == "chunks":
        data = png_with(png_chunk(b"prVt", b"") * 200_000)
    elif kind == "entries":
        data = tiff_with([(65000, 4, 1, 0)] * 60_000)
    (tmp_path / "face").write_bytes(data)
    start = time.perf_counter()
    if kind in ("segments", "chunks"):
        with pytest.raises(InputError, match=r"face: damaged or truncated \(more than "):
            read_image(tmp_path / "face")
    else:
        read_image(tmp_path / "face")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("more", ["another image", "zeros", "200 ends of scans", "text"])
def test_bytes_behind_a_jpeg_do_not_count(tmp_path, more, mode):
    data = jpeg_with(b"", image=Image.fromarray(PIXELS).convert(mode), progressive=True)
    rest = {"another image": jpeg_with(b""), "zeros": bytes(999), "200 ends of scans": b"\xff\xda\0\4ab" * 200}
    (tmp_path / "face.jpg").write_bytes(data + rest.get(more, b"text"))
    np.testing.assert_array_equal(read_image(tmp_path / "face.jpg"), plain(data))


def test_phones_files_of_several_images_give_the_first(tmp_path):
    first, second = Image.fromarray(PIXELS), Image.new("RGB", (128, 96), "red")
    first.save(tmp_path / "face.jpg", "MPO", save_all=True, append_images=[second])
    with Image.open(tmp_path / "face.jpg") as image:
        assert image.format == "MPO"
        expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(read_image(tmp_path / "face.jpg"), expected)


@pytest.mark.parametrize("pages", ["tif", "gif", "webp", "png", "avif"])
def test_the_first_of_several_pages_or_frames_is_read(tmp_path, pages):
    first, second = Image.new("RGB", (40, 30), "blue"), Image.new("RGB", (40, 30), "red")
    first.save(tmp_path / f"face.{pages}", save_all=True, append_images=[second, second])
    assert np.abs(read_image(tmp_path / f"face.{pages}").astype(int) - [0, 0, 255]).max() <= 2


@pytest.mark.parametrize("name", ["face.jfif", "face.jpe", "FACE.JPE", "face.png", "face", "face.txt"])
@pytest.mark.parametrize("suffix", ["jpeg", "png", "tiff", "gif", "webp", "bmp", "avif"])
def test_the_content_counts_and_not_the_name(tmp_path, name, suffix):
    Image.new("RGB", (20, 20), "blue").save(tmp_path / name, suffix)
    assert np.abs(read_image(tmp_path / name).astype(int) - [0, 0, 255]).max() <= 2


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"mif1"])
def test_heic_is_refused_by_name(tmp_path, brand):
    (tmp_path / "face.jpg").write_bytes(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(400))
    with pytest.raises(InputError, match=r"face.jpg: a HEIC image, which cannot be read — .* convert it to JPEG"):
        read_image(tmp_path / "face.jpg")


def test_ignored_metadata_are_logged_with_the_file(tmp_path, caplog):
    (tmp_path / "face.png").write_bytes(png_with(CHUNKS["a checksum of EXIF"]))
    with caplog.at_level(logging.WARNING, "facelrp"):
        read_image(tmp_path / "face.png")
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path / 'face.png'}: chunks with a wrong checksum are ignored: eXIf"
    ]


def test_a_png_keeps_what_its_pixels_need(tmp_path):
    """Text beside a palette and a transparent colour is dropped, and these are not."""
    image = Image.fromarray(PIXELS).quantize(20)
    information = PngImagePlugin.PngInfo()
    information.add_text("Comment", "x" * 2_000_000)
    image.save(tmp_path / "face.png", transparency=int(np.asarray(image)[0, 0]), pnginfo=information)
    pixels = read_image(tmp_path / "face.png")
    expected = np.asarray(image.convert("RGB")).copy()
    expected[np.asarray(image) == np.asarray(image)[0, 0]] = 255
    np.testing.assert_array_equal(pixels, expected)
