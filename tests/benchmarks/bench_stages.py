"""Compare stages of the workflow with the plain loops one would write instead.

    python tests/benchmarks/bench_stages.py [--stages prepare dense occlusion] [--repeats 5] [--json FILE]

prepare    photographs of 1024×1024 pixels, the size of One Million Impressions, to 227×227
dense      the dense layers of networks for four attributes, 10 epochs; the plain loop runs the convolutions every epoch
occlusion  αβ heatmaps, with predictions, of faces as they are and with six parts occluded; the plain loop explains one
           image after the other with zennit

Contenders do the same work in the same process, one after the other in every round, on one thread; the table shows
medians over rounds.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from bench_lrp import zennit
from bench_training import plain_network
from PIL import Image
from rounds import medians, write_json
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow_scripts"))

from facelrp.faces.imaging import read_square
from facelrp.faces.occlusion import occlude
from facelrp.faces.parts import LABEL
from facelrp.lrp import AlphaBeta, Explainer
from facelrp.networks.batches import Features, Images, predict
from facelrp.networks.devices import prepare
from facelrp.networks.levi_hassner import LocalResponseNorm, levi_hassner
from facelrp.networks.surgery import split_at_features
from facelrp.training.loop import Recipe, fit, squared_error

MEAN = (120.0, 110.0, 100.0)
SIZE = 227
RATE = 1e-5
ATTRIBUTES, EPOCHS = 4, 10
PARTS = ("mouth", "right_eye", "left_eye", "brows", "nose", "forehead")
RULE = AlphaBeta(alpha=2, beta=-1)


def smooth(count, size):
    """Return random images (N, size, size, 3), smooth like photographs: reading time depends on smoothness."""
    coarse = np.random.default_rng(1).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    return np.stack([np.asarray(Image.fromarray(one).resize((size, size), Image.Resampling.BICUBIC)) for one in coarse])


def normalised(images):
    """Return images (n, H, W, 3) prepared for a network the plain way."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() - torch.tensor(MEAN).view(1, 3, 1, 1)


def prepare_stage(folder, count=24):
    """Photographs to squares."""
    paths = [folder / f"{number}.jpg" for number in range(count)]
    for path, image in zip(paths, smooth(count, 1024), strict=True):
        Image.fromarray(image).save(path, quality=95)

    def plain():
        for path in paths:
            np.asarray(Image.open(path).convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS))

    def ours():
        for path in paths:
            read_square(path)

    return {"plain": plain, "ours": ours}, count


def dense_stage(folder, count=32):
    """Dense layers of four networks from one base model."""
    images = smooth(count, SIZE)
    ratings = torch.rand(ATTRIBUTES, count, generator=torch.Generator().manual_seed(1))
    recipe = Recipe("adamw", RATE, EPOCHS, 16)

    def plain():
        for target in ratings:
            convolutions, dense = split_at_features(plain_network())
            optimiser = torch.optim.AdamW(dense.parameters(), RATE)
            for _ in range(EPOCHS):
                for rows in torch.arange(count).split(recipe.batch_size):
                    with torch.no_grad():
                        features = convolutions(normalised(images[rows.numpy()]))
                    loss = nn.functional.mse_loss(dense(features).squeeze(1), target[rows])
                    optimiser.zero_grad()
                    loss.backward()
                    optimiser.step()

    def ours():
        convolutions = split_at_features(levi_hassner(1))[0].to(memory_format=torch.channels_last)
        features = predict(convolutions, Images(images, MEAN))
        for target in ratings:
            fit(split_at_features(levi_hassner(1))[1], Features(features[None]), target, recipe, squared_error, 1)

    return {"plain": plain, "ours": ours}, count


def occlusion_stage(folder, count=4):
    """Predictions and heatmaps of faces as they are and occluded; without LRN, which zennit lacks."""
    network = nn.Sequential(*(layer for layer in levi_hassner(1) if not isinstance(layer, LocalResponseNorm))).eval()
    images = smooth(count, SIZE)
    labels = np.full((SIZE, SIZE), LABEL["jaw"], dtype=np.uint8)
    for number, part in enumerate(("mouth", "right_eye", "left_eye", "right_brow", "left_brow", "nose", "forehead")):
        labels[30 + 25 * number : 45 + 25 * number, 80:140] = LABEL[part]
    settings = {"control": "forehead", "margin_pixels": 2, "softness_pixels": 2.0}
    explain, explainer = zennit(network, RULE), Explainer(network, RULE)

    def plain():
        for image in images:
            for part in (None, *PARTS):
                painted = image if part is None else occlude(image, labels, [part], **settings)[0][0]
                explain(normalised(painted[None]))

    def ours():
        for image in images:
            variants = np.concatenate([image[None], occlude(image, labels, PARTS, **settings)[0][: len(PARTS)]])
            explainer(Images(variants, MEAN)(torch.arange(len(variants))))

    return {"plain": plain, "ours": ours}, count


STAGES = {"prepare": prepare_stage, "dense": dense_stage, "occlusion": occlusion_stage}


def main():
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES), help="(default: all)")
    parser.add_argument("--repeats", type=int, default=5, help="timed rounds (default: 5)")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    prepare("cpu", 1)
    print(f"torch {torch.__version__}, float32, 1 thread, medians of {options.repeats} rounds")
    print(f"{'stage':<12}{'plain, ms per face':>19}{'ours':>10}{'times':>9}")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for stage in options.stages:
            runs, count = STAGES[stage](Path(folder))
            taken = {name: 1000 * seconds / count for name, seconds in medians(runs, options.repeats).items()}
            rows.append({"stage": stage, **taken, "speedup": taken["plain"] / taken["ours"]})
            print(f"{stage:<12}{taken['plain']:>19.1f}{taken['ours']:>10.1f}{rows[-1]['speedup']:>8.1f}×", flush=True)
    write_json(options.json, rows)


if __name__ == "__main__":
    main()
