"""Summarise tables with a row per face: means and differences with their intervals."""

import numpy as np
import pandas as pd

from facelrp.statistics.inference import benjamini_hochberg, bootstrap_interval, effect_size

#: The value of a table's column ``attribute`` for all attributes together. Attributes' names have no blanks.
ALL = "all attributes"


def summarise(table, keys, unit="face_id", seed=0):
    """Average each group of rows over its units, with bootstrap intervals.

    Parameters
    ----------
    table : DataFrame
        At most one row for each group and unit; all columns except ``keys`` and ``unit`` are numbers.
    keys : list of str
        Columns that distinguish the groups; missing values are not allowed.
    unit : str
        The column of the random sample's units, which the bootstrap resamples: faces.
    seed : int

    Returns
    -------
    DataFrame
        A row for each group, in order of appearance: the keys, ``faces`` (the number of units), and for each number its
        mean, ``…_low`` and ``…_high``, the ends of its 95 % interval. Means leave out missing values.
    """
    numbers = [column for column in table if column not in (*keys, unit)]
    groups = table[keys].drop_duplicates().reset_index(drop=True)
    number = table[keys].merge(groups.reset_index(names="group"), how="left", on=keys)["group"].to_numpy()
    result = groups.assign(faces=pd.Series(number).value_counts().sort_index())
    for column in numbers:
        wide = table.assign(group=number).pivot(index=unit, columns="group", values=column)
        result[column] = wide.mean()
        low, high = np.full((2, len(groups)), np.nan)
        # Groups with values for the same faces share one resampling.
        known = wide.notna().to_numpy()
        for faces in np.unique(known, axis=1).T:
            same_faces = (known == faces[:, None]).all(axis=0)
            if faces.any():
                sample = wide.to_numpy()[np.ix_(faces, same_faces)]
                low[same_faces], high[same_faces] = bootstrap_interval(sample, seed=seed)
        result[f"{column}_low"], result[f"{column}_high"] = low, high
    return result


def describe(change):
    """Describe paired differences by the columns that all tables of comparisons have.

    Parameters
    ----------
    change : ndarray, Series or DataFrame of float, shape (N,) or (N, K)
        One difference for each face or person. Missing ones (NaN) are left out, column by column.

    Returns
    -------
    dict of {str: float or ndarray of shape (K,)}
        The mean ``difference`` with ``low`` and ``high``, the ends of its 95 % interval, and Cohen's ``d`` (d_z) with
        ``d_low`` and ``d_high``; see `facelrp.statistics.inference`.
    """
    low, high = bootstrap_interval(change)
    effect, effect_low, effect_high = effect_size(change)
    # The mean of pandas leaves NaN out, NumPy's does not.
    difference = np.asarray(pd.DataFrame(change).mean(axis=0)).reshape(np.shape(change)[1:])[()]
    return {"difference": difference, "low": low, "high": high, "d": effect, "d_low": effect_low, "d_high": effect_high}


def with_q(table):
    """Return a table with a column ``q`` after ``p``: p adjusted over all rows (Benjamini & Hochberg 1995)."""
    table = table.copy()
    table.insert(table.columns.get_loc("p") + 1, "q", benjamini_hochberg(table["p"]))
    return table
