"""Tabulate how scores and relevance differ between the happy and the other state of the same people."""

import pandas as pd

from facelrp.faces.parts import GROUPS, WHOLES
from facelrp.faces.rating_scales import HIGH, LOW, to_points
from facelrp.statistics.inference import bootstrap_interval, share_interval, sign_flip_test
from facelrp.statistics.pairing import differences, in_both_states, states_of
from facelrp.statistics.summary import describe, with_q
from facelrp_workflow.files import read_table, read_tables, write_table
from facelrp_workflow.job import job

#: Left and right are reported together.
WHOLE = {part: whole for whole in WHOLES for part in GROUPS.get(whole, (whole,))}


def share_tables(shares):
    """From the long table of parts: shares of positive relevance, and relevance in points, (faces, `WHOLES`) each."""
    shares = shares.assign(part=shares["part"].map(WHOLE))
    wide = shares.pivot_table(index="face_id", columns="part", values=["positive", "relevance"], aggfunc="sum")
    positive = wide["positive"][list(WHOLES)]
    return positive.div(positive.sum(axis=1), axis=0), wide["relevance"][list(WHOLES)] * (HIGH - LOW)


def part_rows(network, faces, shares, states):
    """One line for each part and other state.

    Tested is the share of all positive relevance. It lies between 0 and 1 in every face, whereas shares of the whole
    sum have no bounds where the score is near zero, and relevance itself grows everywhere where the score does.
    """
    share, relevance = (table.reindex(faces["face_id"]).reset_index(drop=True) for table in share_tables(shares))
    tables = []
    for other in states[1:]:
        happy, others = in_both_states(faces, share, other)
        change = happy - others
        points = differences(faces, relevance, other)
        points_low, points_high = bootstrap_interval(points)
        table = {
            "against": other,
            "part": WHOLES,
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


def score_rows(network, faces, scores, states):
    """One line for each other state: how much higher the happy face's score is, and for how many people it is."""
    points = to_points(scores[["output"]].reset_index(drop=True))
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


def main(files, groups, networks, output, log):
    faces = read_table(files.faces)
    states = states_of(faces)
    shares, scores = (
        read_tables(paths, groups).groupby(["base", "mode", "attribute"]) for paths in (files.shares, files.scores)
    )
    keys = [tuple(network.values()) for network in networks]
    parts = [
        part_rows(network, faces, shares.get_group(key), states) for network, key in zip(networks, keys, strict=True)
    ]
    scores = [
        score_rows(network, faces, scores.get_group(key), states) for network, key in zip(networks, keys, strict=True)
    ]
    parts, scores = (with_q(pd.concat(tables, ignore_index=True)) for tables in (parts, scores))
    write_table(output.parts, parts)
    write_table(output.scores, scores)
    shown = ["base", "mode", "attribute", "difference", "low", "high", "q", "higher"]
    log.info("scores, happy − other:\n%s", scores[shown].round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
