"""Find archives by name, and verify them against their known size, sha256 and manifest."""

import hashlib
import io
import re
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path

from facelrp.errors import InputError

#: Most members of a zip archive, and the longest directory of one in bytes: about 335 for each member.
MOST_MEMBERS, DIRECTORY_BYTES = 50_000, 16 << 20
#: What to do with an archive that no honest program writes.
DO_NOT_USE = "do not use this archive; download it from its source"


def find_archive(folder, pattern):
    """Find an archive by its leaf name, ignoring case.

    Parameters
    ----------
    folder : path
        Where to look; it need not exist.
    pattern : str
        The name; ``*`` matches anything. A file whose name is the pattern without ``*`` is preferred to other matches.

    Returns
    -------
    Path or None

    Raises
    ------
    InputError
        If several files match, none of them exactly.
    """
    folder = Path(folder)
    files = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    # macOS keeps a file's attributes in a companion `._name`.
    matches = sorted(
        path for path in files if fnmatchcase(path.name.lower(), pattern.lower()) and not path.name.startswith("._")
    )
    exact = [path for path in matches if path.name.lower() == plain_name(pattern).lower()]
    if len(matches) > 1 and not exact:
        names = ", ".join(path.name for path in matches)
        raise InputError(f"several files match {pattern}: {names}", folder, "leave only one of them there")
    return next(iter(exact or matches), None)


def plain_name(pattern):
    """Return the file name that a pattern gives when each ``*`` matches nothing."""
    return pattern.replace("*", "")


def read_manifest(path):
    """Read the sha256 of every member from a file in the format of sha256sum.

    Returns
    -------
    dict of {str: str}
        Path below the archive's top folder → 64 hexadecimal digits.

    Raises
    ------
    InputError
        If the file is missing or a line is not ``<sha256>  <path>``.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"the manifest cannot be read ({fault})", path, "restore it from the repository") from fault
    manifest = {}
    for number, line in enumerate(lines, 1):
        entry = re.fullmatch(r"([0-9a-f]{64}) [ *](\S.*)", line)
        if entry is None or entry[2] in manifest:
            raise InputError("not a sha256 and a path, once each", f"{path}, line {number}", "write it with sha256sum")
        manifest[entry[2]] = entry[1]
    return manifest


def check_file(path, size, sha256, url=None):
    """Refuse a file without the expected size in bytes and sha256; the message names ``url`` as the file's source.

    The size may be None, and the sha256 its first digits.

    A wrong file is often a stub in place of a large one: a Git LFS pointer, a web page, a text.

    Raises
    ------
    InputError
        Naming the file, its apparent content, and the expected size or sha256.
    """
    fix = f"put the file from {without_secrets(url)} there" if url else "delete it, and download it again"
    found = Path(path).stat().st_size
    if size is not None and found != size:
        stub = "a stub of " if found < size // 100 else ""
        raise InputError(f"{guess_content(path)}{stub}{found:,} bytes where {size:,} are expected", path, fix)
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(sha256):
        raise InputError(f"its sha256 is {found}, not the expected {sha256}", path, fix)


def check_zip(path):
    """Refuse a file that is not a complete zip archive."""
    open_zip(path).close()


def open_zip(path):
    """Open a zip archive.

    Raises
    ------
    InputError
        If the file is not a complete zip archive: a page of HTML, a Git LFS pointer, empty, or cut short; or if its
        directory is too large.
    """
    try:
        file = _ArchiveFile(io.FileIO(path))
    except OSError as fault:
        raise InputError(f"cannot be read ({fault.strerror})", path, "check that it exists and is readable") from fault
    try:
        return _Archive(file)
    except InputError as fault:
        file.close()
        raise InputError(fault.what, path, fault.fix) from fault
    # Directories are numbers from a stranger: zipfile also fails to seek to them, or to decode names and dates.
    except (zipfile.BadZipFile, OSError, ValueError, OverflowError, NotImplementedError) as fault:
        file.close()
        what = f"{guess_content(path)}not a complete zip archive"
        raise InputError(what, path, "delete it, and download it again") from fault


class _ArchiveFile(io.BufferedReader):
    """The file of an archive, whose directory is bounded where zipfile reads it: all of it at once.

    The numbers at the archive's end may lie about it. Members are read in pieces much smaller than either bound.
    """

    def read(self, size=-1):
        if size is not None and size > DIRECTORY_BYTES:
            raise InputError(f"a directory of {size:,} bytes, more than {DIRECTORY_BYTES:,}", fix=DO_NOT_USE)
        content = super().read(size)
        if len(content) > 46 * MOST_MEMBERS and (entries := content.count(b"PK\x01\x02")) > MOST_MEMBERS:
            raise InputError(f"{entries:,} members, more than {MOST_MEMBERS:,}", fix=DO_NOT_USE)
        return content


class _Archive(zipfile.ZipFile):
    """A zip archive that closes its file, too."""

    def __init__(self, file):
        self._file = file
        super().__init__(file)

    def close(self):
        super().close()
        self._file.close()


def guess_content(path):
    """Guess the content of a file that should be an archive, as the beginning of a message; empty if unknown."""
    with open(path, "rb") as file:
        start = file.read(512)
    if not start:
        return "an empty file: "
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer in place of the file itself: "
    if re.match(rb"\s*(<!doctype html|<html)", start, re.IGNORECASE):
        return "a web page (of an error or a login?) saved in place of the file: "
    if start.startswith(b"PK\x03\x04"):
        return "cut short, or damaged at its end: "
    return ""


def listing(names, most=10):
    """Join names with commas; of more than ``most`` names, give the first and the number of the others."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def without_secrets(url):
    """Return an address as messages may show it: without ``user:password@``, and without the values of a query."""
    return re.sub(r"[?#].*", "?…", re.sub(r"//[^/?#]*@", "//", url, count=1), flags=re.DOTALL)
