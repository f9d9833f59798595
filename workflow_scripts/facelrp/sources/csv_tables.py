"""Tables from elsewhere, checked cell by cell: a fault is told by file, line and column."""

from pathlib import Path

import pandas as pd

from facelrp.errors import InputError


def read_csv(path, columns):
    """Read a CSV file as text.

    Parameters
    ----------
    path : path
        UTF-8, with or without byte order mark, with the line ends of any system. The first line names the columns.
    columns : sequence of str
        What it must have; others may stand beside them.

    Returns
    -------
    DataFrame of str
        Indexed by line number in the file; blank lines are left out.

    Raises
    ------
    InputError
        If the file is missing, empty, not UTF-8, ragged, or lacks a column or has one twice.
    """
    try:
        cells = pd.read_csv(
            path, header=None, dtype=str, keep_default_na=False, skip_blank_lines=False, encoding="utf-8-sig"
        )
    except FileNotFoundError as fault:
        raise InputError("the table is missing", path, "restore it") from fault
    except UnicodeDecodeError as fault:
        raise InputError("not UTF-8 text", path, "save it as CSV in UTF-8") from fault
    except (pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as fault:
        raise InputError(f"not a table ({str(fault).strip()})", path, "save it as CSV, separated by commas") from fault
    cells.index += 1
    cells = cells.fillna("").apply(lambda column: column.str.strip())
    table = cells.iloc[1:].set_axis(cells.iloc[0].tolist(), axis="columns")
    if table.columns.has_duplicates:
        name = table.columns[table.columns.duplicated()][0]
        raise InputError(f"two columns are called {name!r}", f"{path}, line 1", "rename one of them")
    missing = [column for column in columns if column not in table]
    if missing:
        found = ", ".join(table.columns)
        raise InputError(f"no column is called {', '.join(missing)} (found: {found})", f"{path}, line 1", "rename it")
    return table[(table != "").any(axis=1)]


def numbers(table, column, low, high, path, blank=(), whole=False):
    """Return a column of text as numbers.

    Parameters
    ----------
    table : DataFrame
        As `read_csv` returns it.
    column : str
        Its name.
    low, high : float
        Least and greatest number allowed.
    path : path
        The file, for messages.
    blank : sequence of str
        Cells that mean unknown, and become NaN.
    whole : bool
        Refuse fractions.

    Returns
    -------
    Series of float

    Raises
    ------
    InputError
        Naming line and column of the first cell that is no number from ``low`` to ``high``.
    """
    cells = table[column]
    values = pd.to_numeric(cells, errors="coerce").astype(float)
    wrong = ~values.between(low, high) & ~cells.isin(list(blank))
    if whole:
        wrong |= values % 1 != 0
    if wrong.any():
        line = wrong.idxmax()
        what = f"{cells[line]!r} is not a {'whole ' * whole}number from {low:g} to {high:g}"
        raise InputError(what, f"{path}, line {line}, column {column}", "correct it, or leave the line out")
    return values


def refuse_duplicates(table, column, path):
    """Raise InputError if two lines have the same cell in a column that names things."""
    twice = table[column].duplicated(keep=False)
    if twice.any():
        cell = table[column][twice].iloc[0]
        lines = " and ".join(map(str, table.index[table[column] == cell]))
        raise InputError(f"{cell!r} stands on lines {lines}", f"{Path(path)}, column {column}", "leave one of them out")
