"""Measure the throughput of several jobs that share one GPU, while training and while explaining.

    python tests/benchmarks/bench_card.py [--jobs 1 2 4 8] [--seconds 6] [--precision float32] [--json FILE]

As in the workflow, each job is a separate process with its network, optimiser and faces. All start together after a
warm-up. The table has faces per second of all jobs together, and the GPU memory that torch allocated for the largest
job (CUDA itself needs some 500 MiB more).
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rounds import write_json

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow_scripts"))

MEAN = (120.0, 110.0, 100.0)
FACES, BATCH = 200, 25
HEATMAPS = {"rule": {"name": "alpha_beta", "alpha": 2, "beta": -1, "bias": False}, "lrn": "identity"}


def work(device, precision, seconds, ready, results):
    """Run one job: train, then explain, for ``seconds`` each, and count the faces."""
    import torch

    from facelrp.heatmaps.explain_all import BATCH as EXPLAINED
    from facelrp.heatmaps.explain_all import explain_all
    from facelrp.lrp import Explainer
    from facelrp.networks.batches import Images
    from facelrp.networks.devices import prepare
    from facelrp.networks.levi_hassner import levi_hassner
    from facelrp.networks.weights import LoadedNetwork
    from facelrp.training.loop import Recipe, fit, squared_error

    prepare(device, 1)
    network = levi_hassner(1).to(device, memory_format=torch.channels_last)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npy"
        np.save(path, np.random.default_rng(1).integers(0, 256, (FACES, 227, 227, 3), dtype=np.uint8))
        images = np.load(path, mmap_mode="r")
        recipe = Recipe("adamw", 1e-5, 10**6, BATCH, batch_norm=True, mirror=True, shift_pixels=8, divide_pixels_by=64)
        inputs = Images(images, MEAN, device, **recipe.image_options)

        def after_epoch(record):
            if record["epoch"] == 1:
                ready.wait()
                counted.started = time.perf_counter()
            elif time.perf_counter() - counted.started > seconds:
                raise TimeIsUp(record["epoch"] - 1)

        counted = argparse.Namespace(started=None)
        try:
            options = {"precision": precision, "after_epoch": after_epoch}
            fit(network, inputs, torch.rand(FACES), recipe, squared_error, 1, **options)
        except TimeIsUp as end:
            trained = end.epochs * FACES / (time.perf_counter() - counted.started)
        explainer = Explainer.from_config(network.eval(), HEATMAPS)
        names, maps = np.arange(FACES).astype(str), np.empty((FACES, 227, 227), np.float16)
        plain = Images(images, MEAN, device)
        loaded = LoadedNetwork(network, MEAN, "levi_hassner", {})
        explain_all(explainer, loaded, Images(images[:EXPLAINED], MEAN, device), names, maps)
        ready.wait()
        started, rounds = time.perf_counter(), 0
        while time.perf_counter() - started < seconds:
            explain_all(explainer, loaded, plain, names, maps)
            rounds += 1
        explained = rounds * FACES / (time.perf_counter() - started)
    peak = torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else None
    results.put({"trained": trained, "explained": explained, "peak_mib": peak})


class TimeIsUp(Exception):
    """Ends a training that would go on for ever."""

    def __init__(self, epochs):
        self.epochs = epochs


def main():
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda")
    parser.add_argument("--precision", default="float32", help="of training (default: float32)")
    parser.add_argument(
        "--jobs", type=int, nargs="+", default=[1, 2, 4, 8], help="numbers of jobs at once (default: 1 2 4 8)"
    )
    parser.add_argument("--seconds", type=float, default=6, help="of training, and of explaining (default: 6)")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    rows = []
    print(f"{'jobs':>4}{'trained/s':>11}{'explained/s':>13}{'peak MiB':>10}")
    for count in options.jobs:
        ready, results = context.Barrier(count), context.Queue()
        arguments = (options.device, options.precision, options.seconds, ready, results)
        jobs = [context.Process(target=work, args=arguments) for _ in range(count)]
        for job in jobs:
            job.start()
        found = [results.get(timeout=120 + 4 * options.seconds) for _ in jobs]
        for job in jobs:
            job.join()
        row = {"jobs": count, **{name: sum(one[name] for one in found) for name in ("trained", "explained")}}
        row["peak_mib"] = max((one["peak_mib"] or 0) for one in found)
        rows.append(row)
        print(f"{count:>4}{row['trained']:>11.0f}{row['explained']:>13.0f}{row['peak_mib']:>10.0f}", flush=True)
    write_json(options.json, rows)


if __name__ == "__main__":
    main()
