"""Tabulate which measures of a base model foretell how well and how fast networks made from it learn."""

import pandas as pd

from facelrp.statistics.replicates import CONTROLS, base_means, correlations
from facelrp.statistics.summary import with_q
from facelrp_workflow.files import read_table, write_tables
from facelrp_workflow.job import job

#: What is to be foretold: the mean absolute error, and the mean training error over epochs.
OUTCOMES = ("mae", "mean_error")
#: What may foretell it.
MEASURES = ("effective_pixels", "inner_share", "target_share", "accuracy", *CONTROLS)


def correlate(bases, outcome, measure):
    """Return a row: how the ranks of a measure and of an outcome correlate, see `correlations`."""
    whole, within, partial = correlations(bases, measure, outcome)
    row = {"outcome": outcome, "measure": measure, "base_models": len(bases), "kinds": bases["base"].nunique()}
    row["rank_correlation"] = whole.mean
    row["low"], row["high"] = whole.interval()
    row["p"] = min(1.0, 2 * min(whole.one_sided(0.0)))
    row["within_kinds"] = within.mean
    row["partial"] = partial.mean
    row["partial_low"], row["partial_high"] = partial.interval()
    return row


def main(files, output, log):
    replicates, rows = read_table(files.replicates), []
    for mode, networks in replicates.groupby("mode", sort=False):
        bases = base_means(networks)
        measures = [measure for measure in MEASURES if bases[measure].notna().all()]
        rows += [{"mode": mode} | correlate(bases, outcome, one) for outcome in OUTCOMES for one in measures]
    write_tables(output, {"predictors": with_q(pd.DataFrame(rows))}, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, log)
