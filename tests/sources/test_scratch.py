"""Scratch folders: gone with their process, however it ends; nobody else's folder is touched."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from facelrp.sources import scratch
from facelrp.sources.scratch import Scratch, remove_stale

OWNER = """
import sys, time
from facelrp.sources.scratch import Scratch
scratch = Scratch()
(scratch.folder / "in.zip").write_bytes(bytes(1000))
print(scratch.folder, flush=True)
time.sleep(60)
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield tmp_path
    monkeypatch.setattr("tempfile.tempdir", None)


def start():
    """Start a process that owns a scratch folder; return both."""
    environment = os.environ | {"PYTHONPATH": str(Path(scratch.__file__).parents[2])}
    process = subprocess.Popen([sys.executable, "-c", OWNER], env=environment, stdout=subprocess.PIPE, text=True)
    return process, Path(process.stdout.readline().strip())


def kill(process, number):
    process.send_signal(number)
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_the_next_start_removes_what_a_killed_process_left(temporary, number):
    process, folder = start()
    assert (folder / "in.zip").exists()
    living = Scratch()
    assert folder.exists(), "its process runs"
    kill(process, number)
    assert folder.exists()
    last = Scratch()
    assert not folder.exists()
    assert living.folder.exists()
    living.remove()
    last.remove()
    assert list(temporary.iterdir()) == []


def test_a_child_keeps_the_folder_of_its_parent(temporary):
    """A forked worker still reads from it."""
    one = Scratch()
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    os.close(one._lock)
    remove_stale()
    assert one.folder.exists()
    os.close(writer)
    os.waitpid(child, 0)
    remove_stale()
    assert not one.folder.exists()


def test_other_folders_stay(temporary):
    elsewhere = temporary / "precious"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    stay = [
        "facelrp-backup",
        "facelrp-scratch-",
        "facelrp-scratch-my-own-files",
        "facelrp-scratch-abcdefghi",
        "scratch",
    ]
    for name in stay:
        (temporary / name).mkdir()
    (temporary / f"{scratch.PREFIX}abcdefgh").symlink_to(elsewhere)
    (temporary / f"{scratch.PREFIX}a_file_8").touch()
    os.mkfifo(temporary / f"{scratch.PREFIX}a_pipe_8")
    stale = temporary / f"{scratch.PREFIX}87654321"
    stale.mkdir()
    (stale / "link").symlink_to(elsewhere)
    before = set(os.listdir(temporary))
    remove_stale()
    assert set(os.listdir(temporary)) == before - {stale.name}
    assert (elsewhere / "file").exists()


def test_the_folders_of_other_users_stay(temporary, monkeypatch):
    theirs = temporary / f"{scratch.PREFIX}12345678"
    theirs.mkdir()
    with monkeypatch.context() as other:
        other.setattr("os.getuid", lambda: os.stat(temporary).st_uid + 1)
        remove_stale()
    assert theirs.exists()
    remove_stale()
    assert not theirs.exists()


def test_a_folder_taken_for_stale_before_it_is_locked_is_replaced(temporary, monkeypatch):
    made, make = [], scratch.tempfile.mkdtemp

    def taken(**options):
        made.append(make(**options))
        if len(made) == 1:
            remove_stale()
        return made[-1]

    monkeypatch.setattr(scratch.tempfile, "mkdtemp", taken)
    one = Scratch()
    assert [os.path.exists(path) for path in made] == [False, True]
    one.remove()


def test_a_file_system_without_locks_is_used_all_the_same(temporary, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    stale = temporary / f"{scratch.PREFIX}12345678"
    stale.mkdir()
    monkeypatch.setattr("fcntl.flock", refuse)
    one = Scratch()
    assert one.folder.is_dir()
    assert stale.is_dir()
    one.remove()
    assert not one.folder.exists()
    shutil.rmtree(stale)
