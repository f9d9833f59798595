"""Archives are found, verified and extracted safely.

Each of these faults ends with a message that names the archive (and the member), and leaves no folder behind:

===========================  ==========================================
Archive                      Fault
===========================  ==========================================
empty, text, HTML, LFS       not a zip archive
cut at the end or in half    its directory is lost
absolute, drive, backslash   paths that lead elsewhere
``..`` in three positions    paths that lead elsewhere
control characters, ``//``   paths no file should have
symbolic link, device        not a file
encrypted                    cannot be verified
same name twice (also aA)    one would replace the other
file and folder in one       one would replace the other
too many members             bomb
a large member               bomb
many, large in sum           bomb
a high ratio                 bomb
members that overlap         bomb
wrong size in the directory  bomb, or damage
damaged bytes                CRC
another method               cannot be extracted
a member differs             not the pinned archive
a member is missing          not the pinned archive
no expected member           another archive
===========================  ==========================================
"""

import hashlib
import io
import logging
import stat
import struct
import zipfile

import pytest

import fetch_archive
from facelrp.errors import InputError
from facelrp.sources.archives import check_file, check_zip, find_archive, read_manifest
from facelrp.sources.extraction import Limits, extract

FILES = {"top/table.csv": b"a,b\n1,2\n", "top/images/1.jpg": b"\xff\xd8one", "top/images/2.jpg": b"\xff\xd8two"}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


MANIFEST = {name.removeprefix("top/"): sha256(content) for name, content in FILES.items()}


def zip_of(members):
    """The bytes of a zip archive; a name can be a ZipInfo, and a list of pairs can repeat a name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items() if isinstance(members, dict) else members:
            opened.writestr(name, content)
    return buffer.getvalue()


def info(name, mode=0, flags=0):
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    member.flag_bits |= flags
    return member


def patched(content, name, offset, form, value):
    """A zip archive with a changed value in one member's entry of the central directory, ``offset`` bytes into it."""
    raw = bytearray(content)
    entry = raw.rfind(b"PK\x01\x02", 0, raw.rfind(name.encode()))
    struct.pack_into(form, raw, entry + offset, value)
    return bytes(raw)


def encrypted():
    return patched(zip_of({"a": b"x"}), "a", 8, "<H", 1)


def overlapping():
    """Many members that share the same compressed bytes, as in Fifield's bomb."""
    content = b"".join(bytes([k % 251]) * 7 for k in range(300))
    raw = bytearray(zip_of({f"{k:02d}": content for k in range(5)}))
    start, entry = raw.find(b"PK\x01\x02"), 46 + 2
    directory, end = raw[start : start + 5 * entry], raw[start + 5 * entry :]
    for k in range(5):
        struct.pack_into("<I", directory, k * entry + 42, 0)
    local = raw[: raw.find(b"PK\x03\x04", 4)]
    struct.pack_into("<I", end, 16, len(local))
    return bytes(local + directory + end)


def damaged():
    """Bytes changed inside a member that is stored uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("a", b"all is well")
    return buffer.getvalue().replace(b"all is well", b"all is ill.", 1)


SMALL = Limits(members=5, member_bytes=3 << 20, total_bytes=4 << 20, ratio=50)
NOISE = b"".join(hashlib.sha256(k.to_bytes(4, "big")).digest() for k in range(50_000))  # 1.6 MB, does not compress
GOOD = zip_of(FILES)

HOSTILE = {
    "empty": (b"", "empty file"),
    "text": (b"not a zip\n" * 9, "not a complete zip"),
    "html": (b"<!DOCTYPE html><html><title>Sign in</title>", "web page"),
    "html with blanks": (b"\n <HTML><body>404", "web page"),
    "lfs pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS pointer"),
    "cut at the end": (GOOD[:-30], "cut short"),
    "cut in half": (GOOD[: len(GOOD) // 2], "cut short"),
    "absolute": (zip_of({"/etc/evil": b"x"}), "absolute path"),
    "drive": (zip_of({"C:/evil": b"x"}), "absolute path"),
    "backslash": (zip_of({"\\evil": b"x"}), "absolute path"),
    "dots": (zip_of({"../evil": b"x"}), "leads out"),
    "dots inside": (zip_of({"top/../../evil": b"x"}), "leads out"),
    "dots and backslash": (zip_of({"top\\..\\..\\evil": b"x"}), "leads out"),
    "dots of a folder": (zip_of({"../evil/": b""}), "leads out"),
    "backslash inside": (zip_of({"top\\evil": b"x"}), "not a plain path"),
    "control character": (zip_of({"top/e\x1bvil": b"x"}), "not a plain path"),
    "double slash": (zip_of({"top//evil": b"x"}), "not a plain path"),
    "long name": (zip_of({"a" * 300: b"x"}), "not a plain path"),
    "symbolic link": (zip_of([(info("top/link", stat.S_IFLNK | 0o777), b"/etc/passwd")]), "a link or a device"),
    "device": (zip_of([(info("top/null", stat.S_IFCHR | 0o666), b"")]), "a link or a device"),
    "encrypted": (encrypted(), "encrypted"),
    "differs in case only": (zip_of([("a", b"x"), ("A", b"y")]), "twice"),
    "file and folder": (zip_of([("a", b"x"), ("a/b", b"y")]), "both a file and a folder"),
    "many members": (zip_of({str(k): b"x" for k in range(6)}), "6 members"),
    "large member": (zip_of({"a": NOISE * 2}), "more than 3,145,728"),
    "large in sum": (zip_of({"a": NOISE, "b": NOISE, "c": NOISE}), "4,800,000 bytes when extracted"),
    "high ratio": (zip_of({"a": bytes(2 << 20)}), "more than 50 times"),
    "overlap": (overlapping(), "overlap"),
    "directory says too much": (patched(zip_of({"ab": b"x" * 50}), "ab", 24, "<I", 90), "member 'ab'"),
    "directory says too little": (patched(zip_of({"ab": b"x" * 50}), "ab", 24, "<I", 9), "member 'ab'"),
    "damaged": (damaged(), "damaged"),
    "unknown method": (patched(zip_of({"ab": b"x"}), "ab", 10, "<H", 77), "member 'ab'"),
}


@pytest.fixture
def archive(tmp_path):
    def write(content, name="some.zip"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(("content", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_refuses_hostile_archives(archive, tmp_path, content, message):
    path = archive(content)
    with pytest.raises(InputError, match=message) as caught:
        extract(path, tmp_path / "out" / "here", limits=SMALL)
    assert "some.zip" in str(caught.value)
    assert caught.value.fix
    left = [item for item in tmp_path.rglob("*") if item != path]
    assert left in ([], [tmp_path / "out"])


def test_refuses_the_same_name_twice(archive, tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zip_of([("a", b"x"), ("a", b"y")])
    with pytest.raises(InputError, match="member 'a': is in the archive twice"):
        extract(archive(content), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_extracts_the_members_of_the_manifest_below_the_top(archive, tmp_path):
    litter = {"top/README.md": b"read", "top/images/._1.jpg": b"mac", "__MACOSX/top/._x": b"mac"}
    missing = extract(archive(zip_of(FILES | litter)), tmp_path / "out", MANIFEST)
    assert missing == []
    assert contents(tmp_path / "out") == {name.removeprefix("top/"): content for name, content in FILES.items()}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "some.zip"]


@pytest.mark.parametrize(
    "members",
    [
        {name.removeprefix("top/"): content for name, content in FILES.items()},
        {"images/1.jpg": FILES["top/images/1.jpg"]},
    ],
    ids=["several at the top", "a folder of the manifest at the top"],
)
def test_extracts_archives_without_a_top_folder(archive, tmp_path, members):
    extract(archive(zip_of(members)), tmp_path / "out", MANIFEST, allow_missing=True)
    assert contents(tmp_path / "out") == members


def test_extracts_everything_except_litter_without_a_manifest(archive, tmp_path):
    extract(archive(zip_of(FILES | {"top/._x": b"", ".DS_Store": b"", "top/empty/": b""})), tmp_path / "out")
    assert contents(tmp_path / "out") == FILES


def test_replaces_the_folders_of_an_earlier_run(archive, tmp_path):
    for stale in (tmp_path / "out", tmp_path / ".out.partial"):
        stale.mkdir()
        (stale / "stale").touch()
    extract(archive(GOOD), tmp_path / "out", MANIFEST)
    assert contents(tmp_path / "out").keys() == MANIFEST.keys()
    assert not (tmp_path / ".out.partial").exists()


def test_names_members_that_differ(archive, tmp_path):
    changed = archive(zip_of(FILES | {"top/images/2.jpg": b"changed"}))
    with pytest.raises(InputError, match=r"some.zip: 1 members differ.*: images/2.jpg — "):
        extract(changed, tmp_path / "out", MANIFEST, allow_missing=True)
    assert list(tmp_path.iterdir()) == [changed]


def test_names_members_that_are_missing(archive, tmp_path):
    partial = archive(zip_of({name: FILES[name] for name in list(FILES)[:1]}))
    with pytest.raises(InputError, match=r"2 of 3 members are missing: images/1.jpg, images/2.jpg — .*allow_missing"):
        extract(partial, tmp_path / "out", MANIFEST)
    assert list(tmp_path.iterdir()) == [partial]
    assert extract(partial, tmp_path / "out", MANIFEST, allow_missing=True) == ["images/1.jpg", "images/2.jpg"]
    assert contents(tmp_path / "out").keys() == {"table.csv"}


def test_refuses_another_archive_even_if_members_may_be_missing(archive, tmp_path):
    with pytest.raises(InputError, match="none of the expected files"):
        extract(archive(zip_of({"top/other": b"x"})), tmp_path / "out", MANIFEST, allow_missing=True)
    assert not (tmp_path / "out").exists()


def test_finds_archives_by_leaf_name(tmp_path):
    assert find_archive(tmp_path / "nowhere", "set-*.zip") is None
    (tmp_path / "set-first60.zip").mkdir()
    assert find_archive(tmp_path, "set-*.zip") is None
    for name in ("._set-1.zip", "Set-1.ZIP", "set-1.zip.part"):
        (tmp_path / name).touch()
    assert find_archive(tmp_path, "set-*.zip").name == "Set-1.ZIP"
    (tmp_path / "set-2.zip").touch()
    with pytest.raises(InputError, match=r"several files match set-\*.zip: Set-1.ZIP, set-2.zip"):
        find_archive(tmp_path, "set-*.zip")
    (tmp_path / "set-.zip").touch()
    assert find_archive(tmp_path, "set-*.zip").name == "set-.zip"


@pytest.mark.parametrize("line", ["abc  x", f"{'0' * 64} ", f"{'0' * 64}\tx", f"{'0' * 64}  a\n{'1' * 64}  a"])
def test_refuses_malformed_manifests(tmp_path, line):
    path = tmp_path / "set.sha256"
    path.write_text(f"{'f' * 64}  good\n{line}\n")
    with pytest.raises(InputError, match=r"set.sha256, line [23]: "):
        read_manifest(path)


def test_reads_manifests(tmp_path):
    path = tmp_path / "set.sha256"
    path.write_text(f"{'f' * 64}  with blank.jpg\n{'0' * 64} *b\n")
    assert read_manifest(path) == {"with blank.jpg": "f" * 64, "b": "0" * 64}
    with pytest.raises(InputError, match="cannot be read"):
        read_manifest(tmp_path / "absent")


def test_checks_files_by_size_and_sha256(archive):
    path = archive(b"weights")
    check_file(path, 7, sha256(b"weights"))
    with pytest.raises(InputError, match="7 bytes where 1,000 are expected"):
        check_file(path, 1000, sha256(b"weights"))
    with pytest.raises(InputError, match="not the expected 00"):
        check_file(path, 7, "0" * 64)
    with pytest.raises(InputError, match=r"LFS pointer.*42 bytes where 1,000"):
        check_file(archive(b"version https://git-lfs.github.com/spec/v1"), 1000, "0" * 64)


def test_names_an_unreadable_archive(tmp_path):
    for path in (tmp_path / "absent.zip", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            check_zip(path)


# The script: from the user's folder to verified files.


def fetch(tmp_path, caplog, archive, **options):
    manifest = tmp_path / "set.sha256"
    manifest.write_text("".join(f"{digest}  {name}\n" for name, digest in MANIFEST.items()))
    options = {
        "manifest": manifest,
        "folder": tmp_path / "out",
        "archive_dir": tmp_path,
        "allow_missing": False,
    } | options
    with caplog.at_level(logging.INFO):
        fetch_archive.main(archive, log=logging.getLogger("test"), **options)
    return caplog.text


def test_fetches_from_the_users_folder(archive, tmp_path, caplog):
    archive(GOOD, "set-v1.zip")
    report = fetch(tmp_path, caplog, {"file": "set-*.zip", "url": "http://nowhere.invalid/set.zip"})
    assert contents(tmp_path / "out").keys() == MANIFEST.keys()
    assert "missing members: 0" in report


def test_reports_missing_members(archive, tmp_path, caplog):
    archive(zip_of({"top/table.csv": FILES["top/table.csv"]}), "set.zip")
    report = fetch(tmp_path, caplog, {"file": "set.zip"}, allow_missing=True)
    assert "missing members: 2\n  images/1.jpg\n  images/2.jpg" in report


def test_checks_pinned_archives_of_the_users_folder(archive, tmp_path, caplog):
    archive(GOOD, "set.zip")
    pin = {"file": "set.zip", "bytes": len(GOOD), "sha256": sha256(GOOD)}
    fetch(tmp_path, caplog, pin, manifest=None)
    assert contents(tmp_path / "out") == FILES
    with pytest.raises(InputError, match="sha256"):
        fetch(tmp_path, caplog, pin | {"sha256": "0" * 64}, manifest=None, folder=tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_says_where_to_put_an_archive_without_a_url(tmp_path, caplog):
    with pytest.raises(InputError, match=r"set.zip: the archive is missing — put it there"):
        fetch(tmp_path, caplog, {"file": "set.zip"})
