"""Compare relevance with the effects of interventions, network by network; and what networks use with what they should.

The first table is about the heatmaps (faithfulness), the second about networks and heatmaps part by part, the third
sums both up for each attribute.
"""

import numpy as np
import pandas as pd

from facelrp.faces.rating_scales import RatingScale
from facelrp.findings.agreement import compare
from facelrp.findings.recovery import recovery, shown_shares
from facelrp.heatmaps import interventions
from facelrp.heatmaps.rule_names import OWN
from facelrp.statistics.inference import bootstrap_interval
from facelrp.statistics.summary import ALL
from facelrp_workflow.files import read_table, read_tables, write_tables
from facelrp_workflow.job import job

NETWORK = ["base", "mode", "attribute"]


def compare_use(effects, relevance, true_shares):
    """Return the share of each part in what a network uses, beside its share in the ratings and the heatmaps: a table.

    Parameters
    ----------
    effects, relevance : DataFrame of float, shape (N, P)
        In points; a column for each part.
    true_shares : Series
        By part; those that are missing are 0.
    """
    low, high = bootstrap_interval(effects, interventions.used_shares)
    every, lit = np.arange(len(effects)), relevance.to_numpy()
    shown_low, shown_high = bootstrap_interval(every, lambda rows, axis: shown_shares(lit[rows.astype(int)]))
    return pd.DataFrame(
        {
            "part": effects.columns,
            "faces": len(effects),
            "true_share": true_shares.reindex(effects.columns, fill_value=0.0).to_numpy(),
            "used_share": interventions.used_shares(effects.to_numpy()),
            "used_share_low": low,
            "used_share_high": high,
            "shown_share": shown_shares(lit),
            "shown_share_low": shown_low,
            "shown_share_high": shown_high,
        }
    )


def compare_recovery(networks, scale):
    """Return how far the networks of each attribute, and of all, recover the truth: a table.

    Parameters
    ----------
    networks : list of (str, ndarray (N, P), ndarray (N, P), ndarray (P,))
        The attribute of each network, the effects and the relevance of parts, and the true shares of the parts.
    scale : RatingScale
        That of effects and relevance.
    """
    attributes = dict.fromkeys(attribute for attribute, *_ in networks)
    groups = {attribute: [one for one in networks if one[0] == attribute] for attribute in attributes}
    if len(groups) > 1:
        groups[ALL] = networks
    return pd.DataFrame(
        [
            {"attribute": attribute} | recovery(*map(np.stack, list(zip(*group, strict=True))[1:]), scale)
            for attribute, group in groups.items()
        ]
    )


def wide(table, column):
    """Return one network's and rule's values of a column as a table: a row per face, a column per part, in order."""
    return table.pivot(index="face_id", columns="part", values=column)[table["part"].unique()]


def main(files, base_modes, scale, output, log):
    scale = RatingScale(*scale)
    measured, truth = read_tables(files.interventions, base_modes), read_table(files.truth)
    compared = [
        dict(zip([*NETWORK, "rule"], key, strict=True))
        | compare(wide(table, "effect").to_numpy(), wide(table, "relevance").to_numpy(), scale)
        for key, table in measured.groupby([*NETWORK, "rule"], sort=False)
    ]
    uses, networks = [], []
    for key, table in measured[measured["rule"] == OWN].groupby(NETWORK, sort=False):
        network = dict(zip(NETWORK, key, strict=True))
        effects, relevance = wide(table, "effect"), wide(table, "relevance")
        true_shares = truth[truth["attribute"] == network["attribute"]].set_index("part")["share"]
        use = compare_use(effects, relevance, true_shares)
        uses.append(use.assign(**network))
        networks.append((network["attribute"], effects, relevance, use["true_share"]))
    tables = {"interventions": pd.DataFrame(compared), "uses": pd.concat(uses)}
    tables["uses"] = tables["uses"][[*NETWORK, *tables["uses"].columns.drop(NETWORK)]]
    tables["recovery"] = compare_recovery(networks, scale)
    write_tables(output, tables, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
