"""Downloads are tested against a local server that misbehaves in many ways.

==========================  ===================================================
The server                  Expected behaviour
==========================  ===================================================
sends the file              only the file is in the folder
redirects                   followed
says 503 first              requested again
drops the connection        resumed at the break, by Range
drops, and knows no Range   restarted; fails if it never completes
sends another range         restarted
refuses (404)               one message, not requested again
sends other bytes           refused; no file is left
sends another edition       the bytes of an earlier call are discarded
sends too much              refused; no file is left
never answers               fails; the bytes received are kept
redirects for ever          one message
==========================  ===================================================
"""

import hashlib
import io
import logging
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import fetch_archive
from facelrp.errors import InputError
from facelrp.sources import downloads
from facelrp.sources.archives import check_file, check_zip
from facelrp.sources.downloads import download
from facelrp.sources.servers import Patience

CONTENT = b"".join(hashlib.sha256(k.to_bytes(4, "big")).digest() for k in range(10_000))
QUICK = {"patience": Patience(pauses=(0, 0), timeout=(2, 0.5))}


class Server(ThreadingHTTPServer):
    """Serves `content`; makes one of `faults` after the other, and then no more."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.faults, self.ranges, self.requests = CONTENT, [], True, []
        self.closing = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/file.zip"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.requests.append(asked)
        fault = server.faults.pop(0) if server.faults else None
        if isinstance(fault, int):
            return self.answer(fault, {"Content-Length": "0"})
        if fault == "redirect":
            return self.answer(302, {"Location": server.url, "Content-Length": "0"})
        if fault == "silence":
            return server.closing.wait(10)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.ranges else 0
        if start and start >= len(server.content):
            return self.answer(416, {"Content-Length": "0"})
        sent = 0 if fault == "another range" else start
        body = server.content[sent:]
        headers = {"Content-Length": str(len(body))} if fault != "no length" else {}
        if start:
            headers["Content-Range"] = f"bytes {sent}-{len(server.content) - 1}/{len(server.content)}"
        self.answer(206 if start else 200, headers)
        self.wfile.write(body[: len(body) // 2] if fault == "drop" else body)

    def answer(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@pytest.fixture
def server(monkeypatch):
    # Received bytes are kept in pieces of this size; a broken piece is lost.
    monkeypatch.setattr(downloads, "CHUNK", 1000)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.closing.set()
        running.shutdown()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "archives" / "file.zip"


def right(path):
    check_file(path, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def names(target):
    return sorted(path.name for path in target.parent.iterdir())


@pytest.mark.parametrize(
    ("faults", "ranges", "requests"),
    [
        ([], True, [None]),
        (["no length"], True, [None]),
        (["redirect"], True, [None, None]),
        ([503], True, [None, None]),
        ([503, 429, "drop"], True, [None, None, None, "bytes=160000-"]),
        (
            ["drop", "drop", "drop", "drop"],
            True,
            [None, *(f"bytes={k}-" for k in (160_000, 240_000, 280_000, 300_000))],
        ),
        (["drop"], False, [None, "bytes=160000-"]),
        (["drop", "another range"], True, [None, "bytes=160000-", None]),
        (["silence"], True, [None, None]),
    ],
    ids=["plain", "no length", "redirect", "503", "busy and drop", "drops", "no ranges", "another range", "silence"],
)
def test_downloads(server, target, faults, ranges, requests):
    server.faults, server.ranges = faults, ranges
    assert download(server.url, target, right, **QUICK) == target
    assert target.read_bytes() == CONTENT
    assert names(target) == ["file.zip"]
    assert server.requests == requests


@pytest.mark.parametrize(
    ("faults", "message", "asked", "left"),
    [
        ([404], "404", 1, []),
        ([503] * 9, "503", 3, []),
        (["silence"] * 9, "no answer in time", 3, []),
        (["redirect"] * 99, "redirects", 31, []),
        (["drop", *[503] * 9], "503", 3, ["file.zip.part"]),
    ],
    ids=["404", "always busy", "always silent", "redirects for ever", "drop, then busy"],
)
def test_gives_up_with_one_message(server, target, faults, message, asked, left):
    server.faults = faults
    with pytest.raises(InputError, match=message) as caught:
        download(server.url, target, right, **QUICK)
    assert str(server.url) in str(caught.value)
    assert f"put it at {target}" in str(caught.value)
    assert len(server.requests) == asked
    assert names(target) == left


def test_fails_if_a_server_without_range_never_completes(server, target):
    server.faults, server.ranges = ["drop"] * 99, False
    with pytest.raises(InputError, match="the connection"):
        download(server.url, target, right, **QUICK)
    # The first request brought some bytes, the next two no more than that.
    assert len(server.requests) == 3


def test_resumes_where_an_earlier_call_stopped(server, target):
    target.parent.mkdir()
    (target.parent / "file.zip.part").write_bytes(CONTENT[:1000])
    download(server.url, target, right, **QUICK)
    assert server.requests == ["bytes=1000-"]
    assert target.read_bytes() == CONTENT


def test_takes_a_part_that_is_complete(server, target):
    target.parent.mkdir()
    (target.parent / "file.zip.part").write_bytes(CONTENT)
    download(server.url, target, right, **QUICK)
    assert server.requests == [f"bytes={len(CONTENT)}-"]
    assert names(target) == ["file.zip"]


@pytest.mark.parametrize("part", [b"another edition", bytes(len(CONTENT) + 5)], ids=["other bytes", "too long"])
def test_discards_a_part_of_another_edition(server, target, part):
    target.parent.mkdir()
    (target.parent / "file.zip.part").write_bytes(part)
    download(server.url, target, right, **QUICK)
    assert server.requests == [f"bytes={len(part)}-", None]
    assert target.read_bytes() == CONTENT


def test_refuses_other_bytes(server, target):
    server.content = CONTENT[:-1] + b"?"
    with pytest.raises(InputError, match="the server sends a wrong file: its sha256"):
        download(server.url, target, right, **QUICK)
    assert names(target) == []
    assert server.requests == [None]


def test_refuses_other_bytes_that_come_in_pieces(server, target):
    server.content, server.faults = CONTENT[:-1] + b"?", ["drop", None, "drop", None, "drop"]
    with pytest.raises(InputError, match="the server sends a wrong file"):
        download(server.url, target, right, **QUICK)
    assert names(target) == []
    assert len(server.requests) == 4


def test_refuses_a_web_page(server, target):
    server.content = b"<!DOCTYPE html><title>Sign in</title>"
    with pytest.raises(InputError, match="a web page"):
        download(server.url, target, check_zip, **QUICK)
    assert names(target) == []


def test_refuses_too_much(server, target):
    with pytest.raises(InputError, match="longer than 100,000 bytes"):
        download(server.url, target, right, most_bytes=100_000, **QUICK)
    assert names(target) == []


def test_refuses_other_schemes(target):
    with pytest.raises(InputError, match="not an http or https address"):
        download("file:///etc/passwd", target, right)
    assert not target.parent.exists()


def test_reports_an_unreachable_server(target, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(InputError, match="cannot be reached"):
        download(server.url, target, right, **QUICK)
    assert names(target) == []


def test_reports_a_folder_that_cannot_be_written(server, tmp_path):
    (tmp_path / "archives").write_text("a file where the folder should be")
    with pytest.raises(InputError, match=r"cannot be written.*archive_dir"):
        download(server.url, tmp_path / "archives" / "file.zip", right, **QUICK)


@pytest.mark.parametrize("pinned", [True, False])
def test_fetch_archive_downloads_a_missing_archive(server, tmp_path, pinned):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("top/a.txt", b"hello")
    server.content = buffer.getvalue()
    archive = {"file": "set-*.zip", "url": server.url}
    if pinned:
        archive |= {"bytes": len(server.content), "sha256": hashlib.sha256(server.content).hexdigest()}
    manifest = tmp_path / "set.sha256"
    manifest.write_text(f"{hashlib.sha256(b'hello').hexdigest()}  a.txt\n")
    for _ in range(2):
        fetch_archive.main(archive, manifest, tmp_path / "out", tmp_path / "archives", False, logging.getLogger("test"))
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"hello"
    assert (tmp_path / "archives" / "set-.zip").read_bytes() == server.content
    assert server.requests == [None], "the second time the archive exists"
