"""Read sheets of Excel files by the names of their columns, and refuse hostile files."""

import warnings
from contextlib import contextmanager

import pandas as pd
from openpyxl import load_workbook

from facelrp.errors import InputError
from facelrp.sources.archives import open_zip
from facelrp.sources.extraction import Limits, safe_members
from facelrp.sources.sheet_xml import check_parts, look_through

#: An xlsx file is a zip archive of a few members, which are large if sheets are long.
LIMITS = Limits(members=1000, member_bytes=1 << 28, total_bytes=1 << 29)
#: For all sheets of a published workbook together: the largest has the answers of all raters.
MOST_BYTES = 1 << 28
#: A single cell far from all others makes a sheet of any size.
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
        Without empty rows. Unknown cells, blank or a text such as "NaN", are empty. The index is called ``row``: the
        row's number in the sheet.

    Raises
    ------
    InputError
        If the file is not an xlsx file, is hostile, has no such sheet, or lacks a column or has it twice.
    """
    with open_sheets(path, MOST_BYTES) as workbook:
        rows = text_of(workbook, sheet, path, most_rows)
    where = f"{path}, sheet {sheet}"
    header = rows[0] if rows else []
    numbers = column_numbers(header, columns, f"{where}, row 1")
    table = pd.DataFrame(
        [[row[number] if number < len(row) else "" for number in numbers.values()] for row in rows[1:]],
        index=pd.RangeIndex(2, max(len(rows), 1) + 1, name="row"),
        columns=list(numbers),
        dtype=str,
    )
    return table[(table != "").any(axis=1)]


def sheet_names(path):
    """Return the names of the sheets of an xlsx file: list of str; raises the errors of `read_sheet`."""
    with open_sheets(path, MOST_BYTES) as workbook:
        return workbook.sheetnames


@contextmanager
def open_sheets(path, most_bytes):
    """Open an xlsx file; raise InputError if it, or a sheet that is read meanwhile, is hostile or no xlsx file."""
    try:
        with open_zip(path) as opened:
            check_parts(opened, safe_members(opened, path, LIMITS), path, most_bytes)
        with open(path, "rb") as file, warnings.catch_warnings():
            # openpyxl warns of what it leaves out, such as rules for entering data.
            warnings.simplefilter("ignore")
            yield load_workbook(file, read_only=True, data_only=True)
    except InputError:
        raise
    except Exception as fault:
        # Damaged XML raises anything in openpyxl, from KeyError to TypeError, and damaged members anything in zlib.
        what = f"not an Excel file ({' '.join(str(fault).split())[:200]})"
        raise InputError(what, path, "restore it, or save it as xlsx") from fault


def sheet_called(workbook, name, path):
    """Return the sheet of this name, ignoring case: its own name, and the sheet; raise InputError if there is none."""
    names = {found.casefold(): found for found in workbook.sheetnames}
    if name.casefold() not in names:
        what = f"no sheet is called {name!r} (found: {', '.join(names.values())})"
        raise InputError(what, path, "name one of them, or restore the file")
    sheet = workbook[names[name.casefold()]]
    if not hasattr(sheet, "iter_rows"):
        raise InputError("a chart, not a table", f"{path}, sheet {sheet.title}", "name the sheet of the table")
    return sheet


def content_of(sheet, path, most_rows):
    """Look through a sheet: `facelrp.sources.sheet_xml.SheetContent`; raise InputError if it has too many rows."""
    where = f"{path}, sheet {sheet.title}"
    # openpyxl keeps the name of the sheet's part to itself.
    content = look_through(path, sheet._worksheet_path, where)
    if content.last_row > most_rows:
        what = f"more than {most_rows:,} rows (the last with content is {content.last_row:,})"
        raise InputError(what, where, "delete what is far below the table, or restore the file")
    # Some programs write a wrong extent; openpyxl would then read only one cell.
    sheet.reset_dimensions()
    return content


def text_of(workbook, sheet, path, most_rows):
    """Return the cells of a sheet as text: list of rows."""
    opened = sheet_called(workbook, sheet, path)
    content = content_of(opened, path, most_rows)
    if not content.last_row:
        return []
    columns = min(content.last_column, MOST_COLUMNS)
    rows = opened.iter_rows(max_row=content.last_row, max_col=columns, values_only=True)
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
