"""Compare LRP on networks with branches with zennit (ResNet-18, αβ) and LXT (ViT-B/16, CP), on random weights.

    python tests/benchmarks/bench_graphs.py [--networks resnet18 vit_b_16] [--threads 1] [--batch 8] [--json FILE]

All contenders explain the same images in the same process, one after the other in every round; the table shows medians
over rounds. They use the same rules: αβ with sums in proportion to their terms, and ε = 0 with attention held constant.
LXT is no dependency: ``pip install lxt`` for its rows. Tracing the network, once for each size of images, is not timed.
"""

import argparse
import copy
import sys
from contextlib import contextmanager
from pathlib import Path

import torch
import torchvision.models
from rounds import medians, write_json
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow_scripts"))

from facelrp.lrp import AlphaBeta, Epsilon, Explainer

#: The rule for each network; sums share relevance in proportion to their terms, as the others have it.
RULES = {"resnet18": AlphaBeta(2, -1), "vit_b_16": Epsilon(0)}


def made(name, batch):
    """Build a network with two outputs and no weights of zero only, and random images."""
    torch.manual_seed(0)
    network = getattr(torchvision.models, name)(num_classes=2).eval().requires_grad_(False)
    for weight in network.parameters():
        if not weight.any():
            nn.init.normal_(weight, std=0.02)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_var, 0.5, 1.5), nn.init.normal_(module.running_mean, std=0.2)
    return network, torch.randn(batch, 3, 224, 224)


def ours(network, name):
    """Return our explanation of images, with its ledger."""
    explainer = Explainer(network, RULES[name], add="proportional")
    return lambda images: explainer(images, 0, batch_size=len(images)).relevance


def forward(network, name):
    """Return the forward pass alone, as a unit of time."""
    return torch.no_grad()(network)


def zennit(network, name):
    """Return zennit's explanation of images; hooks are registered only once."""
    from zennit import rules
    from zennit.attribution import Gradient
    from zennit.composites import LayerMapComposite
    from zennit.layer import Sum
    from zennit.torchvision import ResNetCanonizer
    from zennit.types import Activation, AvgPool, Convolution, Linear

    share, norm = rules.AlphaBeta(alpha=2, beta=1), rules.Norm()
    layers = [(Activation, rules.Pass()), (Sum, norm), (AvgPool, norm), (Convolution, share), (Linear, share)]
    composite = LayerMapComposite(layers, canonizers=[ResNetCanonizer()])
    attributor = Gradient(copy.deepcopy(network), composite)
    attributor.__enter__()
    unit = torch.tensor([1.0, 0.0])
    return lambda images: attributor(images.clone().requires_grad_(), lambda output: output * unit)[1]


def lxt(network, name):
    """Return LXT's explanation of images; its patches of torch's classes are undone after each."""
    from lxt.efficient.models.vit_torch import cp_LRP

    @contextmanager
    def patched():
        before = {kind: kind.forward for kind in cp_LRP}
        try:
            for kind, patch in cp_LRP.items():
                patch(kind)
            yield
        finally:
            for kind, function in before.items():
                kind.forward = function

    def run(images):
        images = images.clone().requires_grad_()
        with patched():
            output = network(images)[:, 0]
            (gradient,) = torch.autograd.grad(output.sum(), images)
        return gradient * images.detach()

    return run


CONTENDERS = {"resnet18": [forward, ours, zennit], "vit_b_16": [forward, ours, lxt]}


def floor(name, network, images):
    """Count the minimal arithmetic of the rule, in forward passes.

    αβ needs z and one adjoint for the positive and for the negative side. ε needs one of both, but CP none to queries
    and keys, nor, in the last block, to tokens that the head does not read.
    """
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(images[:1])
    passed, whole = counter.get_flop_counts(), counter.get_total_flops()
    if name == "resnet18":
        first = sum(passed["ResNet.conv1"].values())
        return 4 * (1 + first / whole)
    dense = 197 * 768**2 * 2  # one square layer for all tokens
    return (2 * whole - 12 * 2 * dense - 2 * 9 * dense) / whole


def measure(name, batch, repeats):
    """Return a row for each contender."""
    network, images = made(name, batch)
    runs = {}
    for contender in CONTENDERS[name]:
        try:
            run = contender(network, name)
        except ImportError as error:
            print(f"{contender.__name__}: {error}")
            continue
        runs[contender.__name__] = lambda run=run: run(images)
    maps = {key: run() for key, run in runs.items() if key != "forward"}
    for key in maps.keys() - {"ours"}:
        difference = (maps["ours"] - maps[key]).abs().max() / maps["ours"].abs().max()
        print(f"{name}: largest difference from {key} {difference:.1e} of the largest relevance, in float32")
    seconds, least = medians(runs, repeats), floor(name, network, images)
    return [
        {
            "network": name,
            "batch": batch,
            "contender": key,
            "images_per_second": batch / taken,
            "forward_passes": taken / seconds["forward"],
            "speedup_of_ours": taken / seconds["ours"],
            "floor_in_forward_passes": least,
        }
        for key, taken in seconds.items()
    ]


def main():
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=list(RULES), default=list(RULES))
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    parser.add_argument("--batch", type=int, default=8, help="batch size (default: 8)")
    parser.add_argument("--repeats", type=int, default=7, help="timed rounds (default: 7)")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, {options.threads} threads, medians of {options.repeats} rounds")
    rows = [row for name in options.networks for row in measure(name, options.batch, options.repeats)]
    print(f"{'network':<10}{'batch':>6}  {'contender':<10}{'images/s':>9}{'forwards':>10}{'floor':>7}{'ours is':>9}")
    for row in rows:
        faster = f"{row['speedup_of_ours']:.2f}×" if row["contender"] not in ("ours", "forward") else ""
        least = f"{row['floor_in_forward_passes']:.2f}" if row["contender"] == "ours" else ""
        print(
            f"{row['network']:<10}{row['batch']:>6}  {row['contender']:<10}{row['images_per_second']:>9.2f}"
            f"{row['forward_passes']:>10.2f}{least:>7}{faster:>9}"
        )
    write_json(options.json, rows)


if __name__ == "__main__":
    main()
