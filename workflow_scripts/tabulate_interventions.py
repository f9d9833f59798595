"""Compare relevance with the effects of interventions, network by network; and what networks use with what they should.

The first table is about the heatmaps (faithfulness), the second about the networks alone.
"""

import numpy as np
import pandas as pd

from facelrp.heatmaps import interventions
from facelrp.statistics.inference import bootstrap_interval
from facelrp_workflow.files import read_table, read_tables, write_tables
from facelrp_workflow.job import job

NETWORK = ["base", "mode", "attribute"]


def with_interval(name, value, rows, statistic):
    """Return a number and the ends of its 95 % interval, as three columns.

    Parameters
    ----------
    name : str
    value : float
    rows : ndarray of int
        The faces to resample.
    statistic : callable
        Returns the number for each of many resamples of these rows (draws, n): an array (draws,).
    """
    low, high = bootstrap_interval(rows, lambda drawn, axis: statistic(drawn.astype(int)))
    # An array of no dimensions would be written as text, and NaN as "nan".
    return {name: float(value), f"{name}_low": low, f"{name}_high": high}


def mean_of_known(values):
    """Return the mean over the last axis without NaN, NaN if nothing else is left: ndarray of float, shape (...)."""
    known = np.isfinite(values)
    count = known.sum(-1)
    return np.divide(np.where(known, values, 0.0).sum(-1), count, out=np.full(count.shape, np.nan), where=count > 0)


def compare(effects, relevance):
    """Return how like the effects of parts their relevance is, for one network and rule.

    Parameters
    ----------
    effects, relevance : ndarray of float, shape (N, P)
        N faces, P parts, in points; relevance is NaN where a face does not show the part.

    Returns
    -------
    dict of {str: float}
    """
    compared = interventions.comparable(effects, relevance)
    within = interventions.correlation(effects, relevance, axis=1)
    varying = interventions.varying_parts(effects)
    moved, lit = effects[:, varying], relevance[:, varying]

    def across(rows):
        return mean_of_known(interventions.correlation(moved[rows], lit[rows], axis=-2))

    every = np.arange(len(effects))
    return {
        "faces": len(effects),
        "effects": compared.sum(),
        **with_interval(
            "sign_agreement",
            interventions.sign_agreement(effects, relevance),
            np.flatnonzero(compared.any(axis=1)),
            lambda rows: interventions.sign_agreement(effects[rows], relevance[rows]),
        ),
        "positive_effects": (effects[compared] > 0).mean() if compared.any() else np.nan,
        **with_interval(
            "r_within_faces",
            mean_of_known(within),
            np.flatnonzero(np.isfinite(within)),
            lambda rows: mean_of_known(within[rows]),
        ),
        "parts": varying.sum(),
        **with_interval("r_across_faces", across(every), every, across),
    }


def compare_use(effects, true_shares):
    """Return the share of each part in what a network uses, beside its share in the ratings: a table.

    Parameters
    ----------
    effects : DataFrame of float, shape (N, P)
        In points; a column for each part.
    true_shares : Series
        By part; those that are missing are 0.
    """
    low, high = bootstrap_interval(effects, interventions.used_shares)
    return pd.DataFrame(
        {
            "part": effects.columns,
            "faces": len(effects),
            "true_share": true_shares.reindex(effects.columns, fill_value=0.0).to_numpy(),
            "used_share": interventions.used_shares(effects.to_numpy()),
            "used_share_low": low,
            "used_share_high": high,
        }
    )


def wide(table, column):
    """Return one network's and rule's values of a column as a table: a row per face, a column per part, in order."""
    return table.pivot(index="face_id", columns="part", values=column)[table["part"].unique()]


def main(files, base_modes, output, log):
    measured, truth = read_tables(files.interventions, base_modes), read_table(files.truth)
    compared = [
        dict(zip([*NETWORK, "rule"], key, strict=True))
        | compare(wide(table, "effect").to_numpy(), wide(table, "relevance").to_numpy())
        for key, table in measured.groupby([*NETWORK, "rule"], sort=False)
    ]
    uses = []
    for key, table in measured.groupby(NETWORK, sort=False):
        network = dict(zip(NETWORK, key, strict=True))
        # Effects do not depend on the rule.
        effects = wide(table[table["rule"] == table["rule"].iloc[0]], "effect")
        true_shares = truth[truth["attribute"] == network["attribute"]].set_index("part")["share"]
        uses.append(compare_use(effects, true_shares).assign(**network))
    tables = {"interventions": pd.DataFrame(compared), "uses": pd.concat(uses)}
    tables["uses"] = tables["uses"][[*NETWORK, *tables["uses"].columns.drop(NETWORK)]]
    write_tables(output, tables, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.base_modes, snakemake.output, log)
