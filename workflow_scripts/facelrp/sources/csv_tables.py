"""Read CSV tables and check each cell; error messages name the file, the line and the column."""

import codecs
import csv
import io
import os
import re
import stat
import unicodedata
from collections import Counter
from pathlib import Path

import pandas as pd

from facelrp.errors import InputError
from facelrp.sources.archives import listing

#: Limits, so that no table fills the memory. Python's csv module allows 131,072 characters in a cell.
MOST_BYTES, LONGEST_LINE, MOST_CELLS = 1 << 26, 1 << 20, 5_000_000
#: Other characters that separate cells, and how a message calls them.
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
SINGULAR = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
#: Characters of a line that names nothing.
BLANK = " ,;\t|\ufeff"
SAVE = "save it as CSV UTF-8, separated by commas"
#: How other kinds of files begin, and what they are.
KINDS = {
    b"PK\x03\x04": "not CSV, but an Excel file or another archive",
    b"\xd0\xcf\x11\xe0": "not CSV, but an old Excel file (.xls), or one with a password",
    codecs.BOM_UTF16_LE: "not UTF-8 text, but UTF-16, which Excel calls Unicode Text",
    codecs.BOM_UTF16_BE: "not UTF-8 text, but UTF-16, which Excel calls Unicode Text",
}
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
#: Numbers with a decimal comma, or with separators of thousands.
FOREIGN_NUMBER = re.compile(r"[+-]?[0-9]+([.,'’\s][0-9]+)+")


def read_csv(path, columns):
    """Read a CSV file as text.

    Parameters
    ----------
    path : path
        UTF-8, with or without byte order mark, with the line ends of any system. The first line that is not blank names
        the columns.
    columns : sequence of str
        Columns that must exist, see `heading`; the table may have others.

    Returns
    -------
    DataFrame of str
        Without blank lines, and without columns that have no name or share it. Text is in Unicode's form NFC. The index
        is called ``line``: the line of the file in which a row begins, as cells may contain line breaks.

    Raises
    ------
    InputError
        If the file is missing, empty, not UTF-8, too large, ragged, separated by anything but commas, or lacks a column
        or has one twice.
    """
    content = read_text(path)
    found = [(separator, line) for separator, names, line in candidates(content) if set(columns) <= set(names)]
    if found and "," not in dict(found):
        separator, line = found[0]
        raise InputError(
            f"its cells are separated by {SEPARATORS[separator]}, not by commas", f"{path}, line {line}", SAVE
        )
    return parsed(content, path, columns)


def parsed(content, path, columns, separator=","):
    """Return UTF-8 text as a table, see `read_csv`."""
    rows = list(split_rows(content, path, separator))
    if not rows:
        raise InputError(
            "not a table, but empty", path, "write a line with the names of its columns, and the rows below"
        )
    first, header = rows[0]
    where = f"{path}, line {first}"
    if re.fullmatch("sep=.?", header[0]):
        raise InputError(f"{header[0]!r} is not a line of names", where, "delete this line")
    column_positions(header, columns, where)
    for line, cells in rows[1:]:
        if len(cells) < len(header) or any(cells[len(header) :]):
            what = f"not a table: {len(cells)} cells where line {first} names {len(header)} columns"
            fix = "correct it; a cell with a comma needs quotation marks around it"
            raise InputError(what, f"{path}, line {line}", fix.replace("comma", SINGULAR[separator]))
    names = [heading(cell) for cell in header]
    count = Counter(names)
    kept = [number for number, name in enumerate(names) if name and count[name] == 1]
    return pd.DataFrame(
        [[cells[number] for number in kept] for _, cells in rows[1:]],
        index=pd.Index([line for line, _ in rows[1:]], name="line", dtype=int),
        columns=[names[number] for number in kept],
        dtype=str,
    )


def read_text(path, encodings=("utf-8",)):
    """Return a file's text as bytes of UTF-8, without byte order mark; the first encoding that fits is taken."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a device"
            raise InputError(f"{kind}, not a file", path, "name the file of the table")
        if found.st_size > MOST_BYTES:
            what = f"{found.st_size:,} bytes, more than {MOST_BYTES:,}"
            raise InputError(what, path, "leave out columns or rows that are not needed")
        content = Path(path).read_bytes()
    except FileNotFoundError as fault:
        raise InputError("the table is missing", path, "restore it") from fault
    except OSError as fault:
        raise InputError(f"cannot be read ({fault.strerror})", path, "make it readable for you") from fault
    for start, kind in KINDS.items():
        if content.startswith(start):
            raise InputError(kind, path, SAVE)
    content = content.removeprefix(codecs.BOM_UTF8)
    faults = []
    for encoding in encodings:
        try:
            content = content.decode(encoding).encode()
            break
        except UnicodeDecodeError as fault:
            faults.append(fault)
    else:
        # bytes know no other line ends than a table does.
        line = len((content[: faults[0].start] + b".").splitlines())
        raise InputError("not UTF-8 text", f"{path}, line {line}", SAVE) from faults[0]
    if b"\0" in content:
        line = len(content[: content.index(b"\0") + 1].splitlines())
        raise InputError("a NUL byte, which text does not have", f"{path}, line {line}", SAVE)
    return content


def lines_of(content):
    """Return an iterator over the lines of UTF-8 text, each with its line end, whatever that is."""
    return io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")


def split_rows(content, path, separator):
    """Yield the line in which a row begins, and its cells, for each row that is not blank."""

    def short(lines):
        for number, line in enumerate(lines, 1):
            if len(line) > LONGEST_LINE:
                what = f"{len(line):,} characters, more than {LONGEST_LINE:,}"
                raise InputError(what, f"{path}, line {number}", "is it a table, with line breaks between its rows?")
            yield line

    reader = csv.reader(short(lines_of(content)), delimiter=separator, strict=True)
    begins, count = 1, 0
    try:
        for row in reader:
            count += len(row)
            if count > MOST_CELLS:
                raise InputError(f"more than {MOST_CELLS:,} cells", path, "leave out columns that are not needed")
            cells = [unicodedata.normalize("NFC", cell.strip()) for cell in row]
            if any(cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as fault:
        what = f"not a row of a table ({fault})"
        raise InputError(
            what, f"{path}, line {begins}", "correct its quotation marks, or save the table again"
        ) from fault


def candidates(content):
    """Yield each separator with the names of the first row that is not blank, as it divides them, and its line.

    There are none if the row cannot be divided so: with quotation marks, other separators are faults of quoting.
    """
    for separator in SINGULAR:
        reader = csv.reader(lines_of(content), delimiter=separator, strict=True)
        try:
            names = next((row for row in reader if any(cell.strip(BLANK) for cell in row)), [])
        except csv.Error:
            names = []
        yield separator, [heading(name) for name in names], reader.line_num


def heading(name):
    """Return the name of a column as it is compared: in form NFC, with single blanks, without byte order marks."""
    return " ".join(unicodedata.normalize("NFC", name).replace("\ufeff", "").split())


def column_positions(header, columns, where):
    """Return {column: its position in a row of names, from 0}; raise InputError if one is missing or there twice."""
    names = [heading(name) for name in header]
    count = Counter(names)
    if twice := [column for column in columns if count[column] > 1]:
        raise InputError(f"two columns are called {twice[0]!r}", where, "rename one of them")
    if missing := [column for column in columns if not column or not count[column]]:
        found = [name for name in names if name]
        alike = {name.casefold(): name for name in found}
        meant = [alike[name.casefold()] for name in missing if name.casefold() in alike]
        fix = f"rename it, or name {', '.join(meant)} in columns: capitals count" if meant else "rename it"
        what = f"no column is called {', '.join(missing)} (found: {listing([name[:60] for name in found], 30)})"
        raise InputError(what, where, fix)
    return {column: names.index(column) for column in columns}


def cell_at(table, row, column, path):
    """Return the name of a cell for messages, as "ratings.csv, line 3, column joy"."""
    return f"{path}, {table.index.name or 'line'} {row}, column {column}"


def quoted(cell):
    """Return a cell's text for messages, cut if it is long."""
    return repr(cell if len(cell) <= 200 else f"{cell[:199]}…")


def numbers(table, column, limits, path, blank=(), whole=False):
    """Return a column of text as numbers.

    Parameters
    ----------
    table : DataFrame of str
        Its index has a name, ``line`` or ``row``, for messages.
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
    values = as_numbers(cells)
    wrong = ~values.between(low, high) & ~cells.isin(list(blank))
    if whole:
        wrong |= values % 1 != 0
    if wrong.any():
        line = wrong.idxmax()
        what = f"{quoted(cells[line])} is not a {'whole ' * whole}number from {low:g} to {high:g}"
        fix = "correct it, or leave the line out"
        if FOREIGN_NUMBER.fullmatch(cells[line]):
            fix = "write decimals with a point, and nothing between thousands"
        raise InputError(what, cell_at(table, line, column, path), fix)
    return values


def as_numbers(cells):
    """Return text as numbers: Series of float; NaN where it is none, such as a word, "inf", "0x1" or "1,5"."""
    return pd.to_numeric(cells.where(cells.str.fullmatch(NUMBER), ""), errors="coerce").astype(float)


def refuse_duplicates(table, column, path):
    """Raise InputError if a cell of a column of names or numbers occurs on two lines."""
    twice = table[column].duplicated(keep=False)
    if twice.any():
        cell = table[column][twice].iloc[0]
        lines = " and ".join(map(str, table.index[table[column] == cell]))
        what = f"{quoted(str(cell))} is on {table.index.name or 'line'}s {lines}"
        raise InputError(what, f"{path}, column {column}", "leave one of them out")
