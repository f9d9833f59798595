"""Tabulate networks and base models over the seeds they were trained with.

Each row of ``replicates`` is a network, with what is known of its base model before fine-tuning. ``base_replicates``
sums up the seeds: the base models' own, each of which gives one value, and those of fine-tuning within them.
"""

import numpy as np
import pandas as pd

from facelrp.faces.rating_scales import RatingScale
from facelrp.findings.measured import part_shares
from facelrp.heatmaps.localisation import targets_of
from facelrp.statistics.crossed import Crossed
from facelrp.statistics.metrics import learning_speed, mean_absolute_error, pearson_r, skill
from facelrp_workflow.files import read_faces, read_table, read_tables, write_tables
from facelrp_workflow.job import job

#: A network, by columns of its own.
NETWORK = ["base", "base_seed", "mode", "seed", "attribute"]
#: Measures of a fine-tuned network, and of a base model before fine-tuning, for each attribute or for all.
OF_NETWORK = ["mae", "skill", "pearson_r", "mean_error"]
OF_BASE = ["accuracy", "effective_pixels", "inner_share", "target_share", "log_me", "h_score", "ridge_mae"]


def named(table):
    """Return a table with networks' plain names instead of those of their folders."""
    return table.drop(columns=["base", "mode"], errors="ignore").rename(columns={"kind": "base", "plain_mode": "mode"})


def network_row(predictions, errors, mean, variance):
    """Return the measures of a network on the test set, and how fast it learned.

    Parameters
    ----------
    predictions : DataFrame
        ``rating`` and ``prediction`` of each face.
    errors : array_like of float
        Mean squared errors of its epochs, see `facelrp.statistics.metrics.learning_speed`.
    mean, variance : float
        Those of the training ratings; the variance in the units of ``errors``.
    """
    faces = predictions["rating"], predictions["prediction"]
    return {
        "mae": mean_absolute_error(*faces),
        "skill": skill(*faces, answer=mean),
        "pearson_r": pearson_r(*faces),
        "mean_error": learning_speed(errors, variance)["mean_error"],
    }


def accuracy(classes):
    """Return how often a base model predicts the right class of test faces; NaN if no true class is known."""
    known = classes[(classes["split"] == "test") & classes["true"].notna()]
    return (known["predicted"] == known["true"]).mean() if len(known) else np.nan


def target_shares(parts, truth, attributes):
    """Return the mean share of positive relevance on the parts that each rating depends on: Series by attribute.

    NaN where these are not known.
    """
    shares = part_shares(parts, "coarse", networks=["attribute"]).mean().groupby(level="part").sum()
    known = {attribute: targets_of(truth, attribute).get("true") for attribute in attributes}
    return pd.Series({name: shares[targets].sum() if targets else np.nan for name, targets in known.items()})


def base_rows(files, bases, attributes):
    """Return what is known of each base model before fine-tuning: a table, a row per base model, seed and attribute."""
    truth, tables = read_table(files.truth), []
    paths = (files.richness, files.parts, files.classes, files.transferability)
    for base, *found in zip(bases, *paths, strict=True):
        richness, parts, classes, transferability = map(read_table, found)
        rich = richness[["effective_pixels", "inner_share"]].mean()
        shares = target_shares(parts.assign(attribute=""), truth, attributes)
        table = transferability.set_index("attribute").loc[attributes].assign(target_share=shares, **rich)
        tables.append(table.assign(accuracy=accuracy(classes), **base).reset_index())
    return pd.concat(tables, ignore_index=True)


def ridge_errors(paths, ridges):
    """Return the mean absolute error of ridge regression on held-out training faces: a column ``ridge_mae``."""
    found = read_tables(paths, ridges).query("split == 'train'")
    found = found.assign(ridge_mae=(found["prediction"] - found["rating"]).abs())
    return found.groupby(["kind", "base_seed", "attribute"], sort=False)["ridge_mae"].mean().reset_index()


def over_seeds(table):
    """Sum up base models over seeds: a row per base model, mode and measure.

    Parameters
    ----------
    table : DataFrame
        With the columns of `NETWORK` and measures.

    Returns
    -------
    DataFrame
        ``base_seeds``; ``mean`` with its 95 % t interval over them, ``low`` and ``high``; ``sd``, the standard
        deviation over them; ``sd_finetuning``, that over seeds of fine-tuning of the same base model (NaN with one).
        Attributes are averaged first.
    """
    rows = []
    networks = table.groupby(NETWORK[:4], sort=False)[[*OF_NETWORK, *OF_BASE]].mean()
    for (base, mode), group in networks.groupby(level=["base", "mode"], sort=False):
        seeds = group.groupby(level="base_seed", sort=False)
        spread = seeds.var(ddof=1).mean() ** 0.5
        for measure, values in seeds.mean().items():
            low, high = Crossed(values.to_numpy()[None]).interval()
            numbers = {"mean": values.mean(), "low": low, "high": high, "sd": values.std(ddof=1)}
            row = {"base": base, "mode": mode, "measure": measure, "base_seeds": len(values)}
            rows.append({**row, **numbers, "sd_finetuning": spread[measure]})
    return pd.DataFrame(rows)


def main(files, bases, networks, ridges, scale, output, log):
    train = read_faces(files, "train")
    attributes = list(dict.fromkeys(network["attribute"] for network in networks))
    means, variances = train[attributes].mean(), RatingScale(*scale).to_unit(train[attributes]).var(ddof=0)
    rows = []
    for network, predictions, history in zip(networks, files.predictions, files.histories, strict=True):
        name = network["attribute"]
        measured = network_row(read_table(predictions), read_table(history)["loss"], means[name], variances[name])
        rows.append(network | measured)
    of_bases = base_rows(files, bases, attributes).drop(columns="base")
    known = of_bases.merge(ridge_errors(files.ridge, ridges), on=["kind", "base_seed", "attribute"])
    table = pd.DataFrame(rows).merge(known, how="left", on=["kind", "base_seed", "attribute"])
    table = named(table)[[*NETWORK, *OF_NETWORK, *OF_BASE]]
    write_tables(output, {"replicates": table, "base_replicates": over_seeds(table)}, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
