"""The chunks of a PNG file: those that make the picture, and what others say about its turn and its colours."""

import math
import struct
import zlib
from functools import partial

#: Bytes of an unpacked colour profile or XMP packet; profiles of printers have 3 MB.
MOST_UNPACKED = 16 << 20
#: Chunks of a file. Programs write a few of metadata, and one of pixels for each 8 kB.
MOST_CHUNKS = 100_000
#: Texts are known by their keywords, other chunks by their types.
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
EXIF_TEXT, XMP_TEXT = b"Raw profile type exif", b"XML:com.adobe.xmp"
#: Samples per pixel by the header's type of colours: grey, RGB, palette, grey with alpha, RGB with alpha.
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
GREYS = (0, 4)
#: First column, step, first row and step of the passes of an interlaced image.
PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))
WHOLE = ((0, 1, 0, 1),)


def picture_only(data, metadata):
    """Return a PNG with no more chunks than its pixels and their transparency need.

    Parameters
    ----------
    data : bytes
    metadata : facelrp.faces.metadata.Metadata
        Gets what the other chunks say.

    Raises
    ------
    ValueError
        If pixels are missing, or do not match their checksums.
    """
    data = memoryview(data)
    known, kept, pixels, wrong, position = {}, [data[:8]], [], set(), 8
    width, height, bits, colours, interlaced = struct.unpack_from(">IIBB2xB", data, 16)
    metadata.bits, chunks = bits, 0
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if not kind.isalpha() or kind == b"IEND":
            break
        content = data[position + 8 : end - 4]
        is_right = zlib.crc32(content, zlib.crc32(kind)) == int.from_bytes(data[end - 4 : end])
        if kind[:1].isupper() or kind == b"tRNS":
            if end > len(data):
                raise ValueError("image file is truncated")
            if not is_right:
                raise ValueError(f"wrong checksum of the chunk {kind.decode()}")
            if kind == b"tRNS" and colours in GREYS and bits <= 8:
                kept.append(_chunk(kind, _grey_key(content, bits)))
            else:
                kept.append(data[position:end])
            if kind == b"IDAT":
                pixels.append(content)
        elif is_right:
            content = bytes(content)
            known.setdefault(content.partition(b"\0")[0] if kind in TEXTS else kind, content)
        else:
            wrong.add(kind.decode())
        position = end
        chunks += 1
        if chunks > MOST_CHUNKS:
            raise ValueError(f"more than {MOST_CHUNKS} chunks")
    if wrong:
        metadata.faults.append(f"chunks with a wrong checksum are ignored: {', '.join(sorted(wrong)[:9])}")
    passes = PASSES if interlaced else WHOLE
    metadata.check_pixels = partial(_check_pixels, pixels, _size(width, height, bits * SAMPLES.get(colours, 1), passes))
    metadata.exif = known.get(b"eXIf") or _hexadecimal(known.get(EXIF_TEXT, b""))
    metadata.xmp = _text(known.get(XMP_TEXT, b""))
    _set_colours(known, metadata)
    return b"".join([*kept, _chunk(b"IEND", b"")])


def _chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))


def _size(width, height, bits, passes):
    """Return how many bytes the rows of an image have, each with its filter."""
    size = 0
    for left, across, top, down in passes:
        columns, rows = math.ceil((width - left) / across), math.ceil((height - top) / down)
        size += rows * (1 + math.ceil(columns * bits / 8)) if min(columns, rows) > 0 else 0
    return size


def _check_pixels(parts, size):
    """Refuse deflated pixels that are damaged, or fewer than this many bytes: Pillow would leave the rest black."""
    unpacker, found = zlib.decompressobj(), 0
    for part in parts:
        while len(part) and found <= size:
            found += len(unpacker.decompress(part, 1 << 20))
            part = unpacker.unconsumed_tail
    parts.clear()  # and let go of the file
    if found < size:
        raise ValueError("image file is truncated")


def _grey_key(content, bits):
    """Return the transparent grey of tRNS on Pillow's scale, where white is 255."""
    most = 2**bits - 1
    return struct.pack(">H", (int.from_bytes(content[:2]) & most) * (255 // most))


def _set_colours(known, metadata):
    """Take the first of cICP, iCCP, sRGB, and gAMA with cHRM, as the standard says."""
    if len(cicp := known.get(b"cICP", b"")) == 4:
        metadata.set_coded_colours(*cicp[:2])
    elif b"iCCP" in known:
        metadata.profile = _unpacked(known[b"iCCP"].partition(b"\0")[2][1:])
        if not metadata.profile:
            metadata.faults.append("its colour profile cannot be unpacked; it is read as sRGB")
    elif b"sRGB" not in known:
        gamma = int.from_bytes(known.get(b"gAMA", b"")[:4])
        # libpng, too, takes exponents within 5 % of 2.2 for sRGB's curve, whose gAMA is 1/2.2.
        if gamma and abs(gamma / 45455 - 1) > 0.05:
            metadata.exponent = 100_000 / gamma
        if len(chromaticities := known.get(b"cHRM", b"")) == 32:
            white, *colours = [(x / 1e5, y / 1e5) for x, y in struct.iter_unpack(">II", chromaticities)]
            metadata.primaries = (*colours, white)


def _text(content):
    """Return the text of an iTXt chunk, unpacked."""
    flags = content.partition(b"\0")[2]
    text = flags[2:].partition(b"\0")[2].partition(b"\0")[2]
    return _unpacked(text) if flags[:1] == b"\1" else text


def _hexadecimal(content):
    """Return the bytes that ImageMagick writes as hexadecimal text, behind a name and a length."""
    text = content.partition(b"\0")[2]
    text = _unpacked(text[1:]) if text[:1] == b"\0" else text
    try:
        return bytes.fromhex(b"".join(text.split(b"\n")[3:]).decode("ascii"))
    except ValueError:
        return None


def _unpacked(data):
    """Return deflated data unpacked; empty if they are damaged, cut off or too large."""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(data, MOST_UNPACKED)
    except zlib.error:
        return b""
    return unpacked if unpacker.eof else b""
