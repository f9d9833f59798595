"""The workflow is killed at random moments: it resumes as the README says, and ends in the same bytes."""

import os
import random
import signal
import subprocess
import time

import pytest

from .conftest import NETWORKS_AND_OCCLUSION, SMALL, TINY, Workflow
from .digests import digests, same_files


def kill_after(workflow, seconds, targets):
    """Start the workflow and kill it with all its jobs after some seconds; return whether it was still running."""
    with workflow.start(*targets, stdout=subprocess.DEVNULL, start_new_session=True) as running:
        time.sleep(seconds)
        at_work = running.poll() is None
        if at_work:
            os.killpg(running.pid, signal.SIGKILL)
    return at_work


def finish_after_kills(workflow, kills, targets, seed=1):
    """Kill the workflow this many times, unlock it after each, and then let it finish."""
    moments = random.Random(seed)
    for kill in range(kills):
        # One core and two in turn: results must depend on neither.
        workflow.where = ("--cores", str(1 + kill % 2))
        assert kill_after(workflow, moments.uniform(5, 15), targets), "it ended before it was killed"
        workflow.run("--unlock")
    workflow.where = ("--cores", "2")
    workflow.run(*targets)


@pytest.mark.parametrize(
    ("kills", "files", "targets", "undisturbed"),
    [
        pytest.param(3, SMALL, NETWORKS_AND_OCCLUSION, "small_results", id="3"),
        pytest.param(20, TINY, [], "results", id="20", marks=pytest.mark.endurance),
    ],
)
def test_killed_at_random_moments_it_ends_in_the_same_bytes(request, tmp_path, kills, files, targets, undisturbed):
    expected = request.getfixturevalue(undisturbed)
    workflow = Workflow(tmp_path, files)
    finish_after_kills(workflow, kills, targets)
    assert same_files(digests(tmp_path / "results" / expected.name), digests(expected), everything=not targets)
    assert "Nothing to be done" in workflow.run(*targets, "--dry-run")


@pytest.mark.endurance
def test_on_one_core_it_ends_in_the_same_bytes(tmp_path, results):
    workflow = Workflow(tmp_path, where=("--cores", "1"))
    workflow.run()
    assert digests(tmp_path / "results" / "tiny") == digests(results)


def test_after_ctrl_c_nothing_is_half_written_and_the_same_command_resumes(tmp_path):
    workflow, target = Workflow(tmp_path, SMALL), "results/small/faces/split.csv"
    folder = tmp_path / "results/small/faces/rated"
    # Processes started in the background ignore the signal by default.
    heed = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    with workflow.start(target, stdout=subprocess.PIPE, text=True, start_new_session=True, **heed) as running:
        waited_from = time.monotonic()
        log = tmp_path / "results/small/logs/prepare_faces/rated.log"
        while not (log.is_file() and "30 faces" in log.read_text()):
            assert time.monotonic() < waited_from + 120, "no face was drawn"
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGINT)
        said, _ = running.communicate(timeout=30)
    assert running.returncode != 0
    assert "Traceback" not in said
    assert [path.name for path in folder.glob("*")] == []
    assert not (tmp_path / target).exists()
    workflow.run(target)
    assert (tmp_path / target).is_file()
    assert "Nothing to be done" in workflow.run(target, "--dry-run")
