"""Heatmaps, occlusion and evaluation in two shards: the same bytes as in one."""

import pandas as pd
import pytest

from .conftest import Workflow
from .digests import digests

FOLDER = "results/sharded"
SPLIT = {
    "heatmaps/age/base": ("relevance.npy", "scores.csv", "ledger.csv"),
    "heatmaps/age/full/happy": ("relevance.npy", "scores.csv", "ledger.csv"),
    "heatmaps/age/full/attractive": ("relevance.npy", "scores.csv", "ledger.csv"),
    "occlusion/age/full": ("scores.csv", "relevance.csv"),
    "evaluation/age/full": ("perturbation.csv", "localisation.csv", "sanity.csv", "agreement.csv"),
}
TARGETS = [f"{FOLDER}/{folder}/{name}" for folder, names in SPLIT.items() for name in names]


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    return Workflow(tmp_path_factory.mktemp("shards"), ["tests/workflow/sharded.yaml"])


@pytest.fixture(scope="module")
def whole(workflow):
    """Digests of the results in one shard."""
    workflow.run(*TARGETS)
    return digests(workflow.folder / FOLDER)


def test_two_shards_give_the_bytes_of_one(workflow, whole):
    said = workflow.run(*TARGETS, "--config", "shards=2")
    assert said.count("for the whole test half") == 2 * 3
    assert digests(workflow.folder / FOLDER) == whole


def test_both_shards_have_work(workflow, whole):
    relevance = pd.read_csv(workflow.folder / FOLDER / "occlusion/age/full/relevance.csv")
    order = pd.read_csv(workflow.folder / FOLDER / "heatmaps/age/full/happy/scores.csv")["face_id"].tolist()
    places = relevance["face_id"].map(order.index)
    assert places.min() < 16 < places.max()


def test_more_shards_than_faces_allow_are_refused(workflow, whole):
    done = workflow.attempt(f"{FOLDER}/heatmaps/age/base/relevance.npy", "--config", "shards=4")
    assert done.returncode != 0
    assert "config key shards: 36 faces make 3 blocks of 16, too few for 4 shards — take 3 or fewer" in done.stdout
    assert "Traceback" not in done.stdout
