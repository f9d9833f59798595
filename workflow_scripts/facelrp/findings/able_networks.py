"""Which networks claims may rest on: those that predict better than the mean rating.

How a network that has learned nothing arrives at its predictions says nothing of what networks see. Claims on heatmaps,
occlusions, swaps and pairs leave it out; claims on accuracy are on all networks.
"""

import numpy as np
import pandas as pd

from facelrp.findings.outcomes import CannotBeTestedError
from facelrp.statistics.better_than_mean import NO

NETWORK = ["base", "mode", "attribute"]

#: Measurements of how well, or how fast, networks learned to predict.
OF_ACCURACY = ("predictions", "convergence", "aptitude", "replicates", "replicate_predictions")

#: Settings that name the attribute that a claim is on; its other networks are comparators, and stay.
NAMING = ("expression", "attractiveness")


def unable(table1):
    """Return the networks of Table 1 that predict no better than the mean rating: set of (base, mode, attribute)."""
    return set(table1.loc[table1["better_than_mean"] == NO, NETWORK].itertuples(index=False, name=None))


def networks_in(table):
    """Return the networks that each row of a table is on: list of DataFrame with base, mode and attribute.

    One of them, none if the table is not on fine-tuned networks; or two if it compares a ``first`` with a ``second``
    network, which differ in what ``kind`` says.
    """
    if not {*NETWORK} <= {*table.columns}:
        return []
    if not {"first", "second", "kind"} <= {*table.columns}:
        return [table[NETWORK]]
    differ = {key: table["kind"] == key for key in NETWORK}
    return [
        table[NETWORK].assign(**{key: table[key].mask(differ[key], table[side]) for key in NETWORK})
        for side in ("first", "second")
    ]


def without(tables, settings, left_out):
    """Return what a claim may use, without networks that predict no better than the mean rating.

    Parameters
    ----------
    tables : dict of {str: DataFrame}
        The measurements that the claim asks for.
    settings : dict
        The settings that it asks for. If they name an attribute, comparators, networks of other attributes, stay: they
        stand for a network that does not know it. Otherwise the claim is on the attributes that all tables are on.
    left_out : set of (str, str, str)
        See `unable`.

    Returns
    -------
    tables : dict of {str: DataFrame}
    remark : str
        How many networks are left out; "" if none is.

    Raises
    ------
    CannotBeTestedError
        If no network would be left.
    """
    if not left_out:
        return tables, ""
    sides = {name: networks_in(table) for name, table in tables.items() if name not in OF_ACCURACY}
    named = {settings[name] for name in NAMING if name in settings}
    known = [{*pd.concat(found)["attribute"]} for found in sides.values() if found]
    attributes = named or (set.intersection(*known) if known else set())
    kept, gone = dict(tables), set()
    for name, found in sides.items():
        own = [networks["attribute"].isin(attributes) for networks in found]
        for networks, one in zip(found, own, strict=True):
            gone |= left_out.intersection(pd.MultiIndex.from_frame(networks[one]).unique())
        kept[name] = _rows_of_able(tables[name], found, own, left_out)
    return kept, _in_words(len(gone)) if gone else ""


def _rows_of_able(table, sides, own, left_out):
    """Return a table without the rows of which any side is one of a claim's ``own`` networks, and left out."""
    stays, concerned = np.ones(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    for networks, one in zip(sides, own, strict=True):
        stays &= ~(pd.MultiIndex.from_frame(networks).isin(left_out) & one.to_numpy())
        concerned |= one.to_numpy()
    if not stays.all() and not (stays & concerned).any():
        if len(sides) > 1:
            raise CannotBeTestedError("no two networks to compare predict better than the mean rating")
        names = " or ".join(dict.fromkeys(sides[0].loc[own[0], "attribute"]))
        raise CannotBeTestedError(f"no network of {names} predicts better than the mean rating")
    return table[stays]


def _in_words(count):
    what = "1 network that predicts" if count == 1 else f"{count} networks that predict"
    return f"without {what} no better than the mean rating"
