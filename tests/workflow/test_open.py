"""The experiment that anybody can download: real faces, and look-alikes of the published networks from a server here.

The experiment is that of config.yaml, except for the number of faces, the recipes, and the networks' digests.
"""

import hashlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pandas as pd
import pytest
import yaml
from caffemodels import blob, levi_hassner_file, mean_image

from .conftest import REAL_ARCHIVES, Workflow

#: Networks of full size, and their mean image, by key in `archives`.
NETWORKS = {
    "age_net": levi_hassner_file(8, seed=1, gain=0.001),
    "gender_net": levi_hassner_file(2, seed=2, gain=0.001),
    "levi_hassner_mean": blob(mean_image()[None]),
}
#: For networks that were never trained: with more, they diverge.
SHORT = {"epochs": 1, "learning_rate": 1e-7}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server with the networks, and the list of files that it was asked for."""
    folder, asked = tmp_path_factory.mktemp("served"), []
    for name, content in NETWORKS.items():
        (folder / name).write_bytes(content)

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", asked
        running.shutdown()


@pytest.fixture(scope="module")
def results(tmp_path_factory, server):
    """Table 1 of the experiment, by 40 faces."""
    if not any(REAL_ARCHIVES.glob("omi-*.zip")):
        pytest.skip("no archives of real faces beside this checkout")
    address, _ = server
    workflow = Workflow(tmp_path_factory.mktemp("open"), ["open.yaml"])
    (workflow.folder / "archives").mkdir()
    for path in (*REAL_ARCHIVES.glob("omi-*.zip"), REAL_ARCHIVES / "face_landmarker.task"):
        (workflow.folder / "archives" / path.name).symlink_to(path)
    archives = {
        name: {"url": f"{address}/{name}", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in NETWORKS.items()
    }
    settings = {
        "experiment": "open",
        "compute": {"device": "cpu", "precision": "float32", "threads": 1},
        "archives": archives,
        "recipes": {"dense_layers": SHORT, "photo_full": SHORT},
        "experiments": {"open": {"faces": {"rated": {"first_faces": 40}}}},
    }
    (workflow.folder / "open.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    workflow.run("results/open/tables/table1.csv", "--config", "allow_missing=true")
    return workflow.folder / "results" / "open"


def test_each_network_is_downloaded(results, server):
    _, asked = server
    assert sorted(set(asked)) == sorted(f"/{name}" for name in NETWORKS)


def test_all_networks_are_made_from_them(results):
    table = pd.read_csv(results / "tables" / "table1.csv")
    assert len(table) == 16
    assert set(table["base"]) == {"age", "gender"}
    assert table["mae"].between(0, 8).all()
    # The published networks' classes; a network of 40 faces and one epoch knows little more than the mean.
    classes = pd.read_csv(results / "bases" / "age" / "classes.csv")
    assert (classes["classes"] == 8).all()
    assert (table["mae"] < 2 * table["mae_baseline"]).all()
