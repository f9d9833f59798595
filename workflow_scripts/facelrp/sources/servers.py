"""What a server may do other than send a file: be silent or slow, refuse, answer something else."""

import http
import http.client
import re
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass

import requests

#: Status codes of a temporary failure.
BUSY = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes
    ----------
    pauses : tuple of float
        Seconds to wait before each new attempt. When `CHUNK` more bytes than ever before have arrived, the list starts
        again.
    timeout : tuple of float
        Seconds to wait for a connection, and for the next bytes.
    least_bytes, window : int, float
        An attempt ends if fewer bytes than ``least_bytes`` arrive in ``window`` seconds, from its very beginning.
    total : float
        Longest time of all attempts together, in seconds.
    """

    pauses: tuple = (1, 2, 4, 8, 16)
    timeout: tuple = (20, 60)
    least_bytes: int = 300_000
    window: float = 60
    total: float = 24 * 3600


PATIENCE = Patience()


class Interrupted(Exception):
    """An attempt ended before the file was complete, and a new attempt may succeed."""


class Refused(Exception):
    """The server does not provide the file, and a new attempt would not help."""


def span(answer):
    """Return the first byte of an answer, the byte after its last one, and the file's size; None if not known."""
    status = answer.status_code
    if status not in (requests.codes.ok, requests.codes.partial_content):
        known = {code.value: code.phrase for code in http.HTTPStatus}
        kind = Interrupted if status in BUSY else Refused
        raise kind(f"the server says {status} {known.get(status, '')}".rstrip())
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused("the server compresses the file, although it was asked not to")
    if status == requests.codes.partial_content:
        stated = answer.headers.get("Content-Range", "")
        numbers = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", stated, re.IGNORECASE | re.ASCII)
        begin, last = (int(numbers[1]), int(numbers[2])) if numbers else (-1, -1)
        return begin, last + 1, None if numbers is None or numbers[3] == "*" else int(numbers[3])
    length = re.fullmatch(r"\d{1,18}", answer.headers.get("Content-Length", ""), re.ASCII)
    total = int(length[0]) if length and "Transfer-Encoding" not in answer.headers else None
    return 0, total, total


@contextmanager
def least_rate(patience, deadline):
    """Raise Interrupted in the block if too few bytes arrive, or at the deadline: also while the server is silent.

    Yields
    ------
    callable
        To be called with the number of bytes that have arrived.
    """
    arrived = 0

    def stop(*_):
        raise Interrupted(f"fewer than {patience.least_bytes:,} bytes in {patience.window:g} s")

    def wait():
        left = max(deadline - time.monotonic(), 0.01)
        # Once more every few seconds, in case that Python drops an exception, as it does in destructors.
        signal.setitimer(signal.ITIMER_REAL, min(patience.window, left), 5)

    def count(number):
        nonlocal arrived
        arrived += number
        if arrived >= patience.least_bytes:
            arrived = 0
            wait()

    previous = signal.signal(signal.SIGALRM, stop)
    try:
        wait()
        yield count
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@contextmanager
def network_faults():
    """Raise `Interrupted` or `Refused` for what requests raises; its own messages show whole addresses."""
    try:
        yield
    except requests.Timeout as fault:
        raise Interrupted("no answer in time") from fault
    except requests.ConnectionError as fault:
        raise Interrupted("the server cannot be reached, or the connection broke") from fault
    except requests.TooManyRedirects as fault:
        raise Refused("too many redirects") from fault
    # Some malformed addresses pass requests' own checks.
    except (requests.RequestException, ValueError) as fault:
        raise Refused("the address, or the one that the server redirects to, cannot be requested") from fault
    except (requests.exceptions.BaseHTTPError, http.client.HTTPException) as fault:
        raise Interrupted("the connection broke") from fault
