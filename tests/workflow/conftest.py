"""Run the real program on the smallest experiments, in a copy of this checkout."""

import copy
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Experiments that pass through every rule, with 8 networks and with 4.
TINY, SMALL = (["tests/workflow/tiny.yaml"], ["tests/workflow/small.yaml"])
#: Files of the small experiment: the errors of its four networks and the occlusion of two, with all they depend on.
NETWORKS_AND_OCCLUSION = ["results/small/tables/table1.csv", "results/small/occlusion/age/full/scores.csv"]
#: Snakemake's plugin for SLURM asks for the cluster at every start, of every job too: if there is SLURM but no answer,
#: that takes ten seconds. Without a configuration it takes none.
NO_CLUSTER = {"SLURM_CONF": os.devnull}


class Workflow:
    """A copy of the checkout in which Snakemake runs, with the experiments of tiny.yaml or of other files.

    ``where`` holds the options that determine where jobs run, ``environment`` what processes know beside ours.
    """

    def __init__(self, folder, configfiles=TINY, where=("--cores", "2"), environment=NO_CLUSTER):
        self.folder, self.configfiles, self.where, self.environment = folder, configfiles, where, environment
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)

    def run(self, *arguments):
        """Run Snakemake; return its output, and fail the test with it if the run fails."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, done.stdout[-5000:]
        return done.stdout

    def attempt(self, *arguments):
        """Run Snakemake; return the finished process, with both of its outputs in one."""
        with self.start(*arguments, stdout=subprocess.PIPE, text=True) as process:
            output, _ = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def start(self, *arguments, **options):
        """Start Snakemake without waiting for it; return the process. Options are those of ``subprocess.Popen``."""
        # Targets come first: --config and --configfile would swallow them.
        settings = [*self.where, "--configfile", *self.configfiles]
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments, *settings],
            cwd=self.folder,
            env=os.environ | self.environment,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            **options,
        )


def dry_run(workflow, *overrides, settings=()):
    """What would run, as text, given further config files and settings on the command line."""
    workflow = copy.copy(workflow)
    workflow.configfiles = [*workflow.configfiles, *map(str, overrides)]
    return workflow.run("--dry-run", *settings)


def planned(workflow, *overrides, settings=()):
    """How many jobs of each rule would run, given further config files and settings on the command line."""
    said = dry_run(workflow, *overrides, settings=settings)
    if "Nothing to be done" in said:
        return {}
    table = said.rpartition("Job stats:")[2]
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}


def noticed(workflow, *overrides):
    """Which rules would run for a reason of their own, not because others run before, given further config files."""
    reasons = dry_run(workflow, *overrides).rpartition("\nReasons:\n")[2]
    found = re.findall(r"^    (\S.*):\n +(.+)$", reasons, re.MULTILINE)
    return {rule for reason, rules in found if "updated by another job" not in reason for rule in rules.split(", ")}


@pytest.fixture(scope="module")
def module_folder(tmp_path_factory):
    """A folder for the tests of one file, which goes with the last of them: pytest would keep it to the end."""
    folder = tmp_path_factory.mktemp("module")
    yield folder
    shutil.rmtree(folder)


#: Archives of real faces, if there are any beside the checkout.
REAL_ARCHIVES = ROOT.parent / "shared" / "data"
OMI = ("--config", "experiment=tinyomi", f"archive_dir={REAL_ARCHIVES}", "allow_missing=true")


@pytest.fixture(scope="session")
def workflow(tmp_path_factory):
    return Workflow(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def results(workflow):
    """The finished experiment on drawn faces."""
    workflow.run()
    return workflow.folder / "results" / "tiny"


@pytest.fixture(scope="session")
def small_results(tmp_path_factory):
    """The finished experiment that other tests run again: killed, on a cluster, in shards."""
    workflow = Workflow(tmp_path_factory.mktemp("small"), SMALL)
    workflow.run()
    return workflow.folder / "results" / "small"


@pytest.fixture(scope="session")
def omi_results(workflow):
    """The finished experiment on 40 real faces and 4 real people in two states."""
    if not any(REAL_ARCHIVES.glob("omi-*.zip")):
        pytest.skip("no archives of real faces beside this checkout")
    workflow.run(*OMI)
    return workflow.folder / "results" / "tinyomi"
