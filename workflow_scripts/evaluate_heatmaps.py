"""Put the heatmaps of a base model's networks to the test: perturbation, localisation, sanity, agreement of rules.

Each network is loaded once and serves all tests. The heatmaps of the workflow are taken from file; other rules, random
weights and mirrored faces are worked out for a few faces.
"""

from itertools import combinations

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from facelrp.faces.parts import mask
from facelrp.faces.rating_scales import to_points
from facelrp.heatmaps import agreement, localisation, perturbation, sanity
from facelrp.heatmaps.gradients import gradient_times_input
from facelrp.lrp import Explainer
from facelrp.memory_maps import release
from facelrp.networks import weights
from facelrp.networks.batches import Images, predict
from facelrp.networks.devices import prepare
from facelrp_workflow.files import open_array, read_faces, read_table, write_table
from facelrp_workflow.job import job
from facelrp_workflow.selection import BLOCK, evenly_spaced, of_shard

BATCH = BLOCK

#: The workflow's own heatmaps, among the names of rules.
OWN = "heatmaps"


def explain_otherwise(network, images, pixel_range, rules, lrn):
    """Heatmaps (n, H, W) by each of the other rules and by the reference, {name: heatmaps}."""
    maps = {
        name: Explainer.from_config(network, {"rule": rule, "lrn": lrn}, pixel_range)(images).heatmap.cpu().numpy()
        for name, rule in rules.items()
    }
    return maps | {"gradient_times_input": gradient_times_input(network, images).sum(1).cpu().numpy()}


def perturb(network, about, image, pooled, rng, cells, removed, steps, blur, random):
    """Scores of one face as its cells are taken away, by the order of each heatmap and at random: a table.

    ``pooled`` is {rule: relevance of each cell}.
    """
    orders = {(rule, "most"): np.argsort(-cell, kind="stable") for rule, cell in pooled.items()}
    orders |= {(rule, "least"): np.argsort(cell, kind="stable") for rule, cell in pooled.items()}
    count = cells.max() + 1
    counts = perturbation.schedule(count, removed, steps)
    fill = perturbation.blurred(image, blur)
    taken = [*orders.values(), *(rng.permutation(count) for _ in range(random))]
    variants = np.concatenate(
        [image[None], *(perturbation.remove(image, fill, cells, order, counts) for order in taken)]
    )
    inputs = Images(variants, about["mean"], device=network.fc8.weight.device)
    scores = to_points(predict(network, inputs).squeeze(1).double().numpy())
    whole, curves = scores[0], scores[1:].reshape(len(taken), steps)
    named = dict(zip(orders, curves, strict=False)) | {("random", "random"): curves[len(orders) :].mean(0)}
    share = np.concatenate([[0], counts]) / count
    return pd.concat(
        pd.DataFrame({"rule": rule, "order": order, "removed": share, "prediction": np.concatenate([[whole], curve])})
        for (rule, order), curve in named.items()
    )


def localise(maps, masks):
    """Accuracy of each rule's heatmaps (n, H, W) against each mask; ``masks`` is {target: (n, H, W)}: a table."""
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
    """How alike two maps (n, H, W) of each face are: a table."""
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


def check_sanity(network, images, pixel_range, heatmaps, seed, cells):
    """Compare heatmaps with those of mirrored faces, and of a network made random layer by layer: a table."""
    explainer = Explainer.from_config(network, heatmaps, pixel_range)
    own = explainer(images).heatmap.cpu().numpy()
    mirrored = explainer(images.flip(3)).heatmap.flip(2).cpu().numpy()
    tables = [compare("mirror", "", own, mirrored, cells)]
    for layer, changed in sanity.randomised(network, seed):
        maps = Explainer.from_config(changed, heatmaps, pixel_range)(images).heatmap.cpu().numpy()
        tables.append(compare("randomisation", layer, own, maps, cells))
    return pd.concat(tables)


def agree(pooled):
    """Rank correlation of every two rules' maps of each face; ``pooled`` is {rule: (n, cells)}: a table."""
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


def choose(faces, settings):
    """The table of test faces with where they stand (``place``), and who is ``perturbed`` and of these ``compared``."""
    perturbed = evenly_spaced(len(faces), settings["faces"])
    compared = perturbed[evenly_spaced(len(perturbed), settings["compared"])]
    place = np.arange(len(faces))
    return faces.assign(place=place, perturbed=np.isin(place, perturbed), compared=np.isin(place, compared))


def evaluate(network, about, stored, images, labels, faces, targets, settings, heatmaps):
    """Put one network's heatmaps to all tests.

    Parameters
    ----------
    network, about
        See `facelrp.networks.weights.load`.
    stored : ndarray of float, shape (N, 227, 227)
        Heatmaps of consecutive faces of the test set; may be memory-mapped, as may be the following.
    images, labels : ndarray of uint8, shape (M, 227, 227[, 3])
        Faces and label maps, of other faces, too.
    faces : DataFrame of N rows
        These faces, as `choose` returns them; its index says where they stand among the images.
    targets : dict of str to sequence of str
        The parts that evidence is looked for on, by the target's name.
    settings, heatmaps : dict
        Slices of the configuration.

    Returns
    -------
    dict of str to DataFrame
        With ``row``, the face's place among these.
    """
    cells = perturbation.grid(stored.shape[1], settings["cell"])
    curve = {key: settings[key] for key in ("removed", "steps", "blur", "random")}
    rows = faces.index.to_numpy()
    inputs = Images(images, about["mean"], device=network.fc8.weight.device, rows=rows)
    tables = {name: [] for name in ("perturbation", "localisation", "sanity", "agreement")}

    def add(name, table, numbers):
        """Enter a table whose ``row`` counts the faces of these numbers."""
        tables[name].append(table.assign(row=numbers[table["row"]]))

    for start in range(0, len(stored), BATCH):
        batch = np.arange(start, min(start + BATCH, len(stored)))
        marked = labels[rows[batch]]
        masks = {name: np.logical_or.reduce([mask(marked, part) for part in parts]) for name, parts in targets.items()}
        maps = stored[start : start + BATCH].astype(np.float32)
        add("localisation", localise({OWN: maps}, masks), batch)
        perturbed, some = (batch[faces[chosen].iloc[batch]] for chosen in ("perturbed", "compared"))
        # By rule, the relevance of each cell of a face, by its row.
        pooled = {OWN: {row: perturbation.pool(maps[[row - start]], cells)[0] for row in perturbed}}
        if len(some):
            shown = inputs(torch.from_numpy(some))
            others = explain_otherwise(network, shown, inputs.pixel_range, settings["rules"], heatmaps["lrn"])
            add("localisation", localise(others, {name: where[some - start] for name, where in masks.items()}), some)
            add("sanity", check_sanity(network, shown, inputs.pixel_range, heatmaps, settings["seed"], cells), some)
            for rule, heatmap in others.items():
                pooled[rule] = dict(zip(some, perturbation.pool(heatmap, cells), strict=True))
            compared = {rule: np.stack([found[row] for row in some]) for rule, found in pooled.items()}
            add("agreement", agree(compared), some)
        for row in perturbed:
            relevance = {rule: found[row] for rule, found in pooled.items() if row in found}
            rng = np.random.default_rng([settings["seed"], faces["place"].iloc[row]])
            scores = perturb(network, about, images[rows[row]], relevance, rng, cells, **curve)
            tables["perturbation"].append(scores.assign(row=row))
        for array in (stored, images, labels):
            release(array)
    # Of these faces none may have been chosen for a test.
    return {
        name: pd.concat(parts) if parts else pd.DataFrame({"row": np.empty(0, int)}) for name, parts in tables.items()
    }


def main(files, output, attributes, evaluation, heatmaps, shard, compute, log):
    device = prepare(compute["device"], compute["threads"])
    faces = of_shard(choose(read_faces(files, "test"), evaluation), *shard)
    images, labels = (open_array(path) for path in (files.images, files.parts))
    truth = read_table(files.truth)
    log.info("%d faces, %s, device %s, torch %s", len(faces), evaluation, device, torch.__version__)
    results = {}
    for attribute, path, relevance in zip(
        tqdm(attributes, desc="networks", disable=None), files.weights, files.relevance, strict=True
    ):
        network, about = weights.load(path)
        network.to(device).requires_grad_(False)
        known = truth["part"][truth["attribute"] == attribute]
        targets = {"inner": ["inner"]} | ({"true": known.tolist()} if len(known) else {})
        stored = open_array(relevance)[faces["place"].iloc[0] : faces["place"].iloc[-1] + 1]
        tables = evaluate(network, about, stored, images, labels, faces, targets, evaluation, heatmaps)
        for name, table in tables.items():
            table.insert(0, "attribute", attribute)
            table.insert(1, "face_id", faces["face_id"].to_numpy()[table.pop("row")])
            results.setdefault(name, []).append(table)
        log.info("%s: %s", attribute, {name: len(table) for name, table in tables.items()})
    for name, tables in results.items():
        write_table(output[name], pd.concat(tables))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, log=log)
