"""Tabulate whether a part's relevance rises in happy faces more than in networks that should not see happiness.

Networks of other attributes and networks trained on permuted ratings see the same photographs: what changes in their
heatmaps, too, is no evidence of happiness. The difference in differences, paired by person, is what is left.
"""

import pandas as pd

from facelrp.heatmaps.part_shares import area_shares, share_tables
from facelrp.statistics.inference import bootstrap_interval, sign_flip_test
from facelrp.statistics.pairing import differences, states_of
from facelrp.statistics.summary import describe, with_q
from facelrp_workflow.files import open_array, read_table, read_tables, write_tables
from facelrp_workflow.job import job

#: What a network is compared with: the mean over networks of the same base model.
OTHERS, PERMUTED = "other attributes", "permuted ratings"

#: The measures of a part: its share of positive relevance, and this share over the part's share of the image.
MEASURES = ("share", "share_per_area")


def changes(shares, faces, areas, other, level):
    """Return by how much each part's shares are larger in the happy state, for one network.

    Parameters
    ----------
    shares : DataFrame
        See `facelrp.heatmaps.part_shares.share_tables`.
    faces : DataFrame
        N photographs, with ``face_id``, ``identity`` and ``state``.
    areas : DataFrame
        Shares of the image, (N, parts).
    other : str
        The other state.
    level : str

    Returns
    -------
    DataFrame
        A row per person; columns are pairs of a measure (of `MEASURES`) and a part.
    """
    share = share_tables(shares, level)[0].reindex(faces["face_id"]).reset_index(drop=True)
    return differences(faces, pd.concat([share, share / areas], axis=1, keys=MEASURES), other)


def mean_over(tables):
    """Return the mean of tables with the same columns, row by row; rows and cells that one lacks are left out of it."""
    return pd.concat(tables).groupby(level=0).mean()


def rows(own, compared):
    """Return a row for each measure and part: the changes of a network, those of others, and how much they differ.

    Parameters
    ----------
    own : DataFrame
        See `changes`.
    compared : sequence of DataFrame
        The same of other networks.
    """
    others = mean_over(compared)
    excess = own - others
    means, mean = pd.concat([table.mean() for table in compared], axis=1), own.mean()
    table = {
        "people": excess.notna().sum().to_numpy(),
        "networks": len(compared),
        "networks_rising": (means > 0).sum(axis=1).to_numpy(),
        "networks_exceeded": means.lt(mean, axis=0).sum(axis=1).to_numpy(),
    }
    for name, change in (("change", own), ("change_of_others", others)):
        low, high = bootstrap_interval(change)
        table |= {name: change.mean().to_numpy(), f"{name}_low": low, f"{name}_high": high}
    table |= {**describe(excess), "p": sign_flip_test(excess)}
    return pd.concat([own.columns.to_frame(index=False, name=["measure", "part"]), pd.DataFrame(table)], axis=1)


def compare(networks, permuted, attribute):
    """Return the rows of every network of an attribute, see `rows`.

    Parameters
    ----------
    networks : dict of {(str, str, str): DataFrame}
        The changes of each network, by base model, mode and attribute.
    permuted : dict of {(str, int): DataFrame}
        Those of networks trained on permuted ratings, by base model and number.
    attribute : str
    """
    tables = []
    for (base, mode, name), own in networks.items():
        if name != attribute:
            continue
        comparators = {
            OTHERS: [table for key, table in networks.items() if key[:2] == (base, mode) and key[2] != name],
            PERMUTED: [table for key, table in permuted.items() if key[0] == base],
        }
        for comparator, compared in comparators.items():
            if compared:
                network = {"base": base, "mode": mode, "attribute": name, "comparator": comparator}
                tables.append(rows(own, compared).assign(**network))
    return pd.concat(tables)


def with_families(table):
    """Return a table with q: each comparator and measure asks a question, with a family of tests of its own."""
    return pd.concat(with_q(own) for _, own in table.groupby(["comparator", "measure"], sort=False)).sort_index()


def main(files, base_modes, bases, attribute, level, output, log):
    faces, labels = read_table(files.faces), open_array(files.parts)
    networks = dict([*read_tables(files.shares, base_modes).groupby(["base", "mode", "attribute"], sort=False)])
    permuted = [{"base": base} for base in bases]
    permuted = dict([*read_tables(files.permuted, permuted).groupby(["base", "permuted"], sort=False)])
    tables = []
    for one in ("coarse", "fine") if level == "fine" else ("coarse",):
        areas = area_shares(labels, one)
        for other in states_of(faces)[1:]:
            found, null = (
                {key: changes(table, faces, areas, other, one) for key, table in group.items()}
                for group in (networks, permuted)
            )
            tables.append(compare(found, null, attribute).assign(against=other, level=one))
    table = pd.concat(tables, ignore_index=True)
    table = pd.concat(with_families(own) for _, own in table.groupby("level", sort=False)).sort_index()
    first = ["base", "mode", "attribute", "comparator", "measure", "against", "level", "part"]
    write_tables({"specificity": output}, {"specificity": table[[*first, *table.columns.drop(first)]]}, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output[0], log=log)
