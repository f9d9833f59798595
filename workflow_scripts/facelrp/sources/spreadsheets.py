"""Read sheets of Excel files by the names of their columns, and refuse hostile files."""

import zipfile
from contextlib import contextmanager

import pandas as pd
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from facelrp.errors import InputError
from facelrp.sources.archives import open_zip
from facelrp.sources.extraction import Limits, safe_members

#: An xlsx file is a zip archive of a few members, which are large if sheets are long.
LIMITS = Limits(members=1000, member_bytes=1 << 28, total_bytes=1 << 29)
#: Limits are needed: a single cell far from all others makes a sheet of any size.
MOST_ROWS, MOST_COLUMNS = 20_000, 200
UNKNOWN = ("nan", "na", "n/a", "#n/a")


def read_sheet(path, sheet, columns, most_rows=MOST_ROWS):
    """Read columns of a sheet as text.

    Parameters
    ----------
    path : path
        An xlsx file.
    sheet : str
        Name of the sheet; case does not matter.
    columns : sequence of str
        Columns to read. Case and a final question mark do not matter. The sheet may have others, even twice.
    most_rows : int
        A sheet with more rows is refused.

    Returns
    -------
    DataFrame of str
        Indexed by row number in the file; without empty rows. Unknown cells, blank or a text such as "NaN", are
        empty.

    Raises
    ------
    InputError
        If the file is not an xlsx file, is hostile, has no such sheet, or lacks a column or has it twice.
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
    """Return the names of the sheets of an xlsx file: list of str; raises the errors of `read_sheet`."""
    with open_sheets(path) as workbook:
        return workbook.sheetnames


@contextmanager
def open_sheets(path):
    """Open an xlsx file; raise InputError if it is hostile or no xlsx file."""
    with open_zip(path) as opened:
        safe_members(opened, path, LIMITS)
    try:
        with open(path, "rb") as file:
            yield load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as fault:
        # SyntaxError: faults in XML.
        raise InputError(f"not an Excel file ({fault})", path, "restore it, or save it as xlsx") from fault


def text_of(workbook, sheet, path, most_rows):
    """Return the cells of a sheet as text: list of rows, which may differ in length."""
    names = {name.casefold(): name for name in workbook.sheetnames}
    if sheet.casefold() not in names:
        raise InputError(f"no sheet is called {sheet!r} (found: {', '.join(names.values())})", path, "restore it")
    opened = workbook[names[sheet.casefold()]]
    # Some programs write a wrong extent; openpyxl would then read only one cell.
    opened.reset_dimensions()
    rows = list(opened.iter_rows(max_row=most_rows + 1, max_col=MOST_COLUMNS, values_only=True))
    if len(rows) > most_rows:
        raise InputError(f"more than {most_rows:,} rows", f"{path}, sheet {sheet}", "restore the file")
    return [[as_text(cell) for cell in row] for row in rows]


def column_numbers(header, columns, where):
    """Return {column: number, counted from 0}, in the order of ``columns``."""
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
