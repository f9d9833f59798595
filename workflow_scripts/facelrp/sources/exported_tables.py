"""CSV as spreadsheet programs export it: with semicolons or tabs, decimal commas, and in Windows' own encoding."""

import re

from facelrp.sources.csv_tables import NUMBER, candidates, parsed, read_text

#: Encodings, the first that fits: in any text with accents, UTF-8 does not fit by chance. Windows-1252 also holds
#: Latin-1.
ENCODINGS = ("utf-8", "cp1252")
#: The first line by which Excel is informed of the separator.
SEPARATOR_LINE = re.compile(rb"sep=(.)\r?\n")
#: A number with a decimal comma, or a separator of thousands.
WITH_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
#: Cells that say that a number is unknown.
NO_NUMBER = re.compile(r"(|-+|\.|n\.?/?a\.?|nan|null|none|missing|k\. ?a\.|#n/a|#nv)", re.IGNORECASE)


def read_exported(path, columns=None):
    """Read a CSV file as text, see `facelrp.sources.csv_tables.read_csv`, however its program wrote it.

    Parameters
    ----------
    path : path
        In UTF-8, otherwise in Windows-1252. Cells are separated by commas, semicolons, tabs or vertical bars: by what
        gives all ``columns``, otherwise the most.
    columns : sequence of str, optional
        Columns that must exist. Default: none.

    Returns
    -------
    DataFrame of str
        Decimal commas are points, see `with_points`.

    Raises
    ------
    InputError
        As `facelrp.sources.csv_tables.read_csv`.
    """
    content, columns = read_text(path, ENCODINGS), columns or ()
    found = {separator: (set(columns) <= set(names), len(names)) for separator, names, _ in candidates(content)}
    separator = max(found, key=found.get)
    if stated := SEPARATOR_LINE.match(content):
        # A blank line in its place: numbers of lines stay.
        separator, content = stated[1].decode("latin-1"), b"\n" + content[stated.end() :]
    return with_points(parsed(content, path, columns, separator), comma_is_decimal=separator != ",")


def with_points(table, comma_is_decimal=False):
    """Return a table in which numbers have decimal points, in the columns where all commas can only be decimal ones.

    Parameters
    ----------
    table : DataFrame of str
    comma_is_decimal : bool
        Whether a comma before three digits is one, too: 1,234 may be 1.234 or 1234. It is, if commas do not separate
        cells, since programs write other separators where decimals have commas.

    Returns
    -------
    DataFrame of str
        A column that has a decimal point as well, or words, is unchanged.
    """
    changed = {}
    for name, cells in table.items():
        different = [cell for cell in cells.unique() if not NO_NUMBER.fullmatch(cell)]
        commas = [cell for cell in different if WITH_COMMA.fullmatch(cell)]
        others = [cell for cell in different if not WITH_COMMA.fullmatch(cell)]
        only_numbers = all(NUMBER.fullmatch(cell) and "." not in cell for cell in others)
        clear = comma_is_decimal or any(len(cell.rpartition(",")[2]) != 3 for cell in commas)
        if commas and only_numbers and clear:
            changed[name] = cells.str.replace(",", ".")
    return table.assign(**changed)
