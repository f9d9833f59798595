"""The experiment that anybody can download: real faces, and look-alikes of the published networks from a server here.

The experiment is that of config.yaml, except for the number of faces, one attribute, the recipes, and the networks'
digests. A network of torchvision and one that is trained here join the two of Caffe: base models of three sources.
"""

import hashlib
import io
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pandas as pd
import pytest
import torch
import torchvision
import yaml
from caffemodels import blob, levi_hassner_file, mean_image

from .conftest import REAL_ARCHIVES, Workflow

#: For networks that were never trained: with more, they diverge.
SHORT = {"epochs": 1, "learning_rate": 1e-7}
#: What is left out of the experiment, and added to it.
CHANGES = {
    "faces": {"rated": {"first_faces": 40}},
    "attributes": ["happy"],
    "bases": {
        "imagenet": {"source": "torchvision", "architecture": "alexnet", "weights": "alexnet"},
        "own": {"source": "train", "target": "age", "classes": 2, "recipe": "photo_base"},
    },
    "figures": {"attractiveness": "happy"},
}
SOURCES = ["age", "gender", "imagenet", "own"]


def networks():
    """Networks of full size, and their mean image, by key in `archives`."""
    torch.manual_seed(1)
    torch.save(torchvision.models.alexnet(weights=None).state_dict(), file := io.BytesIO())
    return {
        "age_net": levi_hassner_file(8, seed=1, gain=0.001),
        "gender_net": levi_hassner_file(2, seed=2, gain=0.001),
        "levi_hassner_mean": blob(mean_image()[None]),
        "alexnet": file.getvalue(),
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Entries of `archives` for networks on a server here, and the list of files that it was asked for."""
    folder, asked, archives = tmp_path_factory.mktemp("served"), [], {}
    for name, content in networks().items():
        (folder / name).write_bytes(content)
        archives[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        for name, entry in archives.items():
            entry["url"] = f"http://127.0.0.1:{running.server_port}/{name}"
        yield archives, asked
        running.shutdown()


@pytest.fixture(scope="module")
def results(tmp_path_factory, server):
    """Table 1 of the experiment and the recommendation, by 40 faces."""
    if not any(REAL_ARCHIVES.glob("omi-*.zip")):
        pytest.skip("no archives of real faces beside this checkout")
    archives, _ = server
    workflow = Workflow(tmp_path_factory.mktemp("open"), ["open.yaml"])
    (workflow.folder / "archives").mkdir()
    for path in (*REAL_ARCHIVES.glob("omi-*.zip"), REAL_ARCHIVES / "face_landmarker.task"):
        (workflow.folder / "archives" / path.name).symlink_to(path)
    settings = {
        "experiment": "open",
        "compute": {"device": "cpu", "precision": "float32", "threads": 1},
        "archives": archives,
        "recipes": dict.fromkeys(("dense_layers", "photo_full", "photo_base"), SHORT),
        "experiments": {"open": CHANGES},
    }
    (workflow.folder / "open.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    workflow.run("results/open/tables/recommendation.csv", "--config", "allow_missing=true")
    return workflow.folder / "results" / "open"


def test_each_network_is_downloaded(results, server):
    archives, asked = server
    assert {*asked} == {f"/{name}" for name in archives}


def test_base_models_of_all_sources_are_fine_tuned(results):
    table = pd.read_csv(results / "tables" / "table1.csv")
    assert sorted(table["base"]) == [base for base in SOURCES for _ in ("dense", "full")]
    # Networks of 40 faces and one epoch know little more than the mean.
    assert (table["mae"] < 2 * table["mae_baseline"]).all()
    features = pd.read_csv(results / "bases" / "age" / "classes.csv")
    assert (features["classes"] == 8).all()


def test_the_recommendation_ranks_all_of_them(results):
    table = pd.read_csv(results / "tables" / "recommendation.csv")
    assert sorted(table["base"]) == SOURCES
    assert table["cv_mae"].is_monotonic_increasing
    assert (table["cv_mae_low"] < table["cv_mae"]).all()
    assert table["low"].notna().sum() == len(SOURCES) - 1
    # Random features of 20 training faces: nothing tells the best from all others.
    assert table["sentence"][0].startswith("For happy no difference between")
