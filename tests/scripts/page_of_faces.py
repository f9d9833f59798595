"""An experiment of made-up faces, the page of its faces, and Chromium to open it."""

import json
import logging
import re
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from browsers import start_chromium
from job_files import Files

from facelrp.faces.parts import LABEL
from write_faces_page import main

ASSETS = Path(__file__).parents[2] / "workflow_scripts/facelrp/report/faces_page"
PATCHES = {
    "parts": ["mouth", "eyes"],
    "control": "forehead",
    "margin_pixels": 1,
    "softness_pixels": 0.5,
    "fill": "surroundings",
}
NETWORKS = [
    {"base": "age", "mode": mode, "attribute": attribute}
    for mode in ("dense", "full")
    for attribute in ("happy", "warm")
]
#: Side of the images in pixels.
SIDE = 27


def label_map():
    """A face of rectangles: a forehead, a cheek, two eyes and a mouth."""
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for part, rows, columns in (
        ("forehead", slice(3, 11), slice(4, 23)),
        ("right_cheek", slice(11, 25), slice(4, 23)),
        ("right_eye", slice(12, 15), slice(7, 11)),
        ("left_eye", slice(12, 15), slice(16, 20)),
        ("mouth", slice(19, 22), slice(9, 18)),
    ):
        labels[rows, columns] = LABEL[part]
    return labels


def write_experiment(folder, count, publishable=False):
    """Write the files of an experiment with twice as many faces, every second a test face; return a job's inputs."""
    generator = np.random.default_rng(1)
    names = [f"f{number:04d}" for number in range(2 * count)]
    table = pd.DataFrame({"face_id": names, "age": generator.integers(18, 80, 2 * count)})
    table["gender"] = np.tile([0.0, 0, 100, 100], count)[: 2 * count]
    for attribute in ("happy", "warm"):
        table[attribute] = generator.uniform(2, 8, 2 * count)
    if publishable:
        table["publishable"] = np.arange(2 * count) % 3 > 0
    table.to_csv(folder / "faces.csv", index=False)
    pd.DataFrame({"face_id": names, "split": ["train", "test"] * count}).to_csv(folder / "split.csv", index=False)
    low = generator.integers(60, 220, (2 * count, 3, 3, 3), dtype=np.uint8)
    np.save(folder / "images.npy", low.repeat(SIDE // 3, 1).repeat(SIDE // 3, 2))
    np.save(folder / "parts.npy", np.broadcast_to(label_map(), (2 * count, SIDE, SIDE)))
    np.save(folder / "references.npy", np.zeros((5, 1)))
    tests = names[1::2]
    files = Files(relevance=[], scores=[], occlusion=[])
    for number in range(len(NETWORKS)):
        relevance = generator.normal(0.0002 * number, 1e-3, (count, SIDE, SIDE)).astype(np.float16)
        sums = relevance.sum((1, 2), dtype=float)
        scores = pd.DataFrame({"face_id": tests, "output": 0.5 + sums, "baseline": 0.5, "relevance": sums})
        np.save(folder / f"relevance{number}.npy", relevance)
        scores.to_csv(folder / f"scores{number}.csv", index=False)
        files["relevance"].append(folder / f"relevance{number}.npy")
        files["scores"].append(folder / f"scores{number}.csv")
    for mode in ("dense", "full"):
        rows = [
            (face, part, attribute)
            for attribute in ("happy", "warm")
            for face in tests[:3]
            for part in ("none", "mouth", "eyes", "control")
        ]
        effects = pd.DataFrame(rows, columns=["face_id", "occluded", "attribute"])
        effects.assign(prediction=generator.uniform(2, 8, len(rows))).to_csv(folder / f"{mode}.csv", index=False)
        files["occlusion"].append(folder / f"{mode}.csv")
    files |= {name: folder / f"{name}.npy" for name in ("images", "parts", "references")}
    files |= {name: folder / f"{name}.csv" for name in ("faces", "split")}
    beside = [ASSETS / name for name in ("page.css", "page.js", "face.js")]
    return Files(files | {"page": [ASSETS / "page.html"], "beside": beside})


def write_page(files, folder, **settings):
    """Run the job on these inputs; the page is ``folder/faces.html``."""
    settings = {
        "experiment": "made_up",
        "networks": NETWORKS,
        "first": NETWORKS[2],
        "rule": {"name": "references"},
        "patches": PATCHES,
        "shown": "publishable",
        "scale": (1, 9),
    } | settings
    output = Files(page=folder / "faces.html", data=folder / "faces_page")
    main(files, output, **settings, log=logging.getLogger("test"))
    return output.page


def read_data(page, name):
    """Read data of a page as its script does."""
    text = (page.parent / "faces_page" / f"{name}.js").read_text(encoding="utf-8")
    own, content = re.fullmatch(r'receive\("(.*?)", (.*)\)\n', text, re.DOTALL).groups()
    assert own == name
    return json.loads(content)


@contextmanager
def chromium(width=1280, height=800):
    """Yield Chromium without a window, of this size within its frame; the test is skipped where there is none."""
    with start_chromium(logs=("browser", "performance")) as browser:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.execute_cdp_cmd("Network.enable", {})
        yield browser
