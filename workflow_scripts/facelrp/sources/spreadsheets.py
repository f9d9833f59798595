"""Sheets of Excel files from elsewhere, read by the names of their columns and without trusting them."""

import zipfile
from contextlib import contextmanager

import pandas as pd
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from facelrp.errors import InputError
from facelrp.sources.archives import open_zip
from facelrp.sources.extraction import Limits, safe_members

#: An xlsx file is a zip archive, of a few members that are large where sheets are long.
LIMITS = Limits(members=1000, member_bytes=1 << 28, total_bytes=1 << 29)
#: A sheet can name a cell far below and right of all others, and so be of any size.
MOST_ROWS, MOST_COLUMNS = 20_000, 200
UNKNOWN = ("nan", "na", "n/a", "#n/a")


def read_sheet(path, sheet, columns, most_rows=MOST_ROWS):
    """Read columns of a sheet as text.

    Parameters
    ----------
    path : path
        An xlsx file.
    sheet : str
        Its name; case does not matter.
    columns : sequence of str
        What to read. Case and a closing question mark do not matter. Others may stand beside them, and twice.
    most_rows : int
        A sheet with more is refused.

    Returns
    -------
    DataFrame of str
        Indexed by the rows' numbers in the file; empty rows are left out. Unknown cells, blank or a text such as
        "NaN", are empty.

    Raises
    ------
    InputError
        If the file is no xlsx file, or hostile, has no such sheet, or lacks a column or has it twice.
    """
    with open_sheets(path) as workbook:
        rows = text_of(workbook, sheet, path, most_rows)
    where = f"{path}, sheet {sheet}"
    header = rows[0] if rows else []
    numbers = column_numbers(header, columns, f"{where}, row 1")
    table = pd.DataFrame(
        [[row[number] if number < len(row) else "" for number in numbers.values()] for row in rows[1:]],
        index=range(2, len(rows) + 1),
        columns=list(numbers),
        dtype=str,
    )
    return table[(table != "").any(axis=1)]


def sheet_names(path):
    """Return the names of the sheets of an xlsx file: list of str; errors as of `read_sheet`."""
    with open_sheets(path) as workbook:
        return workbook.sheetnames


@contextmanager
def open_sheets(path):
    """Open an xlsx file, after refusing a hostile one."""
    with open_zip(path) as opened:
        safe_members(opened, path, LIMITS)
    try:
        with open(path, "rb") as file:
            yield load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as fault:
        # The last is what faults in XML are.
        raise InputError(f"not an Excel file ({fault})", path, "restore it, or save it as xlsx") from fault


def text_of(workbook, sheet, path, most_rows):
    """Return the cells of a sheet as text: list of rows, which need not be of one length."""
    names = {name.casefold(): name for name in workbook.sheetnames}
    if sheet.casefold() not in names:
        raise InputError(f"no sheet is called {sheet!r} (found: {', '.join(names.values())})", path, "restore it")
    opened = workbook[names[sheet.casefold()]]
    # Some programs write a wrong extent, and then only one cell would be read.
    opened.reset_dimensions()
    rows = list(opened.iter_rows(max_row=most_rows + 1, max_col=MOST_COLUMNS, values_only=True))
    if len(rows) > most_rows:
        raise InputError(f"more than {most_rows:,} rows", f"{path}, sheet {sheet}", "restore the file")
    return [[as_text(cell) for cell in row] for row in rows]


def column_numbers(header, columns, where):
    """Return {column: number, from 0}, in the order of ``columns``."""
    keys = [as_column(cell) for cell in header]
    counts = {column: keys.count(as_column(column)) for column in columns}
    if missing := [column for column, count in counts.items() if count == 0]:
        found = ", ".join(filter(None, header))
        raise InputError(f"no column is called {', '.join(missing)} (found: {found})", where, "restore the file")
    if twice := [column for column, count in counts.items() if count > 1]:
        raise InputError(f"two columns are called {', '.join(twice)}", where, "delete one of them")
    return {column: keys.index(as_column(column)) for column in columns}


def as_column(name):
    return name.casefold().removesuffix("?").rstrip()


def as_text(cell):
    text = "" if cell is None else str(cell).strip()
    return "" if text.casefold() in UNKNOWN else text
