"""Servers that mean harm, or are broken: the right file, or one line within bounded time and memory.

The server is a bare socket, so that it can send what no HTTP library would.
"""

import gzip
import hashlib
import os
import socket
import threading
import time

import pytest
from measuring import measured

from facelrp.errors import InputError
from facelrp.sources import downloads
from facelrp.sources.archives import check_file
from facelrp.sources.downloads import download, fetch
from facelrp.sources.servers import Patience

CONTENT = b"".join(hashlib.sha256(k.to_bytes(4, "big")).digest() for k in range(500))
SIZE = len(CONTENT)
PATIENCE = Patience(pauses=(0, 0), timeout=(2, 0.5), least_bytes=2000, window=0.4, total=5)


def answer(status, *headers, body=b""):
    """The bytes of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1") + body


def whole(asked):
    """A right answer to any range."""
    if not asked:
        return answer("200 OK", f"Content-Length: {SIZE}", body=CONTENT)
    rest = CONTENT[asked:]
    span = f"Content-Range: bytes {asked}-{SIZE - 1}/{SIZE}"
    return answer("206 Partial Content", f"Content-Length: {len(rest)}", span, body=rest)


def trickle(*start):
    """Start, and then a byte every now and then without end."""
    yield from start
    while True:
        yield 0.05
        yield b"1"


def endless(piece):
    while True:
        yield piece


class Server:
    """Sends one of ``answers`` to each request, and then right ones: bytes, or pieces with seconds between them."""

    def __init__(self):
        self.answers, self.always, self.asked = [], None, []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.url = f"http://{self.host}/file.zip"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection:
            head = b""
            while not head.endswith(b"\r\n\r\n") and (more := connection.recv(4096)):
                head += more
            ranges = [line for line in head.decode().split("\r\n") if line.startswith("Range: bytes=")]
            asked = int(ranges[0].removeprefix("Range: bytes=").removesuffix("-")) if ranges else 0
            self.asked.append(asked)
            chosen = self.answers.pop(0) if self.answers else self.always or whole
            chosen = chosen(asked) if callable(chosen) else chosen
            try:
                for piece in [chosen] if isinstance(chosen, bytes) else chosen:
                    time.sleep(piece) if isinstance(piece, float) else connection.sendall(piece)
            except OSError:
                pass  # the other side gave up

    def close(self):
        self._socket.close()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(downloads, "CHUNK", 1000)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    running = Server()
    yield running
    running.close()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "archives" / "file.zip"


def right(path):
    check_file(path, SIZE, hashlib.sha256(CONTENT).hexdigest())


def failure(url, target, within=1.5, **options):
    """The only line of a download that must fail, soon, and without the file."""
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        download(url, target, right, **{"patience": PATIENCE} | options)
    assert time.monotonic() - began < within
    message = str(caught.value)
    assert "\n" not in message
    assert "\x1b" not in message
    assert not target.exists()
    return message


# Slow servers.

SLOW = {
    "status": lambda asked: trickle(b"HTTP/1.1 20"),
    "headers": lambda asked: trickle(b"HTTP/1.1 200 OK\r\nX-A: "),
    "body": lambda asked: trickle(answer("200 OK", f"Content-Length: {SIZE}")),
    "body without a length": lambda asked: trickle(answer("200 OK")),
    "size of a chunk": lambda asked: trickle(answer("200 OK", "Transfer-Encoding: chunked")),
    "chunk": lambda asked: trickle(answer("200 OK", "Transfer-Encoding: chunked", body=b"ffff\r\n")),
    "page of a redirect": lambda asked: trickle(answer("302 Found", "Location: /slow")),
    "endless interim answers": lambda asked: endless(answer("100 Continue")),
    "endless interim headers": lambda asked: trickle(b"HTTP/1.1 100 Continue\r\n" + b"a: b\r\n" * 50),
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_server_is_given_up(server, target, kind):
    server.always = SLOW[kind]
    # Without a limit it would take for ever; a busy machine may take a few seconds.
    message = failure(server.url, target, within=3 * 0.4 + 5)
    assert "fewer than 2,000 bytes in 0.4 s" in message or "too many redirects" in message


def test_what_a_slow_server_sent_is_kept_and_resumed(server, target):
    server.answers = [lambda asked: trickle(answer("200 OK", f"Content-Length: {SIZE}", body=CONTENT[:5000]))]

    def rest(asked):  # the slow bytes are kept, too: the server must now say the same
        return trickle_rest(asked) if asked < 9000 else whole(asked)

    def trickle_rest(asked):
        yield answer("206 Partial Content", f"Content-Range: bytes {asked}-{SIZE - 1}/{SIZE}")
        yield CONTENT[asked:9500]
        while True:
            yield 0.05

    server.answers = [
        lambda asked: [answer("200 OK", f"Content-Length: {SIZE}", body=CONTENT[:5000]), 2.0],
        rest,
        rest,
    ]
    assert download(server.url, target, right, patience=PATIENCE).read_bytes() == CONTENT
    assert server.asked == [0, 5000, 9500]


def test_a_steady_server_may_take_longer_than_the_window(server, target):
    pieces = [CONTENT[k : k + 1000] for k in range(0, SIZE, 1000)]
    slowly = [answer("200 OK", f"Content-Length: {SIZE}"), *(x for piece in pieces for x in (piece, 0.06))]
    server.answers = [slowly]
    began = time.monotonic()
    download(server.url, target, right, patience=PATIENCE)
    assert time.monotonic() - began > 2 * PATIENCE.window
    assert server.asked == [0]


def test_all_attempts_together_have_a_deadline(server, target):
    """A file without end, of which each attempt brings enough to begin the pauses again."""
    server.always = lambda asked: answer(
        "206 Partial Content" if asked else "200 OK",
        f"Content-Range: bytes {asked}-{10**9 - 1}/{10**9}",
        f"Content-Length: {10**9 - asked}",
        body=bytes(2000),
    )
    patience = Patience(pauses=(0.05,), timeout=(1, 1), total=1)
    assert "not complete after 1 s" in failure(server.url, target, patience=patience)
    assert target.with_name("file.zip.part").stat().st_size >= 2000


def test_attempts_that_bring_almost_nothing_are_counted(server, target):
    server.always = lambda asked: (
        whole(asked)[: -SIZE + 1] if not asked else whole(asked)[: len(whole(asked)) - SIZE + asked + 1]
    )
    failure(server.url, target)
    assert server.asked == [0, 1, 2]


# Redirects.

PLACES = [
    "http://[::1/file",
    "http://[bad]/file",
    "http://",
    "http:///file",
    "http://.../",
    f"http://{'a' * 70}.example/",
    f"http://{'a.' * 200}example/",
    "http://127.0.0.1:99999999/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:port/",
    "http://exa mple/",
    "http://\x7f/",
    "http://*/",
    "http://xn--\xff/",
    "http://a%00b/",
    "//",
    "file:///etc/passwd",
    "ftp://127.0.0.1/file",
    "data:text/plain,hello",
    "mailto:root",
    "gopher://127.0.0.1/",
    "http+unix://%2Frun%2Fdocker.sock/",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("place", PLACES)
def test_redirects_to_nowhere_are_one_line(server, target, place, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", only_here(socket.getaddrinfo))
    server.always = answer("302 Found", f"Location: {place}", "Content-Length: 0")
    message = failure(server.url, target)
    assert "cannot be requested" in message or "cannot be reached" in message or "too many redirects" in message
    assert not list(target.parent.iterdir())


def only_here(resolve):
    """No name is looked up outside."""

    def look_up(host, *arguments, **options):
        if host not in ("127.0.0.1", b"127.0.0.1"):
            raise socket.gaierror(-2, "Name or service not known")
        return resolve(host, *arguments, **options)

    return look_up


def test_redirects_in_a_circle_are_one_line(server, target):
    server.always = answer("301 Moved", "Location: /file.zip", "Content-Length: 0")
    assert "too many redirects" in failure(server.url, target)


# Ranges, lengths, encodings: an answer, and what must come of it.


def partial(begin, end, total=SIZE, *headers, body=None):
    body = CONTENT[begin:end] if body is None else body
    span = f"Content-Range: bytes {begin}-{end - 1}/{total}"
    return answer("206 Partial Content", span, f"Content-Length: {len(body)}", *headers, body=body)


def chunked(body):
    return answer("200 OK", "Transfer-Encoding: chunked", body=body)


PACKED = gzip.compress(CONTENT)
#: {kind: (its answers, before right ones; bytes of the part left by an earlier call)}.
MENDED = {
    "unasked 206 of all": ([partial(0, SIZE)], 0),
    "unasked 206 of all, size unknown": ([partial(0, SIZE, "*")], 0),
    "unasked 206 of the start": ([partial(0, 100)], 0),
    "unasked 206 of the middle": ([partial(100, 200)], 0),
    "unasked 206 without a range": ([answer("206 Partial Content", "Content-Length: 5", body=b"hello")], 0),
    "206 of less than asked": ([partial(1000, 1100)], 1000),
    "206 from the beginning": ([partial(0, SIZE)], 1000),
    "206 of what comes later": ([partial(2000, SIZE)], 1000),
    "206 of several ranges": (
        [
            answer(
                "206 Partial Content",
                "Content-Type: multipart/byteranges; boundary=x",
                body=b"--x\r\n\r\nhello\r\n--x--",
            )
        ],
        1000,
    ),
    "206 that says less than it sends": ([partial(1000, 1100, SIZE, body=CONTENT[1000:])], 1000),
    "206 of another edition": ([partial(1000, SIZE, body=bytes(SIZE - 1000))], 1000),
    "range of words": ([answer("206 Partial Content", "Content-Range: bytes a-b/c", body=b"x")], 1000),
    "range backwards": ([answer("206 Partial Content", "Content-Range: bytes 1000-999/16000", body=b"x")], 1000),
    "range of many digits": (
        [answer("206 Partial Content", f"Content-Range: bytes {'9' * 5000}-1/1", body=b"x")],
        1000,
    ),
    "200 to a range": ([answer("200 OK", f"Content-Length: {SIZE}", body=CONTENT)], 1000),
    "416 to a part that is not whole": ([answer("416 Range Not Satisfiable", f"Content-Range: bytes */{SIZE}")], 1000),
    "416 with another size": ([answer("416 Range Not Satisfiable", "Content-Range: bytes */7")], 1000),
    "a length that is too large": ([answer("200 OK", f"Content-Length: {SIZE + 100}", body=CONTENT)], 0),
    "a length of words": ([answer("200 OK", "Content-Length: many", body=CONTENT)], 0),
    "a negative length": ([answer("200 OK", "Content-Length: -5", body=CONTENT)], 0),
    "a length of many digits": ([answer("200 OK", f"Content-Length: {'9' * 5000}", body=CONTENT)], 0),
    "chunks and a length": (
        [
            answer(
                "200 OK",
                "Content-Length: 3",
                "Transfer-Encoding: chunked",
                body=b"%x\r\n%b\r\n0\r\n\r\n" % (SIZE, CONTENT),
            )
        ],
        0,
    ),
    "chunks of garbage": ([chunked(b"zz\r\nhello\r\n")], 0),
    "a negative chunk": ([chunked(b"-5\r\nhello\r\n")], 0),
    "an enormous chunk": ([chunked(b"f" * 15 + b"\r\nhello")], 0),
    "a size of a chunk without end": ([chunked(b"1" * 200_000)], 0),
    "chunks that end early": ([chunked(b"5\r\nhel")], 0),
    "no last chunk": ([chunked(b"%x\r\n%b\r\n" % (SIZE, CONTENT))], 0),
    "no answer": ([b""], 0),
    "another protocol": ([b"SSH-2.0-OpenSSH_9.2\r\n"], 0),
    "a status of words": ([b"HTTP/1.1 abc OK\r\n\r\n"], 0),
    "a header without end": ([b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000], 0),
    "thousands of headers": ([answer("200 OK", *["X: y"] * 5000)], 0),
}


@pytest.mark.parametrize("kind", MENDED)
def test_broken_answers_are_mended_by_the_next(server, target, kind, capfd):
    server.answers, kept = list(MENDED[kind][0]), MENDED[kind][1]
    target.parent.mkdir()
    if kept:
        target.with_name("file.zip.part").write_bytes(CONTENT[:kept])
    assert download(server.url, target, right, patience=PATIENCE) == target
    assert target.read_bytes() == CONTENT
    assert os.listdir(target.parent) == ["file.zip"]
    assert not server.answers
    assert "Traceback" not in capfd.readouterr().err


REFUSED = {
    "416 without a range": (answer("416 Range Not Satisfiable"), "the server says 416 "),
    "gzip": (answer("200 OK", "Content-Encoding: gzip", body=PACKED), "compresses the file"),
    "brotli": (answer("200 OK", "Content-Encoding: br", body=PACKED), "compresses the file"),
    "gzip that is none": (answer("200 OK", "Content-Encoding: gzip", body=b"hello"), "compresses the file"),
    "gzip twice": (answer("200 OK", "Content-Encoding: gzip, gzip", body=PACKED), "compresses the file"),
    "a length that is too small": (answer("200 OK", "Content-Length: 99", body=CONTENT), "wrong file"),
    "two lengths": (answer("200 OK", "Content-Length: 5, 6", body=CONTENT), "cannot be requested"),
    "no content": (answer("204 No Content"), "the server says 204 No Content"),
    "choices": (answer("300 Multiple Choices", body=b"<html>"), "the server says 300 Multiple Choices"),
    "not modified": (answer("304 Not Modified"), "the server says 304 Not Modified"),
    "an unknown status": (answer("499 \x1b[31mred\x1b[0m"), "the server says 499 —"),
    "a status beyond all": (answer("999 whatever"), "the server says 999 —"),
    "too long, as announced": (answer("200 OK", f"Content-Length: {10**15}", body=CONTENT), "longer than 20,000 bytes"),
    "too long, in chunks": (chunked(b"ffff\r\n" + bytes(65535) + b"\r\n"), "longer than 20,000 bytes"),
    "too long, by its range": (partial(0, 100, 10**15), "longer than 20,000 bytes"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refuses_at_once_what_no_attempt_would_mend(server, target, kind):
    server.always, expected = REFUSED[kind]
    assert expected in failure(server.url, target, most_bytes=20_000)
    assert server.asked == [0]
    assert not list(target.parent.iterdir())


# Secrets of an address.

ERRORS = {
    "404": answer("404 Not Found"),
    "503": answer("503 Busy"),
    "garbage": b"garbage\r\n\r\n",
    "other bytes": answer("200 OK", "Content-Length: 5", body=b"hello"),
    "redirect to a signed address": answer("302 Found", "Location: /other?signature=hidden", "Content-Length: 0"),
    "redirect to nowhere": answer("302 Found", "Location: http://eve:hidden@[bad/?signature=hidden"),
    "drop": answer("200 OK", "Content-Length: 50", body=b"hello"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_no_message_shows_a_password(server, target, kind, caplog, capfd):
    server.always = ERRORS[kind]
    url = server.url.replace("http://", "http://user:hidden@") + "?token=hidden#hidden"
    with caplog.at_level("DEBUG", logger="facelrp"):
        message = failure(url, target)
    assert f"http://{server.host}/file.zip" in message
    assert "hidden" not in message + caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://user:hidden@host/x",
        "http://user:hidden@[bad/x",
        "http://user:hidden@/x",
        "HTTP://user:hidden@:/",
        "hidden",
    ],
)
def test_faulty_addresses_are_one_line_without_a_password(target, url):
    with pytest.raises(InputError) as caught:
        download(url, target, right, patience=PATIENCE)
    assert url == "hidden" or "hidden" not in str(caught.value)


def test_the_password_of_a_pinned_file_is_not_shown(tmp_path):
    (tmp_path / "net").write_bytes(b"stub")
    archive = {"file": "net", "url": "https://user:hidden@host/net?key=hidden", "bytes": 1000, "sha256": "0" * 64}
    with pytest.raises(InputError, match=r"put the file from https://host/net\?… there") as caught:
        fetch(archive, tmp_path)
    assert "hidden" not in str(caught.value)


def test_a_file_that_is_not_pinned_needs_no_check(server, tmp_path):
    assert fetch({"file": "net", "url": server.url}, tmp_path).read_bytes() == CONTENT


# What lies where the download is to be written.


def planted(kind, path, elsewhere):
    match kind:
        case "link":
            path.symlink_to(elsewhere)
        case "hard link":
            path.hardlink_to(elsewhere)
        case "link to nowhere":
            path.symlink_to(elsewhere.with_name("nowhere"))
        case "link to itself":
            path.symlink_to(path)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()


@pytest.mark.parametrize("name", ["file.zip.part", "file.zip"])
@pytest.mark.parametrize("kind", ["link", "hard link", "link to nowhere", "link to itself", "pipe", "folder"])
def test_nothing_is_written_through_a_link(server, target, name, kind):
    target.parent.mkdir()
    elsewhere = target.parent / "precious"
    elsewhere.write_bytes(b"precious")
    planted(kind, target.with_name(name), elsewhere)
    with pytest.raises(InputError, match=r"a link, a folder or a device .* — remove it") as caught:
        download(server.url, target, right, patience=PATIENCE)
    assert str(target.with_name(name)) in str(caught.value)
    assert elsewhere.read_bytes() == b"precious"
    assert os.path.lexists(target.with_name(name))
    assert sorted(os.listdir(target.parent)) == sorted([name, "precious"])
    assert server.asked == []


def test_a_link_planted_meanwhile_is_not_followed(server, target):
    target.parent.mkdir()
    elsewhere = target.parent / "precious"
    elsewhere.write_bytes(b"precious")

    def plant(asked):
        target.with_name("file.zip.part").symlink_to(elsewhere)
        return whole(asked)

    server.always = plant
    with pytest.raises(InputError, match="cannot be written"):
        download(server.url, target, right, patience=PATIENCE)
    assert elsewhere.read_bytes() == b"precious"


# Memory.

BOMB = gzip.compress(bytes(200 << 20), 1)
LARGE = {
    "the page of a redirect": lambda asked: iter([answer("302 Found", "Location: /"), *[bytes(1 << 20)] * 400]),
    "a page that says 404": lambda asked: iter([answer("404 Not Found"), *[bytes(1 << 20)] * 400]),
    "a compressed page": answer("302 Found", "Location: /", "Content-Encoding: gzip", body=BOMB),
    "chunks": lambda asked: iter(
        [answer("200 OK", "Transfer-Encoding: chunked", body=b"%x\r\n" % (1 << 40)), *[bytes(1 << 20)] * 400]
    ),
}
IMPORTS = """
from facelrp.sources.downloads import download
from facelrp.sources.servers import Patience
"""


@pytest.mark.parametrize("kind", LARGE)
def test_large_answers_take_little_memory(server, target, kind):
    server.always = LARGE[kind]
    call = "download(sys.argv[1], sys.argv[2], None, 20_000_000, Patience(pauses=()))"
    message, seconds, peak = measured(IMPORTS, call, server.url, target)
    assert "the download failed" in message
    assert seconds < 2
    assert peak < 200 << 20
