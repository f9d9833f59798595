"""Look through an Excel file's XML before openpyxl builds objects of it, so that no file takes all time or memory.

openpyxl also passes over some contents of a sheet without a word: formulas that were never calculated, merged cells,
rows in a wrong order. They are found here.
"""

import zipfile
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from openpyxl.utils.cell import column_index_from_string

from facelrp.errors import InputError

CHUNK = 1 << 16
#: Sheets are read row by row; every other part becomes one tree of objects, and styles take longest.
SHEETS, TEXTS = "xl/worksheets/", "xl/sharedStrings.xml"
MOST_BYTES, MOST_BYTES_OF_TEXTS = 1 << 21, 1 << 23
#: Blank cells with a format count, too. Columns are as many as Excel's. Other elements, such as merged cells or rules
#: for entering data, become objects together.
MOST_CELLS, MOST_COLUMNS, MOST_OTHERS = 4_000_000, 16_384, 100_000
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DATA, ROW, CELL, VALUE, INLINE, FORMULA, MERGED = (
    f"{MAIN} {name}" for name in ("sheetData", "row", "c", "v", "is", "f", "mergeCell")
)
SAVE = "save it as an Excel workbook (.xlsx), or as CSV UTF-8"


def check_parts(opened, members, path, most_bytes):
    """Refuse an Excel file with parts that are too large, or that declare entities.

    Parameters
    ----------
    opened : ZipFile
    members : mapping of {str: ZipInfo}
    path : path
        The file, for messages.
    most_bytes : int
        For all sheets together.

    Raises
    ------
    InputError
    """
    sizes = {name: info.file_size for name, info in members.items() if is_xml(opened, info, path)}
    sizes |= {"the sheets": sum(sizes.pop(name) for name in list(sizes) if name.startswith(SHEETS))}
    for name, size in sizes.items():
        most = {"the sheets": most_bytes, TEXTS: MOST_BYTES_OF_TEXTS}.get(name, MOST_BYTES)
        if size > most:
            what = f"{name}: {size:,} bytes when extracted, more than {most:,}"
            raise InputError(what, path, "copy the table alone into a new workbook, or save it as CSV UTF-8")
    types = members.get("[Content_Types].xml")
    if types is None:
        kind = "an OpenDocument table" if "mimetype" in members else "not an Excel file"
        raise InputError(kind, path, SAVE)
    for part in ElementTree.fromstring(opened.read(types)):
        if "sharedStrings" in part.get("ContentType", "") and part.get("PartName", "").startswith(f"/{SHEETS}"):
            raise InputError("its texts pass for a sheet", path, "do not use this file")


def is_xml(opened, info, path):
    """Return whether a part is XML; raise InputError if it declares a document type, which Excel never does."""

    def refuse(*_):
        raise InputError(f"its part {info.filename} declares entities", path, "do not use this file")

    found = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda *_: found.append(True)
    with opened.open(info) as part:
        try:
            while not found and (chunk := part.read(CHUNK)):
                parser.Parse(chunk, False)
        except expat.ExpatError:
            pass
    return bool(found)


@dataclass
class SheetContent:
    """What a sheet contains.

    Attributes
    ----------
    last_row, last_column : int
        The last ones with content, counted from 1; 0 for an empty sheet.
    merged : list of str
        Ranges of merged cells, as "A2:A3".
    uncalculated : set of (int, int)
        Row and column of formulas without a value.
    """

    last_row: int = 0
    last_column: int = 0
    merged: list = field(default_factory=list)
    uncalculated: set = field(default_factory=set)


def look_through(path, part, where):
    """Look through a sheet without keeping its cells.

    Parameters
    ----------
    path : path
        The Excel file.
    part : str
        The sheet's part of the file.
    where : str
        For messages.

    Returns
    -------
    SheetContent

    Raises
    ------
    InputError
        If rows or cells are in a wrong order, or too many, or the workbook is of the kind "Strict".
    """
    look = Look(where)
    with zipfile.ZipFile(path) as opened, opened.open(part) as file:
        while chunk := file.read(CHUNK):
            look.parser.Parse(chunk, False)
        look.parser.Parse(b"", True)
    return look.content


class Look:
    """Counts rows and cells while expat reads them."""

    def __init__(self, where):
        self.where, self.content = where, SheetContent()
        self.row = self.column = self.cells = self.others = 0
        self.kind = None
        self.in_data = self.in_value = self.has_value = self.has_text = self.has_formula = False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    def start(self, name, attributes):
        if name == CELL:
            self.start_cell(attributes)
        elif name in (VALUE, INLINE):
            self.in_value = self.has_value = True
        elif name == FORMULA:
            self.has_formula = True
        elif name == ROW:
            row = int(float(attributes["r"])) if "r" in attributes else self.row + 1
            self.expect(row > self.row)
            self.row, self.column = row, 0
        elif name == DATA:
            self.in_data = True
        elif not self.in_data:
            self.start_other(name, attributes)

    def start_other(self, name, attributes):
        self.others += 1
        if self.others > MOST_OTHERS:
            what = f"more than {MOST_OTHERS:,} merged cells, links or rules beside its cells"
            raise InputError(what, self.where, "copy the cells alone into a new workbook")
        if name == MERGED:
            self.content.merged.append(attributes["ref"])
        elif name.startswith(STRICT):
            raise InputError('a workbook of the kind "Strict"', self.where, SAVE)

    def start_cell(self, attributes):
        self.cells += 1
        if self.cells > MOST_CELLS:
            raise InputError(f"more than {MOST_CELLS:,} cells", self.where, "leave out columns or rows not needed")
        column = self.column + 1
        if reference := attributes.get("r"):
            letters = reference.rstrip("0123456789")
            column = column_index_from_string(letters)
            self.expect(column > self.column and reference == f"{letters}{self.row}")
        if column > MOST_COLUMNS:
            raise InputError(f"more than {MOST_COLUMNS:,} columns", self.where, SAVE)
        self.column, self.kind = column, attributes.get("t")
        self.has_value = self.has_text = self.has_formula = False

    def expect(self, is_right):
        if not is_right:
            raise InputError(
                f"cells in a wrong order after row {self.row}", self.where, "open it in Excel, and save it"
            )

    def text(self, characters):
        # Not kept: only whether there is any.
        if self.in_value and not self.has_text:
            self.has_text = not characters.isspace()

    def end(self, name):
        if name in (VALUE, INLINE):
            self.in_value = False
        elif name == DATA:
            self.in_data = False
        elif name == CELL:
            # Excel writes a calculated text of no letters as an empty value of the kind "str".
            is_uncalculated = self.has_formula and not self.has_text and not (self.kind == "str" and self.has_value)
            if is_uncalculated:
                self.content.uncalculated.add((self.row, self.column))
            if self.has_text or is_uncalculated:
                self.content.last_row = self.row
                self.content.last_column = max(self.content.last_column, self.column)
