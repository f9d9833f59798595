"""The experiment that anybody can download: real faces, and look-alikes of the published networks from a server here.

The experiment is that of config.yaml, except for the number of faces, one attribute, the recipes, and the networks'
digests. Base models of all other sources join the two of Caffe: of torchvision, trained here, from an exported program,
and the real network of face-api. The last two are networks with branches.
"""

import hashlib
import io
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pandas as pd
import pytest
import torch
import torchvision
import yaml
from caffemodels import blob, levi_hassner_file, mean_image

from facelrp.networks import weights
from facelrp.networks.architectures import head_of, view_of

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
        "mine": {
            "source": "file",
            "file": "mine.pt2",
            "mean": [120, 110, 100],
            "std": [60, 60, 60],
            "head": "mlp",
        },
        "faces": {
            "source": "face_api",
            "weights": "face_recognition_model",
            "manifest": "face_recognition_manifest",
            "crop": 0.8,
        },
    },
    "figures": {"attractiveness": "happy"},
}
SOURCES = ["age", "faces", "gender", "imagenet", "mine", "own"]
#: The real network's files, beside this checkout.
FACE_API = {
    "face_recognition_model": "face_recognition_model.bin",
    "face_recognition_manifest": "face_recognition_model-weights_manifest.json",
}


def networks():
    """Networks of full size, and their mean image, by key in `archives`."""
    torch.manual_seed(1)
    torch.save(torchvision.models.alexnet(weights=None).state_dict(), file := io.BytesIO())
    return {
        "age_net": levi_hassner_file(8, seed=1, gain=0.001),
        "gender_net": levi_hassner_file(2, seed=2, gain=0.001),
        "levi_hassner_mean": blob(mean_image()[None]),
        "alexnet": file.getvalue(),
        **{name: (REAL_ARCHIVES / "face-api" / file).read_bytes() for name, file in FACE_API.items()},
    }


def save_program(path):
    """Save a network of four classes, for images of 64 pixels, as a program of torch.export."""
    network, images = torchvision.models.resnet18(num_classes=4).eval(), torch.zeros(2, 3, 64, 64)
    torch.export.save(torch.export.export(network, (images,), dynamic_shapes=({0: torch.export.Dim("images")},)), path)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Entries of `archives` for networks on a server here, and the list of files that it was asked for."""
    if not any(REAL_ARCHIVES.glob("omi-*.zip")) or not (REAL_ARCHIVES / "face-api").is_dir():
        pytest.skip("no real faces and networks beside this checkout")
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
def results(module_folder, server):
    """Table 1 of the experiment and the recommendation, by 40 faces."""
    archives, _ = server
    workflow = Workflow(module_folder, ["open.yaml"])
    torch.manual_seed(2)
    save_program(workflow.folder / "mine.pt2")
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
    classes = {base: pd.read_csv(results / "bases" / base / "classes.csv") for base in SOURCES}
    assert (classes["age"]["classes"] == 8).all()
    assert (classes["mine"]["classes"] == 4).all()
    # An embedding has no classes.
    assert (classes["faces"]["classes"] == 0).all()
    assert classes["faces"]["predicted"].isna().all()


def test_networks_with_branches_keep_their_view_and_head(results):
    for base, view, head in (("mine", (64, 1.0), "mlp"), ("faces", (150, 0.8), "linear")):
        network = weights.load(results / "networks" / base / "full" / "happy" / "weights.safetensors").module
        assert tuple(view_of(network).values()) == view
        assert head_of(network) == head


def test_all_heatmaps_are_on_the_grid_of_the_faces(results):
    maps = {base: np.load(results / "heatmaps" / base / "full" / "happy" / "relevance.npy") for base in SOURCES}
    assert {one.shape for one in maps.values()} == {(20, 227, 227)}
    ledger = pd.read_csv(results / "heatmaps" / "faces" / "full" / "happy" / "scores.csv")
    assert (ledger["conservation_error"] < 1e-3).all()
    # What the network does not see has no relevance.
    outside = np.ones((227, 227), bool)
    outside[23:204, 23:204] = False
    assert (maps["faces"][:, outside] == 0).all()
    assert (maps["mine"][:, outside] != 0).any()


def test_the_recommendation_ranks_all_of_them(results):
    table = pd.read_csv(results / "tables" / "recommendation.csv")
    assert sorted(table["base"]) == SOURCES
    assert table["cv_mae"].is_monotonic_increasing
    assert (table["cv_mae_low"] < table["cv_mae"]).all()
    assert table["low"].notna().sum() == len(SOURCES) - 1
    # Random features of 20 training faces: nothing tells the best from all others.
    assert table["sentence"][0].startswith("For happy no difference between")
