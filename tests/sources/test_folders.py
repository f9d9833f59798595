"""Every file once, however many links lead to it."""

import os
import subprocess

import pytest
from measuring import measured

from facelrp.errors import InputError
from facelrp.sources.folders import files_below

IMPORTS = """
from facelrp.sources.file_search import Files
from facelrp.sources.folders import files_below
from facelrp.sources.licensed import absences
"""


def tree(folder, *files):
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def names(folder, **options):
    """Paths below a folder, each once."""
    found = [path.relative_to(folder).as_posix() for path in files_below(folder, **options)]
    assert len(found) == len(set(found))
    return set(found)


def test_finds_files_in_folders_and_through_links(tmp_path):
    tree(tmp_path, "in/a.jpg", "in/b/c.jpg", "in/b/no suffix", "disk/d.jpg", "disk/e/f.jpg", "in/-rf/\udcff.jpg")
    (tmp_path / "in/link").symlink_to(tmp_path / "disk")
    (tmp_path / "in/g.jpg").symlink_to(tmp_path / "disk/d.jpg")
    expected = {"a.jpg", "b/c.jpg", "b/no suffix", "g.jpg", "link/d.jpg", "link/e/f.jpg", "-rf/\udcff.jpg"}
    assert names(tmp_path / "in") == expected
    (tmp_path / "also").symlink_to(tmp_path / "in")
    assert names(tmp_path / "also") == expected


def test_passes_over_what_is_hidden_or_no_file(tmp_path):
    tree(tmp_path, "a.jpg", ".b.jpg", ".c/d.jpg", "._e.jpg", "__MACOSX/f.jpg", "g/__MACOSX/h.jpg", "g/.i/j.jpg")
    (tmp_path / "nowhere.jpg").symlink_to("gone")
    (tmp_path / "itself.jpg").symlink_to("itself.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    assert names(tmp_path) == {"a.jpg"}
    assert names(tmp_path / "missing") == set()
    assert names(tmp_path / "a.jpg" / "b") == set()


@pytest.mark.parametrize("link", ["a", "z", "real/a", "real/z"])
@pytest.mark.parametrize("aim", [".", "..", "real", "/", "../.."])
def test_a_link_back_changes_nothing(tmp_path, link, aim):
    """``ln -s .``, or to any folder that holds the searched one, wherever it stands."""
    start = tmp_path / "here"
    tree(start, "real/m.jpg", "n.jpg")
    aim = aim if aim == "/" else os.path.relpath(start / aim, (start / link).parent)
    (start / link).symlink_to(aim)
    assert names(start) == {"real/m.jpg", "n.jpg"}


def test_two_links_to_one_folder_give_its_files_once(tmp_path):
    tree(tmp_path, "in/k/x.jpg", "disk/a.jpg")
    for link in ("l1", "l2", "k/l3"):
        (tmp_path / "in" / link).symlink_to(tmp_path / "disk")
    (tmp_path / "in/0").symlink_to("k")
    assert names(tmp_path / "in") == {"k/x.jpg", "l1/a.jpg"}
    (tmp_path / "disk/back").symlink_to(tmp_path / "in")
    assert names(tmp_path / "in") == {"k/x.jpg", "l1/a.jpg"}


def ladder(folder, steps=60):
    """Folders with two links each to the next: 2**60 paths."""
    for step in range(steps):
        tree(folder, f"{step}/{step}.jpg")
        for name in ("left", "right"):
            (folder / str(step) / name).symlink_to(folder / str(step + 1))


def mesh(folder, count=40):
    """Folders that all link to each other."""
    for one in range(count):
        tree(folder, f"{one}/{one}.jpg")
        for other in range(count):
            (folder / str(one) / f"to{other}").symlink_to(f"../{other}")


def deep(folder, depth=1500):
    """A folder at the end of a long path, with a link back from each."""
    here = folder
    for _ in range(depth):
        here = here / "d"
        here.mkdir()
        (here / "up").symlink_to("..")
    (here / "0.jpg").touch()


@pytest.mark.parametrize(("build", "count"), [(ladder, 60), (mesh, 40), (deep, 1)])
def test_mazes_of_links_are_walked_soon(tmp_path, request, build, count):
    # pytest cannot remove very deep folders itself.
    request.addfinalizer(lambda: subprocess.run(["rm", "-r", tmp_path], check=True))
    build(tmp_path)
    for call in (
        f"assert len(set(files_below(sys.argv[1]))) == {count}",
        f"assert len(list(Files(sys.argv[1]))) == {count}",
        "assert absences(['kdef'], sys.argv[1])",
    ):
        message, seconds, peak = measured(IMPORTS, call, tmp_path)
        assert message is None
        assert seconds < 1
        assert peak < 200 << 20


def test_the_number_of_files_and_folders_is_bounded(tmp_path):
    tree(tmp_path, *(f"{k}/a.jpg" for k in range(10)), *(f".{k}" for k in range(10)))
    assert len(names(tmp_path, most=30)) == 10
    with pytest.raises(InputError, match=r"more than 29 files and folders — name a folder with fewer"):
        names(tmp_path, most=29)
