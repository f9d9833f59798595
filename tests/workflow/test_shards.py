"""Heatmaps, occlusion and evaluation in two shards give the same bytes as in one."""

import shutil

import pandas as pd
import pytest

from .conftest import SMALL, Workflow
from .digests import digests

STAGES = ("heatmaps", "occlusion", "evaluation")
#: Computed from all files of the stages, in seconds.
MADE = (
    "findings.md",
    "tables/aptitude.csv",
    "tables/occlusion.csv",
    "figures/figure7.png",
    "evaluation/localisation.csv",
    "evaluation/uses.csv",
)
TARGETS = [f"results/small/{path}" for path in MADE]


@pytest.fixture(scope="module")
def workflow(module_folder, small_results):
    """The finished experiment without the stages that are split."""
    workflow = Workflow(module_folder, SMALL)
    for name in (".snakemake", "results"):
        shutil.copytree(small_results.parents[1] / name, workflow.folder / name, dirs_exist_ok=True)
    for stage in STAGES:
        shutil.rmtree(workflow.folder / "results/small" / stage / "age")
    return workflow


def test_two_shards_give_the_bytes_of_one(workflow, small_results):
    said = workflow.run(*TARGETS, "--printshellcmds", "--config", "shards=2")
    assert said.count("for the whole test set") == 2 * 5
    assert digests(workflow.folder / "results/small") == digests(small_results)


def test_both_shards_have_work(small_results):
    relevance = pd.read_csv(small_results / "occlusion/age/full/relevance.csv")
    order = pd.read_csv(small_results / "heatmaps/age/full/happy/scores.csv")["face_id"].tolist()
    rows = relevance["face_id"].map(order.index)
    assert rows.min() < 16 <= rows.max()


def test_too_many_shards_for_the_faces_are_refused(workflow):
    done = workflow.attempt("results/small/heatmaps/age/base/relevance.npy", "--config", "shards=3")
    assert done.returncode != 0
    assert "config key shards: 18 faces make 2 blocks of 16, too few for 3 shards — take 2 or fewer" in done.stdout
    assert "Traceback" not in done.stdout
