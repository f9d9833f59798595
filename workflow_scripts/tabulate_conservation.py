"""Tabulate how well each network conserved relevance, and where relevance was lost.

Conservation, ΣR = f(x), is the axiom of completeness; with references, ΣR = f(x) − mean f(x′).
"""

import pandas as pd

from facelrp_workflow.files import read_table, write_table
from facelrp_workflow.job import job


def row(network, scores, ledger):
    """Return medians over faces, with losses as shares of |f(x) − baseline| over all layers together."""
    causes = ledger.columns.drop(["face_id", "layer", "kind", "relevance_out", "relevance_in"])
    explained = scores["output"] - scores["baseline"]
    size = explained.abs().set_axis(scores["face_id"])
    lost = ledger.groupby("face_id", sort=False)[list(causes)].sum().div(size, axis=0)
    return {
        **network,
        "faces": len(scores),
        "median_error": scores["conservation_error"].median(),
        "largest_error": scores["conservation_error"].max(),
        "median_relevance_share": (scores["relevance"] / explained).median(),
        **{f"median_{cause}": share for cause, share in lost.median().items()},
    }


def main(files, networks, output, log):
    table = pd.DataFrame(
        [
            row(network, read_table(scores), read_table(ledger))
            for network, scores, ledger in zip(networks, files.scores, files.ledgers, strict=True)
        ]
    )
    write_table(output, table)
    log.info("\n%s", table.to_string(index=False, float_format="{:.3g}".format))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.networks, snakemake.output[0], log)
