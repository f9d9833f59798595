"""Evaluate the heatmaps of a base model's networks: perturbation, localisation, sanity checks, comparison of rules.

Each network is loaded once for all tests. The workflow's heatmaps are read from files. Heatmaps by other rules, of
randomised networks and of mirrored faces are computed for a few faces, and perhaps for some attributes alone.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.faces.rating_scales import RatingScale
from facelrp.heatmaps import perturbation, sanity
from facelrp.heatmaps.agreement import compare_rules
from facelrp.heatmaps.cancellation import bias_treatment, relevance_sums
from facelrp.heatmaps.explain_all import make_explainer
from facelrp.heatmaps.gradients import gradient_times_input
from facelrp.heatmaps.localisation import localise, masks_of, targets_of
from facelrp.heatmaps.perturb_all import perturb
from facelrp.heatmaps.rule_names import GRADIENT, OWN
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.devices import prepare
from facelrp_workflow.files import open_array, read_faces, read_references, read_table, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK, evenly_spaced, of_shard

#: Faces at a time.
BATCH = BLOCK

TESTS = ("perturbation", "localisation", "sanity", "agreement", "cancellation")


def choose(faces, settings):
    """Add three columns to a table of test faces: ``test_row``, ``perturbed`` and ``compared``.

    ``test_row`` is the row in this table, ``perturbed`` and ``compared`` say which tests a face takes part in. All
    compared faces are perturbed, too.
    """
    perturbed = evenly_spaced(len(faces), settings["faces_perturbed"])
    compared = perturbed[evenly_spaced(len(perturbed), settings["faces_compared"])]
    rows = np.arange(len(faces))
    return faces.assign(test_row=rows, perturbed=np.isin(rows, perturbed), compared=np.isin(rows, compared))


@dataclass(frozen=True)
class Batch:
    """Some consecutive faces of a job.

    Attributes
    ----------
    faces : DataFrame
        n rows of the table that `choose` returns.
    images : ndarray of uint8, shape (n, 227, 227, 3)
    labels : ndarray of uint8, shape (n, 227, 227)
        Label maps, see `facelrp.faces.parts`.
    heatmaps : ndarray of float32, shape (n, 227, 227)
        The workflow's own.
    """

    faces: pd.DataFrame
    images: np.ndarray
    labels: np.ndarray
    heatmaps: np.ndarray

    def rows(self, chosen):
        """Return the rows, within the batch, of the faces ``perturbed`` or ``compared``."""
        return np.flatnonzero(self.faces[chosen])


def read_batches(faces, images, labels, heatmaps):
    """Yield all faces of a job, a `Batch` at a time.

    Parameters
    ----------
    faces : DataFrame
        N rows of the table that `choose` returns; its index has their rows in ``images`` and ``labels``.
    images, labels : ndarray of uint8, shape (M, 227, 227[, 3])
        May be memory-mapped.
    heatmaps : ndarray of float, shape (N, 227, 227)
        Heatmaps of these N faces; may be memory-mapped.
    """
    for start in range(0, len(faces), BATCH):
        some = faces[start : start + BATCH]
        rows = some.index.to_numpy()
        yield Batch(some, images[rows], labels[rows], heatmaps[start : start + BATCH].astype(np.float32))
        for array in (images, labels, heatmaps):
            release(array)


class Compared:
    """The faces of a job that other rules, random weights and mirrored faces are computed for.

    They are explained batch by batch, so that results do not depend on shards; but a network is prepared, or made
    random, only once for all of them.
    """

    def __init__(self):
        self.rows, self.images, self.masks = [], [], []

    def add(self, start, batch, images, masks):
        """Add the compared faces of a batch, whose first face is the job's face ``start``; images are the network's."""
        chosen = batch.rows("compared")
        if len(chosen):
            self.rows += (start + chosen).tolist()
            self.images.append(images(torch.from_numpy(chosen)))
            self.masks.append({target: where[chosen] for target, where in masks.items()})

    def concatenate(self, function):
        """Return the results of all faces, an array (n, …), of a function that takes a tensor of images."""
        return np.concatenate([function(images).cpu().numpy() for images in self.images])

    def targets(self):
        """Return the pixels of each target, {name: bool (n, H, W)}."""
        return {target: np.concatenate([masks[target] for masks in self.masks]) for target in self.masks[0]}


def compare(network, compared, own, settings, heatmaps, references):
    """Compare heatmaps with those by other rules, of mirrored faces and of networks with random weights.

    Parameters
    ----------
    network, settings, heatmaps, references
        See `evaluate`.
    compared : Compared
        n faces.
    own : ndarray of float, shape (n, cells)
        The relevance of each cell in the workflow's heatmaps.

    Returns
    -------
    pooled : dict of {str: ndarray of float, shape (n, cells)}
        By rule, the relevance of each cell.
    tables : dict of {str: DataFrame}
        By test; ``row`` is that of the face, from 0 to n − 1.
    """
    cells = perturbation.grid(compared.images[0].shape[2], settings["cell_pixels"])
    rules, maps, explained = {OWN: heatmaps["rule"]} | settings["rules"], {}, {}
    own_explainer = make_explainer(network, heatmaps, references)
    for name, rule in rules.items():
        # One at a time: each holds weights of its own.
        other = heatmaps | {"rule": rule}
        explainer = own_explainer if name == OWN else make_explainer(network, other, references)
        results = [explainer(images) for images in compared.images]
        maps[name] = np.concatenate([result.heatmap.cpu().numpy() for result in results])
        explained[name] = np.concatenate([(result.output - result.baseline).cpu().numpy() for result in results])
    maps[GRADIENT] = compared.concatenate(lambda images: gradient_times_input(network.module, images).sum(1))
    explained[GRADIENT] = compared.concatenate(lambda images: network.module(images)[:, 0])
    mirrored = compared.concatenate(lambda images: own_explainer(images.flip(3)).heatmap.flip(2))
    biases = {name: bias_treatment(rule) for name, rule in rules.items()} | {GRADIENT: "absorb"}

    def explain(module):
        explainer = make_explainer(replace(network, module=module), heatmaps, references)
        return compared.concatenate(lambda images: explainer(images).heatmap)

    seeds = range(settings["seed"], settings["seed"] + settings["random_networks"])
    fresh = maps.pop(OWN)
    pooled = {OWN: own} | {name: perturbation.pool(values, cells) for name, values in maps.items()}
    return pooled, {
        "localisation": localise(maps, compared.targets()),
        "sanity": sanity.check(network.module, explain, fresh, mirrored, seeds, cells),
        "agreement": compare_rules(pooled),
        "cancellation": relevance_sums({OWN: fresh} | maps, explained, biases),
    }


def evaluate(network, batches, targets, settings, heatmaps, scale, references=None):
    """Run all tests on one network's heatmaps.

    Parameters
    ----------
    network : facelrp.networks.weights.LoadedNetwork
    batches : iterable of Batch
        All faces of a job, N of them.
    targets : dict of str to sequence of str
        Parts on which evidence is expected, by the target's name.
    settings, heatmaps : dict
        ``evaluation`` and ``heatmaps`` of the configuration.
    scale : facelrp.faces.rating_scales.RatingScale
    references : ndarray of uint8, shape (M, 227, 227, 3), optional
        For rules that compare with them.

    Returns
    -------
    dict of str to DataFrame
        By test; ``row``, from 0 to N − 1, is the row of a face within the job. Rows are in the order of faces.
    """
    tables = {name: [] for name in TESTS}
    # By a face's row: its image with the seed of its random orders, and by rule the relevance of each cell.
    perturbed, pooled = {}, {}
    compared, start = Compared(), 0
    for batch in batches:
        masks = masks_of(batch.labels, targets)
        found = localise({OWN: batch.heatmaps}, masks)
        tables["localisation"].append(found.assign(row=start + found["row"]))
        cells = perturbation.grid(batch.heatmaps.shape[1], settings["cell_pixels"])
        for row in batch.rows("perturbed"):
            perturbed[start + row] = batch.images[row], [settings["seed"], batch.faces["test_row"].iloc[row]]
            pooled[start + row] = {OWN: perturbation.pool(batch.heatmaps[[row]], cells)[0]}
        compared.add(start, batch, network.images(batch.images), masks)
        start += len(batch.faces)
    if compared.rows:
        own = np.stack([pooled[row][OWN] for row in compared.rows])
        others, found = compare(network, compared, own, settings, heatmaps, references)
        for name, table in found.items():
            tables[name].append(table.assign(row=np.asarray(compared.rows)[table["row"]]))
        for number, row in enumerate(compared.rows):
            pooled[row] = {rule: relevance[number] for rule, relevance in others.items()}
    for row, (image, seed) in perturbed.items():
        curves = perturb(network, image, pooled[row], settings, scale, np.random.default_rng(seed))
        tables["perturbation"].append(curves.assign(row=row))
    # Perhaps none of these faces was chosen for a test.
    return {
        name: pd.concat(found).sort_values("row", kind="stable") if found else pd.DataFrame({"row": np.empty(0, int)})
        for name, found in tables.items()
    }


def main(files, output, attributes, evaluation, heatmaps, scale, shard, compute, device, log):
    device, scale = prepare(device, compute["threads"]), RatingScale(*scale)
    chosen = of_shard(choose(read_faces(files, "test"), evaluation), *shard)
    images, labels = (open_array(path) for path in (files.images, files.parts))
    truth, references = read_table(files.truth), read_references(files)
    log.info("%d faces, %s, device %s, torch %s", len(chosen), evaluation, device, torch.__version__)
    results = {name: [] for name in TESTS}
    for attribute, path, relevance in zip(
        tqdm(attributes, desc="networks", disable=None), files.weights, files.relevance, strict=True
    ):
        network = weights.load(path).to(device)
        network.module.requires_grad_(False)
        targets = targets_of(truth, attribute)
        own = open_array(relevance)[chosen["test_row"].iloc[0] : chosen["test_row"].iloc[-1] + 1]
        faces = chosen
        if attribute not in (evaluation["attributes_compared"] or attributes):
            faces = chosen.assign(compared=False)
        batches = read_batches(faces, images, labels, own)
        tables = evaluate(network, batches, targets, evaluation, heatmaps, scale, references)
        for name, table in tables.items():
            table.insert(0, "attribute", attribute)
            table.insert(1, "face_id", faces["face_id"].to_numpy()[table.pop("row")])
            results[name].append(table)
        log.info("%s: %s", attribute, {name: len(table) for name, table in tables.items()})
    for name, tables in results.items():
        write_table(output[name], pd.concat([table for table in tables if len(table)] or tables[:1]))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, device=snakemake.resources.device, log=log)
