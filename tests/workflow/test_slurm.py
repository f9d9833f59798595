"""The experiment on a real SLURM cluster loses a node, a job and Snakemake itself, and still ends in the same files.

The cluster has several virtual nodes, started here by root with the Debian packages slurm-wlm and munge.
"""

import re
import signal

import pandas as pd
import pytest

from .conftest import NETWORKS_AND_OCCLUSION, SMALL, TINY, Workflow
from .digests import digests, same_files
from .slurm_cluster import Cluster

pytest.importorskip("snakemake_executor_plugin_slurm", reason="the extra `slurm` is not installed")
OBSTACLE = Cluster.obstacle()
pytestmark = [pytest.mark.slurm, pytest.mark.skipif(OBSTACLE is not None, reason=f"no SLURM cluster: {OBSTACLE}")]

# The profile for users, with other options for a small host: four jobs fill it and take about 20 seconds, so their
# status is checked after 8 seconds and then after 18 more; there is no database of jobs and accounts; and the base
# models stand in for jobs that need a GPU.
WHERE = [
    *("--workflow-profile", "profiles/slurm", "--jobs", "4", "--local-cores", "2", "--latency-wait", "5"),
    *("--slurm-init-seconds-before-status-checks", "8", "--slurm-status-command", "squeue", "--slurm-no-account"),
    *("--set-resources", "train_base:gpu=1"),
]
LOST_NODE = "n2"
#: Configuration, targets, and the fixture with undisturbed results. The tiny run computes everything for 8 networks.
RUNS = {
    "small": (SMALL, NETWORKS_AND_OCCLUSION, "small_results"),
    "tiny": (TINY, [], "results"),
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module", params=["small", pytest.param("tiny", marks=pytest.mark.endurance)])
def experiment(request):
    """One of RUNS."""
    return request.param


@pytest.fixture(scope="module")
def story(cluster, experiment, module_folder):
    """The finished experiment, and the jobs that were lost with a node, cancelled, or left running on either node."""
    configfiles, targets, _ = RUNS[experiment]
    workflow = Workflow(module_folder / experiment, configfiles, WHERE, {})

    def running(node, rule="finetune"):
        jobs = [job for job in cluster.jobs() if job["state"] == "RUNNING" and job["node"] == node]
        return [job for job in jobs if rule in job["comment"]]

    def again(jobs):
        """Whether each of these jobs ended and was submitted again."""
        comments = [job["comment"] for job in cluster.jobs()]
        return all(comments.count(job["comment"]) > 1 for job in jobs)

    log = workflow.folder / "first.log"
    with log.open("wb") as output, workflow.start(*targets, stdout=output) as first:
        try:
            cluster.wait(lambda: running("n1") and running(LOST_NODE), "networks on two nodes", 600)
            lost, (cancelled, *_) = running(LOST_NODE), running("n1")
            cluster.crash(LOST_NODE)
            # What is submitted again waits for the lost node: otherwise n1 may take all that is left.
            cluster.update("n1", "State=DRAIN", "Reason=test")
            cluster.call("scancel", cancelled["id"])
            cluster.wait(lambda: again([*lost, cancelled]), "lost and cancelled jobs to be submitted again", 180)
            cluster.start_node(LOST_NODE)
            cluster.wait(lambda: running(LOST_NODE, ""), "the node to take jobs again")
        finally:
            first.send_signal(signal.SIGKILL)
    # Jobs on the restarted node have just begun. Those on n1 may be almost done, end well in spite of scancel, and not
    # rerun.
    left, ending = running(LOST_NODE, ""), running("n1", "")

    # As the README says.
    cluster.update("n1", "State=RESUME")
    cluster.call("scancel", f"--name={re.search('SLURM run ID: (.*)', log.read_text())[1]}")
    assert "--unlock" in workflow.attempt(*targets).stdout
    workflow.run("--unlock")
    workflow.run(*targets)
    jobs = {"lost": lost, "cancelled": [cancelled], "left": left, "ending": ending}
    return {"folder": workflow.folder / "results" / experiment, **jobs}


def state(cluster, jobs):
    """The states that these jobs ended in."""
    ids = {job["id"] for job in jobs}
    return {job["state"] for job in cluster.jobs() if job["id"] in ids}


def test_jobs_ran_on_all_nodes_of_both_partitions(cluster, story):
    completed = pd.DataFrame(cluster.jobs()).query("state == 'COMPLETED'")
    nodes = completed.groupby("partition")["node"].agg(set).to_dict()
    assert nodes == {"cpu": {"n1", "n2"}, "gpu": {"n3"}}
    assert completed["comment"][completed["partition"] == "gpu"].str.contains("train_base").all()


def test_lost_jobs_ran_again(cluster, story):
    assert state(cluster, story["lost"]) == {"NODE_FAIL"}
    assert state(cluster, story["cancelled"]) == {"CANCELLED"}
    assert story["left"]
    assert state(cluster, story["left"]) <= {"CANCELLED", "COMPLETED"}
    completed = {job["comment"] for job in cluster.jobs() if job["state"] == "COMPLETED"}
    comments = {name: {job["comment"] for job in story[name]} for name in ("lost", "cancelled", "left", "ending")}
    assert comments["left"] <= completed
    assert comments["lost"] | comments["cancelled"] <= completed | comments["ending"]


def test_small_jobs_stay_on_the_submitting_host(cluster, story):
    comments = [job["comment"] for job in cluster.jobs()]
    assert not [comment for comment in comments if "draw_" in comment or "tabulate_" in comment]
    # Regression on all features takes minutes where faces are many.
    assert [comment for comment in comments if "fit_ridge" in comment]
    assert list(story["folder"].glob("tables/*.csv"))


def test_files_are_those_of_a_run_without_a_cluster(request, experiment, story):
    _, targets, undisturbed = RUNS[experiment]
    alone, there = digests(request.getfixturevalue(undisturbed)), digests(story["folder"])
    assert same_files(there, alone, everything=not targets)
