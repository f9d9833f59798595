"""Extract zip archives safely: refuse hostile ones, and create the target folder only when it is complete."""

import hashlib
import re
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.sources.archives import DO_NOT_USE, MOST_MEMBERS, listing, open_zip

CHUNK = 1 << 20
DOWNLOAD_AGAIN = "delete the archive, and download it again"
#: Longest path of a member, and of a name in it, in bytes, and most folders in each other.
PATH_BYTES, NAME_BYTES, DEPTH = 1000, 255, 50
#: Other methods cannot be decompressed in bounded memory.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Limits:
    """Limits of an archive, so that none can fill the disk.

    Attributes
    ----------
    members : int
        Number of members.
    member_bytes, total_bytes : int
        Size of each, and of all, once extracted.
    ratio : int
        Size extracted over size in the archive, of members larger than a megabyte.
    """

    members: int = MOST_MEMBERS
    member_bytes: int = 2 << 30
    total_bytes: int = 8 << 30
    ratio: int = 200


LIMITS = Limits()


def extract(archive, target, manifest=None, allow_missing=False, limits=LIMITS):
    """Extract a zip archive into a new folder, which appears only when it is complete and verified.

    With a manifest, only the members it names are extracted; paths start below the archive's top folder if there is
    only one. Without a manifest, all members are extracted under their own paths. Files that macOS adds (``._name``,
    ``__MACOSX``) are never extracted.

    Parameters
    ----------
    archive : path
        The zip file.
    target : path
        The folder to create; an existing one is replaced.
    manifest : mapping of {str: str}, optional
        sha256 of every member to extract.
    allow_missing : bool
        Continue if members of the manifest are missing from the archive.
    limits : Limits
        Limits of the archive.

    Returns
    -------
    list of str
        Members of the manifest that are missing from the archive.

    Raises
    ------
    InputError
        If the archive is broken or hostile (absolute paths, ``..``, very long or deep paths, links, devices,
        encryption, bombs, members that overlap or have a wrong size in the directory), if a member differs from the
        manifest, or if one is missing without ``allow_missing``.
    """
    target = Path(target)
    partial = target.with_name(f".{target.name}.partial")
    with open_zip(archive) as opened:
        members = safe_members(opened, archive, limits)
        if manifest is not None:
            members = below_top(members, manifest)
        missing = sorted(set(manifest or ()) - members.keys())
        if missing and not allow_missing:
            raise InputError(
                f"{len(missing)} of {len(manifest)} members are missing: {listing(missing)}",
                archive,
                "get the complete archive, or set allow_missing: true to go on without them",
            )
        wanted = {name: info for name, info in members.items() if manifest is None or name in manifest}
        if not wanted:
            raise InputError("none of the expected files is in it", archive, "is this the right archive?")
        try:
            # A killed job may have left one.
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            digests = write_members(opened, archive, wanted, partial)
            differing = [name for name in digests if manifest is not None and digests[name] != manifest[name]]
            if differing:
                what = f"{len(differing)} members differ from the manifest (sha256): {listing(differing)}"
                raise InputError(what, archive, DOWNLOAD_AGAIN)
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return missing


def safe_members(opened, archive, limits):
    """Return {path: ZipInfo} of the files in an opened archive; raise InputError if anything in it is harmful."""

    def refuse(what, name=None):
        where = archive if name is None else f"{archive}, member {shortened(name)!r}"
        raise InputError(what, where, DO_NOT_USE)

    infos = opened.infolist()
    if len(infos) > limits.members:
        refuse(f"{len(infos):,} members, more than {limits.members:,}")
    files = {}
    for info in infos:
        name = info.filename
        # zipfile cuts names at the first NUL.
        if fault := name_fault(info.orig_filename) or member_fault(info, limits):
            refuse(fault, name)
        if not info.is_dir():
            if file_key(name) in files:
                refuse("is in the archive twice", name)
            files[file_key(name)] = info
    total = sum(info.file_size for info in files.values())
    if total > limits.total_bytes:
        refuse(f"{total:,} bytes when extracted, more than {limits.total_bytes:,}")
    if overlapping := next(overlaps(infos, opened.start_dir), None):
        refuse("overlaps with what follows it", overlapping)
    # With "/" as the lowest character, a file that is also a folder comes just before what is in it.
    for key, following in pairwise(sorted(files, key=lambda key: key.replace("/", "\0"))):
        if following.startswith(f"{key}/"):
            refuse("both a file and a folder", files[key].filename)
    return {info.filename: info for info in files.values() if not is_litter(info.filename)}


def name_fault(name):
    """Describe the fault of a member's name, or return None."""
    if len(name.encode()) > PATH_BYTES:
        return f"a path of more than {PATH_BYTES:,} bytes"
    segments = name.removesuffix("/").split("/")
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return "an absolute path"
    if ".." in re.split(r"[/\\]", name):
        return "a path that leads out of its folder"
    if "\\" in name or not name.isprintable() or {"", "."} & set(segments):
        return "not a plain path"
    if max(len(segment.encode()) for segment in segments) > NAME_BYTES:
        return f"not a plain path: a name of more than {NAME_BYTES} bytes"
    if len(segments) > DEPTH:
        return f"more than {DEPTH} folders in each other"
    return None


def file_key(name):
    """Return the key shared by all names of one file.

    Some file systems ignore case, the encoding of accents, or dots and blanks at the end of a name: there, the second
    file would overwrite the first.
    """
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())
    return "/".join(segment.rstrip(". ") for segment in folded.split("/"))


def member_fault(info, limits):
    """Describe the fault of a member's kind or size, or return None."""
    # The upper half holds the Unix file mode; it is 0 if the archive was made on another system.
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or a device, not a file"
    if info.is_dir() and info.file_size:
        return "a folder with content of its own"
    if kind == stat.S_IFDIR and not info.is_dir():
        return "a folder with the name of a file"
    if info.flag_bits & (1 | 1 << 6 | 1 << 13):
        return "encrypted"
    if info.compress_type not in METHODS or info.flag_bits & 1 << 5:
        return "compressed by another method than deflate"
    if info.file_size > limits.member_bytes:
        return f"{info.file_size:,} bytes, more than {limits.member_bytes:,}"
    if info.file_size > max(CHUNK, limits.ratio * info.compress_size):
        return f"grows more than {limits.ratio} times when extracted"
    return None


def overlaps(infos, end):
    """Yield the names of members whose bytes, between the archive's start and ``end``, overlap with the next one's."""
    infos = sorted(infos, key=lambda info: info.header_offset)
    starts = [*(info.header_offset for info in infos), end]
    for info, (start, following) in zip(infos, pairwise(starts), strict=True):
        # Each begins with 30 bytes and its name, which zipfile compares when it opens the member.
        if start < 0 or start + 30 + info.compress_size > following:
            yield info.filename


def shortened(name, most=100):
    """Return the start of a long name, for a message."""
    return name if len(name) <= most else f"{name[:most]}…"


def is_litter(name):
    """Return whether a path is of a file that macOS adds to archives."""
    return any(segment.startswith("._") or segment in ("__MACOSX", ".DS_Store") for segment in name.split("/"))


def below_top(members, manifest):
    """Return the members by their paths below the only top folder, if there is one and the manifest omits it."""
    tops = {name.split("/")[0] for name in members}
    if len(tops) != 1 or any(name.split("/")[0] in tops for name in manifest):
        return members
    prefix = f"{tops.pop()}/"
    return {name.removeprefix(prefix): info for name, info in members.items()}


def write_members(opened, archive, members, folder):
    """Write members, {path below ``folder``: ZipInfo}; return {path: sha256}."""
    size = sum(info.file_size for info in members.values())
    with tqdm(total=size, desc=f"extract {Path(archive).name}", unit="B", unit_scale=True, disable=None) as progress:
        return {
            name: write_member(opened, info, folder / name, f"{archive}, member {info.filename!r}", progress)
            for name, info in members.items()
        }


def write_member(opened, info, path, where, progress):
    """Write one member; return its sha256."""
    digest = hashlib.sha256()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(info) as source, open(path, "wb") as file:
            while chunk := source.read(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                progress.update(len(chunk))
    # zipfile also raises ValueError, RuntimeError and struct.error on headers that contradict the directory.
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, struct.error) as fault:
        raise InputError(f"damaged ({shortened(str(fault))})", where, DOWNLOAD_AGAIN) from fault
    except OSError as fault:
        raise InputError(f"cannot be extracted ({fault.strerror})", where, "make room on the disk") from fault
    if path.stat().st_size != info.file_size:
        what = f"{path.stat().st_size:,} bytes where the archive's directory says {info.file_size:,}"
        raise InputError(what, where, DOWNLOAD_AGAIN)
    return digest.hexdigest()
