"""Tabulate how the occlusion of each part of the face changes each network's scores and heatmaps."""

import pandas as pd

from facelrp.faces.occlusion import FILL_DIFFERENCE, OTHER_FILL
from facelrp.faces.rating_scales import RatingScale
from facelrp.statistics.inference import bootstrap_interval, cohen_dz, share_interval, sign_flip_test
from facelrp.statistics.summary import with_q
from facelrp_workflow.files import read_table, read_tables, write_table
from facelrp_workflow.job import job


def rows(network, scores, ratings, relevance, scale):
    """Return a row for each part: changes of the score in points, and of the part's relevance and its share.

    The last row compares the two fills of the mouth, and says nothing of relevance.
    """
    wide = scores.pivot(index="face_id", columns="occluded", values="prediction")
    parts = [name for name in scores["occluded"].unique() if name not in ("none", OTHER_FILL)]
    changes = wide[parts].sub(wide["none"], axis=0)
    if "mouth" in parts:
        # How much of the effect is the fill's: the mouth's change with this fill minus that with the other.
        parts.append(FILL_DIFFERENCE)
        changes[FILL_DIFFERENCE] = wide["mouth"] - wide[OTHER_FILL]
    low, high = bootstrap_interval(changes)
    falls, known = changes < 0, changes.notna()
    # Faces rated above the middle of the scale, for example happy faces, are also tabulated separately: occluding an
    # unhappy mouth can raise happiness.
    rated_high = wide.index[ratings.reindex(wide.index) > scale.middle]
    changes_of_high, known_of_high = changes.loc[rated_high], known.loc[rated_high].sum()
    low_of_high, high_of_high = bootstrap_interval(changes_of_high)
    table = pd.DataFrame(
        {
            "part": parts,
            "faces": known.sum(),
            "score": wide["none"].mean(),
            "change": changes.mean(),
            "low": low,
            "high": high,
            "d": cohen_dz(changes),
            "p": sign_flip_test(changes),
            **shares("falls", falls.sum(), known.sum()),
            "faces_of_high": known_of_high,
            "change_of_high": changes_of_high.mean(),
            "low_of_high": low_of_high,
            "high_of_high": high_of_high,
            **shares("falls_of_high", (changes_of_high < 0).sum(), known_of_high),
            **shares("rises_of_high", (changes_of_high > 0).sum(), known_of_high),
            "explained": relevance["face_id"].nunique(),
            "explained_of_high": len(rated_high.intersection(relevance["face_id"])),
        }
    )
    for column in ("relevance", "share"):
        before, after = (
            relevance.pivot(index="face_id", columns="occluded", values=f"{column}_{when}").reindex(columns=parts)
            for when in ("before", "after")
        )
        for suffix, face_ids in (("", before.index), ("_of_high", before.index.intersection(rated_high))):
            change = after.loc[face_ids] - before.loc[face_ids]
            low, high = bootstrap_interval(change)
            table[f"{column}_before{suffix}"] = before.loc[face_ids].mean()
            table[f"{column}_after{suffix}"] = after.loc[face_ids].mean()
            table[f"{column}_change{suffix}"] = change.mean()
            table[f"{column}_change_low{suffix}"], table[f"{column}_change_high{suffix}"] = low, high
    return table.reset_index(drop=True).assign(**network)[[*network, *table.columns]]


def shares(name, count, total):
    """Return a share with its interval, as three columns."""
    low, high = share_interval(count, total)
    return {name: count / total.where(total > 0), f"{name}_low": low, f"{name}_high": high}


def main(files, networks, base_modes, scale, output, log):
    scale = RatingScale(*scale)
    scores, relevance = (
        read_tables(paths, base_modes).groupby(["base", "mode", "attribute"])
        for paths in (files.scores, files.relevance)
    )
    tables = []
    for network, path in zip(networks, files.predictions, strict=True):
        key, ratings = tuple(network.values()), read_table(path).set_index("face_id")["rating"]
        # Only one attribute's networks are explained.
        explained = relevance.get_group(key) if key in relevance.groups else relevance.obj.head(0)
        tables.append(rows(network, scores.get_group(key), ratings, explained, scale))
    table = pd.concat(tables, ignore_index=True)
    # The comparison of fills is another question, with a family of tests of its own.
    table = pd.concat(with_q(own) for _, own in table.groupby(table["part"] == FILL_DIFFERENCE)).sort_index()
    write_table(output, table)
    table = table[table["part"] != FILL_DIFFERENCE]
    lowest = table.loc[table.groupby(["base", "mode", "attribute"], sort=False)["change"].idxmin()]
    logged = ["base", "mode", "attribute", "part", "change", "low", "high", "q", "falls"]
    log.info("the part that lowers the score most:\n%s", lowest[logged].round(3).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
