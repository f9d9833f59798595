"""Download files: resume interrupted downloads, and keep only files that pass a check."""

import logging
import os
import re
import stat
import time
from functools import partial
from pathlib import Path

import requests
from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.sources.archives import check_file, find_archive, plain_name, without_secrets
from facelrp.sources.servers import PATIENCE, Interrupted, Refused, least_rate, network_faults, span

CHUNK = 1 << 16
#: Longest download, unless the size is known.
MOST_BYTES = 8 << 30

log = logging.getLogger(__name__)


def fetch(archive, folder, check=lambda path: None):
    """Return the path of a file in ``folder``; download it first if it is missing.

    Parameters
    ----------
    archive : mapping
        ``file``: its name, in which ``*`` matches anything; optionally ``url``: where to download it, ``bytes``
        and ``sha256``: the size and the checksum of the file, or the checksum's first digits.
    folder : path
        The user's archives.
    check : callable, optional
        ``check(path)`` raises InputError if the downloaded file is wrong; used if the sha256 is unknown.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the file is missing and cannot be downloaded, or is not the expected file.
    """
    is_pinned = "sha256" in archive
    if is_pinned:
        check = partial(check_file, size=archive.get("bytes"), sha256=archive["sha256"], url=archive.get("url"))
    path = find_archive(folder, archive["file"])
    if path is not None:
        if is_pinned:
            check(path)
        return path
    if "url" not in archive:
        raise InputError("the archive is missing", Path(folder) / archive["file"], "put it there, or set archive_dir")
    most_bytes = archive.get("bytes", MOST_BYTES)
    return download(archive["url"], Path(folder) / plain_name(archive["file"]), check, most_bytes)


def download(url, target, check, most_bytes=MOST_BYTES, patience=PATIENCE):
    """Download a file.

    The bytes received so far are kept in ``<target>.part``; the next attempt, or the next call, resumes from there
    (HTTP Range). Only a file that passes ``check`` gets the name ``target``. Time is limited by a signal of the system,
    so this is for the main thread of a process.

    Parameters
    ----------
    url : str
        http or https; redirects are followed. Messages show it without ``user:password@`` and without its query.
    target : path
        Path of the downloaded file; its folder is created.
    check : callable
        ``check(path)`` raises InputError if the file is wrong.
    most_bytes : int
        A longer file is refused.
    patience : Patience
        How long to wait for the server.

    Returns
    -------
    Path
        ``target``.

    Raises
    ------
    InputError
        If the server refuses, cannot be reached, is too slow, or sends another file; ``target`` does not exist then.
    """
    target = Path(target)
    part_file = target.with_name(f"{target.name}.part")
    shown = without_secrets(url)
    fix = f"download it by other means, and put it at {target}"
    if not re.match("https?://", url, re.IGNORECASE):
        raise InputError("not an http or https address", shown, "correct the url")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        refuse_other_than_files(target, part_file)
        for may_restart in (True, False):
            spliced = receive(url, part_file, most_bytes, patience)
            try:
                check(part_file)
                break
            except InputError as fault:
                part_file.unlink()
                # A file joined from several answers may begin with one version and end with another: try once more.
                if not (spliced and may_restart):
                    raise InputError(f"the server sends a wrong file: {fault.what}", shown, fix) from fault
                log.warning("%s: %s; starting again", shown, fault.what)
        os.replace(part_file, target)
    except (Refused, Interrupted) as fault:
        raise InputError(f"the download failed: {fault}", shown, fix) from fault
    except OSError as fault:
        fix = "set archive_dir to a folder with room to write"
        raise InputError(f"cannot be written ({fault.strerror})", target, fix) from fault
    return target


def refuse_other_than_files(*paths):
    """Refuse links, folders and devices where a file is to be written: the bytes would go elsewhere."""
    for path in paths:
        if os.path.lexists(path) and (not stat.S_ISREG(os.lstat(path).st_mode) or os.lstat(path).st_nlink > 1):
            what = "a link, a folder or a device where the download is to be written"
            raise InputError(what, path, "remove it, or set archive_dir to another folder")


def receive(url, part_file, most_bytes, patience):
    """Receive the file into ``part_file``, with new attempts if needed; return whether it joins several answers."""
    spliced, furthest, waits = False, size(part_file), list(patience.pauses)
    deadline = time.monotonic() + patience.total
    while True:
        try:
            spliced |= size(part_file) > 0
            receive_rest(url, part_file, most_bytes, patience, deadline)
            return spliced
        except Interrupted as fault:
            if size(part_file) >= furthest + CHUNK:
                furthest, waits = size(part_file), list(patience.pauses)
            if not waits:
                raise
            if time.monotonic() + waits[0] > deadline:
                raise Interrupted(f"not complete after {patience.total:,.0f} s") from fault
            message = "%s: %s; trying again in %s s, from byte %d"
            log.warning(message, without_secrets(url), fault, waits[0], size(part_file))
            time.sleep(waits.pop(0))


def receive_rest(url, part_file, most_bytes, patience, deadline):
    """Append the missing bytes to ``part_file``, as far as one answer of the server provides them."""
    start = size(part_file)
    # Compression in transit would make ranges of bytes meaningless.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    # requests would read the whole page of a redirect into memory.
    hooks = {"response": lambda answer, **_: answer.close() if answer.is_redirect else None}
    with (
        network_faults(),
        least_rate(patience, deadline) as count,
        requests.Session() as session,
        session.get(url, headers=headers, hooks=hooks, stream=True, timeout=patience.timeout) as answer,
    ):
        if answer.status_code == requests.codes.requested_range_not_satisfiable and start:
            # Nothing follows the bytes received: the file is complete, or of another version. The check decides.
            return
        begin, end, total = span(answer)
        if begin not in (0, start) or (answer.status_code == requests.codes.partial_content and begin != start):
            part_file.unlink(missing_ok=True)
            raise Interrupted("the server sends another range than the one asked for")
        bar = {"desc": f"download {part_file.stem}", "unit": "B", "unit_scale": True, "disable": None}
        with open_part(part_file, begin) as file, tqdm(total=total, initial=begin, **bar) as progress:
            # What has arrived, at once: requests' own iterator waits until a chunk is full.
            while max(file.tell(), total or 0) <= most_bytes and (chunk := answer.raw.read1(CHUNK)):
                file.write(chunk)
                count(len(chunk))
                progress.update(len(chunk))
    if max(size(part_file), total or 0) > most_bytes:
        part_file.unlink()
        raise Refused(f"the file is longer than {most_bytes:,} bytes")
    if size(part_file) < (end or 0):
        raise Interrupted("the connection broke")
    if size(part_file) < (total or 0):
        raise Interrupted("the server sends less than it was asked for")


def open_part(path, begin):
    """Open the file of received bytes to append to it, or to begin it again; never through a link."""

    def opener(name, flags):
        return os.open(name, flags | os.O_NOFOLLOW, 0o666)

    return open(path, "ab" if begin else "wb", opener=opener)


def size(path):
    """Return the size of a file in bytes, 0 if it is missing."""
    return os.lstat(path).st_size if os.path.lexists(path) else 0
