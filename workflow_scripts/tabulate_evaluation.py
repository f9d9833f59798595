"""Summarise the measures of the heatmaps, network by network, with intervals over faces.

``perturbation`` is faithfulness (region perturbation, AOPC), ``localisation`` relevance mass and rank accuracy, and
``sanity`` both randomisation (MPRT, eMPRT) and robustness (mirror equivariance); see `facelrp.heatmaps`. ``rules``
compares other rules with that of the heatmaps, face by face.
"""

import numpy as np
import pandas as pd

from facelrp.heatmaps.perturbation import areas_of_orders
from facelrp.heatmaps.rule_names import ON_ALL_FACES, OWN
from facelrp.statistics.inference import sign_flip_test
from facelrp.statistics.summary import describe, summarise, with_q
from facelrp_workflow.files import read_table, read_tables, write_tables
from facelrp_workflow.job import job

NETWORK = ["base", "mode", "attribute"]


def areas(curves):
    """Return each face's and rule's area over the curve, its excess over random orders and over the opposite order.

    The last is the symmetric gain, ``gain``, only where all regions are removed in the end; otherwise it is
    ``most_minus_least``.
    """
    keys = [*NETWORK, "rule", "face_id"]
    area = areas_of_orders(curves, [*NETWORK, "rule"])
    random = area["random"].dropna().droplevel("rule")
    area = area.drop(columns="random").dropna().reset_index()
    area["random"] = random.loc[pd.MultiIndex.from_frame(area[[*NETWORK, "face_id"]])].to_numpy()
    between = "gain" if curves["removed"].max() == 1 else "most_minus_least"
    return area[keys].assign(
        aopc=area["most"], above_random=area["most"] - area["random"], **{between: area["most"] - area["least"]}
    )


def against_area(found):
    """Return the accuracies, with the mass accuracies also as multiples of the target's share of the area."""
    return found.assign(
        positive_mass_over_area=found["positive_mass"] / found["area"],
        negative_mass_over_area=found["negative_mass"] / found["area"],
    )


def on_shared_faces(measured):
    """Return the rows of the faces of which a network's heatmaps by all rules were measured, and all faces' own rows.

    A network that was not compared has its own heatmaps alone. The rule of the rows that are added is `ON_ALL_FACES`.
    """
    tables = []
    for _, table in measured.groupby(NETWORK, sort=False):
        shared = table.groupby("face_id")["rule"].transform("nunique") == table["rule"].nunique()
        tables += [table[shared], table[table["rule"] == OWN].assign(rule=ON_ALL_FACES)]
    return pd.concat(tables)


def against_own(measured, measure, name):
    """Compare each rule with the heatmaps' own, face by face: a row per network and rule, as a list of dict.

    Parameters
    ----------
    measured : DataFrame
        A row per network, rule and face; networks with other rules alone give rows.
    measure : str
        The column to compare.
    name : str
        What it is called in the table.
    """
    rows = []
    for key, table in measured.groupby(NETWORK, sort=False):
        wide = table.pivot(index="face_id", columns="rule", values=measure)[table["rule"].unique()].dropna()
        for rule in wide.columns.drop(OWN):
            change = (wide[rule] - wide[OWN]).to_numpy()
            values = {"faces": len(wide), "value": wide[rule].mean(), "own": wide[OWN].mean()}
            named = dict(zip(NETWORK, key, strict=True)) | {"rule": rule, "measure": name}
            rows.append(named | values | describe(change) | {"p": sign_flip_test(change)})
    return rows


def compare_rules(area, found, sums):
    """Return the table ``rules``: what other rules' heatmaps differ in from the heatmaps' own, face by face.

    Parameters
    ----------
    area : DataFrame
        See `areas`.
    found : DataFrame
        Localisation, by network, rule, target and face.
    sums : DataFrame
        See `facelrp.heatmaps.cancellation.relevance_sums`, by network, rule and face.
    """
    sums = sums.assign(
        # These ratios have no bound, so their order of magnitude is compared.
        log10_cancellation=np.log10(sums["absolute"] / sums["relevance"].abs()),
        relevance_share=sums["relevance"] / sums["explained"],
    )
    rows = [row for name in area.columns[-3:] if name != "above_random" for row in against_own(area, name, name)]
    for target, table in found.groupby("target", sort=False):
        rows += against_own(table, "positive_mass", f"positive_mass_{target}")
    rows += against_own(sums, "log10_cancellation", "log10_cancellation")
    # What a rule absorbs is its definition, not a finding to be tested.
    rows += [row | {"p": np.nan} for row in against_own(sums, "relevance_share", "relevance_share")]
    table = with_q(pd.DataFrame(rows))
    biases = sums.groupby("rule")["biases"].first()
    table.insert(table.columns.get_loc("rule") + 1, "biases", table["rule"].map(biases))
    table.insert(table.columns.get_loc("biases") + 1, "own_biases", biases[OWN])
    return table.sort_values([*NETWORK, "rule"], key=_order, kind="stable")


def _order(column):
    """Return a column's values as numbers, in order of appearance."""
    return column.map({value: number for number, value in enumerate(column.unique())})


def independent_level(faces):
    """Return how like each face's heatmap those by independently trained networks are: a row per network and face.

    Parameters
    ----------
    faces : DataFrame
        What `tabulate_agreement` wrote for each face.

    Returns
    -------
    DataFrame
        ``independent``: the rank correlation with the heatmap by the network of the same attribute and mode from
        another base model, averaged over the others.
    """
    pairs = faces[faces["kind"] == "base"]
    sides = [pairs.assign(base=pairs[side]) for side in ("first", "second")]
    level = pd.concat(sides).groupby([*NETWORK, "face_id"], sort=False)["rank_correlation"].mean()
    return level.rename("independent").reset_index()


def summarise_sanity(checks, faces):
    """Return the table ``sanity``: means over seeds, then over faces, beside the level of independent networks.

    Intervals are over faces. How much random networks differ is said by the lowest and the highest mean of a seed.
    """
    keys = [*NETWORK, "test", "layer"]
    checks = checks.fillna({"layer": ""})
    of_seeds = checks.groupby([*keys, "seed"], sort=False)["rank_correlation"].mean().groupby(keys)
    seeds = pd.DataFrame({"lowest_seed": of_seeds.min(), "highest_seed": of_seeds.max(), "seeds": of_seeds.size()})
    checks = checks.drop(columns="seed").groupby([*keys, "face_id"], sort=False).mean().reset_index()
    checks = checks.merge(independent_level(faces), how="left", on=[*NETWORK, "face_id"])
    checks["difference"] = (checks["rank_correlation"] - checks["independent"]).where(checks["test"] != "mirror")
    table = summarise(checks, keys)
    seeds = seeds.reindex(pd.MultiIndex.from_frame(table[keys]))
    table.insert(table.columns.get_loc("faces"), "seeds", seeds["seeds"].fillna(0).astype(int).array)
    for number, name in enumerate(("lowest_seed", "highest_seed")):
        table.insert(table.columns.get_loc("rank_correlation_high") + 1 + number, name, seeds[name].array)
    tested = checks.groupby(keys, sort=False)["difference"]
    table["p"] = tested.agg(lambda differences: sign_flip_test(differences)).array
    return with_q(table)


def main(files, base_modes, output, log):
    area, found = areas(read_tables(files.perturbation, base_modes)), read_tables(files.localisation, base_modes)
    tables = {
        "perturbation": summarise(on_shared_faces(area), [*NETWORK, "rule"]),
        "localisation": summarise(on_shared_faces(against_area(found)), [*NETWORK, "rule", "target"]),
        "sanity": summarise_sanity(read_tables(files.sanity, base_modes), read_table(files.faces)),
        "rules": compare_rules(area, found, read_tables(files.cancellation, base_modes)),
    }
    write_tables(output, tables, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.base_modes, snakemake.output, log)
