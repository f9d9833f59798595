"""Archives that no honest program writes: refused in one line, soon and in little memory, or read right.

They are written here byte by byte, since zipfile would not.
"""

import bz2
import hashlib
import io
import lzma
import os
import random
import struct
import unicodedata
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

import pytest
from measuring import measured

from facelrp.errors import InputError
from facelrp.sources.extraction import extract

FILE, FOLDER = 0o100644 << 16, 0o040755 << 16
STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14


@dataclass
class Member:
    """A member: what its header says, and what the directory says of it if that differs."""

    name: bytes
    content: bytes = b"x"
    method: int = STORED
    flags: int = 0
    mode: int = FILE
    size: int | None = None
    packed: bytes | None = None
    packed_size: int | None = None
    offset: int | None = None
    header_name: bytes | None = None
    extra: bytes = b""

    def body(self):
        if self.packed is not None:
            return self.packed
        if self.method == DEFLATED:
            deflate = zlib.compressobj(9, wbits=-15)
            return deflate.compress(self.content) + deflate.flush()
        return self.content

    def numbers(self):
        """CRC, packed size, size."""
        packed = len(self.body()) if self.packed_size is None else self.packed_size
        return zlib.crc32(self.content), packed, len(self.content) if self.size is None else self.size


def written(members, comment=b"", directory_size=None, directory_offset=None, count=None, zip64=None):
    """The bytes of an archive."""
    out, entries = bytearray(), bytearray()
    for member in members:
        offset = len(out) if member.offset is None else member.offset
        name = member.name if member.header_name is None else member.header_name
        form = struct.pack("<HHHHH", 20, member.flags, member.method, 0, 33)
        out += b"PK\x03\x04" + form + struct.pack("<IIIHH", *member.numbers(), len(name), 0) + name + member.body()
        numbers = struct.pack("<IIIHHH", *member.numbers(), len(member.name), len(member.extra), 0)
        end = struct.pack("<HHII", 0, 0, member.mode, offset)
        entries += b"PK\x01\x02" + struct.pack("<H", 0x0314) + form + numbers + end + member.name + member.extra
    start = len(out) if directory_offset is None else directory_offset
    size = len(entries) if directory_size is None else directory_size
    count = len(members) % (1 << 16) if count is None else count
    out += entries
    if zip64:
        begin = len(out)
        out += b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, *zip64)
        out += b"PK\x06\x07" + struct.pack("<IQI", 0, begin, 1)
    out += b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, size, start, len(comment)) + comment
    return bytes(out)


def many(count, name="{}", **options):
    return [Member(name.format(number).encode(), **options) for number in range(count)]


def zip64_extra(*numbers):
    return struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


NOTHING = written([])


def nested(depth):
    content = written([Member(b"face.jpg")])
    for _ in range(depth):
        content = written([Member(b"in.zip", content)])
    return content


def packed_zeros(compress, size=200 << 20):
    """A bomb that says it is small."""
    return compress(bytes(size))


#: {kind: (the archive, or a function that writes it; what the message says of it)}.
REFUSED = {
    "deep paths": (lambda: written(many(4, "a/" * 32_000 + "{}")), "a path of more than 1,000 bytes"),
    "a deep path of few bytes": (written(many(1, "a/" * 51 + "{}")), "more than 50 folders in each other"),
    "a deep folder": (written([Member(b"a/" * 60, b"", mode=FOLDER)]), "more than 50 folders"),
    "long names": (lambda: written([Member(b"%05d" % k + b"n" * 65_530) for k in range(200)]), "more than 1,000 bytes"),
    "longer names": (
        lambda: written([Member(b"%05d" % k + b"n" * 65_530) for k in range(300)]),
        "a directory of 19,674,300 bytes",
    ),
    "a name no file can have": (written([Member("é".encode() * 128, flags=1 << 11)]), "more than 255 bytes"),
    "members": (lambda: written(many(300_000, "{}", content=b"")), "300,000 members, more than 50,000"),
    "members that the end denies": (lambda: written(many(60_000, "{:05d}", content=b""), count=3), "60,000 members"),
    "common prefixes": (lambda: written(many(50_000, "folder/" * 120 + "{}", content=b"")), "a directory of "),
    "a directory that is larger than the file": (written(many(1), directory_size=4_000_000_000), "not a complete zip"),
    "zip64: an enormous directory": (
        written(many(1), directory_size=2**32 - 1, zip64=(1, 1, 2**64 - 1, 0)),
        "not a complete zip",
    ),
    "zip64: a directory far away": (
        written(many(1), directory_offset=2**32 - 1, zip64=(1, 1, 48, 2**63)),
        "not a complete zip",
    ),
    "zip64: an enormous member": (
        written([Member(b"a", size=2**32 - 1, extra=zip64_extra(2**63))]),
        "9,223,372,036,854,775,808 bytes, more than",
    ),
    "zip64: a member far away": (
        written([Member(b"a", offset=2**32 - 1, extra=zip64_extra(2**63))]),
        "overlaps with what follows",
    ),
    "zip64: no numbers": (written([Member(b"a", size=2**32 - 1, extra=b"\1\0\0\0")]), "not a complete zip"),
    "zip64: packed size": (
        written([Member(b"a", packed_size=2**32 - 1, extra=zip64_extra(2**62))]),
        "overlaps with what follows",
    ),
    "the same bytes twice": (written([Member(b"a"), Member(b"a2", offset=0, header_name=b"a")]), "overlaps"),
    "bytes shared in part": (written([Member(b"a", packed_size=20), Member(b"b")]), "overlaps"),
    "bytes shared with the directory": (written([Member(b"a", size=99, packed_size=99)]), "overlaps"),
    "two accents": (
        written([Member(unicodedata.normalize(form, "é.jpg").encode(), flags=1 << 11) for form in ("NFC", "NFD")]),
        "twice",
    ),
    "an accent in a folder": (
        written(
            [Member(unicodedata.normalize(form, "É/a.jpg").encode(), flags=1 << 11) for form in ("NFC", "NFD")],
        ),
        "twice",
    ),
    "upper case": (written([Member(b"top/A.JPG"), Member(b"TOP/a.jpg")]), "twice"),
    "sharp s": (written([Member("straße".encode(), flags=1 << 11), Member(b"STRASSE")]), "twice"),
    "a dot at the end": (written([Member(b"a.jpg"), Member(b"a.jpg.")]), "twice"),
    "a blank at the end": (written([Member(b"a.jpg"), Member(b"a.jpg  ")]), "twice"),
    "a dot at the end of a folder": (written([Member(b"a/x"), Member(b"A./x")]), "twice"),
    "a file that is a folder elsewhere": (written([Member(b"a"), Member(b"A./x")]), "both a file and a folder"),
    "a file that is a folder, and one between": (
        written([Member(b"a"), Member(b"a-b"), Member(b"a/x")]),
        "both a file and a folder",
    ),
    "a NUL in a name": (written([Member(b"a.jpg\0.exe")]), "not a plain path"),
    "no name": (written([Member(b"")]), "not a plain path"),
    "a slash": (written([Member(b"/", b"")]), "absolute"),
    "here": (written([Member(b"./a")]), "not a plain path"),
    "a colon": (written([Member(b"c:a")]), "absolute"),
    "a line break": (written([Member(b"a\nb")]), "not a plain path"),
    "an escape": (written([Member(b"\x1b[31ma")]), "not a plain path"),
    "text turned around": (written([Member("a\u202egpj.exe".encode(), flags=1 << 11)]), "not a plain path"),
    "no UTF-8": (written([Member(b"\xff\xfe", flags=1 << 11)]), "not a complete zip"),
    "encrypted": (written([Member(b"a", flags=1)]), "encrypted"),
    "strongly encrypted": (written([Member(b"a", flags=1 << 6)]), "encrypted"),
    "masked": (written([Member(b"a", flags=1 << 13)]), "encrypted"),
    "patch": (written([Member(b"a", flags=1 << 5)]), "another method than deflate"),
    **{
        f"method {method}": (written([Member(b"a", method=method)]), "another method than deflate")
        for method in (1, 6, 9, 12, 14, 93, 95, 97, 99, 65535)
    },
    "a bomb of bzip2": (
        lambda: written([Member(b"a", b"x" * 99, BZIP2, packed=packed_zeros(bz2.compress))]),
        "another method than deflate",
    ),
    "a bomb of LZMA": (
        lambda: written(
            [Member(b"a", b"x" * 99, LZMA, packed=packed_zeros(lambda data: lzma.compress(data, preset=0)))]
        ),
        "another method than deflate",
    ),
    "a bomb that says it is small": (
        lambda: written([Member(b"a", b"x" * 99, DEFLATED, packed=Member(b"", bytes(200 << 20), DEFLATED).body())]),
        "damaged",
    ),
    **{
        f"a file of kind {kind:o}": (written([Member(b"a", mode=(kind | 0o777) << 16)]), "a link or a device")
        for kind in (0o120000, 0o060000, 0o020000, 0o010000, 0o140000)
    },
    "a folder with content": (written([Member(b"a/", b"content", mode=FOLDER)]), "a folder with content"),
    "a folder that looks like a file": (written([Member(b"a", mode=FOLDER)]), "a folder with the name of a file"),
    "another name in the header": (written([Member(b"a", header_name=b"b")]), "damaged"),
    "a long name in the header": (written([Member(b"a", header_name=b"b" * 60_000)]), "damaged"),
    "no header": (written([Member(b"a", b"x" * 9, size=1, packed_size=1, offset=5), Member(b"b")]), "damaged"),
    "a size that is too small": (written([Member(b"a", b"content", DEFLATED, size=3)]), "damaged"),
    "a size that is too large": (written([Member(b"a", b"content", DEFLATED, size=30)]), "bytes where"),
    "a packed size of none": (written([Member(b"a", b"content", DEFLATED, packed_size=0)]), "damaged"),
    "garbage": (written([Member(b"a", b"content", DEFLATED, packed=b"\xff" * 99)]), "damaged"),
}


@cache
def archive_of(kind):
    content = REFUSED[kind][0]
    return content() if callable(content) else content


IMPORTS = """
from facelrp.sources.extraction import extract
from facelrp.sources.file_search import Files
from facelrp.sources.licensed import absences
"""


@pytest.mark.parametrize("kind", REFUSED)
def test_refuses_hostile_archives(tmp_path, kind):
    expected = REFUSED[kind][1]
    path = tmp_path / "some.zip"
    path.write_bytes(archive_of(kind))
    with pytest.raises(InputError) as caught:
        extract(path, tmp_path / "out")
    message = str(caught.value)
    assert expected in message
    assert message.startswith(str(path))
    assert message.isprintable()
    assert len(message) < 500 + len(str(tmp_path))
    assert os.listdir(tmp_path) == ["some.zip"]


HEAVY = [
    "deep paths",
    "longer names",
    "members",
    "members that the end denies",
    "common prefixes",
    "a bomb of bzip2",
    "a bomb of LZMA",
    "a bomb that says it is small",
]


@pytest.mark.parametrize("kind", HEAVY)
def test_refuses_them_soon_and_in_little_memory(tmp_path, kind):
    path = tmp_path / "some.zip"
    path.write_bytes(archive_of(kind))
    message, seconds, peak = measured(IMPORTS, "extract(sys.argv[1], sys.argv[2])", path, tmp_path / "out")
    assert REFUSED[kind][1] in message
    assert seconds < 1
    assert peak < 200 << 20
    message, seconds, peak = measured(IMPORTS, 'assert absences(["kdef"], sys.argv[1]) is not None', tmp_path)
    assert message is None
    assert seconds < 1.5
    assert peak < 200 << 20


def test_an_enormous_directory_is_not_read(tmp_path):
    """3 GB, as of 50,000 members with names of 65,535 bytes; the file has holes instead."""
    path = tmp_path / "some.zip"
    with path.open("wb") as file:
        file.seek(3_000_000_000)
        file.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 50_000, 50_000, 3_000_000_000, 0, 0))
    message, seconds, peak = measured(IMPORTS, "extract(sys.argv[1], sys.argv[2])", path, tmp_path / "out")
    assert "a directory of 3,000,000,000 bytes" in message
    assert seconds < 1
    assert peak < 200 << 20


def test_the_largest_directory_is_read_in_little_memory(tmp_path):
    members = many(17_500, "folder/" * 30 + "n" * 200 + "/" + "m" * 200 + "/" + "o" * 200 + "{}", content=b"")
    (tmp_path / "some.zip").write_bytes(written(members))
    message, seconds, peak = measured(IMPORTS, "assert len(list(Files(sys.argv[1]))) == 17_500", tmp_path / "some.zip")
    assert message is None
    assert seconds < 3
    assert peak < 200 << 20


#: {kind: (function that writes {name: content of a folder}, what the message says of it)}.
SEARCHED = {
    "thousands inside": (lambda: {"a.zip": written(many(5000, "{}.zip", content=NOTHING))}, "too many archives inside"),
    "deep inside": (lambda: {"a.zip": nested(30)}, "too deep in each other"),
    "thousands": (lambda: {f"{k}.zip": NOTHING for k in range(2000)}, "more than 500 archives — unpack them"),
    "deep paths inside": (lambda: {"a.zip": written([Member(b"b.zip", archive_of("deep paths"))])}, "1,000 bytes"),
    "members inside": (lambda: {"a.zip": written([Member(b"b.zip", archive_of("members"))])}, "300,000 members"),
}


@pytest.mark.parametrize("kind", SEARCHED)
def test_searching_hostile_archives_is_bounded(tmp_path, kind):
    files, expected = SEARCHED[kind]
    for name, content in files().items():
        (tmp_path / name).write_bytes(content)
    message, seconds, peak = measured(IMPORTS, "Files(sys.argv[1])", tmp_path)
    assert expected in message
    assert seconds < 1.5
    assert peak < 200 << 20


# What is unusual, but right.


def extracted(folder, content):
    (folder / "some.zip").write_bytes(content)
    extract(folder / "some.zip", folder / "out")
    return {
        path.relative_to(folder / "out").as_posix(): path.read_bytes()
        for path in (folder / "out").rglob("*.*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    "names",
    [
        ["CON.jpg", "nul.txt", "aux.png", "COM1.jpg", "LPT9.x"],
        ["a.jpg ", "b.jpg.", "c..", "d .jpg"],
        ["é.jpg", "e.jpg", "ê.jpg", "straße.jpg", "strase.jpg", "人.jpg"],
        ["a.b", "a.b.c/d.e", "a.b-c/d.e"],
        [".a", "~.x", "-rf.x", "$(touch x).jpg", "a;b.jpg", "%00.jpg", "'\".jpg"],
    ],
    ids=["devices", "dots and blanks", "accents", "prefixes", "commands"],
)
def test_unusual_names_are_kept(tmp_path, names):
    expected = {name: name.encode() * 3 for name in names}
    members = [Member(name.encode(), content, DEFLATED, flags=1 << 11) for name, content in expected.items()]
    assert extracted(tmp_path, written(members)) == expected


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"mode": 0}, {}),
        ({"mode": 0x20}, {"comment": b"c" * 65_535}),
        ({"extra": b"UT\5\0\3abcd"}, {}),
        ({"extra": b"\x99"}, {}),
        ({}, {"count": 7}),
        ({"method": DEFLATED}, {"directory_size": None}),
    ],
    ids=["no mode", "DOS, a long comment", "a time", "a broken extra field", "a wrong count", "deflated"],
)
def test_unusual_archives_are_read(tmp_path, changes, options):
    members = [replace(Member(name), **changes) for name in (b"a.jpg", b"top/b.jpg")]
    folder = Member(b"top/", b"", mode=FOLDER)
    assert extracted(tmp_path, written([folder, *members], **options)) == {"a.jpg": b"x", "top/b.jpg": b"x"}


def test_a_comment_with_another_end_gives_one_archive_or_none(tmp_path):
    """Readers differ in which end they take: no mixture, and no content without its checksum."""
    outer = [Member(b"outer.jpg", b"outer")]
    for number, other in enumerate((NOTHING, written([Member(b"inner.jpg", b"inner")]), b"PK\5\6" + bytes(18))):
        for comment in (other, other + b"c" * 1000, b"c" * (65_535 - len(other)) + other):
            folder = tmp_path / f"{number}-{len(comment)}-{comment[:1].hex()}"
            folder.mkdir()
            with suppress(InputError):
                found = extracted(folder, written(outer, comment=comment))
                assert found in ({"outer.jpg": b"outer"}, {"inner.jpg": b"inner"})


# Damage.

FILES = {f"top/{number}.jpg": hashlib.sha256(bytes([number])).digest() * (number + 1) for number in range(6)}
MANIFEST = {name.removeprefix("top/"): hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


def mutated(content, draw):
    """The archive with some bytes changed, in its headers most of all, or with pieces cut out or repeated."""
    raw = bytearray(content)
    headers = [at + k for mark in (b"PK\1\2", b"PK\3\4", b"PK\5\6") for at in places(content, mark) for k in range(50)]
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = min(draw.choice(headers) if draw.random() < 0.8 else draw.randrange(len(raw)), len(raw) - 1)
        match draw.choice(("byte", "byte", "bit", "number", "cut", "repeat")):
            case "byte":
                raw[at] = draw.choice((0, 1, 0x7F, 0x80, 0xFF))
            case "bit":
                raw[at] ^= 1 << draw.randrange(8)
            case "number":
                raw[at : at + 4] = draw.choice((b"\xff" * 4, bytes(4), b"\xff\xff\xff\x7f", b"\0\0\0\x80"))
            case "cut":
                del raw[at : at + draw.randrange(1, 40)]
            case "repeat":
                raw[at:at] = raw[at : at + draw.randrange(1, 80)]
    return bytes(raw)


def places(content, mark):
    found = content.find(mark)
    while found >= 0:
        yield found
        found = content.find(mark, found + 1)


def test_damaged_archives_give_right_files_or_one_line(tmp_path):
    draw, buffer = random.Random(17), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in FILES.items():
            opened.writestr(name, content)
    path, out, messages = tmp_path / "some.zip", tmp_path / "out", []
    for _ in range(1500):
        path.write_bytes(mutated(buffer.getvalue(), draw))
        try:
            missing = extract(path, out, MANIFEST, allow_missing=True)
        except InputError as fault:
            messages.append(str(fault))
            continue
        found = {item.relative_to(out).as_posix(): item.read_bytes() for item in out.rglob("*.jpg")}
        assert found == {name: FILES[f"top/{name}"] for name in MANIFEST.keys() - set(missing)}
    assert 500 < len(messages) < 1400
    assert all(message.isprintable() for message in messages)
