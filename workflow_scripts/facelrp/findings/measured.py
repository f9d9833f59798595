"""Measurements in the form that claims judge: a row per face, a column per network."""

import numpy as np

from facelrp.faces.parts import REPORTED_AS
from facelrp.findings.outcomes import CannotBeTestedError
from facelrp.statistics.pairing import differences, states_of

NETWORK = ["base", "mode"]


def select(table, **columns):
    """Return the rows of a table with these values, at least one; otherwise raise `CannotBeTestedError`."""
    for column, value in columns.items():
        table = table[table[column] == value]
    if table.empty:
        raise CannotBeTestedError(f"no {', '.join(map(str, columns.values()))} among the results")
    return table


def by_network(table, value, face="face_id", networks=NETWORK):
    """Return a column of a long table as a row per face, a column per network: DataFrame (N, K)."""
    return table.pivot(index=face, columns=networks, values=value)


def part_shares(sums, level, value="positive", networks=NETWORK):
    """Return the share that each part has of a face's positive relevance.

    Parameters
    ----------
    sums : DataFrame
        A row per network, face and part of `facelrp.faces.parts.NAMES`, with the column ``value``.
    level : {"coarse", "fine"}

    Returns
    -------
    DataFrame
        A row per face; columns: the networks, then the part. NaN for a face without any.
    """
    keys = [*networks, "face_id"]
    found = sums.assign(part=sums["part"].map(REPORTED_AS[level])).groupby([*keys, "part"], sort=False)[value].sum()
    total = found.groupby(level=keys, sort=False).transform("sum")
    return (found / total.where(total > 0)).unstack([*networks, "part"])


def of_part(shares, part):
    """Return one part's columns of a table whose last level of columns is the part: DataFrame (N, K)."""
    if part not in shares.columns.get_level_values("part"):
        raise CannotBeTestedError(f"parts are reported without {part}")
    return shares.xs(part, axis=1, level="part")


def happy_minus_other(faces, values):
    """Return each person's difference between the happy and the other state, several others averaged: DataFrame.

    Parameters
    ----------
    faces : DataFrame
        The pairs, with ``face_id``, ``identity`` and ``state``.
    values : DataFrame
        A row per face, any columns.
    """
    values = values.reindex(faces["face_id"]).reset_index(drop=True)
    changes = [differences(faces, values, other) for other in states_of(faces)[1:]]
    return sum(changes) / len(changes)


def mean_over(values, level):
    """Return the mean over one level of columns, such as the attributes of networks: DataFrame."""
    names = [name for name in values.columns.names if name != level]
    return values.T.groupby(level=names if len(names) > 1 else names[0], sort=False).mean().T


def thirds(values):
    """Return which faces are in the lowest and in the highest third of a rating: two boolean Series.

    Equal ratings at the border belong to the middle third.
    """
    low, high = values.quantile([1 / 3, 2 / 3])
    return values < low, values > high


def aligned(first, second):
    """Return two tables of the same networks, rows and columns in the same order, only what both have."""
    rows, columns = first.index.intersection(second.index), first.columns.intersection(second.columns)
    if not len(columns) or not len(rows):
        raise CannotBeTestedError("the comparators are of other networks or faces")
    return first.loc[rows, columns], second.loc[rows, columns]


def minus(first, second):
    """Return the difference of two tables of the same networks: DataFrame."""
    first, second = aligned(first, second)
    return first - second


def at_least_one(values, what):
    """Return values unless no row has any; otherwise raise `CannotBeTestedError`."""
    if not np.isfinite(np.asarray(values, dtype=float)).any():
        raise CannotBeTestedError(f"no {what}")
    return values


def density(parts, *several, networks=NETWORK):
    """Return how dense positive relevance is on some parts: their share of it, over that of the face's pixels, less 1.

    Parameters
    ----------
    parts : DataFrame
        A row per network, face and part of `facelrp.faces.parts.NAMES`, with ``positive`` and ``pixels``.
    *several : str
        Parts that the fine level reports.

    Returns
    -------
    DataFrame
        A row per face, a column per network: 0 for the density of the face as a whole, 0.5 for half as much more. The
        background belongs to neither. NaN for a face that does not show the part.
    """
    face = parts[parts["part"] != "background"]
    shares = {value: part_shares(face, "fine", value, networks) for value in ("positive", "pixels")}
    positive, pixels = (sum(of_part(share, one) for one in several) for share in shares.values())
    return positive / pixels.where(pixels > 0) - 1
