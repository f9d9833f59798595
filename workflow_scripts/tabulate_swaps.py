"""Tabulate what swapping parts between two photographs of a person does, and whether relevance is like it."""

import numpy as np
import pandas as pd

from facelrp.faces.rating_scales import RatingScale
from facelrp.faces.swaps import ALL, PARTS
from facelrp.findings.agreement import compare, with_interval
from facelrp.statistics.inference import bootstrap_interval, sign_flip_test
from facelrp.statistics.summary import describe, with_q
from facelrp_workflow.files import read_tables, write_tables
from facelrp_workflow.job import job

KEYS = ["base", "mode", "attribute", "against"]


def wide(table, column):
    """Return one network's values of a column as a table: a row per person, a column per part, in order."""
    return table.pivot(index="identity", columns="part", values=column)[table["part"].unique()]


def share_of_difference(effects, differences):
    """Return the mean of effects as a share of the mean difference, over people, the last axis but that of parts.

    Parameters
    ----------
    effects : ndarray of float, shape (..., N, P)
        In points. NaN, a part that a person does not show, does nothing: it counts as 0.
    differences : ndarray of float, shape (..., N)

    Returns
    -------
    ndarray of float, shape (..., P)
        NaN without a difference.
    """
    total = differences.sum(-1)[..., None]
    sums = np.nan_to_num(effects).sum(-2)
    # 0 over a negative difference would be −0.
    return np.divide(sums, total, out=np.full(sums.shape, np.nan), where=total != 0) + 0.0


def agreement(effects, relevance, scale):
    """Return how like the effects of one network's swaps their relevance is, and what they add up to.

    Parameters
    ----------
    effects, relevance : DataFrame of float
        A row per person, a column per part and one for the whole photograph.
    scale : facelrp.faces.rating_scales.RatingScale

    Returns
    -------
    dict of {str: float}
    """
    parts, differences = effects[list(PARTS)].to_numpy(), effects[ALL].to_numpy()
    found = compare(parts, relevance[list(PARTS)].to_numpy(), scale)
    added = np.nansum(parts, axis=1)[:, None]

    def explained(rows):
        return share_of_difference(added[rows], differences[rows])[..., 0]

    every = np.arange(len(effects))
    found |= with_interval("difference", differences.mean(), every, lambda rows: differences[rows].mean(-1))
    found |= with_interval("explained", explained(every), every, explained)
    return {name.replace("faces", "people"): value for name, value in found.items()}


def effects_of_parts(effects, relevance):
    """Return a row for each part of one network: its mean effect, its share of the difference, and its relevance.

    ``effects`` and ``relevance`` are as in `agreement`.
    """
    values, differences = effects.to_numpy(), effects[ALL].to_numpy()
    described = describe(values)
    shares_low, shares_high = bootstrap_interval(
        np.arange(len(effects)),
        lambda drawn, axis: share_of_difference(values[drawn.astype(int)], differences[drawn.astype(int)]),
    )
    relevance_low, relevance_high = bootstrap_interval(relevance)
    return pd.DataFrame(
        {
            "part": effects.columns,
            "people": effects.notna().sum().to_numpy(),
            "effect": described.pop("difference"),
            **described,
            "p": sign_flip_test(values),
            "share": share_of_difference(values, differences),
            "share_low": shares_low,
            "share_high": shares_high,
            "relevance": relevance.mean().to_numpy(),
            "relevance_low": relevance_low,
            "relevance_high": relevance_high,
        }
    )


def main(files, base_modes, scale, output, log):
    agreements, tables = [], []
    for key, table in read_tables(files.swaps, base_modes).groupby(KEYS, sort=False):
        network = dict(zip(KEYS, key, strict=True))
        effects, relevance = wide(table, "effect"), wide(table, "relevance")
        agreements.append(network | agreement(effects, relevance, RatingScale(*scale)))
        tables.append(effects_of_parts(effects, relevance).assign(**network))
    parts = with_q(pd.concat(tables))
    parts = parts[[*KEYS, *parts.columns.drop(KEYS)]]
    write_tables(output, {"swaps": pd.DataFrame(agreements), "swap_effects": parts}, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
