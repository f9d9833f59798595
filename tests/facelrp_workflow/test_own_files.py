"""The user's own files: changes of content and names are seen, whatever their times; nothing else is."""

import os
import shutil
from functools import partial

import pytest

from facelrp.sources.folders import files_below
from facelrp_workflow.own_files import OwnFiles


@pytest.fixture
def folder(tmp_path):
    for name in ("faces/a.jpg", "faces/deep/b.jpg", "faces/ratings.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "faces"


@pytest.fixture
def stamp(tmp_path, folder):
    """A function: the content and the time of what stands for the folder now."""

    def read():
        path = OwnFiles(tmp_path / "own", {"mine": partial(files_below, folder)})("mine")
        status = os.stat(path)
        with open(path, "rb") as file:
            return file.read(), status.st_mtime_ns, status.st_ino

    return read


def replace_by_older(path):
    """As `cp -p` of a backup: another content, an older time."""
    backup = path.with_name(".backup")
    backup.write_bytes(b"older" + path.read_bytes())
    os.utime(backup, (1e9, 1e9))
    shutil.copy2(backup, path)


def keep_size_and_time(path):
    """As rsync's --inplace --times of a file of the same size and time."""
    status = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


CHANGES = {
    "another content": lambda folder: (folder / "a.jpg").write_bytes(b"new"),
    "an older file": lambda folder: replace_by_older(folder / "a.jpg"),
    "the same size and time": lambda folder: keep_size_and_time(folder / "deep/b.jpg"),
    "another name": lambda folder: (folder / "a.jpg").rename(folder / "c.jpg"),
    "two files swapped": lambda folder: (
        (folder / "a.jpg").rename(folder / ".t"),
        (folder / "deep/b.jpg").rename(folder / "a.jpg"),
        (folder / ".t").rename(folder / "deep/b.jpg"),
    ),
    "one more": lambda folder: (folder / "d.jpg").touch(),
    "one less": lambda folder: (folder / "deep/b.jpg").unlink(),
    "a name that is no pattern": lambda folder: (folder / "a{1}.jpg").touch(),
    "a name that is no UTF-8": lambda folder: open(os.fsencode(folder) + b"/\xe9.jpg", "wb").close(),
}
NO_CHANGES = {
    "touched": lambda folder: (folder / "a.jpg").touch(),
    "dated in the future": lambda folder: os.utime(folder / "a.jpg", (4e9, 4e9)),
    "a copy": lambda folder: (
        (shutil.copytree(folder, folder.parent / "copy"), shutil.rmtree(folder))
        and (folder.parent / "copy").rename(folder)
    ),
    "a hidden file": lambda folder: (folder / ".DS_Store").touch(),
    "a link back": lambda folder: (folder / "loop").symlink_to("."),
    "an empty folder": lambda folder: (folder / "empty").mkdir(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_contents_or_names_is_seen(stamp, folder, change):
    before = stamp()
    change(folder)
    assert stamp()[0] != before[0]


@pytest.mark.parametrize("change", NO_CHANGES.values(), ids=NO_CHANGES)
def test_other_changes_leave_it_untouched(stamp, folder, change):
    before = stamp()
    change(folder)
    assert stamp() == before


def test_a_damaged_cache_is_of_no_consequence(stamp, folder, tmp_path):
    before = stamp()
    (tmp_path / "own/mine.cache.json").write_text("{")
    assert stamp() == before


def test_only_files_that_are_asked_for_are_looked_at_and_once(tmp_path, folder):
    looked = []
    sets = {name: lambda name=name: looked.append(name) or files_below(folder) for name in ("mine", "other")}
    own = OwnFiles(tmp_path / "own", sets)
    assert sorted(os.listdir(tmp_path / "own")) == ["mine.json", "other.json"]
    assert own("mine") == own("mine") == str(tmp_path / "own/mine.json")
    assert looked == ["mine"]
    assert (tmp_path / "own/other.json").read_text() == "{}"


def test_a_job_does_not_look(tmp_path, folder, stamp):
    before = stamp()
    (folder / "a.jpg").unlink()
    path = OwnFiles(tmp_path / "own", {"mine": lambda: pytest.fail("it looked")}, look=False)("mine")
    with open(path, "rb") as file:
        assert file.read() == before[0]
