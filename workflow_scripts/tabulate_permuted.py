"""Tabulate networks trained on permuted ratings: what they know, and how their heatmaps compare with those of others.

They should know nothing of the attribute. Measures of heatmaps that are as good for them say nothing about it either.
"""

import numpy as np
import pandas as pd

from facelrp.heatmaps.perturbation import areas_of_orders
from facelrp.heatmaps.rule_names import OWN, RANDOM
from facelrp.statistics.cross_correlation import pearson
from facelrp.statistics.inference import bootstrap_interval, sign_flip_test
from facelrp.statistics.summary import describe, with_q
from facelrp_workflow.files import read_faces, read_table, read_tables, write_tables
from facelrp_workflow.job import job

#: Measures of localisation that are compared, see `facelrp.heatmaps.localisation`.
ACCURACIES = ["absolute_mass", "positive_mass", "rank"]


def know(predictions, mean):
    """Return what a network knows of the test set, a row of the table.

    Parameters
    ----------
    predictions : DataFrame
        With ``rating`` and ``prediction``, a row per face.
    mean : float
        The mean rating of the training faces, with which errors are compared.
    """
    ratings, predicted = predictions["rating"].to_numpy(), predictions["prediction"].to_numpy()

    def correlation(rows):
        return pearson(ratings[rows][..., None], predicted[rows][..., None])[..., 0, 0]

    every = np.arange(len(ratings))
    r_low, r_high = bootstrap_interval(every, lambda drawn, axis: correlation(drawn.astype(int)))
    errors, baseline = np.abs(predicted - ratings), np.abs(mean - ratings)
    return {
        "faces": len(ratings),
        "pearson_r": correlation(every),
        "pearson_r_low": r_low,
        "pearson_r_high": r_high,
        "mae": errors.mean(),
        "mae_baseline": baseline.mean(),
        **describe(errors - baseline),
        "spread": predicted.std(ddof=1),
    }


def measures(localisation, curves, keys):
    """Return the measures of each face's heatmap: a table (network and face, measure).

    Parameters
    ----------
    localisation, curves : DataFrame
        Results of `evaluate_heatmaps` for the workflow's own heatmaps.
    keys : list of str
        Columns that tell networks apart.
    """
    index = [*keys, "face_id"]
    accuracies = localisation.pivot(index=index, columns="target", values=ACCURACIES)
    accuracies.columns = [f"{measure} {target}" for measure, target in accuracies]
    area = areas_of_orders(curves, keys)
    found = {
        "aopc": area["most"],
        "above_random": area["most"] - area["random"],
        "gain": area["most"] - area["least"],
    }
    return accuracies.join(pd.DataFrame(found), how="inner")


def in_units_of_spread(table, spread):
    """Add what perturbation does in units of a network's spread of predictions: a table.

    Parameters
    ----------
    table : DataFrame
        See `measures`, its first index levels those of ``spread``.
    spread : Series
        Standard deviation of each network's predictions for the test set.
    """
    keys = table.index.droplevel("face_id")
    spread = spread.reindex(keys).where(lambda values: values > 0).to_numpy()
    return table.assign(**{f"{name}_over_spread": table[name] / spread for name in ("above_random", "gain")})


def compare(network, own, permuted):
    """Return a row for each measure: that of a network's heatmaps, less the mean over networks of permuted ratings.

    Parameters
    ----------
    network : dict
    own : DataFrame
        A row per face, a column per measure.
    permuted : DataFrame
        The same for each network, with the index levels ``permuted`` and ``face_id``.
    """
    null = permuted.groupby("face_id").mean().loc[own.index]
    excess = own - null
    table = {
        "measure": [name.partition(" ")[0] for name in own],
        "target": [name.partition(" ")[2] for name in own],
        "faces": excess.notna().sum().to_numpy(),
        "networks": permuted.index.get_level_values("permuted").nunique(),
    }
    for name, values in (("value", own), ("value_of_permuted", null)):
        low, high = bootstrap_interval(values)
        table |= {name: values.mean().to_numpy(), f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame({**network, **table, **describe(excess), "p": sign_flip_test(excess)})


def of_rule(table, *rules):
    """Return the rows of some rules, without the column."""
    return table[table["rule"].isin(rules)].drop(columns="rule")


def main(files, networks, base_modes, bases, output, log):
    of_bases = [{"base": base} for base in bases]
    localisation, curves, predictions = (
        read_tables(files[name], of_bases) for name in ("permuted_localisation", "permuted_curves", "permuted")
    )
    attribute = networks[0]["attribute"]
    mean = read_faces(files, "train")[attribute].mean()
    keys = ["base", "permuted"]
    known = pd.DataFrame(
        [dict(zip(keys, key, strict=True)) | know(table, mean) for key, table in predictions.groupby(keys, sort=False)]
    )
    permuted = measures(of_rule(localisation, OWN), of_rule(curves, OWN, RANDOM), keys)
    permuted = in_units_of_spread(permuted, known.set_index(keys)["spread"])
    found = [
        of_rule(table[table["attribute"] == attribute], OWN, RANDOM)
        for table in (read_tables(files[name], base_modes) for name in ("localisation", "curves"))
    ]
    own = measures(*found, ["base", "mode"])
    spreads = {
        (network["base"], network["mode"]): read_table(path)["prediction"].std()
        for network, path in zip(networks, files.predictions, strict=True)
    }
    own = in_units_of_spread(own, pd.Series(spreads).rename_axis(["base", "mode"]))
    compared = [
        compare(network, own.loc[(network["base"], network["mode"])], permuted.loc[network["base"]])
        for network in networks
    ]
    tables = {
        "permuted_networks": known,
        "permuted_heatmaps": with_q(pd.concat(compared, ignore_index=True)),
    }
    write_tables(output, tables, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
