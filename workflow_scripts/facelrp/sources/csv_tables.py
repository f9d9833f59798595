"""Read CSV tables and check each cell; error messages name the file, the line and the column."""

import pandas as pd

from facelrp.errors import InputError


def read_csv(path, columns):
    """Read a CSV file as text.

    Parameters
    ----------
    path : path
        UTF-8, with or without byte order mark, with the line ends of any system. The first line names the columns.
    columns : sequence of str
        Columns that must exist; the table may have others.

    Returns
    -------
    DataFrame of str
        Indexed by line number in the file; without blank lines.

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


def numbers(table, column, limits, path, blank=(), whole=False):
    """Return a column of text as numbers.

    Parameters
    ----------
    table : DataFrame
        As `read_csv` returns it.
    column : str
        Name of the column.
    limits : (float, float)
        Lowest and highest number allowed.
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
        Naming line and column of the first cell that is not a number within ``limits``.
    """
    low, high = limits
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
    """Raise InputError if a cell of a column of names or numbers occurs on two lines."""
    twice = table[column].duplicated(keep=False)
    if twice.any():
        cell = table[column][twice].iloc[0]
        lines = " and ".join(map(str, table.index[table[column] == cell]))
        raise InputError(f"{cell!r} is on lines {lines}", f"{path}, column {column}", "leave one of them out")
