"""Tabulate how well each network conserved relevance, and where relevance was lost.

Conservation, ΣR = f(x), is the axiom of completeness; with references, ΣR = f(x) − mean f(x′). A
caption says how far that is true of this experiment.
"""

import sys

import pandas as pd

from facelrp.heatmaps.conservation import advice, in_words
from facelrp_workflow.files import read_table, replacing, write_table
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
    tables = [read_table(path) for path in files.scores]
    rows = zip(networks, tables, files.ledgers, strict=True)
    table = pd.DataFrame([row(network, scores, read_table(ledger)) for network, scores, ledger in rows])
    compared = any(scores["baseline"].any() for scores in tables)
    said, warning = in_words(table, compared), advice(table)
    write_table(output.table, table)
    with replacing(output.caption) as temporary:
        temporary.write_text(" ".join([said, warning]).strip() + "\n", encoding="utf-8")
    log.info("%s\n%s", said, table.to_string(index=False, float_format="{:.3g}".format))
    if warning:
        log.warning(warning)
        print(warning, file=sys.stderr)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.networks, snakemake.output, log)
