"""Downloads that go on where they stopped, and count only once they are checked."""

import logging
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import requests
from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.sources.archives import check_file, find_archive, plain_name

CHUNK = 1 << 16
#: Seconds to wait before each new attempt that gets no further than the one before.
PAUSES = (1, 2, 4, 8, 16)
#: Seconds to wait for a connection, and for the next bytes.
TIMEOUT = (20, 60)
#: Status codes of a server that may be better soon.
BUSY = {408, 425, 429, 500, 502, 503, 504}

log = logging.getLogger(__name__)


class Interrupted(Exception):
    """An attempt ended before all was there, for a reason that may pass."""


def fetch(archive, folder, check=None):
    """Return the path of a file in ``folder``, after downloading it there if need be.

    Parameters
    ----------
    archive : mapping
        ``file``: its name, in which ``*`` stands for anything; ``url``: where to download it, optional; ``bytes`` and
        ``sha256`` of the file, where they are known.
    folder : path
        The user's archives.
    check : callable, optional
        ``check(path)`` raises InputError where what was downloaded is not right, if size and sha256 are not known.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If it is not there and cannot be downloaded, or is not the expected file.
    """
    pin = (archive["bytes"], archive["sha256"], archive.get("url")) if "sha256" in archive else None
    path = find_archive(folder, archive["file"])
    if path is not None:
        if pin:
            check_file(path, *pin)
        return path
    if "url" not in archive:
        raise InputError("the archive is missing", Path(folder) / archive["file"], "put it there, or set archive_dir")
    limit = {"most_bytes": pin[0]} if pin else {}
    arrived = (lambda file: check_file(file, *pin)) if pin else check
    return download(archive["url"], Path(folder) / plain_name(archive["file"]), arrived, **limit)


def download(url, target, check, most_bytes=8 << 30, pauses=PAUSES, timeout=TIMEOUT):
    """Download a file.

    What has arrived is kept in ``<target>.part``, from which the next attempt, or the next call, goes on (HTTP Range).
    Only a file that passes ``check`` gets the name ``target``.

    Parameters
    ----------
    url : str
        http or https; redirects are followed.
    target : path
        Where the file shall lie; its folder is made.
    check : callable
        ``check(path)`` raises InputError if the file is not the right one.
    most_bytes : int
        A longer file is refused.
    pauses : sequence of float
        Seconds to wait before each repetition; they start anew whenever more has arrived than ever before.
    timeout : tuple of float
        Seconds to wait for a connection, and for the next bytes.

    Returns
    -------
    Path
        ``target``.

    Raises
    ------
    InputError
        If the server refuses, cannot be reached, or sends another file; nothing lies at ``target`` then.
    """
    target = Path(target)
    part = target.with_name(f"{target.name}.part")
    fix = f"download it by other means, and put it at {target}"
    if urlsplit(url).scheme not in ("http", "https"):
        raise InputError("not an http or https address", url, "correct the url")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with requests.Session() as session:
            for again in (True, False):
                spliced = receive(session, url, part, most_bytes, pauses, timeout)
                try:
                    check(part)
                    break
                except InputError as fault:
                    part.unlink()
                    # Put together from several answers, its beginning may be of another edition than its end.
                    if not (spliced and again):
                        raise InputError(f"what the server sends is not right: {fault.what}", url, fix) from fault
                    log.warning("%s: %s; starting again", url, fault.what)
        os.replace(part, target)
    except (requests.RequestException, Interrupted) as fault:
        raise InputError(f"the download failed: {reason(fault)}", url, fix) from fault
    except OSError as fault:
        fix = "set archive_dir to a folder with room to write"
        raise InputError(f"cannot be written ({fault.strerror})", target, fix) from fault
    return target


def receive(session, url, part, most_bytes, pauses, timeout):
    """Fill ``part`` in as many attempts as it takes; return whether it holds the bytes of several answers."""
    spliced, furthest, waits = False, size(part), list(pauses)
    while True:
        try:
            spliced |= size(part) > 0
            receive_rest(session, url, part, most_bytes, timeout)
            return spliced
        except (
            Interrupted,
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as fault:
            if size(part) > furthest:
                furthest, waits = size(part), list(pauses)
            if not waits:
                raise
            log.warning("%s: %s; again in %s s, from byte %d", url, reason(fault), waits[0], size(part))
            time.sleep(waits.pop(0))


def receive_rest(session, url, part, most_bytes, timeout):
    """Add what is still missing of ``part``, as far as one answer of the server goes."""
    start = size(part)
    # Compression in transit would make ranges of bytes meaningless.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with session.get(url, headers=headers, stream=True, timeout=timeout) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            # Nothing follows what is there: it is complete, or of another edition. The check will tell.
            return
        if answer.status_code in BUSY:
            raise Interrupted(f"the server says {answer.status_code} {answer.reason}")
        answer.raise_for_status()
        goes_on = answer.status_code == requests.codes.partial_content
        if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            part.unlink()
            raise Interrupted("the server sends another range than the one asked for")
        start = start if goes_on else 0
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        bar = {"desc": f"download {part.stem}", "unit": "B", "unit_scale": True, "disable": None}
        with open(part, "ab" if goes_on else "wb") as file, tqdm(total=total, initial=start, **bar) as progress:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                progress.update(len(chunk))
                if file.tell() > most_bytes:
                    part.unlink()
                    raise requests.RequestException(f"the file is longer than {most_bytes:,} bytes")


def size(path):
    """Return the size of a file in bytes, 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def reason(fault):
    """Return in few words why an attempt failed."""
    if isinstance(fault, requests.Timeout):
        return "no answer in time"
    if isinstance(fault, requests.exceptions.ChunkedEncodingError):
        return "the connection broke"
    if isinstance(fault, requests.ConnectionError):
        return "the server cannot be reached, or the connection broke"
    return str(fault)
