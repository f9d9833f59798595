"""Files of weights that this workflow did not write: one line, soon, whatever they hold."""

import json
import struct

import numpy as np
import pytest
import torch
from measuring import measured
from safetensors.torch import save_file

from facelrp.errors import InputError
from facelrp.networks import weights
from facelrp.networks.levi_hassner import levi_hassner

OURS = {"architecture": '"levi_hassner"', "mean": "[1, 2, 3]"}


@pytest.fixture(scope="module")
def state():
    return levi_hassner(2).state_dict()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.safetensors"


def refusal(path):
    """The only line of a file that cannot be loaded."""
    with pytest.raises(InputError) as caught:
        weights.load(path)
    message = str(caught.value)
    assert message.isprintable()
    assert message.startswith(str(path))
    assert len(message) < 1200
    return message


NESTED = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"format": "pt"}, "its metadata 'format' was not written by this workflow"),
        (OURS | {"format": "pt"}, "its metadata 'format'"),
        (OURS | {"license": "Apache 2.0\n\x1b[31m"}, "its metadata 'license'"),
        (OURS | {"empty": ""}, "its metadata 'empty'"),
        (OURS | {"\x1b\n" * 500: "x"}, "its metadata '\\x1b\\n"),
        (OURS | {"python": "{'a': True}"}, "its metadata 'python'"),
        (OURS | {"nested": NESTED}, "its metadata 'nested'"),
        (OURS | {"digits": "9" * 5000}, "its metadata 'digits'"),
        (OURS | {"ss_tag_frequency": '{"a": '}, "its metadata 'ss_tag_frequency'"),
        (None, "no architecture is called None"),
        ({}, "no architecture is called None"),
        *(
            (OURS | {"architecture": text}, "no architecture is called ")
            for text in ("null", "[]", '["levi_hassner"]', "{}", "1e999", "true", '"os:system"', f'"{"a" * 100_000}"')
        ),
        *(
            (OURS | {"mean": text}, "its mean is not three numbers")
            for text in (
                "[]",
                "[1, 2]",
                "[1, 2, 3, 4]",
                "[1, 2, NaN]",
                "[1, 2, 1e999]",
                "[true, 2, 3]",
                '["1", 2, 3]',
                "[[1], [2], [3]]",
                "{}",
                '"123"',
                "5",
                "false",
            )
        ),
        (OURS | {"mean": "null"}, "has no mean"),
    ],
)
def test_metadata_of_other_programs(path, state, metadata, expected):
    save_file(state, path, metadata)
    assert expected in refusal(path)


def test_metadata_of_any_json_is_kept(path, state):
    more = {"seed": "5", "list": '[1, null, "x"]', "text": '"é\\n"'}
    save_file(state, path, OURS | more)
    loaded = weights.load(path)
    assert loaded.mean == [1, 2, 3]
    assert loaded.metadata == {"seed": 5, "list": [1, None, "x"], "text": "é\n"}


CHANGES = {
    "none": lambda state: {"x": torch.zeros(1)},
    "one missing": lambda state: {name: value for name, value in state.items() if name != "conv2.bias"},
    "one more": lambda state: state | {"conv9.weight": torch.zeros(3)},
    "a name of control characters": lambda state: state | {"\n\x1b[31m" * 99: torch.zeros(3)},
    "names of another program": lambda state: {f"module.{name}": value for name, value in state.items()},
    "another shape": lambda state: state | {"conv1.weight": torch.zeros(96, 3, 5, 5)},
    "turned": lambda state: state | {"fc7.weight": state["fc7.weight"].reshape(-1)},
    "no outputs": lambda state: state | {"fc8.bias": torch.zeros(0), "fc8.weight": torch.zeros(0, 512)},
    "outputs of another number": lambda state: state | {"fc8.bias": torch.zeros(3)},
    "a bias without dimensions": lambda state: state | {"fc8.bias": torch.tensor(1.0)},
    "a bias of two dimensions": lambda state: state | {"fc8.bias": torch.zeros(2, 1)},
    **{
        f"all {kind}": lambda state, kind=kind: {name: value.to(kind) for name, value in state.items()}
        for kind in (torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.uint8, torch.float8_e4m3fn)
    },
    "one of float64": lambda state: state | {"conv1.bias": state["conv1.bias"].double()},
}


@pytest.mark.parametrize("kind", CHANGES)
def test_weights_of_other_networks(path, state, kind):
    save_file(CHANGES[kind](state), path, OURS)
    assert "does not hold a network of the architecture levi_hassner" in refusal(path)


@pytest.mark.parametrize(
    "mean",
    [
        torch.zeros(3),
        torch.zeros(227, 227, 3),
        torch.zeros(3, 227, 227, dtype=torch.float64),
        torch.zeros(3, 227, 227, dtype=torch.bfloat16),
        torch.full((3, 227, 227), np.nan),
        torch.full((3, 227, 227), np.inf),
        torch.zeros(0),
    ],
)
def test_mean_images_of_other_kinds(path, state, mean):
    save_file(state | {"mean": mean}, path, {"architecture": OURS["architecture"]})
    assert "its mean is not three numbers, or an image of numbers" in refusal(path)


def raw(header, body=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def one(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"__metadata__": OURS, "fc8.bias": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


BROKEN = {
    "empty": b"",
    "short": b"abc",
    "text": b"I am a text, and no network.\n" * 100,
    "a page": b"<!DOCTYPE html><html>",
    "no JSON": raw(b"{]"),
    "another JSON": raw([1, 2]),
    "no UTF-8": raw(b'{"\xff": 1}'),
    "deeply nested": raw(b"[" * 500_000),
    "a length of all ones": raw(b"{}", length=2**64 - 1),
    "a length of 2**63": raw(b"{}", length=2**63),
    "a length beyond the file": raw(b"{}", length=1000),
    "a long header": raw(b" " * (200 << 20)),
    "metadata of numbers": raw({"__metadata__": {"a": 1}}),
    "a list as metadata": raw({"__metadata__": ["a"]}),
    "cut short": raw(one(), b"1234"),
    "too long": raw(one(), bytes(99)),
    "offsets backwards": raw(one(offsets=(8, 0)), bytes(8)),
    "offsets far away": raw(one(offsets=(2**62, 2**62 + 8)), bytes(8)),
    "a negative offset": raw(one(offsets=(-8, 0)), bytes(8)),
    "a shape of other bytes": raw(one(shape=(5,)), bytes(8)),
    "a shape beyond all numbers": raw(one(shape=(2**40, 2**40)), bytes(8)),
    "no bytes in many rows": raw(one(shape=(0, 2**60), offsets=(0, 0))),
    "an unknown type": raw(one("X99"), bytes(8)),
    "numbers of four bits": raw(one("F4", (16,)), bytes(8)),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files(path, kind):
    path.write_bytes(BROKEN[kind])
    message = refusal(path)
    assert "cannot be read as safetensors" in message or "does not hold a network" in message


def test_a_folder_or_nothing(path):
    assert "cannot be read as safetensors" in refusal(path)
    path.mkdir()
    assert "cannot be read as safetensors" in refusal(path)


def test_large_foreign_files_are_not_read(path):
    """A file of 3 GB, most of it a hole, and a header of 200 MB: memory stays what torch itself takes."""
    imports, load = "from facelrp.networks import weights", "weights.load(sys.argv[1])"
    path.write_bytes(b"short")
    _, _, usual = measured(imports, load, path)
    for content, size in (
        (raw(one(shape=(750_000_000,), offsets=(0, 3_000_000_000))), 3_000_000_000),
        (BROKEN["a long header"], 0),
    ):
        with path.open("wb") as file:
            file.write(content)
            file.truncate(len(content) + size)
        message, seconds, peak = measured(imports, load, path)
        assert "safetensors: a header of" in message or "does not hold a network" in message
        assert seconds < 1
        assert peak < usual + (100 << 20)
