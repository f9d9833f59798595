"""Divide an image file into what makes the picture and what counts of its metadata: orientation and colours.

Pillow refuses files for metadata that it cannot parse. It gets none of them to see: JPEG's and PNG's segments and
TIFF's tags beside the picture's are dropped, whatever their state.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from facelrp.errors import InputError
from facelrp.faces import png_chunks, tiff_tags
from facelrp.faces.tiff_tags import PROFILE, XMP, Tags

#: Scans of a JPEG; cameras and programs write up to 14. Each costs a pass over all pixels: libtiff has the same limit.
MOST_SCANS = 100
#: Segments before a JPEG's pixels; the longest metadata are in a few hundred.
MOST_SEGMENTS = 10_000
#: Values of CICP: red, green, blue and white of the primaries, and the exponents of transfer functions.
PRIMARIES = {
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290)),
}
EXPONENTS = {5: 2.8, 8: 1.0}
HIGH_DYNAMIC_RANGE = (16, 18)
#: A marker of a JPEG that is neither fill nor a byte of pixels; bytes between segments are skipped.
MARKER = re.compile(rb"\xff([^\x00\xff])")
SCAN, COMMENT = 0xDA, 0xFE
ALONE = (0x01, *range(0xD0, 0xD9))
#: The bytes that libjpeg needs of these segments; it looks at no shorter ones.
JFIF, ADOBE = (0xE0, 14), (0xEE, 12)
XMP_BEGIN = b"http://ns.adobe.com/xap/1.0/\0"
XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
#: How AVIF files name an item of EXIF data, and the colours of its pixels.
AVIF_EXIF = re.compile(rb"(infe(?:\x02.{7}|\x03.{9}))Exif", re.DOTALL)
AVIF_COLOURS = re.compile(rb"colrnclx(..)(..)", re.DOTALL)


@dataclass
class Metadata:
    """What counts of an image's metadata.

    Attributes
    ----------
    exif, xmp, profile : bytes or None
        Undecoded; the profile is an ICC profile.
    tiff_orientation : int or None
        That of a TIFF file, whose tags are EXIF data themselves.
    exponent : float or None
        Light = value ** exponent; None for sRGB's curve.
    primaries : tuple or None
        x, y of red, green, blue and white; None for sRGB's.
    bits : int
        Bits per sample.
    white : int or None
        The greatest value of a sample, if it is known.
    white_is_zero : bool
        For samples of more than 8 bits, which Pillow leaves inverted.
    alpha_stated : bool
        Whether the format says that its fourth sample is alpha; otherwise it may be unused.
    check_pixels : callable
        Raises ValueError if compressed pixels are damaged; unpacks them, so an image's size is to be checked first.
    faults : list of str
        What was wrong and left out of account.
    """

    exif: bytes | None = None
    tiff_orientation: int | None = None
    xmp: bytes | None = None
    profile: bytes | None = None
    exponent: float | None = None
    primaries: tuple | None = None
    bits: int = 8
    white: int | None = None
    white_is_zero: bool = False
    alpha_stated: bool = True
    check_pixels: Callable = lambda: None
    faults: list[str] = field(default_factory=list)

    @property
    def orientation(self):
        """EXIF's orientation, otherwise XMP's, otherwise 1: how the camera was held."""
        exif = re.sub(rb"^(Exif\0\0){1,2}", b"", self.exif or b"")
        if orientation := self.tiff_orientation or tiff_tags.orientation(Tags(exif)):
            return orientation
        match = XMP_ORIENTATION.search(self.xmp or b"")
        return int(match[1]) if match else 1

    def set_coded_colours(self, primaries, transfer):
        """Take over the primaries and the transfer function of CICP's codes; unknown ones are sRGB's."""
        if transfer in HIGH_DYNAMIC_RANGE:
            raise InputError("an HDR image", fix="export it with an ordinary (SDR) range of brightness")
        self.primaries, self.exponent = PRIMARIES.get(primaries), EXPONENTS.get(transfer)


def image_kind(data):
    """Return JPEG, PNG, BMP, TIFF, GIF, WEBP, AVIF or HEIC by the first 32 bytes of a file, otherwise None."""
    for kind, begin in KINDS.items():
        if begin.match(data):
            return kind
    return None


KINDS = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "BMP": re.compile(rb"BM"),
    "TIFF": re.compile(rb"II[*+]\0|MM\0[*+]|II\0[*+]|MM[*+]\0"),
    "GIF": re.compile(rb"GIF8[79]a"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    # mif1 and msf1 say nothing of the compression; the compatible brands follow.
    "AVIF": re.compile(rb"....ftyp(avi[fs]|m[is]f1.{4}.{0,12}avi[fs])", re.DOTALL),
    "HEIC": re.compile(rb"....ftyp(he[iv][cxms]|m[is]f1)", re.DOTALL),
}


def divide(data):
    """Return the data of an image file without most of its metadata, and `Metadata`.

    Raises
    ------
    InputError, ValueError
        If the picture itself is damaged, or would take too long to decode.
    """
    metadata = Metadata()
    parts = {"JPEG": _jpeg, "PNG": png_chunks.picture_only, "TIFF": _tiff, "BMP": _bmp, "AVIF": _avif}
    part = parts.get(image_kind(data))
    return (part(data, metadata) if part else data), metadata


def _segments(data):
    """Yield the marker, content and position of each segment of a JPEG up to its end, without those of no content."""
    position = 2
    while match := MARKER.search(data, position):
        marker, position = match[1][0], match.end()
        if marker == 0xD9:
            return
        if marker not in ALONE:
            length = max(int.from_bytes(data[position : position + 2]), 2)
            yield marker, data[position + 2 : position + length], position - 1
            position += length


def _jpeg(data, metadata):
    """Keep all segments except comments and those of applications that are neither JFIF's nor Adobe's."""
    kept, profile, scans, rest = [b"\xff\xd8"], [], 0, None
    # A quick count, which previews and what follows the image's end may increase, saves most files the slow one.
    may_have_many = data.count(b"\xff\xda") > MOST_SCANS
    for number, (marker, content, position) in enumerate(_segments(data)):
        if rest is None and number == MOST_SEGMENTS:
            raise ValueError(f"more than {MOST_SEGMENTS} segments of metadata")
        if marker == SCAN:
            scans += 1
            rest = rest or data[position - 1 :]
            if scans > MOST_SCANS:
                raise InputError(f"a JPEG of more than {MOST_SCANS} scans", fix="save it as an ordinary JPEG")
            if not may_have_many:
                break
        elif rest is None:
            is_application = 0xE0 <= marker <= 0xEF
            says_colours = any(marker == known and len(content) >= size for known, size in (JFIF, ADOBE))
            if says_colours or not (is_application or marker == COMMENT):
                kept.append(b"\xff%c%b%b" % (marker, (len(content) + 2).to_bytes(2), content))
            elif content.startswith(b"Exif\0\0"):
                metadata.exif = metadata.exif or content
            elif content.startswith(XMP_BEGIN):
                metadata.xmp = metadata.xmp or content
            elif content.startswith(b"ICC_PROFILE\0"):
                profile.append(content[12:])
    profile.sort()
    if profile and [part[:2] for part in profile] == [bytes([i + 1, len(profile)]) for i in range(len(profile))]:
        metadata.profile = b"".join(part[2:] for part in profile)
    elif profile:
        metadata.faults.append("parts of its colour profile are missing; it is read as sRGB")
    return data if rest is None else b"".join([*kept, rest])


def _tiff(data, metadata):
    tags = Tags(data)
    if not {tiff_tags.WIDTH, tiff_tags.LENGTH} <= tags.keys():
        return data
    metadata.tiff_orientation = tiff_tags.orientation(tags)
    metadata.xmp, metadata.profile = (bytes(tags[key].value) if key in tags else None for key in (XMP, PROFILE))
    metadata.bits = tags.first(tiff_tags.BITS, 1)
    metadata.white = tags.first(tiff_tags.WHITE)
    metadata.alpha_stated = tiff_tags.EXTRA_SAMPLES in tags
    if metadata.bits > 8 and tags.first(tiff_tags.PHOTOMETRIC) == 0:
        metadata.white_is_zero = True
        tags.change(tiff_tags.PHOTOMETRIC, [1])
    colours = tags.numbers(tiff_tags.COLOURS)
    if max(colours, default=256) < 256:
        # Some programs write 8 bits where the standard says 16.
        tags.change(tiff_tags.COLOURS, [257 * value for value in colours])
    return tiff_tags.picture_only(data, tags)


def _bmp(data, metadata):
    """Take the colour profile of a version 5 header, whose colour space is MBED."""
    metadata.alpha_stated = False
    if data[14:18] == b"\x7c\0\0\0" and data[70:74] == b"DEBM":
        start, size = struct.unpack_from("<II", data, 126)
        metadata.profile = data[14 + start : 14 + start + size]
    return data


def _avif(data, metadata):
    """Hide EXIF data: AVIF has a field for the orientation, and Pillow reads it."""
    if colours := AVIF_COLOURS.search(data):
        metadata.set_coded_colours(*(int.from_bytes(code) for code in colours.groups()))
    return AVIF_EXIF.sub(rb"\1skip", data)
