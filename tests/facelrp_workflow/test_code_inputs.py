"""Code as inputs of rules: everything a script imports, reduced to what runs."""

import json
import os

import pytest

from facelrp_workflow import code_inputs
from facelrp_workflow.code_inputs import CodeInputs

FILES = {
    "work.py": '"""Works."""\n\nfrom house import room\nfrom house.cellar import WINE  # a stock\nimport numpy\n',
    "other.py": "import numpy\n",
    "choosing.py": 'PLACES = {"guest": "house.guest:HERE", "a remark": "attic: BOX", "nobody": "house.loft:HERE"}\n',
    "house/__init__.py": "",
    "house/room.py": 'from .attic import BOX\n\n\ndef enter(what):\n    """Enter."""\n    return BOX, what\n',
    "house/attic.py": "BOX = 1\n",
    "house/cellar.py": "WINE = 2\n",
    "house/guest.py": "HERE = True\n",
}


@pytest.fixture
def scripts(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "scripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1e9, 1e9))
    return tmp_path / "scripts"


def kept(scripts, *names):
    """The copies of a script's modules: {name: (content, modification time)}."""
    folder = scripts.parent / "kept"
    paths = [folder / path for path in CodeInputs(scripts, folder)(*names)]
    return {str(path.relative_to(folder)): (path.read_text(), path.stat().st_mtime_ns) for path in paths}


def test_all_imports_are_found(scripts):
    assert list(kept(scripts, "work")) == [
        "house/__init__.py",
        "house/attic.py",
        "house/cellar.py",
        "house/room.py",
        "work.py",
    ]
    assert list(kept(scripts, "other")) == ["other.py"]
    assert list(kept(scripts, "other", "house.guest")) == ["house/__init__.py", "house/guest.py", "other.py"]


def test_references_to_modules_are_found(scripts):
    assert list(kept(scripts, "choosing")) == ["choosing.py", "house/__init__.py", "house/guest.py"]


def test_a_missing_module_is_named(scripts):
    with pytest.raises(ModuleNotFoundError, match=r"house\.loft"):
        kept(scripts, "work", "house.loft")


@pytest.mark.parametrize(
    "edit",
    [
        ("BOX = 1", "BOX = 1  # a remark"),
        ("BOX = 1", "# a remark\n\nBOX = (\n    1\n)"),
        ("BOX = 1", '"""A remark."""\n\nBOX = 1'),
        ("BOX = 1", 'OPTIONS = {"size": {"description": "Of the box."}}\nBOX = 1'),
    ],
)
def test_comments_and_declarations_may_change(scripts, edit):
    before = kept(scripts, "work")
    attic = scripts / "house/attic.py"
    attic.write_text(attic.read_text().replace(*edit))
    assert kept(scripts, "work") == before


def test_used_declarations_count(scripts):
    attic = scripts / "house/attic.py"
    attic.write_text('OPTIONS = {"columns": "a b"}\nBOX = OPTIONS["columns"].split()\n')
    before = kept(scripts, "work")
    attic.write_text(attic.read_text().replace("a b", "a c"))
    assert kept(scripts, "work") != before


def test_edited_code_is_kept_again(scripts):
    before = kept(scripts, "work")
    (scripts / "house/attic.py").write_text("BOX = 3\n")
    after = kept(scripts, "work")
    assert {name for name in after if after[name] != before[name]} == {"house/attic.py"}
    assert after["house/attic.py"][0] == "BOX = 3\n"
    assert after["house/attic.py"][1] > before["house/attic.py"][1]


def test_first_copies_are_no_newer_than_the_code(scripts):
    assert {time for _, time in kept(scripts, "work").values()} == {10**18}


def test_bare_code_does_the_same(scripts):
    text = kept(scripts, "work")["house/room.py"][0]
    assert "Enter" not in text
    assert "return (BOX, what)" in text


@pytest.mark.parametrize("damaged", [b"", b"BOX = ", b"\xff\xfe BOX", bytes(4096), b"BOX = 1\r\n", b"BOX = 1\n\n"])
def test_a_damaged_copy_is_replaced(scripts, damaged):
    before = kept(scripts, "work")["house/attic.py"]
    copy = scripts.parent / "kept/house/attic.py"
    copy.write_bytes(damaged)
    assert kept(scripts, "work")["house/attic.py"][0] == before[0]
    assert copy.read_bytes() == b"BOX = 1\n"


@pytest.fixture
def parsed(monkeypatch):
    """The names of all files that are parsed."""
    names, parse = [], code_inputs.parse
    monkeypatch.setattr(code_inputs, "parse", lambda path: names.append(path.name) or parse(path))
    return names


def test_only_new_sources_are_parsed(scripts, parsed):
    before = kept(scripts, "work")
    assert {*parsed} == {"__init__.py", "attic.py", "cellar.py", "room.py", "work.py"}
    parsed.clear()
    assert kept(scripts, "work") == before
    assert parsed == []
    (scripts / "house/cellar.py").write_text("from house.guest import HERE\n")
    assert kept(scripts, "work").keys() - before.keys() == {"house/guest.py"}
    assert {*parsed} == {"cellar.py", "guest.py"}


@pytest.mark.parametrize("damaged", [b"", b"[]", b"{", bytes(99), b'{"reader": 1, "sources": {"work.py": {}}}'])
def test_what_is_remembered_may_be_lost(scripts, damaged):
    before = kept(scripts, "work")
    (scripts.parent / "kept/.sources.json").write_bytes(damaged)
    assert kept(scripts, "work") == before
    assert json.loads((scripts.parent / "kept/.sources.json").read_text())["sources"].keys() == before.keys()


def test_another_reader_parses_again(scripts, parsed, monkeypatch):
    """Python's syntax trees, and what is left out of copies, change with versions."""
    kept(scripts, "work")
    parsed.clear()
    monkeypatch.setattr(code_inputs, "READER", ["another"])
    kept(scripts, "work")
    assert len({*parsed}) == 5
