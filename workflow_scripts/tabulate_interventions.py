"""Compare relevance with the effects of interventions, network by network; and what networks use with what they should.

The first table is about the heatmaps (faithfulness), the second about the networks alone.
"""

import pandas as pd

from facelrp.faces.rating_scales import RatingScale
from facelrp.findings.agreement import compare
from facelrp.heatmaps import interventions
from facelrp.statistics.inference import bootstrap_interval
from facelrp_workflow.files import read_table, read_tables, write_tables
from facelrp_workflow.job import job

NETWORK = ["base", "mode", "attribute"]


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


def main(files, base_modes, scale, output, log):
    scale = RatingScale(*scale)
    measured, truth = read_tables(files.interventions, base_modes), read_table(files.truth)
    compared = [
        dict(zip([*NETWORK, "rule"], key, strict=True))
        | compare(wide(table, "effect").to_numpy(), wide(table, "relevance").to_numpy(), scale)
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
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
