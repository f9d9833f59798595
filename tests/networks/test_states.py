"""Files called ``.pth``: tensors by name, or one line; nothing else is unpickled, and no program runs."""

import io
import os
import pickle
import random
import struct
import warnings
import zipfile

import pytest
import torch
from measuring import measured

from facelrp.errors import InputError
from facelrp.networks.states import OLDER, read_state

STATE = {"features.0.weight": torch.arange(6.0).reshape(2, 3), "bias": torch.ones(3)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.pth"


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def older(value):
    return saved(value, _use_new_zipfile_serialization=False)


def refusal(path):
    with warnings.catch_warnings(record=True) as warned, pytest.raises(InputError) as caught:
        read_state(path)
    assert not warned
    message = str(caught.value)
    assert message.isprintable()
    assert message.startswith(str(path))
    return message


@pytest.mark.parametrize("write", [saved, older])
def test_reads_both_formats_of_torch(path, write):
    path.write_bytes(write(STATE))
    state = read_state(path)
    assert state.keys() == STATE.keys()
    assert all(torch.equal(state[name], STATE[name]) for name in STATE)


class Program:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def programs(marker):
    yield Program(os.system, f"touch {marker}")
    yield Program(os.mkdir, str(marker))
    yield Program(exec, f"open({str(marker)!r}, 'w')")
    yield Program(eval, f"open({str(marker)!r}, 'w')")
    yield Program(torch.load, str(marker))
    yield Program(open, str(marker), "w")
    yield Program(getattr, "", "join")


@pytest.mark.parametrize("write", [saved, older, pickle.dumps, lambda value: OLDER + pickle.dumps(value, 2)])
def test_no_program_runs(path, tmp_path, write):
    marker = tmp_path / "ran"
    for program in programs(marker):
        path.write_bytes(write({"features.0.weight": program}))
        assert "cannot be read as tensors by name" in refusal(path)
        assert not marker.exists()


TEXTS = {
    "nothing": b"",
    "a text": b"hello world\n",
    "German": "Größe über alles\n".encode(),
    "Latin-1": "Größe\n".encode("latin-1"),
    "a page": b"<!DOCTYPE html><html>404</html>",
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    "JSON": b'{"weights": [1, 2]}',
    "CSV": b"a,b\n1,2\n",
    "opcodes": b"0000",
    "a tar": b"./" + bytes(98) + b"0000644\0" + bytes(149) + b"ustar  \0" + bytes(2000),
    "gzip": b"\x1f\x8b\x08\0" + bytes(99),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(99),
    "safetensors": struct.pack("<Q", 2) + b"{}",
    "zip": b"PK\x03\x04" + bytes(99),
    "PyTorch, older": OLDER,
    "PyTorch, older, cut short": older(STATE)[:-20],
    "PyTorch, cut short": saved(STATE)[:-200],
}


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_and_other_formats(path, kind):
    path.write_bytes(TEXTS[kind])
    message = refusal(path)
    assert "cannot be read as tensors by name" in message or "not a complete zip archive" in message


VALUES = {
    "a list": [torch.ones(1)],
    "a tensor": torch.ones(1),
    "a number": 5,
    "a checkpoint": {"model": STATE, "epoch": 3},
    "numbers": {"bias": 1.0},
    "integers": {"bias": torch.ones(3, dtype=torch.int64)},
    "half": {"bias": torch.ones(3).half()},
    "double": {"bias": torch.ones(3).double()},
    "complex": {"bias": torch.ones(3, dtype=torch.complex64)},
    "sparse": {"bias": torch.eye(3).to_sparse()},
    "no memory": {"bias": torch.ones(3, device="meta")},
}


@pytest.mark.parametrize("kind", VALUES)
def test_other_values(path, kind):
    path.write_bytes(saved(VALUES[kind]))
    message = refusal(path)
    assert "does not hold tensors by name" in message or "cannot be read as tensors by name" in message


def test_damaged_files_are_right_or_one_line(path):
    """Older files have no checksums: their numbers may differ, their types may not."""
    draw, refused = random.Random(3), 0
    for write in (saved, older):
        good = write(STATE)
        for _ in range(300):
            raw = bytearray(good)
            for _ in range(draw.choice((1, 1, 3))):
                raw[draw.randrange(len(raw))] = draw.choice(
                    (0, 0x28, 0x2E, 0x30, 0x52, 0x7F, 0xFF, draw.randrange(256))
                )
            path.write_bytes(raw)
            try:
                state = read_state(path)
            except InputError as fault:
                refused += 1
                last = str(fault)
                continue
            assert all(value.dtype is torch.float32 for value in state.values())
    assert refused > 100
    assert last.isprintable()


def compressed():
    """A file of torch whose pickle is 400 MB of zeros, compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("archive/data.pkl", bytes(400 << 20))
    return buffer.getvalue()


HEAVY = {
    "compressed": compressed,
    "a long text": lambda: OLDER + b"\x80\x02M\xe9\x03.X\xff\xff\xff\x7f",
    "many opening brackets": lambda: OLDER + b"(" * 1_000_000,
    "tuples in each other": lambda: OLDER + b")" + b"\x85" * 300_000 + b".",
    "lists of lists": lambda: OLDER + b"]" + b"q\0(h\0h\0e" * 1000 + b".",
}


IMPORTS = """
from facelrp.networks.states import read_state
def refuse(path):
    try:
        read_state(path)
    except InputError:
        pass
    else:
        raise AssertionError(path)
"""


def test_heavy_files_are_refused_soon(tmp_path):
    (tmp_path / "short").write_bytes(b"short")
    for kind, write in HEAVY.items():
        (tmp_path / kind).write_bytes(write())
    call = "for path in sys.argv[1:]: refuse(path)"
    _, _, usual = measured(IMPORTS, call, tmp_path / "short")
    _, seconds, peak = measured(IMPORTS, call, *(tmp_path / kind for kind in HEAVY))
    assert seconds < 1 * len(HEAVY)
    assert peak < usual + (200 << 20)
