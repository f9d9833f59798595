"""Train a base model from scratch to tell classes of age or gender apart."""

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from facelrp.errors import InputError
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.batches import Images
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import expect_unit, initialise, rescale
from facelrp.training.classes import class_edges, classify
from facelrp.training.loop import Recipe, fit
from facelrp_workflow.checkpoint import Checkpoint, identity
from facelrp_workflow.files import open_array, read_faces, replacing, write_table
from facelrp_workflow.job import job

#: Faces on which the initial weights, and then the scale of the features, are measured.
SAMPLE = 64


def channel_means(images, rows):
    """Return the means (3,) of the channels of these images, which are read a few at a time."""
    sums = np.zeros(3, dtype=np.int64)
    for some in np.array_split(rows, -(-len(rows) // SAMPLE)):
        sums += images[some].sum((0, 1, 2), dtype=np.int64)
        release(images)
    return (sums / (len(rows) * images[0, ..., 0].size)).tolist()


def train(images, rows, labels, network, recipe, seed, device, precision, after_epoch, checkpoint):
    """Return the trained network (rescaled, see `facelrp.networks.surgery.rescale`), its mean and its history."""
    mean = channel_means(images, rows)
    inputs = Images(images, mean, recipe.mirror, recipe.shift, recipe.unit, device, rows)
    sample = inputs(torch.arange(min(SAMPLE, len(inputs))))
    network.to(device)
    initialise(network, sample, torch.Generator().manual_seed(seed))
    if not recipe.batch_norm:
        rescale(network, sample)
    network.to(memory_format=torch.channels_last)
    history = fit(network, inputs, labels, recipe, cross_entropy, seed, precision, after_epoch, checkpoint)
    rescale(network, sample)
    expect_unit(network, 1 / recipe.unit)
    return network, mean, history


def architecture_of(base):
    return base.get("architecture", "levi_hassner")


def main(files, base, compute, checkpoint, log):
    device = prepare(compute["device"], compute["threads"])
    precision = compute["precision"]
    faces = read_faces(files, "train" if files.get("split") else None)
    if base["target"] not in faces:
        raise InputError(
            f"no column is called {base['target']!r}", files.faces, "name another target of the base model"
        )
    known = faces[base["target"]].notna()
    if not known.all():
        log.info("%d faces are left out, whose %s is not known", (~known).sum(), base["target"])
        faces = faces[known]
    edges = class_edges(faces[base["target"]], base.get("classes"), base.get("threshold")) if len(faces) else []
    labels = torch.from_numpy(classify(faces[base["target"]], edges))
    if len(labels.unique()) < 2:
        what = f"there are no two classes of {base['target']} among {len(faces)} faces"
        raise InputError(
            what, files.faces, "give other classes or another threshold, or more faces of which it is known"
        )
    images, rows = open_array(files.images), faces.index.to_numpy()
    recipe = Recipe(**base["recipe"])
    log.info("%d faces, %s in classes at %s, torch %s", len(faces), base["target"], edges, torch.__version__)
    log.info("seed %d, device %s, precision %s, threads %d", base["seed"], device, precision, compute["threads"])
    bar = tqdm(total=recipe.epochs, desc="epochs", disable=None)

    def after_epoch(record):
        bar.update()
        log.info("epoch {epoch}: loss {loss:.4f}, {seconds:.1f} s".format(**record))

    seed = base["seed"]
    network = weights.build(architecture_of(base), len(edges) + 1)
    trained = train(images, rows, labels, network, recipe, seed, device, precision, after_epoch, checkpoint)
    return *trained, edges


if __name__ == "__main__":
    with job(snakemake) as log:
        base = snakemake.params.base
        checkpoint = Checkpoint(snakemake.output.weights, identity(snakemake), log)
        network, mean, history, edges = main(snakemake.input, base, snakemake.params.compute, checkpoint, log)
        with replacing(snakemake.output.weights) as path:
            weights.save(
                path,
                network,
                architecture=architecture_of(base),
                base=snakemake.wildcards.base,
                mode="base",
                target=base["target"],
                edges=edges,
                mean=mean,
                seed=base["seed"],
            )
        write_table(snakemake.output.history, pd.DataFrame(history).drop(columns="seconds"))
        checkpoint.remove()
