"""The message of a script that cannot continue."""

import contextlib
import logging
import os
import subprocess
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from facelrp.errors import InputError
from facelrp.networks import weights
from facelrp.networks.levi_hassner import levi_hassner
from facelrp_workflow.checkpoint import Checkpoint
from facelrp_workflow.files import new_array, replacing, write_table
from facelrp_workflow.job import job
from facelrp_workflow.ownership import Mark


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # a failed array may still be mapped


def fill_array(folder):
    with new_array(folder / "array.npy", (3, 1000, 1000), np.float32) as array:
        array[:] = 1


def save_checkpoint(folder):
    checkpoint = Checkpoint(folder / "weights", "", None, interval=0)
    checkpoint.save(lambda: {"history": torch.zeros(10**6)})


def save_weights(folder):
    with replacing(folder / "weights") as partial:
        weights.save(partial, levi_hassner(1), [0.0, 0.0, 0.0])


WRITERS = {
    "array": fill_array,
    "table": lambda folder: write_table(folder / "table.csv", pd.DataFrame({"number": np.arange(10**6)})),
    "weights": save_weights,
    "checkpoint": save_checkpoint,
}


def said(tmp_path, work):
    """Run work as a job; return its last line, which is also in its log."""
    log = tmp_path / "job.log"
    with pytest.raises(SystemExit) as ended, job(SimpleNamespace(log=[str(log)], rule="test", input={})):
        work()
    message = str(ended.value)
    assert log.read_text().splitlines()[-1].endswith(message.removeprefix("Error: "))
    assert "Traceback" not in log.read_text()
    return message


@pytest.mark.parametrize("kind", WRITERS)
def test_a_full_disk_is_one_line_and_leaves_nothing(small_disk, tmp_path, kind):
    message = said(tmp_path, lambda: WRITERS[kind](small_disk))
    assert message.startswith("Error: ")
    assert message.endswith(
        "No space left on device: nothing that was finished is lost — make room, and run the same command again"
    )
    assert os.listdir(small_disk) == []


@pytest.mark.parametrize("kind", WRITERS)
def test_a_write_protected_folder_is_one_line(small_disk, tmp_path, kind):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    message = said(tmp_path, lambda: WRITERS[kind](small_disk))
    assert f"{small_disk}/." in message
    assert "Read-only file system" in message
    assert message.endswith("make the folder writable for you, and run the same command again")


def test_finished_results_stay_when_the_disk_is_full(small_disk, tmp_path):
    write_table(small_disk / "table.csv", pd.DataFrame({"number": [1]}))
    said(tmp_path, lambda: write_table(small_disk / "table.csv", pd.DataFrame({"number": np.arange(10**6)})))
    assert (small_disk / "table.csv").read_text() == "number\n1\n"


def fill(folder):
    """Fill a file system to the last byte."""
    with open(folder / "filler", "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass


@pytest.mark.parametrize("when", ["before", "meanwhile", "before a fault"])
def test_a_log_on_a_full_disk_is_one_line(small_disk, tmp_path, capfd, when):
    """The job goes on, to its result or to its own message."""
    path, result = small_disk / "job.log", tmp_path / "result"
    if when == "before":
        fill(small_disk)
    with contextlib.suppress(SystemExit), job(SimpleNamespace(log=[str(path)], rule="test", input={})) as log:
        log.info("first")
        fill(small_disk)
        for number in range(500):
            log.info("line %d: %s", number, "x" * 100)
        result.write_text("done")
        if when == "before a fault":
            raise InputError("wrong", "table.csv", "correct it")
    printed = capfd.readouterr().err
    assert printed.count("\n") == 1
    assert f"{path}: cannot be written (No space left on device)" in printed
    assert result.read_text() == "done"
    if when != "before":
        assert "first" in path.read_text()


@pytest.mark.parametrize("path", ["missing/job.log", ".", "/dev/full"])
def test_a_log_that_cannot_be_written_is_one_line(tmp_path, capfd, path):
    with job(SimpleNamespace(log=[str(tmp_path / path)], rule="test", input={})) as log:
        log.info("first")
    printed = capfd.readouterr().err
    assert printed.count("\n") == 1
    assert "cannot be written" in printed


def test_a_log_takes_names_that_are_no_utf8(tmp_path, capfd, monkeypatch):
    # pytest-xdist cannot send such names in its reports.
    monkeypatch.setattr(logging.getLogger("facelrp"), "propagate", False)
    with job(SimpleNamespace(log=[str(tmp_path / "job.log")], rule="test", input={})) as log:
        log.info("photograph %s", os.fsdecode(b"Gr\xf6\xdfe.jpg"))
    assert "photograph Gr\\udcf6\\udcdfe.jpg\n" in (tmp_path / "job.log").read_text()
    assert capfd.readouterr().err == ""


def test_other_errors_keep_their_traceback(tmp_path):
    log = tmp_path / "job.log"
    with pytest.raises(FileNotFoundError), job(SimpleNamespace(log=[str(log)], rule="test", input={})):
        (tmp_path / "nowhere").read_bytes()
    assert "Traceback" in log.read_text()


def test_results_of_code_changed_during_the_job_are_refused(tmp_path):
    """Snakemake looks at inputs after the job: the old code's results would pass for the new one's."""
    code, log = tmp_path / "code.py", tmp_path / "job.log"
    code.write_text("old")
    snakemake = SimpleNamespace(log=[str(log)], rule="finetune", input={"code": [str(code)]})
    with job(snakemake):
        pass
    assert log.read_text().endswith("done\n")
    with pytest.raises(SystemExit, match="the code was changed while this job ran"), job(snakemake):
        os.utime(code, ns=(0, 0))
    assert not log.read_text().endswith("done\n")


def test_ctrl_c_gives_no_traceback(tmp_path):
    def interrupted():
        raise KeyboardInterrupt

    assert said(tmp_path, interrupted) == "Interrupted: nothing that was finished is lost"


def test_a_job_that_was_started_again_writes_nothing_more(tmp_path):
    """As one that outlived its Snakemake, while the same job began again with other settings."""

    def work():
        with replacing(tmp_path / "result") as partial:
            partial.write_text("old")
            Mark(tmp_path / "job.log")  # the other job begins
            with replacing(tmp_path / "result") as other:
                assert other != partial
                other.write_text("new")

    # The inner writer stands for another process: only its mark is current.
    message = said(tmp_path, work)
    assert message.startswith("Error: ")
    assert "another job for the same results was started later" in message
    assert list(tmp_path.glob("*result*")) == []


def test_a_finished_job_leaves_neither_mark_nor_partial_files(tmp_path):
    (tmp_path / ".result.partial-0123abcd").write_text("of a killed job")
    with job(SimpleNamespace(log=[str(tmp_path / "job.log")], rule="test", input={})):
        with replacing(tmp_path / "result") as partial:
            partial.write_text("whole")
        assert sorted(path.name for path in tmp_path.iterdir()) == [".job.log.job", "job.log", "result"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.log", "result"]


def test_a_mark_that_was_cleared_away_stops_nobody(tmp_path):
    with job(SimpleNamespace(log=[str(tmp_path / "job.log")], rule="test", input={})):
        (tmp_path / ".job.log.job").unlink()
        write_table(tmp_path / "table.csv", pd.DataFrame({"number": [1]}))
    assert (tmp_path / "table.csv").read_text() == "number\n1\n"
