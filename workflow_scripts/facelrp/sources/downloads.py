"""Download files: resume interrupted downloads, and keep only files that pass a check."""

import logging
import os
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import requests
from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.sources.archives import check_file, find_archive, plain_name

CHUNK = 1 << 16
#: Longest download, unless the size is known.
MOST_BYTES = 8 << 30
#: Seconds to wait before each new attempt. An attempt that receives more than any before it resets the list.
PAUSES = (1, 2, 4, 8, 16)
#: Seconds to wait for a connection, and for the next bytes.
TIMEOUT = (20, 60)
#: Status codes of a temporary failure.
BUSY = {408, 425, 429, 500, 502, 503, 504}

log = logging.getLogger(__name__)


class Interrupted(Exception):
    """An attempt ended before the file was complete, and a new attempt may succeed."""


def fetch(archive, folder, check=None):
    """Return the path of a file in ``folder``; download it first if it is missing.

    Parameters
    ----------
    archive : mapping
        ``file``: its name, in which ``*`` matches anything; optionally ``url``: where to download it, and ``bytes`` and
        ``sha256``: the size and checksum of the file.
    folder : path
        The user's archives.
    check : callable, optional
        ``check(path)`` raises InputError if the downloaded file is wrong; used if size and sha256 are unknown.

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
        check = partial(check_file, size=archive["bytes"], sha256=archive["sha256"], url=archive.get("url"))
    path = find_archive(folder, archive["file"])
    if path is not None:
        if is_pinned:
            check(path)
        return path
    if "url" not in archive:
        raise InputError("the archive is missing", Path(folder) / archive["file"], "put it there, or set archive_dir")
    most_bytes = archive["bytes"] if is_pinned else MOST_BYTES
    return download(archive["url"], Path(folder) / plain_name(archive["file"]), check, most_bytes)


def download(url, target, check, most_bytes=MOST_BYTES, pauses=PAUSES, timeout=TIMEOUT):
    """Download a file.

    The bytes received so far are kept in ``<target>.part``; the next attempt, or the next call, resumes from there
    (HTTP Range). Only a file that passes ``check`` gets the name ``target``.

    Parameters
    ----------
    url : str
        http or https; redirects are followed.
    target : path
        Path of the downloaded file; its folder is created.
    check : callable
        ``check(path)`` raises InputError if the file is wrong.
    most_bytes : int
        A longer file is refused.
    pauses : sequence of float
        Seconds to wait before each new attempt; an attempt that receives more than any before it resets the list.
    timeout : tuple of float
        Seconds to wait for a connection, and for the next bytes.

    Returns
    -------
    Path
        ``target``.

    Raises
    ------
    InputError
        If the server refuses, cannot be reached, or sends another file; ``target`` does not exist then.
    """
    target = Path(target)
    part_file = target.with_name(f"{target.name}.part")
    fix = f"download it by other means, and put it at {target}"
    if urlsplit(url).scheme not in ("http", "https"):
        raise InputError("not an http or https address", url, "correct the url")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with requests.Session() as session:
            for may_restart in (True, False):
                spliced = receive(session, url, part_file, most_bytes, pauses, timeout)
                try:
                    check(part_file)
                    break
                except InputError as fault:
                    part_file.unlink()
                    # A file joined from several answers may begin with one version and end with another: try once more.
                    if not (spliced and may_restart):
                        raise InputError(f"the server sends a wrong file: {fault.what}", url, fix) from fault
                    log.warning("%s: %s; starting again", url, fault.what)
        os.replace(part_file, target)
    except (requests.RequestException, Interrupted) as fault:
        raise InputError(f"the download failed: {reason(fault)}", url, fix) from fault
    except OSError as fault:
        fix = "set archive_dir to a folder with room to write"
        raise InputError(f"cannot be written ({fault.strerror})", target, fix) from fault
    return target


def receive(session, url, part_file, most_bytes, pauses, timeout):
    """Receive the file into ``part_file``, with new attempts if needed; return whether it joins several answers."""
    spliced, furthest, waits = False, size(part_file), list(pauses)
    while True:
        try:
            spliced |= size(part_file) > 0
            receive_rest(session, url, part_file, most_bytes, timeout)
            return spliced
        except (
            Interrupted,
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as fault:
            if size(part_file) > furthest:
                furthest, waits = size(part_file), list(pauses)
            if not waits:
                raise
            log.warning("%s: %s; trying again in %s s, from byte %d", url, reason(fault), waits[0], size(part_file))
            time.sleep(waits.pop(0))


def receive_rest(session, url, part_file, most_bytes, timeout):
    """Append the missing bytes to ``part_file``, as far as one answer of the server provides them."""
    start = size(part_file)
    # Compression in transit would make ranges of bytes meaningless.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with session.get(url, headers=headers, stream=True, timeout=timeout) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            # Nothing follows the bytes received: the file is complete, or of another version. The check decides.
            return
        if answer.status_code in BUSY:
            raise Interrupted(f"the server says {answer.status_code} {answer.reason}")
        answer.raise_for_status()
        resumes = answer.status_code == requests.codes.partial_content
        if resumes and not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            part_file.unlink()
            raise Interrupted("the server sends another range than the one asked for")
        start = start if resumes else 0
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        bar = {"desc": f"download {part_file.stem}", "unit": "B", "unit_scale": True, "disable": None}
        with open(part_file, "ab" if resumes else "wb") as file, tqdm(total=total, initial=start, **bar) as progress:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                progress.update(len(chunk))
                if file.tell() > most_bytes:
                    part_file.unlink()
                    raise requests.RequestException(f"the file is longer than {most_bytes:,} bytes")


def size(path):
    """Return the size of a file in bytes, 0 if it is missing."""
    return path.stat().st_size if path.exists() else 0


def reason(fault):
    """Describe briefly why an attempt failed."""
    if isinstance(fault, requests.Timeout):
        return "no answer in time"
    if isinstance(fault, requests.exceptions.ChunkedEncodingError):
        return "the connection broke"
    if isinstance(fault, requests.ConnectionError):
        return "the server cannot be reached, or the connection broke"
    return str(fault)
