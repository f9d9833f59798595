"""Tabulate what it does to each network's scores and heatmaps to paint a part of the face over."""

import pandas as pd

from facelrp.faces.rating_scales import MIDDLE
from facelrp.statistics.inference import bootstrap_interval, cohen_dz, share_interval, sign_flip_test
from facelrp.statistics.summary import with_q
from facelrp_workflow.files import read_table, read_tables, write_table
from facelrp_workflow.job import job


def rows(network, scores, ratings, relevance):
    """One line for each part: changes of the score in points, and of the share of positive relevance in the part."""
    wide = scores.pivot(index="face_id", columns="occluded", values="prediction")
    parts = [name for name in scores["occluded"].unique() if name != "none"]
    changes = wide[parts].sub(wide["none"], axis=0)
    low, high = bootstrap_interval(changes)
    falls, there = changes < 0, changes.notna()
    # What is not there cannot be taken away: an unhappy mouth's occlusion can well raise happiness.
    rated_high = wide.index[ratings.reindex(wide.index) > MIDDLE]
    changes_of_high, there_of_high = changes.loc[rated_high], there.loc[rated_high].sum()
    low_of_high, high_of_high = bootstrap_interval(changes_of_high)
    table = pd.DataFrame(
        {
            "part": parts,
            "faces": there.sum(),
            "score": wide["none"].mean(),
            "change": changes.mean(),
            "low": low,
            "high": high,
            "d": cohen_dz(changes),
            "p": sign_flip_test(changes),
            **shares("falls", falls.sum(), there.sum()),
            # Of faces that people rated above the middle of the scale: happy faces, say.
            "faces_of_high": there_of_high,
            "change_of_high": changes_of_high.mean(),
            "low_of_high": low_of_high,
            "high_of_high": high_of_high,
            **shares("falls_of_high", (changes_of_high < 0).sum(), there_of_high),
            **shares("rises_of_high", (changes_of_high > 0).sum(), there_of_high),
            "explained": relevance["face_id"].nunique(),
            "explained_of_high": len(rated_high.intersection(relevance["face_id"])),
        }
    )
    for column in ("relevance", "share"):
        before, after = (
            relevance.pivot(index="face_id", columns="occluded", values=f"{column}_{when}").reindex(columns=parts)
            for when in ("before", "after")
        )
        for of, some in (("", before.index), ("_of_high", before.index.intersection(rated_high))):
            change = after.loc[some] - before.loc[some]
            low, high = bootstrap_interval(change)
            table[f"{column}_before{of}"] = before.loc[some].mean()
            table[f"{column}_after{of}"] = after.loc[some].mean()
            table[f"{column}_change{of}"] = change.mean()
            table[f"{column}_change_low{of}"], table[f"{column}_change_high{of}"] = low, high
    return table.reset_index(drop=True).assign(**network)[[*network, *table.columns]]


def shares(name, count, total):
    """A share with its interval, as three columns."""
    low, high = share_interval(count, total)
    return {name: count / total.where(total > 0), f"{name}_low": low, f"{name}_high": high}


def main(files, networks, groups, output, log):
    scores, relevance = (
        read_tables(paths, groups).groupby(["base", "mode", "attribute"]) for paths in (files.scores, files.relevance)
    )
    lines = []
    for network, path in zip(networks, files.predictions, strict=True):
        own, ratings = tuple(network.values()), read_table(path).set_index("face_id")["rating"]
        lines.append(rows(network, scores.get_group(own), ratings, relevance.get_group(own)))
    lines = pd.concat(lines, ignore_index=True)
    table = with_q(lines)
    write_table(output, table)
    lowest = table.loc[table.groupby(["base", "mode", "attribute"], sort=False)["change"].idxmin()]
    shown = ["base", "mode", "attribute", "part", "change", "low", "high", "q", "falls"]
    log.info("the part that lowers the score most:\n%s", lowest[shown].round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
