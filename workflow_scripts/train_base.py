"""Train a base model from scratch to distinguish classes of age or gender."""

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import cross_entropy

from facelrp.errors import InputError
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.architectures import backbone_of, build, form_of
from facelrp.networks.batches import Images
from facelrp.networks.devices import prepare
from facelrp.networks.surgery import initialise, rescale_features
from facelrp.training.classes import class_edges, classify
from facelrp.training.conditioning import conditioned, scale_input
from facelrp.training.loop import Recipe, fit, show_progress
from facelrp_workflow.checkpoint import Checkpoint, identity
from facelrp_workflow.files import open_array, read_faces, replacing, write_table
from facelrp_workflow.job import job

#: Number of faces on which the initial weights, and then the scale of the features, are measured.
SAMPLE = 64


def channel_means(images, rows):
    """Return the means (3,) of the channels of these images, which are read a few at a time."""
    sums = np.zeros(3, dtype=np.int64)
    for some in np.array_split(rows, -(-len(rows) // SAMPLE)):
        sums += images[some].sum((0, 1, 2), dtype=np.int64)
        release(images)
    return (sums / (len(rows) * images[0, ..., 0].size)).tolist()


def train(network, inputs, labels, recipe, seed, **options):
    """Initialise and train a network on images; return the history.

    A sequence is initialised by LSUV, and its features are rescaled, see `facelrp.networks.surgery`. A network with
    branches has norms of its own, and starts from the weights that it was built with. ``options`` are those of
    `facelrp.training.loop.fit`.
    """
    sample = inputs(torch.arange(min(SAMPLE, len(inputs))))
    is_sequence = backbone_of(network) is None
    with conditioned(network, recipe.divide_pixels_by):
        if is_sequence:
            initialise(network, sample, torch.Generator().manual_seed(seed))
        else:
            scale_input(network, 1 / recipe.divide_pixels_by)
        if is_sequence and not recipe.batch_norm:
            rescale_features(network, sample)
        network.to(memory_format=torch.channels_last)
        history = fit(network, inputs, labels, recipe, cross_entropy, seed, **options)
        if is_sequence:
            rescale_features(network, sample)
    return history


def select_faces(files, target, log):
    """Return the faces to train on: those of the training set, if there is one, whose target is known."""
    faces = read_faces(files, "train" if files.get("split") else None)
    if target not in faces:
        raise InputError(f"no column is called {target!r}", files.faces, "name another target of the base model")
    known = faces[target].notna()
    if not known.all():
        log.info("%d faces are left out, whose %s is not known", (~known).sum(), target)
    return faces[known]


def label_faces(faces, base, path):
    """Return the class of each face (N,) and the borders between classes."""
    values = faces[base["target"]]
    edges = class_edges(values, base.get("classes"), base.get("threshold")) if len(faces) else []
    labels = torch.from_numpy(classify(values, edges))
    if len(labels.unique()) < 2:
        what = f"there are no two classes of {base['target']} among {len(faces)} faces"
        raise InputError(what, path, "give other classes or another threshold, or more faces of which it is known")
    return labels, edges


def architecture_of(base):
    return base.get("architecture", "levi_hassner")


def main(files, base, compute, device, checkpoint, log):
    device = prepare(device, compute["threads"])
    recipe, seed = Recipe(**base["recipe"]), base["seed"]
    faces = select_faces(files, base["target"], log)
    labels, edges = label_faces(faces, base, files.faces)
    log.info("%d faces, %s in classes at %s, torch %s", len(faces), base["target"], edges, torch.__version__)
    log.info("seed %d, device %s, precision %s, threads %d", seed, device, compute["precision"], compute["threads"])
    images, rows = open_array(files.images), faces.index.to_numpy()
    mean = channel_means(images, rows)
    torch.manual_seed(seed)  # a network with branches starts from the weights that it is built with
    network = build(architecture_of(base), len(edges) + 1, **form_of(base)).to(device)
    history = train(
        network,
        Images(images, mean, device, rows, **recipe.image_options),
        labels,
        recipe,
        seed,
        precision=compute["precision"],
        after_epoch=show_progress(recipe, log),
        checkpoint=checkpoint,
    )
    return network, mean, history, edges


if __name__ == "__main__":
    with job(snakemake) as log:
        base = snakemake.params.base
        checkpoint = Checkpoint(snakemake.output.weights, identity(snakemake), log)
        compute, device = snakemake.params.compute, snakemake.resources.device
        network, mean, history, edges = main(snakemake.input, base, compute, device, checkpoint, log)
        with replacing(snakemake.output.weights) as path:
            weights.save(
                path,
                network,
                mean,
                architecture_of(base),
                base=snakemake.wildcards.base,
                mode="base",
                target=base["target"],
                edges=edges,
                seed=base["seed"],
            )
        write_table(snakemake.output.history, pd.DataFrame(history).drop(columns="seconds"))
        checkpoint.remove()
