"""Bring decoded images of any colour space, depth and transparency to 8-bit sRGB on white."""

import io
import struct
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms, ImageOps

from facelrp.errors import InputError

#: Colours within sRGB stay as they are, others become the nearest, black stays black. Intents differ only for profiles
#: with tables, such as printers': their perceptual tables change all colours to the maker's taste.
INTENT, FLAGS = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
#: For grey, lcms's shortcuts are wrong by up to 10 levels, and save nothing.
EXACT = ImageCms.Flags.NOOPTIMIZE
SRGB = ImageCms.createProfile("sRGB")
#: sRGB profiles differ by rounding. A profile that moves no colour by more than this leaves the image as it is.
SAME_LEVELS = 1
#: The greatest values of 9 to 15 bits, which cameras write into 16.
DEPTHS = [2**bits - 1 for bits in range(9, 16)]
#: The greatest value of 12 bits, and what is left of it where Pillow keeps the upper 8 of 16.
DARK, DARK_BYTE = 4095, 15
SRGB_PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290))
#: The white of ICC profiles, and Bradford's matrix, which adapts colours to it.
D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
#: sRGB's curve in an ICC profile: light = (a·value + b)^g from d on, c·value below.
SRGB_CURVE = (3, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))


def to_rgb(image, metadata):
    """Return a decoded image as RGB with transparent pixels on white.

    Parameters
    ----------
    image : PIL.Image.Image
        In any mode.
    metadata : Metadata
        See `facelrp.faces.metadata`. If its colours cannot be used, that is added to its faults, and the image is read
        as sRGB.

    Raises
    ------
    InputError
        If the file does not say which values are white, or transparent.
    """
    if image.mode == "LAB":
        # Pillow converts it, and its profile says no more than the mode.
        image, metadata.profile = image.convert("RGB"), None
    image, alpha = _deep_grey(image, metadata) if image.mode.startswith("I;16") else _colours(image, metadata)
    rgb = _in_srgb(image, metadata)
    if alpha is not None:
        rgb.paste("white", mask=ImageOps.invert(alpha))
    return rgb


def _colours(image, metadata):
    """Return an image of up to 8 bits per sample as L, RGB or CMYK, and its alpha."""
    if image.mode in ("I", "F"):
        what = "its pixels are signed, floating-point or of 32 bits: white is not defined"
        raise InputError(what, fix="save it with 8 or 16 bits")
    if metadata.bits == 16 and image.mode in ("RGB", "RGBA"):
        _check_brightness(max(high for _, high in image.getextrema()[:3]), DARK_BYTE)
        if image.mode == "RGB" and "transparency" in image.info:
            what = "16-bit colours of which one is transparent"
            raise InputError(what, fix="save it with 8 bits, or an alpha channel")
    premultiplied = {"La": "LA", "RGBa": "RGBA"}.get(image.mode)
    image = image.convert(premultiplied) if premultiplied else image
    is_grey = image.mode in ("1", "L", "LA")
    alpha = None
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        alpha = image.getchannel("A")
        if not metadata.alpha_stated and alpha.getextrema() == (0, 0):
            alpha = None
        image = image.getchannel("R") if is_grey else image
    if is_grey or image.mode == "CMYK":
        return image.convert("L") if is_grey else image, alpha
    return image if image.mode == "RGB" else image.convert("RGB"), alpha


def _deep_grey(image, metadata):
    """Return 16-bit grey with black 0 and white 65535, and its alpha."""
    pixels = np.asarray(image)
    key = image.info.get("transparency")
    alpha = None if key is None else Image.fromarray(np.where(pixels == key, np.uint8(0), np.uint8(255)))
    most = int(pixels.max())
    white = 2**metadata.bits - 1
    if metadata.bits == 16 and metadata.white in DEPTHS and most <= metadata.white:
        white = metadata.white
    elif metadata.bits == 16:
        _check_brightness(most, DARK)
    levels = np.round(np.arange(65536) * (65535 / white)).clip(0, 65535).astype(np.uint16)
    if metadata.white_is_zero:
        levels = 65535 - levels
    return Image.fromarray(levels[pixels]), alpha


def _check_brightness(most, dark):
    if 0 < most <= dark:
        what = "its 16-bit pixels are all in the darkest sixteenth, so they may hold 12 bits only"
        raise InputError(what, fix="scale them so that white is 65,535, or save the image with 8 bits")


def _eight_bits(image):
    """Return an image of mode L, I;16, RGB or CMYK as RGB."""
    if image.mode == "I;16":
        image = Image.fromarray(np.round(np.arange(65536) / 257).astype(np.uint8)[np.asarray(image)])
    return image if image.mode == "RGB" else image.convert("RGB")


def _in_srgb(image, metadata):
    """Return an image of mode L, I;16, RGB or CMYK as RGB, its colours converted to sRGB."""
    try:
        profile = metadata.profile or _described(metadata, "GRAY" if image.mode in ("L", "I;16") else "RGB ")
        if profile is None or (image.mode == "CMYK" and metadata.profile is None):
            return _eight_bits(image)
        if image.mode in ("L", "I;16") and profile[16:20] == b"RGB ":
            image = _eight_bits(image)
        transform = _transform(profile, image.mode)
    except (OSError, ValueError, ImageCms.PyCMSError) as fault:
        metadata.faults.append(f"its colour profile cannot be used ({fault}); it is read as sRGB")
        return _eight_bits(image)
    return _eight_bits(image) if transform is None else transform.apply(image)


@lru_cache(maxsize=16)
def _transform(profile, mode):
    """Return what converts images of a mode to sRGB, or None if that would leave them as they are."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = {"RGB": "RGB", "CMYK": "CMYK"}.get(mode, "GRAY")
    if (found := source.profile.xcolor_space.strip()) != space:
        raise ValueError(f"it is for {found}, not for {space}")
    flags = FLAGS | EXACT if space == "GRAY" else FLAGS
    transform = ImageCms.buildTransform(source, SRGB, mode, "RGB", INTENT, flags)
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    samples = {
        "RGB": np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3),
        "L": levels[None],
        "I;16": levels[None].astype(np.uint16) * 257,
    }.get(mode)
    if samples is None:
        return transform
    before = Image.fromarray(samples)
    change = np.asarray(transform.apply(before), int) - np.asarray(_eight_bits(before), int)
    return None if np.abs(change).max() <= SAME_LEVELS else transform


def _described(metadata, space):
    """Return an ICC profile of colours that the file describes by numbers; None if they are sRGB's."""
    is_grey = space == "GRAY"
    if metadata.exponent is None and (is_grey or metadata.primaries is None):
        return None
    if metadata.exponent and not 0.1 < metadata.exponent < 10:
        raise ValueError("its gamma is out of range")
    kind, numbers = SRGB_CURVE if metadata.exponent is None else (0, (metadata.exponent,))
    curve = b"para" + struct.pack(">IHH", 0, kind, 0) + _fixed(numbers)
    parts = {b"wtpt": _xyz(D50)}
    if is_grey:
        parts[b"kTRC"] = curve
    else:
        for name, colour in zip("rgb", _primaries_in_d50(metadata.primaries or SRGB_PRIMARIES), strict=True):
            parts[f"{name}XYZ".encode()], parts[f"{name}TRC".encode()] = _xyz(colour), curve
    table, content, start = struct.pack(">I", len(parts)), b"", 128 + 4 + 12 * len(parts)
    for name, part in parts.items():
        table += name + struct.pack(">II", start + len(content), len(part))
        content += part
    header = struct.pack(
        ">I4sI4s4s4s12s4s", start + len(content), b"", 0x04000000, b"mntr", space.encode(), b"XYZ ", b"", b"acsp"
    )
    return (header + bytes(28) + _fixed(D50)).ljust(128, b"\0") + table + content


def _fixed(numbers):
    try:
        return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))
    except (struct.error, ValueError, OverflowError):
        raise ValueError("its gamma or its primaries are out of range") from None


def _xyz(colour):
    return b"XYZ " + bytes(4) + _fixed(colour)


def _primaries_in_d50(primaries):
    """Return X, Y, Z of light of full red, green and blue, adapted to the white of ICC profiles."""
    x, y = np.array(primaries, dtype=float).T
    if (y <= 0).any():
        raise ValueError("its primaries are no colours")
    colours = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    try:
        light = colours[:, :3] * np.linalg.solve(colours[:, :3], colours[:, 3])
        adapted = np.linalg.solve(BRADFORD, (BRADFORD @ D50 / (BRADFORD @ colours[:, 3]))[:, None] * (BRADFORD @ light))
    except np.linalg.LinAlgError:
        raise ValueError("its primaries are no colours") from None
    return adapted.T
