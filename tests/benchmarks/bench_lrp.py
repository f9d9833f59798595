"""Compare LRP with zennit and captum, on the Levi-Hassner network without LRN.

    python tests/benchmarks/bench_lrp.py [--device cuda] [--threads 2] [--batch 1 8 32] [--repeats 9] [--json FILE]

All contenders explain the same images in the same process, one after the other in every round; the table shows medians
over rounds. All use float32, also on a GPU: with TF32's three digits LRP would not conserve relevance. Peak memory is
measured in a separate process for each contender, without that of network and images.
"""

import argparse
import copy
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from rounds import matrix_rate, write_json
from torch import nn
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow_scripts"))

from facelrp.lrp import AlphaBeta, Epsilon, Explainer
from facelrp.networks.levi_hassner import levi_hassner

EPSILON = 1e-6
SIZE = 227


def network_and_images(batch, device):
    """Build the network without LRN and random images of pixels with the mean subtracted."""
    torch.manual_seed(0)
    network = nn.Sequential(*(layer for layer in levi_hassner(1) if not isinstance(layer, nn.LocalResponseNorm)))
    return network.eval().to(device), (255 * torch.rand(batch, 3, SIZE, SIZE) - 117).to(device)


def ours(network, rule):
    """Return our explanation of images, with its ledger."""
    explainer = Explainer(network, rule)
    return lambda images: explainer(images, batch_size=len(images)).relevance


def zennit(network, rule):
    """Return zennit's explanation of images; hooks are registered only once."""
    from zennit import rules
    from zennit.attribution import Gradient
    from zennit.composites import LayerMapComposite
    from zennit.types import Activation, Convolution, Linear

    rule = rules.AlphaBeta(alpha=2, beta=1) if isinstance(rule, AlphaBeta) else rules.Epsilon(EPSILON)
    composite = LayerMapComposite([(Activation, rules.Pass()), (Convolution, rule), (Linear, rule)])
    attributor = Gradient(copy.deepcopy(network), composite)
    attributor.__enter__()
    return lambda images: attributor(images, lambda output: output)[1]


def captum(network, rule):
    """Return captum's explanation of images; it has only ε, also for flatten, where ε passes relevance on unchanged."""
    from captum.attr import LRP
    from captum.attr._utils.lrp_rules import EpsilonRule

    network = copy.deepcopy(network)
    explainer = LRP(network)

    def run(images):
        for layer in network:  # captum forgets its rules after every call
            if isinstance(layer, nn.Conv2d | nn.Linear | nn.Flatten):
                layer.rule = EpsilonRule(EPSILON)
        return explainer.attribute(images.requires_grad_()).detach()

    return run


def forward(network, rule):
    """Return the forward pass alone, as a unit of time."""

    @torch.no_grad()
    def run(images):
        return network(images)

    return run


ALPHA_BETA, EPS = "alpha-beta 2/-1", "epsilon 1e-6"
RULES = {ALPHA_BETA: AlphaBeta(alpha=2, beta=-1), EPS: Epsilon(EPSILON)}
CONTENDERS = {
    ("forward", ""): forward,
    ("ours", ALPHA_BETA): ours,
    ("zennit", ALPHA_BETA): zennit,
    ("ours", EPS): ours,
    ("zennit", EPS): zennit,
    ("captum", EPS): captum,
}


def floor():
    """Count the minimal arithmetic of each rule, and of a forward pass, in GFLOP per image.

    ε needs z and one adjoint. αβ needs both for the positive and the negative side: twice as much, and in the first
    layer, whose inputs have both signs, four times.
    """
    network, image = network_and_images(1, "cpu")
    products = []
    for layer in network:
        image = layer(image)
        if isinstance(layer, nn.Conv2d | nn.Linear):
            products.append(layer.weight[0].numel() * image.numel())
    forward_pass = 2 * sum(products) / 1e9
    return {ALPHA_BETA: 4 * (1 + products[0] / sum(products)) * forward_pass, EPS: 2 * forward_pass, "": forward_pass}


def measure(batch, device, repeats):
    """Time all contenders in turn: {contender: median seconds} for one batch size."""
    network, images = network_and_images(batch, device)
    runs = {key: make(network, RULES.get(key[1])) for key, make in CONTENDERS.items()}
    seconds = {key: [] for key in runs}
    for round_ in tqdm(range(repeats + 1), desc=f"batch {batch}", disable=None):
        for key, run in runs.items():
            copied = images.clone()
            synchronise(device)
            start = time.perf_counter()
            run(copied)
            synchronise(device)
            if round_ > 0:  # the first round warms up
                seconds[key].append(time.perf_counter() - start)
    return {key: statistics.median(times) for key, times in seconds.items()}


def synchronise(device):
    """Wait until the device has finished, before the clock is read."""
    if device == "cuda":
        torch.cuda.synchronize()


def peak_memory(key, batch, device, threads):
    """Measure in a new process how much memory one contender adds, in MiB."""
    command = [sys.executable, __file__, "--device", device, "--threads", str(threads), "--batch", str(batch)]
    result = subprocess.run([*command, "--memory-of", *key], capture_output=True, text=True, check=True)
    return float(result.stdout)


def report_memory(key, batch, device):
    """Print the peak memory of one contender in MiB, for `peak_memory`."""
    network, images = network_and_images(batch, device)
    forward(network, None)(images[:1])  # libraries that load on first use do not count
    if device == "cuda":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        CONTENDERS[key](network, RULES.get(key[1]))(images)
        print((torch.cuda.max_memory_allocated() - before) / 2**20)
    else:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        CONTENDERS[key](network, RULES.get(key[1]))(images)
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10)


def table(batch, seconds, memory, floors, peak):
    """Return a row of the table for each contender; ``peak`` is the rate of matrix products in GFLOP/s."""
    rows = []
    for (name, rule), time_ in seconds.items():
        passes = time_ / seconds["forward", ""]
        row = {
            "batch": batch,
            "rule": rule,
            "contender": name,
            "images_per_second": batch / time_,
            "forward_passes": passes,
            "speedup_of_ours": time_ / seconds["ours", rule] if rule else None,
            "floor_in_forward_passes": floors[rule] / floors[""],
            "share_of_peak": batch / time_ * floors[rule] / peak,
            "peak_mib": memory.get((name, rule)),
        }
        rows.append(row)
    return rows


def print_rows(rows):
    """Print the rows as a table."""
    print(f"{'batch':>5}  {'rule':<16}{'contender':<10}{'images/s':>9}{'forwards':>10}{'ours is':>9}{'peak MiB':>10}")
    for row in rows:
        faster = f"{row['speedup_of_ours']:.2f}×" if row["contender"] not in ("ours", "forward") else ""
        peak = "" if row["peak_mib"] is None else f"{row['peak_mib']:.0f}"
        print(
            f"{row['batch']:>5}  {row['rule']:<16}{row['contender']:<10}{row['images_per_second']:>9.1f}"
            f"{row['forward_passes']:>10.2f}{faster:>9}{peak:>10}"
        )
    print()
    for row in rows:
        if row["contender"] == "ours":
            least, passes = row["floor_in_forward_passes"], row["forward_passes"]
            print(
                f"{row['rule']}, batch {row['batch']}: it takes the arithmetic of at least {least:.2f} forward passes; "
                f"ours takes the time of {passes:.2f} ({least / passes:.0%}); "
                f"{row['share_of_peak']:.0%} of the rate of large matrices"
            )
    print("Above 100%: layers of double width reach a higher rate than those of the forward pass.")


def main():
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (default: 2)")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8, 32], help="batch sizes (default: 1 8 32)")
    parser.add_argument("--repeats", type=int, default=7, help="timed rounds (default: 7)")
    parser.add_argument("--no-memory", action="store_true", help="do not measure peak memory")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    parser.add_argument("--memory-of", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.allow_tf32 = False
    if options.memory_of:
        report_memory(tuple(options.memory_of), options.batch[0], options.device)
        return
    print(
        f"torch {torch.__version__}, {options.device}, {options.threads} threads, medians of {options.repeats} rounds"
    )
    rows, memory = [], {}
    if not options.no_memory:
        # before this process grows: on Linux a child inherits its parent's peak
        for batch in options.batch:
            memory[batch] = {key: peak_memory(key, batch, options.device, options.threads) for key in CONTENDERS}
    peak = matrix_rate(options.device, "float32")
    print(f"two large matrices: {peak:.0f} GFLOP/s")
    for batch in options.batch:
        seconds = measure(batch, options.device, options.repeats)
        rows += table(batch, seconds, memory.get(batch, {}), floor(), peak)
    print_rows(rows)
    write_json(options.json, rows)


if __name__ == "__main__":
    main()
