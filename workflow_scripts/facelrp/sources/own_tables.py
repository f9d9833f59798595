"""Read a user's own table, CSV or Excel, as text; refuse cells of Excel that may mean something else than they show."""

import datetime
import os
import re
import unicodedata
from collections import Counter

import pandas as pd
from openpyxl.utils.cell import get_column_letter, range_boundaries

from facelrp.errors import InputError
from facelrp.sources.archives import listing
from facelrp.sources.csv_tables import column_positions, heading
from facelrp.sources.exported_tables import read_exported, with_points
from facelrp.sources.spreadsheets import content_of, open_sheets, sheet_called

#: Limits: bytes of all sheets when extracted, and the size of the table, which a single cell far from all others makes
#: large.
MOST_BYTES, MOST_ROWS, MOST_CELLS = 1 << 26, 200_000, 4_000_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
DATES = (datetime.date, datetime.time, datetime.timedelta)
#: Parts of a number format that are shown as they are: in quotation marks, after a backslash, or as space or filler.
LITERAL = re.compile(r'"[^"]*"|[\\_*].')


def read_own_table(path, columns=None, sheet=None, faults=None):
    """Read a table of which the user names the columns.

    Parameters
    ----------
    path : path
        A CSV file, see `facelrp.sources.exported_tables.read_exported`, or an Excel file (xlsx), whatever its name.
    columns : sequence of str, optional
        Columns that must exist, as `facelrp.sources.csv_tables.heading` writes them. Default: all that have a name of
        their own.
    sheet : str, optional
        Name of the sheet of an Excel file; case does not matter. Default: the only one that is not hidden. Hidden rows
        and columns are read like others.
    faults : dict, optional
        Receives {column: InputError} of columns with a faulty cell, which are left out, rather than raising it.

    Returns
    -------
    table : DataFrame of str
        Without blank rows. The index is called ``line`` or ``row``: the row's number in the file.
    where : str
        The file and its sheet, for messages.

    Raises
    ------
    InputError
        If the file or a cell is faulty. In Excel files, these are faulty in the columns that are read: merged cells,
        formulas without a value, errors such as #N/A, dates, and percentages.
    """
    start = first_bytes(path)
    if start == OLE:
        what = "an old Excel file (.xls), or one with a password"
        raise InputError(what, path, "save it as xlsx without a password, or as CSV UTF-8")
    if start == ZIP:
        return read_own_sheet(path, columns, sheet, faults)
    if sheet is not None:
        raise InputError(
            f"a CSV file has no sheet {sheet!r}", path, "leave sheet out, or name an xlsx file as the table"
        )
    return read_exported(path, columns), str(path)


def first_bytes(path):
    """Return the first four bytes of a file; none if it cannot be read, or is no file: a pipe would never answer."""
    if not os.path.isfile(path):
        return b""
    try:
        with open(path, "rb") as file:
            return file.read(4)
    except OSError:
        return b""


def read_own_sheet(path, columns, sheet, faults=None):
    """Read a sheet, see `read_own_table`."""
    with open_sheets(path, MOST_BYTES) as workbook:
        opened = sheet_called(workbook, sheet, path) if sheet else only_sheet(workbook, path)
        where = f"{path}, sheet {opened.title}"
        content = content_of(opened, path, MOST_ROWS)
        extent = content.last_row, content.last_column
        if extent[0] * extent[1] > MOST_CELLS:
            what = f"content as far as row {extent[0]:,} and column {get_column_letter(extent[1])}"
            raise InputError(what, where, "delete what is far from the table, or save the table alone")
        rows = enumerate(opened.iter_rows(max_row=extent[0], max_col=extent[1]), 1) if content.last_row else iter(())
        first, header = next(((number, row) for number, row in rows if any(map(as_text, row))), (0, ()))
        if not header:
            raise InputError("the sheet is empty", where, "name another sheet in the configuration")
        names = [heading(as_text(cell)) for cell in header]
        if columns is None:
            columns = [name for name, count in Counter(names).items() if name and count == 1]
        positions = column_positions(names, columns, f"{where}, row {first}")
        found = merged_cells(content.merged, positions, first, where)
        table = {}
        for number, row in rows:
            for column, position in positions.items():
                if fault := cell_fault(row[position], (number, position + 1) in content.uncalculated):
                    found.setdefault(column, InputError(fault[0], f"{where}, row {number}, column {column}", fault[1]))
            if found and faults is None:
                break
            if any(map(as_text, row)):
                table[number] = [as_text(row[position]) for position in positions.values()]
    if found and faults is None:
        raise next(iter(found.values()))
    index = pd.Index(list(table), name="row", dtype=int)
    cells = pd.DataFrame(list(table.values()), index=index, columns=list(positions), dtype=str)
    if faults is not None:
        faults.update(found)
    return with_points(cells.drop(columns=list(found))), where


def visible_sheets(path):
    """Return the names of an Excel file's sheets that are not hidden: list of str."""
    with open_sheets(path, MOST_BYTES) as workbook:
        return visible(workbook)


def visible(workbook):
    return [sheet.title for sheet in workbook.worksheets if sheet.sheet_state == "visible"]


def only_sheet(workbook, path):
    """Return the only sheet that is not hidden; raise InputError if there are several."""
    names = visible(workbook)
    if len(names) != 1:
        what = f"{len(names)} sheets that are not hidden ({listing(names) or 'none'}), and no name of one"
        example = f'sheet: "{names[0]}"' if names else "sheet: its name"
        raise InputError(what, path, f"name the sheet of the table in the configuration, for example {example}")
    return workbook[names[0]]


def merged_cells(merged, positions, first, where):
    """Return {column: InputError} of columns that are read and have merged cells below the row of names."""
    found = {}
    for cells in merged:
        left, top, right, bottom = range_boundaries(cells)
        for column, position in positions.items():
            if bottom >= first and left <= position + 1 <= right and (bottom > top or right > left):
                what = f"the cells {cells[:40]} are merged, and only the first of them has a content"
                found.setdefault(
                    column, InputError(what, f"{where}, column {column}", "unmerge them, and fill each of them")
                )
    return found


def cell_fault(cell, is_uncalculated):
    """Return what is wrong with a cell, and the fix; None if nothing is."""
    if is_uncalculated:
        fix = "open the file in Excel or LibreOffice and save it, or replace the formula by its value"
        return "a formula whose value is not in the file", fix
    value = cell.value
    if cell.data_type == "e":
        return f"{value} is an error of Excel", "correct the formula, or clear the cell"
    if isinstance(value, DATES):
        fix = "give the column the format Text, and write the cell again: Excel turns 3.5 or 1-2 into dates"
        return f"a date or time ({value})", fix
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and "%" in LITERAL.sub("", cell.number_format or ""):
        what = f"a percentage: the file has {value:g}, which is shown as {100 * value:g} %"
        return what, "give the column the format Number, and check that it shows what you mean"
    return None


def as_text(cell):
    """Return the content of a cell as text: whole numbers without a point."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, bool):
        value = str(value).upper()
    return unicodedata.normalize("NFC", str(value).strip())
