"""The tags of a TIFF file's first directory. EXIF data is such a file, too."""

import math
import struct
from typing import NamedTuple

ORIENTATION, XMP, PROFILE = 274, 700, 34675
WIDTH, LENGTH, BITS, PHOTOMETRIC, SAMPLES, WHITE, PLANAR = 256, 257, 258, 262, 277, 281, 284
OFFSETS, ROWS, BYTE_COUNTS = 273, 278, 279
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_BYTE_COUNTS = 322, 323, 324, 325
COLOURS, EXTRA_SAMPLES = 320, 338
#: Tags that say how pixels are stored: sizes, compression (also the old JPEG's), colour space, prediction.
PICTURE = {
    *(WIDTH, LENGTH, BITS, PHOTOMETRIC, SAMPLES, PLANAR, OFFSETS, ROWS, BYTE_COUNTS, COLOURS, EXTRA_SAMPLES),
    *(TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_BYTE_COUNTS),
    *(259, 266, 292, 293, 317, 332, 334, 339, 347, *range(512, 522), 529, 530, 531, 532, 50674),
}
#: TIFF's numbers for types of values: bytes per value, and `struct`'s letter for whole numbers.
TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
WHOLE = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
SHORT = 3
#: Tiles beyond the image's size are allowed up to this number of pixels: a few standard tiles.
SPARE_PIXELS = 1 << 24
#: Entries of a directory: as many as a TIFF of 32 bits can have.
MOST_ENTRIES = 65535
#: Values of one tag: 50 million pixels in the smallest tiles, of 16×16, are fewer.
MOST_VALUES = 1 << 18


class Tag(NamedTuple):
    """The values of a tag: TIFF's number for their type, how many they are, where they begin, and their bytes."""

    type: int
    count: int
    begin: int
    value: bytes


class Tags(dict):
    """{number: `Tag`} of the first directory of TIFF data; empty if the data are no TIFF.

    Entries that are cut off, of an unknown type or repeated are left out.
    """

    def __init__(self, data):
        super().__init__()
        self.order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
        self.big = 43 in data[2:4]
        if self.order is None or not {42, 43} & set(data[2:4]):
            return
        # Letters of `struct` for an offset, the number of entries, and an entry without its last field.
        self.pointer, self.number, self.entry = ("Q", "Q", "HHQ") if self.big else ("I", "H", "HHI")
        try:
            (self.start,) = self.unpack(self.pointer, data, 8 if self.big else 4)
            (entries,) = self.unpack(self.number, data, self.start)
        except struct.error:
            return
        size = self.size(self.pointer)
        first, step = self.start + self.size(self.number), self.size(self.entry) + size
        for at in range(first, min(first + min(entries, MOST_ENTRIES) * step, len(data) - step + 1), step):
            tag, kind, count = self.unpack(self.entry, data, at)
            length, begin = TYPE_SIZES.get(kind, 0) * count, at + step - size
            if length > size:
                (begin,) = self.unpack(self.pointer, data, begin)
            if 0 < length <= len(data) - begin:
                self.setdefault(tag, Tag(kind, count, begin, memoryview(data)[begin : begin + length]))

    def size(self, letters):
        return struct.calcsize(f"={letters}")

    def unpack(self, letters, data, at):
        return struct.unpack(self.order + letters, data[at : at + self.size(letters)])

    def numbers(self, number, most=MOST_VALUES):
        """Return the first whole numbers of a tag; none if it is missing or has values of another type."""
        tag = self.get(number)
        if tag is None or tag.type not in WHOLE:
            return ()
        return struct.unpack_from(f"{self.order}{min(tag.count, most)}{WHOLE[tag.type]}", tag.value)

    def first(self, number, default=None):
        """Return the first whole number of a tag."""
        return next(iter(self.numbers(number, 1)), default)

    def change(self, number, values):
        """Give a tag other whole numbers, as many as it has."""
        kind, count, begin, _ = self[number]
        self[number] = Tag(kind, count, begin, struct.pack(f"{self.order}{count}{WHOLE[kind]}", *values))


def orientation(tags):
    """Return the orientation of EXIF or TIFF data, 1 to 8; None if they say none, or another value than these."""
    value = tags.first(ORIENTATION)
    return value if value in range(1, 9) else None


def picture_only(data, tags):
    """Return TIFF data whose only directory has the tags that make the picture.

    It takes the first directory's position, so that no offset changes. Offsets of strips or tiles for which the image
    has no room are dropped: readers would decode them all.

    Parameters
    ----------
    data : bytes
    tags : Tags
        Those of the data, possibly changed.

    Raises
    ------
    ValueError
        If tiles are far larger than the image, or there are too many.
    """
    _drop_surplus(tags)
    pieces, entries = {}, []
    for number in sorted(PICTURE & tags.keys()):
        kind, count, begin, value = tags[number]
        if count > MOST_VALUES:
            raise ValueError(f"{count:,} values of TIFF's tag {number}")
        content = bytes(value)
        if len(content) > tags.size(tags.pointer):
            pieces[begin] = content
            content = struct.pack(tags.order + tags.pointer, begin)
        entries.append(
            struct.pack(tags.order + tags.entry, number, kind, count) + content.ljust(tags.size(tags.pointer), b"\0")
        )
    directory = struct.pack(tags.order + tags.number, len(entries)) + b"".join(entries) + bytes(tags.size(tags.pointer))
    return _replaced(data, {**pieces, tags.start: directory, 2: struct.pack(tags.order + "H", 43 if tags.big else 42)})


def _replaced(data, pieces):
    """Return data with the bytes from each of these positions replaced by others."""
    parts, end = [], 0
    for begin, content in sorted(pieces.items()):
        if begin >= end:
            parts += [memoryview(data)[end:begin], content]
            end = begin + len(content)
    return b"".join([*parts, memoryview(data)[end:]])


def _drop_surplus(tags):
    width, length = tags.first(WIDTH, 0), tags.first(LENGTH, 0)
    if TILE_OFFSETS in tags:
        across, down, keys = tags.first(TILE_WIDTH, 0), tags.first(TILE_LENGTH, 0), (TILE_OFFSETS, TILE_BYTE_COUNTS)
        if across * down > width * length + SPARE_PIXELS:
            raise ValueError(f"tiles of {across}×{down} pixels")
    else:
        across, down, keys = width, min(tags.first(ROWS, length), length), (OFFSETS, BYTE_COUNTS)
    if min(across, down) <= 0:
        raise ValueError("strips or tiles without a size")
    planes = tags.first(SAMPLES, 1) if tags.first(PLANAR) == 2 else 1
    most = math.ceil(width / across) * math.ceil(length / down) * planes
    if 0 < len(tags.numbers(keys[0])) < min(most, MOST_VALUES):
        raise ValueError("image file is truncated")
    for key in keys:
        if key in tags and tags[key].count > most:
            kind, _, begin, value = tags[key]
            tags[key] = Tag(kind, most, begin, value[: most * TYPE_SIZES[kind]])
