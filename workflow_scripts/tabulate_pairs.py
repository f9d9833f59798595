"""Tabulate how scores and relevance differ between the happy and another state of the same people."""

import pandas as pd

from facelrp.faces.parts import REPORTED
from facelrp.faces.rating_scales import RatingScale
from facelrp.heatmaps.part_shares import share_tables
from facelrp.statistics.inference import bootstrap_interval, share_interval, sign_flip_test
from facelrp.statistics.pairing import differences, in_both_states, states_of
from facelrp.statistics.summary import describe, with_q
from facelrp_workflow.files import read_table, read_tables, write_table
from facelrp_workflow.job import job


def part_rows(network, faces, shares, states, level, scale):
    """Return a row for each part of a level and other state.

    The test uses the share of all positive relevance, which is between 0 and 1 for every face. Shares of the total sum
    are unbounded if the score is near zero, and relevance itself grows in all parts if the score grows.
    """
    share, relevance = (table.reindex(faces["face_id"]).reset_index(drop=True) for table in share_tables(shares, level))
    tables = []
    for other in states[1:]:
        happy, others = in_both_states(faces, share, other)
        change = happy - others
        points = differences(faces, scale.width * relevance, other)
        points_low, points_high = bootstrap_interval(points)
        table = {
            "against": other,
            "level": level,
            "part": list(REPORTED[level]),
            "people": len(change),
            "share_happy": happy.mean().to_numpy(),
            "share_other": others.mean().to_numpy(),
            **describe(change),
            "p": sign_flip_test(change),
            "relevance_difference": points.mean().to_numpy(),
            "relevance_low": points_low,
            "relevance_high": points_high,
        }
        tables.append(pd.DataFrame({**network, **table}))
    return pd.concat(tables)


def score_rows(network, faces, scores, states, scale):
    """Return a row for each other state: how much higher the happy face's score is, and for what share of people."""
    points = scale.to_points(scores[["output"]].reset_index(drop=True))
    tables = []
    for other in states[1:]:
        happy, others = (table["output"] for table in in_both_states(faces, points, other))
        change = happy - others
        share_low, share_high = share_interval((change > 0).sum(), len(change))
        table = {
            "against": other,
            "people": len(change),
            "score_happy": happy.mean(),
            "score_other": others.mean(),
            **describe(change),
            "higher": (change > 0).mean(),
            "higher_low": share_low,
            "higher_high": share_high,
            "p": sign_flip_test(change),
        }
        tables.append(pd.DataFrame({**network, **table}, index=[0]))
    return pd.concat(tables)


def main(files, base_modes, networks, level, scale, output, log):
    scale = RatingScale(*scale)
    faces = read_table(files.faces)
    states = states_of(faces)
    shares, scores = (
        read_tables(paths, base_modes).groupby(["base", "mode", "attribute"]) for paths in (files.shares, files.scores)
    )
    keys = [tuple(network.values()) for network in networks]
    own = list(zip(networks, keys, strict=True))
    # The levels answer two questions about the same relevance: each has its own family of tests.
    parts = [
        with_q(
            pd.concat(part_rows(network, faces, shares.get_group(key), states, level, scale) for network, key in own)
        )
        for level in (("coarse", "fine") if level == "fine" else ("coarse",))
    ]
    scores = with_q(pd.concat(score_rows(network, faces, scores.get_group(key), states, scale) for network, key in own))
    write_table(output.parts, pd.concat(parts))
    write_table(output.scores, scores)
    logged = ["base", "mode", "attribute", "difference", "low", "high", "q", "higher"]
    log.info("scores, happy − other:\n%s", scores[logged].round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
