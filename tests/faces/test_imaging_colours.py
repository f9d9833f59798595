"""Colours are converted to sRGB as the file describes them; grey of any depth has its black and its white.

The oracle are the formulas and the published matrices of the colour spaces, in floating point.
"""

import io
import logging
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from facelrp.errors import InputError
from facelrp.faces.imaging import read_image, read_square

cv2 = pytest.importorskip("cv2")

#: X, Y, Z of red, green and blue under ICC's white, as the makers' profiles state them.
P3_COLOURS = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_COLOURS = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB_COLOURS = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
#: From light of these spaces to light of sRGB.
P3 = np.array([[1.22494, -0.22494, 0], [-0.04206, 1.04206, 0], [-0.01964, -0.07864, 1.09827]])
ADOBE = np.array([[1.39836, -0.39836, 0], [0, 1, 0], [0, -0.04293, 1.04293]])
RED, GREEN, BLUE, WHITE = (0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290)


def srgb_to_light(values):
    values = np.asarray(values) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def light_to_srgb(light):
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def icc(colours, exponent=None, space=b"RGB ", version=0x02400000):
    """Return an ICC profile of these colours, with sRGB's curve as a table or with an exponent."""
    if exponent is None:
        table = np.round(65535 * srgb_to_light(np.linspace(0, 255, 1024))).astype(int)
        curve = b"curv" + struct.pack(">II1024H", 0, 1024, *table)
    else:
        curve = b"curv" + struct.pack(">IIHH", 0, 1, round(256 * exponent), 0)

    def xyz(colour):
        return b"XYZ " + struct.pack(">I3i", 0, *(round(65536 * value) for value in colour))

    parts = {b"wtpt": xyz((0.9642, 1, 0.8249))}
    if space == b"GRAY":
        parts[b"kTRC"] = curve
    else:
        for name, colour in zip((b"r", b"g", b"b"), colours, strict=True):
            parts |= {name + b"XYZ": xyz(colour), name + b"TRC": curve}
    start, table, content = 132 + 12 * len(parts), struct.pack(">I", len(parts)), b""
    for name, part in parts.items():
        table += name + struct.pack(">II", start + len(content), len(part))
        content += part
    header = struct.pack(">I4xI4s4s4s", start + len(content), version, b"mntr", space, b"XYZ ")
    header = header.ljust(36, b"\0") + b"acsp"
    return header.ljust(68, b"\0") + xyz((0.9642, 1, 0.8249))[8:] + bytes(48) + table + content


PROFILES = {
    "Display P3": (icc(P3_COLOURS), lambda values: light_to_srgb(srgb_to_light(values) @ P3.T)),
    "AdobeRGB": (icc(ADOBE_COLOURS, 563 / 256), lambda values: light_to_srgb((values / 255) ** (563 / 256) @ ADOBE.T)),
    "gamma 1.8": (icc(SRGB_COLOURS, 1.8), lambda values: light_to_srgb((values / 255) ** 1.8)),
}
#: Every third level of skin, and the corners of the cube: 16×16 patches of 4×4 pixels.
LEVELS = np.linspace(0, 255, 6).astype(np.uint8)
CUBE = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(-1, 3)
SKIN = np.random.default_rng(2).normal([200, 150, 120], 25, (40, 3)).clip(0, 255).astype(np.uint8)
PATCHES = np.concatenate([CUBE, SKIN]).reshape(16, 16, 3).repeat(8, axis=0).repeat(8, axis=1)
RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def saved(path, image, **options):
    suffix = path.suffix[1:]
    if suffix == "jpg":
        options |= {"quality": 100, "subsampling": 0}
    if suffix == "webp":
        options |= {"lossless": True, "exact": True}
    if suffix == "avif":
        options |= {"quality": 100, "subsampling": "4:4:4"}
    image.save(path, **options)
    return path


def stored(path):
    """The pixels of a file as OpenCV reads them, which knows no profiles."""
    return cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1].astype(float)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif"])
def test_colours_are_converted_by_the_profile(tmp_path, suffix, name):
    profile, formula = PROFILES[name]
    path = saved(tmp_path / f"face.{suffix}", Image.fromarray(PATCHES), icc_profile=profile)
    before, image = stored(path), read_image(path)
    assert np.abs(before - image).max() > 9
    np.testing.assert_allclose(image, formula(before), atol=2)
    np.testing.assert_allclose(read_square(path, size=128)[0], formula(before), atol=2)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("mode", ["P", "RGBA", "L", "LA", "1"])
def test_every_mode_is_converted(tmp_path, mode, name):
    profile, formula = PROFILES[name]
    image = Image.fromarray(PATCHES).convert("RGB")
    image = image.quantize(200) if mode == "P" else image.convert(mode)
    alpha = np.ones((128, 128, 1))
    if mode.endswith("A"):
        image.putalpha(Image.fromarray(np.tile(np.arange(0, 256, 2, dtype=np.uint8), (128, 1))))
        alpha = np.asarray(image)[..., -1:] / 255
    path = saved(tmp_path / "face.png", image, icc_profile=profile)
    colours = np.asarray(image.convert("RGBA").convert("RGB")).astype(float)
    np.testing.assert_allclose(read_image(path), alpha * formula(colours) + 255 * (1 - alpha), atol=2)


@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("mode", ["L", "LA", "1", "I;16"])
def test_grey_is_converted_by_profiles_of_grey(tmp_path, mode, exponent):
    image = Image.fromarray(RAMP.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(RAMP).convert(mode)
    path = saved(tmp_path / "face.png", image, icc_profile=icc((), exponent, b"GRAY"))
    grey = np.asarray(image.convert("L") if mode != "I;16" else RAMP)
    expected = light_to_srgb((grey / 255) ** exponent)
    np.testing.assert_allclose(read_image(path), np.stack([expected] * 3, axis=-1), atol=2)


@pytest.mark.parametrize(
    "table", [ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), icc(SRGB_COLOURS)]
)
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_srgb_profiles_change_nothing(tmp_path, suffix, table):
    path = saved(tmp_path / f"face.{suffix}", Image.fromarray(PATCHES), icc_profile=table)
    np.testing.assert_array_equal(read_image(path), stored(path))


@pytest.mark.parametrize("count", [1, 3, 7])
def test_profiles_in_several_segments_are_joined_in_their_order(tmp_path, count):
    profile, formula = PROFILES["Display P3"]
    path = saved(tmp_path / "face.jpg", Image.fromarray(PATCHES))
    before, data = stored(path), path.read_bytes()
    size = -(-len(profile) // count)
    parts = [b"ICC_PROFILE\0" + bytes([i + 1, count]) + profile[i * size : (i + 1) * size] for i in range(count)]
    segments = [b"\xff\xe2" + (len(part) + 2).to_bytes(2) + part for part in parts]
    path.write_bytes(data[:2] + b"".join(segments[::-1]) + data[2:])
    np.testing.assert_allclose(read_image(path), formula(before), atol=2)


BROKEN = {
    "text": b"no profile",
    "empty": b"\0",
    "zeros": bytes(500),
    "cut in the table": icc(P3_COLOURS)[:200],
    "cut in the curves": icc(P3_COLOURS)[:900],
    "no size": bytes(4) + icc(P3_COLOURS)[4:],
    "for grey": icc((), 1.8, b"GRAY"),
    "for inks": icc(P3_COLOURS, space=b"CMYK"),
    "of the future": icc(P3_COLOURS, version=0x09000000),
    "without colours": icc(P3_COLOURS).replace(b"rXYZ", b"xxxx"),
}


@pytest.mark.parametrize("damage", BROKEN)
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_unusable_profiles_are_read_as_srgb_and_logged(tmp_path, caplog, suffix, damage):
    path = saved(tmp_path / f"face.{suffix}", Image.fromarray(PATCHES), icc_profile=BROKEN[damage])
    with caplog.at_level(logging.WARNING, "facelrp"):
        np.testing.assert_array_equal(read_image(path), stored(path))
    assert [
        record.getMessage().startswith(f"{path}: its colour profile cannot be used (") for record in caplog.records
    ] == [True]


@pytest.mark.parametrize("damage", ["a part is missing", "not zlib", "zlib is cut", "a bomb"])
def test_profiles_that_cannot_be_taken_from_the_file_are_logged(tmp_path, caplog, damage):
    path = saved(tmp_path / ("face.jpg" if damage == "a part is missing" else "face.png"), Image.fromarray(PATCHES))
    before, data, profile = stored(path), path.read_bytes(), icc(P3_COLOURS)
    if path.suffix == ".jpg":
        part = b"ICC_PROFILE\0\1\2" + profile
        path.write_bytes(data[:2] + b"\xff\xe2" + (len(part) + 2).to_bytes(2) + part + data[2:])
    else:
        packed = {"zlib is cut": zlib.compress(profile)[:-9], "a bomb": zlib.compress(bytes(20 << 20))}
        path.write_bytes(with_chunks(data, iCCP=b"P3\0\0" + packed.get(damage, b"abc")))
    with caplog.at_level(logging.WARNING, "facelrp"):
        np.testing.assert_array_equal(read_image(path), before)
    assert [" colour profile " in record.getMessage() for record in caplog.records] == [True]


def with_chunks(png, **chunks):
    """Return a PNG with more chunks behind its header."""
    more = b""
    for kind, content in chunks.items():
        more += struct.pack(">I", len(content)) + kind.encode() + content
        more += struct.pack(">I", zlib.crc32(kind.encode() + content))
    return png[:33] + more + png[33:]


def gamma(exponent):
    return struct.pack(">I", round(100_000 / exponent))


def chromaticities(*points):
    return struct.pack(">8I", *(round(100_000 * number) for point in points for number in point))


P3_POINTS, SRGB_POINTS = (WHITE, RED, GREEN, BLUE), (WHITE, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
#: {chunks of a PNG: what they mean}
DESCRIBED = {
    "gamma 1.8": ({"gAMA": gamma(1.8)}, lambda values: light_to_srgb((values / 255) ** 1.8)),
    "gamma 1": ({"gAMA": gamma(1)}, lambda values: light_to_srgb(values / 255)),
    "gamma 2.8": ({"gAMA": gamma(2.8)}, lambda values: light_to_srgb((values / 255) ** 2.8)),
    "P3 colours": ({"cHRM": chromaticities(*P3_POINTS)}, PROFILES["Display P3"][1]),
    "both": (
        {"gAMA": gamma(1.8), "cHRM": chromaticities(*P3_POINTS)},
        lambda values: light_to_srgb((values / 255) ** 1.8 @ P3.T),
    ),
    "another white": (
        # All light is neutral where all values are equal, whatever the white; the red stays as it was.
        {"gAMA": gamma(1), "cHRM": chromaticities((0.3457, 0.3585), *SRGB_POINTS[1:])},
        None,
    ),
    "coded P3": ({"cICP": bytes([12, 13, 0, 1])}, PROFILES["Display P3"][1]),
    "coded before profiles": (
        {"iCCP": b"x\0\0" + zlib.compress(icc(ADOBE_COLOURS, 2.2)), "cICP": bytes([12, 13, 0, 1])},
        PROFILES["Display P3"][1],
    ),
    "profiles before gamma": (
        {"iCCP": b"x\0\0" + zlib.compress(PROFILES["AdobeRGB"][0]), "gAMA": gamma(1), "sRGB": b"\0"},
        PROFILES["AdobeRGB"][1],
    ),
}
SAME = {
    "sRGB's gamma": {"gAMA": gamma(2.2)},
    "sRGB's gamma and colours": {"gAMA": gamma(2.2), "cHRM": chromaticities(*SRGB_POINTS)},
    "sRGB before gamma": {"gAMA": gamma(1), "cHRM": chromaticities(*P3_POINTS), "sRGB": b"\1"},
    "coded sRGB": {"cICP": bytes([1, 13, 0, 1])},
}
FAULTY = {
    "gamma out of range": {"gAMA": struct.pack(">I", 1)},
    "gamma far out of range": {"gAMA": struct.pack(">I", 2**32 - 1)},
    "colours on a line": {"cHRM": chromaticities(WHITE, RED, RED, RED)},
    "colours of no height": {"cHRM": chromaticities(WHITE, (0.6, 0), GREEN, BLUE)},
    "no colours": {"cHRM": bytes(32)},
}


@pytest.fixture
def png(tmp_path):
    return saved(tmp_path / "face.png", Image.fromarray(PATCHES))


@pytest.mark.parametrize("name", DESCRIBED)
def test_colours_are_converted_by_gamma_and_primaries(png, name):
    chunks, formula = DESCRIBED[name]
    png.write_bytes(with_chunks(png.read_bytes(), **chunks))
    image = read_image(png)
    if formula is None:
        grey = (PATCHES[..., :1] == PATCHES).all(axis=-1)
        np.testing.assert_allclose(image[grey], light_to_srgb(PATCHES[grey] / 255), atol=2)
    else:
        np.testing.assert_allclose(image, formula(PATCHES.astype(float)), atol=2)


@pytest.mark.parametrize("name", SAME)
def test_descriptions_of_srgb_change_nothing(png, name):
    png.write_bytes(with_chunks(png.read_bytes(), **SAME[name]))
    np.testing.assert_array_equal(read_image(png), PATCHES)


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_descriptions_are_read_as_srgb_and_logged(png, caplog, name):
    png.write_bytes(with_chunks(png.read_bytes(), **FAULTY[name]))
    with caplog.at_level(logging.WARNING, "facelrp"):
        np.testing.assert_array_equal(read_image(png), PATCHES)
    assert [record.getMessage().endswith("it is read as sRGB") for record in caplog.records] == [True]


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_refused(png, transfer):
    png.write_bytes(with_chunks(png.read_bytes(), cICP=bytes([9, transfer, 0, 1])))
    with pytest.raises(InputError, match=r"face.png: an HDR image — export it"):
        read_image(png)


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I;16", "P"])
@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.8])
def test_grey_is_converted_by_gamma(tmp_path, mode, exponent):
    """16-bit grey as exactly as its 16 bits allow."""
    deep = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    image = Image.fromarray(deep) if mode == "I;16" else Image.fromarray(RAMP).convert(mode)
    path = saved(tmp_path / "face.png", image)
    path.write_bytes(with_chunks(path.read_bytes(), gAMA=gamma(exponent)))
    grey = deep / 65535 if mode == "I;16" else np.asarray(image.convert("L")) / 255
    np.testing.assert_allclose(read_image(path)[..., 1], light_to_srgb(grey**exponent), atol=2)


def test_avif_is_converted_by_its_codes(tmp_path):
    path = saved(tmp_path / "face.avif", Image.fromarray(PATCHES))
    before, data = stored(path), path.read_bytes()
    at = data.index(b"colrnclx") + 8
    path.write_bytes(data[:at] + b"\0\x0c\0\x0d" + data[at + 4 :])
    np.testing.assert_allclose(read_image(path), PROFILES["Display P3"][1](before), atol=2)
    path.write_bytes(data[:at] + b"\0\x09\0\x10" + data[at + 4 :])
    with pytest.raises(InputError, match="an HDR image"):
        read_image(path)


@pytest.mark.parametrize("name", PROFILES)
def test_bmp_is_converted_by_its_profile(tmp_path, name):
    profile, formula = PROFILES[name]
    pixels = PATCHES[::-1, :, ::-1].tobytes()
    header = struct.pack("<IiiHHIIiiII", 124, 128, 128, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    header += bytes(16) + b"DEBM" + bytes(48) + struct.pack("<IIII", 4, 124 + len(pixels), len(profile), 0)
    data = b"BM" + struct.pack("<IHHI", 14 + 124 + len(pixels) + len(profile), 0, 0, 138) + header + pixels + profile
    (tmp_path / "face.bmp").write_bytes(data)
    np.testing.assert_allclose(read_image(tmp_path / "face.bmp"), formula(PATCHES.astype(float)), atol=2)


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_inks_without_a_profile_stay_as_they_were(tmp_path, suffix):
    image = Image.fromarray(PATCHES).convert("CMYK")
    path = saved(tmp_path / f"face.{suffix}", image)
    with Image.open(path) as again:
        np.testing.assert_array_equal(read_image(path), np.asarray(again.convert("RGB")))


def icc_of_inks():
    """Return a printer's profile by the lightness of all 16 full inks, which are grey: more ink, less light."""
    inks = np.stack(np.meshgrid(*[[0, 255]] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    lightness = 255 - np.minimum(inks @ [30, 40, 20, 165] // 255, 255)
    grid = np.stack([lightness, np.full(16, 128), np.full(16, 128)], axis=-1).astype(np.uint8)
    identity = np.eye(3).ravel() * 65536
    curve = bytes(range(256))
    table = (
        b"mft1" + struct.pack(">IBBBx9i", 0, 4, 3, 2, *identity.astype(int)) + 4 * curve + grid.tobytes() + 3 * curve
    )
    white = b"XYZ " + struct.pack(">I3i", 0, 63190, 65536, 54061)
    parts = {b"wtpt": white, b"A2B0": table, b"A2B1": table}
    start, entries, content = 132 + 12 * len(parts), struct.pack(">I", len(parts)), b""
    for name, part in parts.items():
        entries += name + struct.pack(">II", start + len(content), len(part))
        content += part + bytes(-len(part) % 4)
    header = (
        struct.pack(">I4xI4s4s4s", start + len(content), 0x02400000, b"prtr", b"CMYK", b"Lab ").ljust(36, b"\0")
        + b"acsp"
    )
    return header.ljust(68, b"\0") + white[8:] + bytes(48) + entries + content


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_inks_are_converted_by_the_profile(tmp_path, suffix):
    """Pillow's own conversion would show full magenta as (255, 0, 255); this printer's is a light grey."""
    inks = np.array([[0, 0, 0, 0], [0, 255, 0, 0], [255, 0, 0, 0], [0, 0, 255, 255], [255, 255, 255, 255]], np.uint8)
    pixels = np.tile(inks[:, None], (1, 8, 1)).repeat(8, axis=0)
    path = saved(tmp_path / f"face.{suffix}", Image.fromarray(pixels, "CMYK"), icc_profile=icc_of_inks())
    lightness = 100 * (255 - np.minimum(inks @ [30, 40, 20, 165] // 255, 255)) / 255
    light = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
    found = read_image(path)[4::8, 4].astype(float)
    np.testing.assert_allclose(found, np.stack([light_to_srgb(light)] * 3, axis=-1), atol=2)


# 16-bit grey

DEEP = (np.arange(65536, dtype=np.uint32).reshape(256, 256)).astype(np.uint16)


def tiff(pixels, order="<", white_is_zero=False, bits=16, **tags):
    """Return an uncompressed TIFF of grey or RGB, made by hand."""
    height, width = pixels.shape[:2]
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    content = pixels.astype(order + "u2").tobytes() if bits == 16 else packed(pixels)
    photometric = 2 if samples == 3 else int(not white_is_zero)
    entries = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 8, 277: samples, 278: height}
    entries |= {279: len(content)} | {int(key[1:]): value for key, value in tags.items()}
    data = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8 + len(content)) + content
    data += struct.pack(order + "H", len(entries))
    for tag, value in sorted(entries.items()):
        long = tag in (273, 279)
        data += struct.pack(
            order + ("HHII" if long else "HHIHH"), tag, 4 if long else 3, 1, *([value] if long else [value, 0])
        )
    return data + bytes(4)


def packed(pixels):
    """12 bits each, without gaps."""
    bits = (pixels[..., None] >> np.arange(11, -1, -1)) & 1
    return np.packbits(bits.reshape(len(pixels), -1).astype(np.uint8), axis=1).tobytes()


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_deep_grey_may_begin_with_white(tmp_path, order, white_is_zero):
    (tmp_path / "face.tif").write_bytes(tiff(DEEP, order, white_is_zero))
    expected = np.round((65535.0 - DEEP if white_is_zero else DEEP) / 257)
    np.testing.assert_array_equal(read_image(tmp_path / "face.tif")[..., 0], expected)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_compressed_deep_grey_may_begin_with_white(tmp_path, compression, white_is_zero):
    Image.fromarray(DEEP).save(tmp_path / "face.tif", compression=compression, tiffinfo={262: int(not white_is_zero)})
    expected = np.round((65535.0 - DEEP if white_is_zero else DEEP) / 257)
    np.testing.assert_array_equal(read_image(tmp_path / "face.tif")[..., 0], expected)


@pytest.mark.parametrize("white_is_zero", [False, True])
@pytest.mark.parametrize("kind", ["1", "2", "4", "8"])
def test_shallow_grey_may_begin_with_white(tmp_path, kind, white_is_zero):
    bits = int(kind)
    levels = np.random.default_rng(bits).integers(0, 2**bits, (8, 16))
    digits = (levels[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    content = np.packbits(digits.reshape(8, -1).astype(np.uint8), axis=1)
    data = bytearray(tiff(np.zeros((8, 16), int), bits=12, white_is_zero=white_is_zero, t258=bits))
    data[8 : 8 + content.size] = content.tobytes()
    (tmp_path / "face.tif").write_bytes(data)
    expected = levels * 255 // (2**bits - 1)
    np.testing.assert_array_equal(
        read_image(tmp_path / "face.tif")[..., 2], 255 - expected if white_is_zero else expected
    )


@pytest.mark.parametrize("bits", [9, 10, 12, 14])
def test_white_is_the_greatest_value_that_a_tiff_states(tmp_path, bits):
    white = 2**bits - 1
    pixels = np.linspace(0, white, 1024).astype(np.uint16).reshape(32, 32)
    (tmp_path / "face.tif").write_bytes(tiff(pixels, t281=white))
    np.testing.assert_allclose(read_image(tmp_path / "face.tif")[..., 0], pixels * (255 / white), atol=0.51)


def test_reads_12_bits_without_gaps(tmp_path):
    pixels = np.arange(4096).reshape(64, 64)
    (tmp_path / "face.tif").write_bytes(tiff(pixels, bits=12))
    np.testing.assert_allclose(read_image(tmp_path / "face.tif")[..., 0], pixels * 255 / 4095, atol=0.51)


@pytest.mark.parametrize("most", [255, 1023, 4095])
@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_that_may_hold_12_are_refused(tmp_path, suffix, channels, most):
    """Whether 4,095 is white, or dark grey, is nowhere said: one of them would be wrong by 240 levels."""
    pixels = np.linspace(0, most, 1024).astype(np.uint16).reshape(32, 32)
    pixels = pixels if channels == 1 else np.stack([pixels] * channels, axis=-1)
    if channels == 4:
        pixels[..., 3] = 65535
    cv2.imwrite(str(tmp_path / f"face.{suffix}"), pixels)
    if most == 255 and channels > 1:
        # Nothing is left of them in 8 bits.
        assert read_image(tmp_path / f"face.{suffix}").max() == 0
        return
    with pytest.raises(InputError, match=r"darkest sixteenth, so they may hold 12 bits only — scale them"):
        read_image(tmp_path / f"face.{suffix}")


def test_white_paper_of_16_bit_inks_is_no_dark_image(tmp_path):
    """No ink is 0."""
    pixels = np.zeros((16, 16, 4), np.uint16)
    pixels[:4] = 2000
    content = pixels.tobytes()
    entries = {256: 16, 257: 16, 258: 16, 259: 1, 262: 5, 273: 8, 277: 4, 278: 16, 279: len(content)}
    data = b"II*\0" + struct.pack("<I", 8 + len(content)) + content + struct.pack("<H", len(entries))
    data += b"".join(
        struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value) for tag, value in entries.items()
    )
    (tmp_path / "face.tif").write_bytes(data + bytes(4))
    assert read_image(tmp_path / "face.tif").min() >= 240


@pytest.mark.parametrize("level", [0, 65535, 4096])
def test_flat_deep_images_are_read(tmp_path, level):
    Image.fromarray(np.full((20, 30), level, np.uint16)).save(tmp_path / "face.png")
    assert (read_image(tmp_path / "face.png") == round(level / 257)).all()


@pytest.mark.parametrize("key", [0, 77, 65535])
def test_the_transparent_level_of_deep_grey_is_white(tmp_path, key):
    path = saved(tmp_path / "face.png", Image.fromarray(DEEP), transparency=key)
    expected = np.round(DEEP / 257)
    expected[key == DEEP] = 255
    np.testing.assert_array_equal(read_image(path)[..., 0], expected)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("dirt", [0, 0x100])
def test_the_transparent_level_of_shallow_grey_is_white(tmp_path, bits, dirt):
    """Bits of the transparent level beyond the depth do not count."""
    most = 2**bits - 1
    levels = np.random.default_rng(bits).integers(0, most + 1, (8, 16))
    digits = (levels[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    rows = np.packbits(digits.reshape(8, -1).astype(np.uint8), axis=1)
    key = most // 2
    data = with_chunks(
        b"\x89PNG\r\n\x1a\n" + bytes(25),
        tRNS=struct.pack(">H", key + dirt),
        IDAT=zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)),
        IEND=b"",
    )
    header = struct.pack(">4sIIBBBBB", b"IHDR", 16, 8, bits, 0, 0, 0, 0)
    data = data[:8] + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
    (tmp_path / "face.png").write_bytes(data)
    expected = levels * 255 // most
    expected[levels == key] = 255
    np.testing.assert_array_equal(read_image(tmp_path / "face.png")[..., 0], expected)


def test_a_transparent_colour_of_16_bits_is_refused(tmp_path):
    pixels = np.full((4, 4, 3), 40_000, np.uint16)
    data = cv2.imencode(".png", pixels)[1].tobytes()
    (tmp_path / "face.png").write_bytes(with_chunks(data, tRNS=struct.pack(">HHH", 1, 2, 3)))
    with pytest.raises(InputError, match=r"16-bit colours of which one is transparent — save it"):
        read_image(tmp_path / "face.png")


@pytest.mark.parametrize("mode", ["LA", "RGBA", "La", "RGBa"])
def test_tiffs_with_alpha_of_both_kinds(tmp_path, mode):
    """Colours may be multiplied by alpha, or not; what shows on white is the same."""
    alpha = np.tile(np.linspace(0, 255, 16).astype(np.uint8), (16, 1))
    bands = 1 if mode[0] == "L" else 3
    values = np.stack([RAMP, RAMP[::-1], RAMP.T][:bands], axis=-1)
    stored = np.round(values * (alpha[..., None] / 255)).astype(np.uint8) if mode.endswith("a") else values
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate([stored, alpha[..., None]], axis=-1)).save(buffer, "tiff")
    entry = struct.pack("<HHIH", 338, 3, 1, 2)
    assert buffer.getvalue().count(entry) == 1
    kind = struct.pack("<HHIH", 338, 3, 1, 1 if mode.endswith("a") else 2)
    (tmp_path / "face.tif").write_bytes(buffer.getvalue().replace(entry, kind))
    expected = values * (alpha[..., None] / 255) + 255.0 - alpha[..., None]
    np.testing.assert_allclose(read_image(tmp_path / "face.tif"), np.broadcast_to(expected, (16, 16, 3)), atol=2)


@pytest.mark.parametrize("alpha", ["zero", "one", "some"])
@pytest.mark.parametrize("masks", ["header", "none"])
def test_alpha_of_a_bmp_counts_unless_all_of_it_is_zero(tmp_path, alpha, masks):
    pixels = np.concatenate(
        [PATCHES, np.full((128, 128, 1), {"zero": 0, "one": 255}.get(alpha, 51), np.uint8)], axis=-1
    )
    if alpha == "some":
        pixels[:64, :, 3] = 0
    content = pixels[::-1, :, [2, 1, 0, 3]].tobytes()
    size = 108 if masks == "header" else 40
    compression = 3 if masks == "header" else 0
    header = struct.pack("<IiiHHIIiiII", size, 128, 128, 1, 32, compression, len(content), 0, 0, 0, 0)
    if masks == "header":
        header += struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(48)
    data = b"BM" + struct.pack("<IHHI", 14 + size + len(content), 0, 0, 14 + size) + header + content
    (tmp_path / "face.bmp").write_bytes(data)
    opacity = pixels[..., 3:] / 255 if alpha == "some" and masks == "header" else 1.0
    np.testing.assert_allclose(read_image(tmp_path / "face.bmp"), PATCHES * opacity + 255 * (1 - opacity), atol=1)


def test_a_fourth_sample_that_a_tiff_does_not_explain_counts_unless_all_of_it_is_zero(tmp_path):
    for level in (0, 51):
        pixels = np.concatenate([PATCHES, np.full((128, 128, 1), level, np.uint8)], axis=-1)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "tiff")
        data = buffer.getvalue()
        entry = struct.pack("<HHI", 338, 3, 1)
        assert data.count(entry) == 1
        (tmp_path / "face.tif").write_bytes(data.replace(entry, struct.pack("<HHI", 65000, 3, 1)))
        opacity = level / 255 or 1.0
        np.testing.assert_allclose(read_image(tmp_path / "face.tif"), PATCHES * opacity + 255 * (1 - opacity), atol=1)


@pytest.mark.parametrize("scale", [1, 257])
def test_palettes_of_tiffs_have_8_or_16_bits(tmp_path, scale):
    image = Image.fromarray(PATCHES).quantize(200)
    buffer = io.BytesIO()
    image.save(buffer, "tiff")
    data = bytearray(buffer.getvalue())
    palette = np.array(image.getpalette("RGB") + [0] * (768 - len(image.getpalette("RGB")))).reshape(256, 3).T
    with Image.open(io.BytesIO(data)) as again:
        _, _, at = next(entry for entry in entries_of(data) if entry[0] == 320)
        assert len(again.tag_v2[320]) == 768
    data[at : at + 1536] = struct.pack("<768H", *(palette * scale).ravel())
    (tmp_path / "face.tif").write_bytes(data)
    np.testing.assert_array_equal(read_image(tmp_path / "face.tif"), np.asarray(image.convert("RGB")))


def entries_of(data):
    """Yield tag, count and value of each entry of a little-endian TIFF."""
    (start,) = struct.unpack_from("<I", data, 4)
    for i in range(struct.unpack_from("<H", data, start)[0]):
        tag, _, count, value = struct.unpack_from("<HHII", data, start + 2 + 12 * i)
        yield tag, count, value


def test_lab_is_converted(tmp_path):
    """Within what 8 bits of L, a and b leave of the colours."""
    skin = SKIN.reshape(5, 8, 3)
    Image.fromarray(skin).convert("LAB").save(tmp_path / "face.tif")
    np.testing.assert_allclose(read_image(tmp_path / "face.tif"), skin, atol=4)


@pytest.mark.parametrize(
    "pixels", [np.full((4, 4), 200, np.int32), np.full((4, 4), 0.5, np.float32), np.full((4, 4), -5, np.int16)]
)
def test_pixels_without_a_white_are_refused(tmp_path, pixels):
    cv2.imwrite(str(tmp_path / "face.tif"), pixels)
    with pytest.raises(
        InputError, match=r"face.tif: its pixels are signed, floating-point or of 32 bits: white is not"
    ):
        read_image(tmp_path / "face.tif")
