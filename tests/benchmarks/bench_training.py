"""Compare a step of training with the plain loop one would write, on the Levi-Hassner network.

    python tests/benchmarks/bench_training.py [--device cuda] [--precision float32 bfloat16] [--threads 1]
        [--batch 8 16 32] [--faces 64] [--repeats 7] [--json FILE]

All contenders train on the same faces in the same process, one after the other in every round. The table shows medians
over rounds of milliseconds per face, for forward pass, backward pass and update, and the share of the rate at which the
device multiplies two large matrices in that precision. The plain loop always uses float32.
"""

import argparse
import statistics
import sys
import time
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from rounds import matrix_rate, write_json
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow_scripts"))

from facelrp.networks.batches import Images
from facelrp.networks.devices import prepare
from facelrp.networks.levi_hassner import LocalResponseNorm, levi_hassner
from facelrp.training.loop import Recipe, fit, squared_error

MEAN = (120.0, 110.0, 100.0)
RATE = 1e-5
PLAIN = ("plain torch", "float32")
#: Multiplications of one forward pass for one face: conv1, conv2, conv3, fc6 and fc7.
FORWARD = 96 * 147 * 56**2 + 256 * 2400 * 28**2 + 384 * 2304 * 14**2 + 512 * 18816 + 512 * 512


def plain_network():
    """Build the network with torch's local response normalisation."""
    network = levi_hassner(1)
    for name, layer in network.named_children():
        if isinstance(layer, LocalResponseNorm):
            own = nn.LocalResponseNorm(layer.size, layer.alpha, layer.beta, layer.k)
            setattr(network, name, own)
    return network


@contextmanager
def as_torch_comes():
    """Undo the settings of `prepare` for a while: on a GPU sums have any order, and products are rounded to TF32."""
    torch.set_deterministic_debug_mode("default")
    torch.backends.cudnn.allow_tf32 = True
    yield
    torch.backends.cudnn.allow_tf32 = False
    torch.set_deterministic_debug_mode("error")


@as_torch_comes()
def plain(network, optimiser, images, ratings, batch):
    """Train for an epoch, as one would write it."""
    network.train()
    device = ratings.device
    mean = torch.tensor(MEAN, device=device).view(1, 3, 1, 1)
    for rows in torch.arange(len(images)).split(batch):
        faces = torch.from_numpy(images[rows.numpy()]).to(device).permute(0, 3, 1, 2).float() - mean
        loss = nn.functional.mse_loss(network(faces).squeeze(1), ratings[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def contenders(images, ratings, batch, device, precisions):
    """Return {(name, precision): a function that trains for one epoch}."""
    network = plain_network().to(device)
    optimiser = torch.optim.AdamW(network.parameters(), RATE)
    there = ratings.to(device)
    runs = {PLAIN: lambda: plain(network, optimiser, images, there, batch)}
    for precision, (name, batch_norm) in product(precisions, (("ours", False), ("ours, batch_norm", True))):
        own = levi_hassner(1).to(device, memory_format=torch.channels_last)
        recipe = Recipe("adamw", RATE, epochs=1, batch_size=batch, batch_norm=batch_norm)
        inputs = Images(images, MEAN, device)
        runs[name, precision] = partial(fit, own, inputs, ratings, recipe, squared_error, 1, precision=precision)
    return runs


def measure(images, batch, repeats, device, precisions):
    """Return {(name, precision): median milliseconds per face}, contenders alternating."""
    runs = contenders(images, torch.rand(len(images)), batch, device, precisions)
    seconds = {name: [] for name in runs}
    for lap in range(repeats + 1):
        for name, run in runs.items():
            started = time.perf_counter()
            history = run()
            if device == "cuda":
                torch.cuda.synchronize()
            # The work of `fit` before and after its epoch, with batch_norm, is not part of a step.
            taken = history[0]["seconds"] if history else time.perf_counter() - started
            if lap:
                seconds[name].append(taken)
    return {name: 1000 * statistics.median(taken) / len(images) for name, taken in seconds.items()}


def main():
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", nargs="+", default=["float32"], help="of ours (default: float32)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1, as in the workflow)")
    parser.add_argument("--batch", type=int, nargs="+", default=[8, 16, 32], help="batch sizes (default: 8 16 32)")
    parser.add_argument("--faces", type=int, default=64, help="faces in an epoch (default: 64)")
    parser.add_argument("--repeats", type=int, default=7, help="timed rounds (default: 7)")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    prepare(options.device, options.threads)
    images = np.random.default_rng(1).integers(0, 256, (options.faces, 227, 227, 3), dtype=np.uint8)
    print(
        f"torch {torch.__version__}, {options.device}, {options.threads} threads, medians of {options.repeats} rounds"
    )
    peaks = {precision: matrix_rate(options.device, precision) for precision in {"float32", *options.precision}}
    print("two large matrices: " + ", ".join(f"{rate:.0f} GFLOP/s in {name}" for name, rate in peaks.items()))
    print(
        f"{'batch':>5}  {'contender':<18}{'precision':<10}{'ms/face':>10}{'times plain':>13}{'GFLOP/s':>9}{'share':>7}"
    )
    rows = []
    for batch in options.batch:
        found = measure(images, batch, options.repeats, options.device, options.precision)
        for (name, precision), taken in found.items():
            faster = found[PLAIN] / taken
            # Counts all products of the three passes; Winograd's filtering computes fewer.
            rate = 3 * 2 * FORWARD / taken / 1e6
            row = {"batch": batch, "contender": name, "precision": precision, "ms": taken, "speedup": faster}
            rows.append(row | {"gflops": rate, "share": rate / peaks[precision]})
            print(
                f"{batch:>5}  {name:<18}{precision:<10}{taken:>10.3f}{faster:>12.2f}×{rate:>9.0f}"
                f"{rate / peaks[precision]:>7.0%}",
                flush=True,
            )
    write_json(options.json, rows)


if __name__ == "__main__":
    main()
