"""Zip archives extracted without trusting them, into folders that appear only when they are complete."""

import hashlib
import re
import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.sources.archives import listing, open_zip

CHUNK = 1 << 20
RENEW = "delete the archive, and download it again"


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most, so that none can fill the disk.

    Attributes
    ----------
    members : int
        Number of members.
    member_bytes, total_bytes : int
        Size of each, and of all, once extracted.
    ratio : int
        Size extracted over size in the archive, of members larger than a megabyte.
    """

    members: int = 50_000
    member_bytes: int = 2 << 30
    total_bytes: int = 8 << 30
    ratio: int = 200


LIMITS = Limits()


def extract(archive, target, manifest=None, allow_missing=False, limits=LIMITS):
    """Extract a zip archive into a new folder, which appears only when all of it is there and verified.

    With a manifest only its members are extracted, by their paths below the archive's single top folder if it has
    one; what else the archive holds stays where it is. Without one all is extracted, under its own path. Macintosh
    litter (``._name``, ``__MACOSX``) is always left.

    Parameters
    ----------
    archive : path
        The zip file.
    target : path
        The folder to make; one that stands there is replaced.
    manifest : mapping of {str: str}, optional
        sha256 of every member to extract.
    allow_missing : bool
        Go on when members of the manifest are not in the archive.
    limits : Limits
        What the archive may hold at most.

    Returns
    -------
    list of str
        Members of the manifest that are not in the archive.

    Raises
    ------
    InputError
        If the archive is broken or hostile (absolute paths, ``..``, links, devices, encryption, bombs, members that
        lie about their size), if a member differs from the manifest, or if one is missing and may not be.
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
            # A job that was killed may have left one.
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            digests = write_members(opened, archive, wanted, partial)
            differing = [name for name in digests if manifest is not None and digests[name] != manifest[name]]
            if differing:
                what = f"{len(differing)} members differ from the manifest (sha256): {listing(differing)}"
                raise InputError(what, archive, RENEW)
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return missing


def safe_members(opened, archive, limits):
    """Return {path: ZipInfo} of the files in an opened archive, after refusing whatever could do harm."""

    def refuse(what, name=None):
        where = archive if name is None else f"{archive}, member {name!r}"
        raise InputError(what, where, "do not use this archive; download it from its source")

    infos = opened.infolist()
    if len(infos) > limits.members:
        refuse(f"{len(infos):,} members, more than {limits.members:,}")
    files = {}
    for info in infos:
        name = info.filename
        if fault := fault_of_name(name) or fault_of_member(info, limits):
            refuse(fault, name)
        if not info.is_dir():
            # Where upper and lower case are one, so would be the files.
            if name.casefold() in files:
                refuse("stands in the archive twice", name)
            files[name.casefold()] = info
    total = sum(info.file_size for info in files.values())
    if total > limits.total_bytes:
        refuse(f"{total:,} bytes when extracted, more than {limits.total_bytes:,}")
    if sum(info.compress_size for info in files.values()) > Path(archive).stat().st_size:
        refuse("its members overlap")
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    if clashing := sorted(folders & files.keys()):
        refuse("both a file and a folder", files[clashing[0]].filename)
    return {info.filename: info for info in files.values() if not is_litter(info.filename)}


def fault_of_name(name):
    """Say what is wrong with a member's name, or return None."""
    parts = name.removesuffix("/").split("/")
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return "an absolute path"
    if ".." in re.split(r"[/\\]", name):
        return "a path that leads out of its folder"
    if "\\" in name or not name.isprintable() or {"", "."} & set(parts) or max(map(len, parts)) > 200:
        return "not a plain path"
    return None


def fault_of_member(info, limits):
    """Say what is wrong with a member's kind or size, or return None."""
    # The upper half holds Unix's file mode, or nothing where the archive was made elsewhere.
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or a device, not a file"
    if info.flag_bits & 1:
        return "encrypted"
    if info.file_size > limits.member_bytes:
        return f"{info.file_size:,} bytes, more than {limits.member_bytes:,}"
    if info.file_size > max(CHUNK, limits.ratio * info.compress_size):
        return f"grows more than {limits.ratio} times when extracted"
    return None


def is_litter(name):
    """Tell whether a member is what Macintosh leaves in archives."""
    return any(part.startswith("._") or part in ("__MACOSX", ".DS_Store") for part in name.split("/"))


def below_top(members, manifest):
    """Return the members by their paths below the single top folder, where there is one that the manifest lacks."""
    tops = {name.split("/")[0] for name in members}
    if len(tops) != 1 or any(name.split("/")[0] in tops for name in manifest):
        return members
    prefix = f"{tops.pop()}/"
    return {name.removeprefix(prefix): info for name, info in members.items()}


def write_members(opened, archive, members, folder):
    """Write members, a mapping from paths below ``folder`` to ZipInfo, and return the sha256 of each."""
    size = sum(info.file_size for info in members.values())
    with tqdm(total=size, desc=f"extract {Path(archive).name}", unit="B", unit_scale=True, disable=None) as progress:
        return {
            name: write_member(opened, info, folder / name, f"{archive}, member {info.filename!r}", progress)
            for name, info in members.items()
        }


def write_member(opened, info, path, where, progress):
    """Write one member, and return its sha256."""
    digest = hashlib.sha256()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(info) as source, open(path, "wb") as file:
            while chunk := source.read(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                progress.update(len(chunk))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as fault:
        raise InputError(f"damaged ({fault})", where, RENEW) from fault
    except OSError as fault:
        raise InputError(f"cannot be extracted ({fault.strerror})", where, "make room on the disk") from fault
    if path.stat().st_size != info.file_size:
        what = f"{path.stat().st_size:,} bytes where the archive's directory says {info.file_size:,}"
        raise InputError(what, where, RENEW)
    return digest.hexdigest()
