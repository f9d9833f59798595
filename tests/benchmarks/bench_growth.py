"""Measure how stages grow with the number of faces: the cost of each additional face, and the peak memory of a job.

    python tests/benchmarks/bench_growth.py [--faces 250 1000 4000 10000] [--stages explain …] [--json FILE]

Each stage runs its script on faces in files, in a separate process and on one thread. The network is thin: a single
cheap convolution, then features and dense layers as large as those of the Levi-Hassner network. Convolutions, which
cost the same for every batch of 16 faces, would hide any cost that grows with the set. The table has milliseconds per
additional face, between one size and the next, and peak resident memory.
"""

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict
from pathlib import Path

from rounds import write_json

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow_scripts"))

COMPUTE = {"precision": "float32", "threads": 1}
DEVICE = "cpu"
HEATMAPS = {"rule": {"name": "alpha_beta", "alpha": 2, "beta": -1, "bias": False}, "lrn": "identity"}
PATCHES = {
    "parts": ["mouth", "eyes", "nose"],
    "control": "forehead",
    "fill": "surroundings",
    "margin_pixels": 2,
    "softness_pixels": 2.0,
}
EVALUATION = {
    "faces_perturbed": 4,
    "faces_compared": 1,
    "attributes_compared": None,
    "random_networks": 1,
    "cell_pixels": 9,
    "removed_share": 0.3,
    "steps": 2,
    "blur_pixels": 16,
    "random_orders": 1,
    "seed": 1,
    "rules": {"epsilon": {"name": "epsilon"}},
}
RECIPE = {
    "optimiser": "adamw",
    "learning_rate": 1e-4,
    "epochs": 1,
    "batch_size": 16,
    "batch_norm": True,
    "mirror": True,
}
LOG = logging.getLogger("growth")


class Files(dict):
    """A job's inputs or outputs, by name."""

    __getattr__ = dict.__getitem__


def thin(outputs):
    """Build a network whose 18,816 features cost 3 million multiplications per face."""
    from torch import nn

    from facelrp.networks.levi_hassner import levi_hassner
    from facelrp.networks.surgery import split_at_features

    _, dense = split_at_features(levi_hassner(outputs))
    convolution = OrderedDict(conv1=nn.Conv2d(3, 96, 7, stride=16), relu1=nn.ReLU(), flatten=nn.Flatten())
    return nn.Sequential(convolution | OrderedDict(dense.named_children()))


def files_in(folder):
    """Return the paths of all files that stages read and write."""
    names = ("images.npy", "parts.npy", "features.npy", "relevance.npy", "faces.csv", "split.csv", "truth.csv")
    return Files({name.split(".")[0]: folder / name for name in names}, folder=folder)


def make(files, count):
    """Write ``count`` random faces, and a network."""
    import numpy as np
    import pandas as pd
    import torch
    from bench_stages import smooth
    from PIL import Image

    from facelrp.faces.parts import LABEL
    from facelrp.networks import weights
    from facelrp_workflow.files import new_array

    block = smooth(16, 227)
    labels = np.full((227, 227), LABEL["jaw"], dtype=np.uint8)
    for number, part in enumerate(("mouth", "right_eye", "left_eye", "right_brow", "left_brow", "nose", "forehead")):
        labels[30 + 25 * number : 45 + 25 * number, 80:140] = LABEL[part]
    with (
        new_array(files.images, (count, 227, 227, 3), np.uint8) as images,
        new_array(files.parts, (count, 227, 227), np.uint8) as parts,
    ):
        for start in range(0, count, len(block)):
            images[start : start + len(block)] = block[: count - start]
            parts[start : start + len(block)] = labels
    for number, photograph in enumerate(smooth(8, 1024)):
        Image.fromarray(photograph).save(files.folder / f"{number}.jpg", quality=95)
    names = [f"f{number}" for number in range(count)]
    table = pd.DataFrame({"face_id": names, "identity": names, "state": ""})
    table["joy"] = 1 + 8 * np.random.default_rng(1).random(count)
    table.to_csv(files.faces, index=False)
    table[["face_id"]].assign(split=["train", "test"] * (count // 2)).to_csv(files.split, index=False)
    table[table.index % 2 == 1][["face_id"]].assign(prediction=table["joy"]).to_csv(files.folder / "p.csv", index=False)
    pd.DataFrame({"attribute": ["joy"], "part": ["mouth"], "share": [1.0]}).to_csv(files.truth, index=False)
    torch.manual_seed(1)
    weights.save(files.folder / "weights.safetensors", thin(1), [120.0, 110.0, 100.0], "thin")


def prepare(files, count):
    """Photographs of 1024×1024 pixels to squares."""
    import numpy as np
    import pandas as pd

    from facelrp.datasets.face_set import FaceSet
    from facelrp.faces.imaging import read_square
    from facelrp.faces.portraits import Portrait
    from facelrp_workflow.files import open_array
    from prepare_faces import prepare as run
    from prepare_faces import write_arrays

    labels = open_array(files.parts)[0]
    faces = FaceSet(
        pd.DataFrame({"face_id": range(count)}),
        lambda row: Portrait(read_square(files.folder / f"{row % 8}.jpg")[0], labels),
    )
    with open(files.folder / "i", "w+b") as images, open(files.folder / "l", "w+b") as parts:
        run(faces, (images, parts), False, LOG)
        write_arrays((images, parts), np.arange(count), count, files.folder / "i.npy", files.folder / "l.npy")


def extract(files, count):
    """Features of all faces, as they are and mirrored."""
    from extract_features import main as run

    run(
        Files(files, weights=files.folder / "weights.safetensors"),
        Files(features=files.features, classes=files.folder / "c.csv"),
        COMPUTE,
        DEVICE,
        LOG,
    )


def finetune_dense(files, count):
    """One epoch of the dense layers on the features of half the faces, and predictions for the others."""
    from finetune import main as run

    inputs = Files(files, base=files.folder / "weights.safetensors")
    run(inputs, "joy", RECIPE, "linear", 1, (1, 9), COMPUTE, DEVICE, None, LOG)


def finetune_full(files, count):
    """One epoch of the whole network on half the faces, and predictions for the others."""
    from finetune import main as run

    inputs = Files(files, base=files.folder / "weights.safetensors", features=None)
    run(inputs, "joy", RECIPE | {"shift_pixels": 4}, "linear", 1, (1, 9), COMPUTE, DEVICE, None, LOG)


def explain(files, count):
    """Heatmaps of half the faces."""
    from explain import main as run

    output = Files(relevance=files.relevance, scores=files.folder / "s.csv", ledger=files.folder / "l.csv")
    run(Files(files, weights=files.folder / "weights.safetensors"), output, HEATMAPS, (0, 1), COMPUTE, DEVICE, LOG)


def explain_pairs(files, count):
    """Heatmaps of all faces, and their sums by part."""
    from explain_pairs import main as run

    output = Files(relevance=files.folder / "p.npy", scores=files.folder / "s.csv", shares=files.folder / "h.csv")
    inputs = Files(images=files.images, parts=files.parts, faces=files.faces)
    inputs["weights"] = [files.folder / "weights.safetensors"]
    run(inputs, output, ["joy"], HEATMAPS, COMPUTE, DEVICE, LOG)


def occlude(files, count):
    """Half the faces with each of three parts, and the control, occluded."""
    from occlude import main as run

    inputs = Files(files, weights=[files.folder / "weights.safetensors"], relevance=[files.relevance])
    inputs["predictions"] = [files.folder / "p.csv"]
    output = Files(scores=files.folder / "s.csv", relevance=files.folder / "r.csv")
    numbers = {"faces_occluded": None, "faces_explained": 10}
    run(inputs, output, ["joy"], False, (1, 9), PATCHES, numbers, None, HEATMAPS, (0, 1), COMPUTE, DEVICE, LOG)


def evaluate(files, count):
    """Localisation in all heatmaps; the other tests use a fixed number of faces."""
    from evaluate_heatmaps import main as run

    inputs = Files(files, weights=[files.folder / "weights.safetensors"], relevance=[files.relevance])
    names = ("perturbation", "localisation", "sanity", "agreement", "cancellation")
    output = Files({name: files.folder / f"{name}.csv" for name in names})
    run(inputs, output, ["joy"], EVALUATION, HEATMAPS, (1, 9), (0, 1), COMPUTE, DEVICE, LOG)


def measure(files, count):
    """Parts, shapes and richness of all heatmaps, and the ranks of their cells."""
    from facelrp_workflow.files import open_array
    from measure_heatmaps import main as run
    from tabulate_agreement import ranked_cells

    output = Files({name: files.folder / f"{name}.csv" for name in ("parts", "shapes", "richness")})
    run(Files(files, relevance=[files.relevance]), output, ["joy"], LOG)
    ranked_cells(open_array(files.relevance), 9)


#: In an order in which each stage finds the files it needs.
STAGES = {
    stage.__name__: stage
    for stage in (
        *(prepare, extract, finetune_dense, finetune_full),
        *(explain, explain_pairs, occlude, evaluate, measure),
    )
}


def run_here(name, folder, count):
    """Run a stage in this process, for `run_apart`, and print its time and memory."""
    files = files_in(folder)
    if name != "make":
        from facelrp.networks.architectures import ARCHITECTURES

        ARCHITECTURES["thin"] = f"{__name__}:thin"
    else:
        make(files, count)
        return
    started = time.perf_counter()
    STAGES[name](files, count)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def run_apart(name, folder, count):
    """Run a stage in a separate process; return its time and memory."""
    command = [sys.executable, __file__, "--run", name, str(folder), str(count)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout or "{}")


def main():
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=int, nargs="+", default=[250, 1000, 4000, 10000], help="sizes, even numbers")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES), help="(default: all)")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run_here(options.run[0], Path(options.run[1]), int(options.run[2]))
        return
    rows = []
    # Stages that write files for others always run.
    needed = [name for name in STAGES if name in options.stages or name in ("extract", "explain")]
    print(f"{'stage':<16}{'faces':>8}{'seconds':>10}{'ms/extra face':>17}{'peak MiB':>11}")
    for count in sorted(options.faces):
        with tempfile.TemporaryDirectory() as folder:
            run_apart("make", Path(folder), count)
            for name in needed:
                row = {"stage": name, "faces": count, **run_apart(name, Path(folder), count)}
                smaller = next((other for other in reversed(rows) if other["stage"] == name), None)
                more = (row["seconds"] - smaller["seconds"]) / (count - smaller["faces"]) if smaller else None
                rows.append(row | {"ms_per_additional_face": None if more is None else 1000 * more})
                cost = "" if more is None else f"{1000 * more:.2f}"
                print(f"{name:<16}{count:>8}{row['seconds']:>10.2f}{cost:>17}{row['peak_mib']:>11.0f}", flush=True)
    write_json(options.json, rows)


if __name__ == "__main__":
    main()
