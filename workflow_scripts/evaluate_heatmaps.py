"""Evaluate the heatmaps of a base model's networks: perturbation, localisation, sanity checks, agreement of rules.

Each network is loaded once for all tests. The workflow's heatmaps are read from files. Heatmaps by other rules, of
randomised networks and of mirrored faces are computed for a few faces.
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.faces.parts import mask
from facelrp.faces.rating_scales import to_points
from facelrp.heatmaps import agreement, localisation, perturbation, sanity
from facelrp.heatmaps.explain_all import make_explainer
from facelrp.heatmaps.gradients import gradient_times_input
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.batches import predict
from facelrp.networks.devices import prepare
from facelrp_workflow.files import open_array, read_faces, read_references, read_table, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK, evenly_spaced, of_shard

#: Faces at a time.
BATCH = BLOCK

TESTS = ("perturbation", "localisation", "sanity", "agreement")

#: The name of the workflow's own heatmaps among the names of rules.
OWN = "heatmaps"


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

    def masks(self, targets):
        """Return the pixels of each target, {name: bool (n, 227, 227)}; ``targets`` is {name: parts}."""
        return {
            name: np.logical_or.reduce([mask(self.labels, part) for part in parts]) for name, parts in targets.items()
        }


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


def explain_by_other_rules(network, images, rules, lrn, references):
    """Return heatmaps (n, H, W) by each of the other rules and by gradient × input: {name: heatmaps}."""
    maps = {
        name: make_explainer(network, {"rule": rule, "lrn": lrn}, references)(images).heatmap.cpu().numpy()
        for name, rule in rules.items()
    }
    return maps | {"gradient_times_input": gradient_times_input(network.module, images).sum(1).cpu().numpy()}


def localise(maps, masks):
    """Return the accuracy of each rule's heatmaps against each mask: a table.

    ``maps`` is {rule: (n, H, W)}, ``masks`` is {target: bool (n, H, W)}.
    """
    return pd.concat(
        pd.DataFrame(
            {
                "row": np.arange(len(heatmaps)),
                "rule": rule,
                "target": target,
                "area": where.mean((1, 2)),
                "positive_mass": localisation.mass_accuracy(heatmaps, where),
                "negative_mass": localisation.mass_accuracy(-heatmaps, where),
                "rank": localisation.rank_accuracy(heatmaps, where),
            }
        )
        for rule, heatmaps in maps.items()
        for target, where in masks.items()
    )


def compare(test, layer, first, second, cells):
    """Return how similar two heatmaps (n, H, W) of each face are: a table."""
    return pd.DataFrame(
        {
            "row": np.arange(len(first)),
            "test": test,
            "layer": layer,
            "correlation": agreement.correlation(first, second),
            "rank_correlation": agreement.rank_correlation(
                *(perturbation.pool(maps, cells) for maps in (first, second))
            ),
            "absolute_rank_correlation": agreement.rank_correlation(
                *(perturbation.pool(np.abs(maps), cells) for maps in (first, second))
            ),
        }
    )


def check_sanity(network, images, heatmaps, references, seed, cells):
    """Compare heatmaps with those of mirrored faces, and of a network randomised layer by layer: a table."""
    explainer = make_explainer(network, heatmaps, references)
    own = explainer(images).heatmap.cpu().numpy()
    mirrored = explainer(images.flip(3)).heatmap.flip(2).cpu().numpy()
    tables = [compare("mirror", "", own, mirrored, cells)]
    for layer, module in sanity.randomised(network.module, seed):
        maps = make_explainer(replace(network, module=module), heatmaps, references)(images).heatmap.cpu().numpy()
        tables.append(compare("randomisation", layer, own, maps, cells))
    return pd.concat(tables)


def agree(pooled):
    """Return the rank correlation of every two rules' heatmaps of each face, {rule: (n, cells)}: a table."""
    return pd.concat(
        pd.DataFrame(
            {
                "row": np.arange(len(pooled[first])),
                "first": first,
                "second": second,
                "rank_correlation": agreement.rank_correlation(pooled[first], pooled[second]),
            }
        )
        for first, second in combinations(pooled, 2)
    )


def perturb(network, image, pooled, settings, rng):
    """Predict the rating of a face while its cells are removed, by the order of each heatmap and at random: a table.

    Parameters
    ----------
    network : LoadedNetwork
    image : ndarray of uint8, shape (H, W, 3)
    pooled : dict of {str: ndarray}
        By rule, the relevance of each cell.
    settings : dict
        See `evaluate`.
    rng : numpy.random.Generator
        For random orders.
    """
    cells = perturbation.grid(image.shape[0], settings["cell_pixels"])
    count, steps = cells.max() + 1, settings["steps"]
    orders = {(rule, "most"): np.argsort(-relevance, kind="stable") for rule, relevance in pooled.items()}
    orders |= {(rule, "least"): np.argsort(relevance, kind="stable") for rule, relevance in pooled.items()}
    every_order = [*orders.values(), *(rng.permutation(count) for _ in range(settings["random_orders"]))]
    removed = perturbation.schedule(count, settings["removed_share"], steps)
    fill = perturbation.blurred(image, settings["blur_pixels"])
    variants = [image[None], *(perturbation.remove(image, fill, cells, order, removed) for order in every_order)]
    inputs = network.images(np.concatenate(variants))
    ratings = to_points(predict(network.module, inputs).squeeze(1).double().numpy())
    whole, curves = ratings[0], ratings[1:].reshape(len(every_order), steps)
    named = dict(zip(orders, curves, strict=False)) | {("random", "random"): curves[len(orders) :].mean(0)}
    share = np.concatenate([[0], removed]) / count
    return pd.concat(
        pd.DataFrame({"rule": rule, "order": order, "removed": share, "prediction": np.concatenate([[whole], curve])})
        for (rule, order), curve in named.items()
    )


def perturb_faces(network, batch, pooled, settings):
    """Yield the table of `perturb` of each perturbed face of a batch, with its row.

    ``pooled`` is {rule: {row: relevance of each cell}}. The random orders of a face do not depend on the batch.
    """
    for row in batch.rows("perturbed"):
        relevance = {rule: cells[row] for rule, cells in pooled.items() if row in cells}
        rng = np.random.default_rng([settings["seed"], batch.faces["test_row"].iloc[row]])
        yield perturb(network, batch.images[row], relevance, settings, rng).assign(row=row)


def evaluate_batch(network, batch, targets, settings, heatmaps, references):
    """Run all tests on a batch of faces, see `evaluate`.

    Returns
    -------
    dict of str to list of DataFrame
        By test; ``row`` is the row of a face within the batch.
    """
    cells = perturbation.grid(batch.heatmaps.shape[1], settings["cell_pixels"])
    masks = batch.masks(targets)
    compared = batch.rows("compared")
    tables = {name: [] for name in TESTS}
    tables["localisation"].append(localise({OWN: batch.heatmaps}, masks))
    # By rule, the relevance of each cell of a face, by the face's row.
    pooled = {OWN: {row: perturbation.pool(batch.heatmaps[[row]], cells)[0] for row in batch.rows("perturbed")}}
    if len(compared):
        images = network.images(batch.images)(torch.from_numpy(compared))
        others = explain_by_other_rules(network, images, settings["rules"], heatmaps["lrn"], references)
        for rule, maps in others.items():
            pooled[rule] = dict(zip(compared, perturbation.pool(maps, cells), strict=True))
        of_compared_faces = {
            "localisation": localise(others, {name: where[compared] for name, where in masks.items()}),
            "sanity": check_sanity(network, images, heatmaps, references, settings["seed"], cells),
            "agreement": agree({rule: np.stack([found[row] for row in compared]) for rule, found in pooled.items()}),
        }
        for name, table in of_compared_faces.items():
            tables[name].append(table.assign(row=compared[table["row"]]))
    tables["perturbation"] += perturb_faces(network, batch, pooled, settings)
    return tables


def evaluate(network, batches, targets, settings, heatmaps, references=None):
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
    references : ndarray of uint8, shape (M, 227, 227, 3), optional
        For rules that compare with them.

    Returns
    -------
    dict of str to DataFrame
        By test; ``row``, from 0 to N − 1, is the row of a face within the job.
    """
    tables, start = {name: [] for name in TESTS}, 0
    for batch in batches:
        for name, found in evaluate_batch(network, batch, targets, settings, heatmaps, references).items():
            tables[name] += [table.assign(row=start + table["row"]) for table in found]
        start += len(batch.faces)
    # Perhaps none of these faces was chosen for a test.
    return {
        name: pd.concat(found) if found else pd.DataFrame({"row": np.empty(0, int)}) for name, found in tables.items()
    }


def main(files, output, attributes, evaluation, heatmaps, shard, compute, device, log):
    device = prepare(device, compute["threads"])
    faces = of_shard(choose(read_faces(files, "test"), evaluation), *shard)
    images, labels = (open_array(path) for path in (files.images, files.parts))
    truth, references = read_table(files.truth), read_references(files)
    log.info("%d faces, %s, device %s, torch %s", len(faces), evaluation, device, torch.__version__)
    results = {name: [] for name in TESTS}
    for attribute, path, relevance in zip(
        tqdm(attributes, desc="networks", disable=None), files.weights, files.relevance, strict=True
    ):
        network = weights.load(path).to(device)
        network.module.requires_grad_(False)
        known = truth["part"][truth["attribute"] == attribute]
        targets = {"inner": ["inner"]} | ({"true": known.tolist()} if len(known) else {})
        own = open_array(relevance)[faces["test_row"].iloc[0] : faces["test_row"].iloc[-1] + 1]
        batches = read_batches(faces, images, labels, own)
        tables = evaluate(network, batches, targets, evaluation, heatmaps, references)
        for name, table in tables.items():
            table.insert(0, "attribute", attribute)
            table.insert(1, "face_id", faces["face_id"].to_numpy()[table.pop("row")])
            results[name].append(table)
        log.info("%s: %s", attribute, {name: len(table) for name, table in tables.items()})
    for name, tables in results.items():
        write_table(output[name], pd.concat(tables))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, device=snakemake.resources.device, log=log)
