"""Excel tables are read like CSV, and what a sheet shows otherwise than the file has it is refused, with its cell.

Each of these faults ends with one message that names the file, and the sheet, row and column if there is one:

==========================================================  ================================
Fault                                                       The message names
==========================================================  ================================
several sheets, none, empty, a chart, no such sheet         the sheets there are
formula without a value, error, date, percentage, merged    sheet, row, column
column missing, twice                                       sheet, row, what is there
rows or cells in a wrong order, too many, far away          sheet
xls, a password, ods, xlsb, "Strict", no workbook           what it is
large parts, entities, texts as a sheet                     the part
damaged                                                     the file
==========================================================  ================================
"""

import csv
import datetime
import io
import os
import random
import resource
import time
import zipfile
from dataclasses import replace

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font

from facelrp.errors import InputError
from facelrp.sources import sheet_xml, spreadsheets
from facelrp.sources.own_tables import read_own_table

COLUMNS = ["Photo", "joy"]
HEADER = ["Photo", "joy", "note"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, TYPES = "xl/worksheets/sheet1.xml", "[Content_Types].xml"


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def excel(*rows, change=None):
    """The bytes of a workbook with one sheet, "Ratings"; ``change(book, sheet)`` edits it."""
    book = Workbook()
    book.active.title = "Ratings"
    for row in (HEADER, *rows):
        book.active.append(row)
    if change:
        change(book, book.active)
    return saved(book)


def with_parts(content, **parts):
    """The bytes of a zip archive with other parts, {path: bytes}, or without a part that is None."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in ({name: old.read(name) for name in old.namelist()} | parts).items():
            if part is not None:
                new.writestr(name, part)
    return buffer.getvalue()


def part_of(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return opened.read(name)


def sheet_of(data, rest="", before="", main=MAIN):
    """A workbook whose sheet is written by hand: the XML of its rows, and of what is before and after them."""
    xml = f'<worksheet xmlns="{main}">{before}<sheetData>{data}</sheetData>{rest}</worksheet>'
    return with_parts(excel(), **{SHEET: xml.encode()})


def text_cell(reference, text):
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


NAMES = f'<row r="1">{text_cell("A1", "Photo")}{text_cell("B1", "joy")}</row>'
FACE = '<row r="2">' + text_cell("A2", "a.jpg") + "{}</row>"


@pytest.fixture
def read(tmp_path):
    def read(content, sheet=None, columns=COLUMNS, name="ratings.xlsx"):
        path = tmp_path / name
        path.write_bytes(content)
        return read_own_table(path, columns, sheet)

    return read


@pytest.mark.parametrize("seed", range(5))
def test_random_tables_are_the_same_as_in_csv(read, seed):
    draw = random.Random(seed)
    rows = []
    for _ in range(30):
        joy = draw.choice([3, 3.5, 0.1, 1 / 3, 1e-9, 123456789.25, "4", "4.50", None])
        note = draw.choice(["", None, "a,b", "é", "e\u0301", "two\nlines", " x ", True])
        rows.append([draw.choice([None, "a b.jpg", "ö/ü.png"]), joy, note] if draw.random() < 0.9 else [None] * 3)
    rows.append([7, 8.0, 9.5])
    buffer = io.StringIO()
    shown = [["TRUE" if cell is True else "" if cell is None else cell for cell in row] for row in rows]
    csv.writer(buffer).writerows([HEADER, *([{8.0: 8}.get(cell, cell) for cell in row] for row in shown)])
    plain, _ = read(buffer.getvalue().encode(), columns=HEADER, name="ratings.csv")
    table, where = read(excel(*rows), columns=HEADER)
    assert where.endswith("ratings.xlsx, sheet Ratings")
    assert table.index.name == "row"
    assert table.to_numpy().tolist() == plain.to_numpy().tolist()
    blank = [all(cell is None or cell == "" for cell in row) for row in rows]
    assert table.index.tolist() == [number for number, is_blank in enumerate(blank, 2) if not is_blank]


def test_the_content_counts_and_not_the_name(read):
    table, where = read(excel(["a.jpg", 3]), name="ratings.csv")
    assert table.to_numpy().tolist() == [["a.jpg", "3"]]
    assert "sheet Ratings" in where
    table, where = read(b"Photo,joy\na.jpg,3\n", name="ratings.xlsx")
    assert table.to_numpy().tolist() == [["a.jpg", "3"]]
    assert where.endswith("ratings.xlsx")


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, "/dev/zero", tmp_path / "none.xlsx"):
        with pytest.raises(InputError, match=r"a device, not a file|a folder, not|the table is missing"):
            read_own_table(path, COLUMNS)


def unsaid(book, sheet):
    """What changes nothing: formats, widths, a title in a hidden sheet, blank rows with a format, filters."""
    sheet["B2"].number_format = '0.0" %"'
    sheet["C2"] = "=1/0"
    sheet["C3"] = datetime.date(2024, 5, 3)
    sheet.merge_cells("C4:D5")
    sheet["A30"].font = Font(bold=True)
    sheet.row_dimensions[3].hidden = True
    sheet.auto_filter.ref = "A1:B3"
    book.create_sheet("Notes").sheet_state = "hidden"
    book["Notes"]["A1"] = "notes"
    book.create_sheet("Lists").sheet_state = "veryHidden"


def test_reads_only_what_it_is_asked_for(read):
    table, _ = read(excel(["a.jpg", 3], ["b.jpg", 4], change=unsaid))
    assert table.to_numpy().tolist() == [["a.jpg", "3"], ["b.jpg", "4"]]
    assert table.index.tolist() == [2, 3]


def test_starts_at_the_first_row_with_content(read):
    rows = "".join(
        f'<row r="{k}">{text_cell(f"C{k}", a)}{text_cell(f"E{k}", b)}</row>'
        for k, a, b in [(4, "Photo", "joy "), (9, "a.jpg", 3)]
    )
    table, _ = read(sheet_of(rows, before='<dimension ref="A1"/>'))
    assert table.to_numpy().tolist() == [["a.jpg", "3"]]
    assert table.index.tolist() == [9]


def test_values_of_formulas_are_read(read):
    cell = '<c r="B2"><f>1+2</f><v>3</v></c>'
    assert read(sheet_of(NAMES + FACE.format(cell)))[0]["joy"].tolist() == ["3"]
    # Excel writes the text "" of a formula so.
    cell = '<c r="B2" t="str"><f>IF(1,"")</f><v></v></c>'
    assert read(sheet_of(NAMES + FACE.format(cell)))[0]["joy"].tolist() == [""]


def test_names_a_sheet(read):
    def change(book, sheet):
        other = book.create_sheet("Other")
        other.append(["Photo", "joy"])
        other.append(["b.jpg", 5])

    content = excel(["a.jpg", 3], change=change)
    for name, file in (("Ratings", "a.jpg"), ("ratings", "a.jpg"), ("Other", "b.jpg")):
        assert read(content, name)[0]["Photo"].tolist() == [file]
    with pytest.raises(InputError, match=r'2 sheets .*\(Ratings, Other\).* in the configuration, .* sheet: "Ratings"'):
        read(content)
    with pytest.raises(InputError, match=r"no sheet is called 'Joy' \(found: Ratings, Other\)"):
        read(content, "Joy")
    with pytest.raises(InputError, match=r"a CSV file has no sheet 'Joy' — leave sheet out"):
        read(b"Photo,joy\n", "Joy")


def put(cell, value, number_format=None):
    def change(book, sheet):
        sheet[cell] = value
        if number_format:
            sheet[cell].number_format = number_format

    return excel(["a.jpg", 3, "x"], ["b.jpg", 4, "y"], change=change)


def merged(cells):
    return excel(["a.jpg", 3], ["b.jpg", 4], ["c.jpg", 5], change=lambda _, sheet: sheet.merge_cells(cells))


def with_chart(book, sheet):
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=2))
    book.create_chartsheet("Chart").add_chart(chart)


DATE = datetime.datetime(2024, 5, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (put("B3", "=1+2"), "row 3, column joy: a formula whose value is not in the file — open the file in Excel"),
        (put("A2", '="a"&".jpg"'), "row 2, column Photo: a formula whose value is not in the file"),
        (sheet_of(NAMES + FACE.format('<c r="B2"><f>1+2</f></c>')), "row 2, column joy: a formula whose value"),
        (sheet_of(NAMES + FACE.format('<c r="B2"><f>1+2</f><v/></c>')), "row 2, column joy: a formula whose value"),
        (put("B3", "#N/A"), "row 3, column joy: #N/A is an error of Excel — correct the formula, or clear the cell"),
        (put("A3", "#DIV/0!"), "row 3, column Photo: #DIV/0! is an error"),
        (put("B2", "#REF!"), "row 2, column joy: #REF! is an error"),
        (put("B3", DATE), r"row 3, column joy: a date or time \(2024-05-03.* — give the column the format Text"),
        (put("A3", DATE.date()), "row 3, column Photo: a date or time"),
        (put("B3", 3.5, "yyyy-mm-dd"), "row 3, column joy: a date or time"),
        (put("B3", 0.5, "h:mm"), "row 3, column joy: a date or time"),
        (put("B3", 1.5, "[h]:mm"), "row 3, column joy: a date or time"),
        (put("B3", 0.5, "0%"), "row 3, column joy: a percentage: the file has 0.5, which is shown as 50 %"),
        (put("B3", 0.5, '0.00%;[Red]-0.00" x"'), "row 3, column joy: a percentage"),
        (put("B3", 3, "0 %"), "row 3, column joy: a percentage: the file has 3, which is shown as 300 %"),
        (merged("B2:B3"), "column joy: the cells B2:B3 are merged, and only the first .* unmerge them"),
        (merged("A3:B3"), "column Photo: the cells A3:B3 are merged"),
        (merged("A1:B1"), "row 1: no column is called joy"),
        (merged("B1:C1"), "column joy: the cells B1:C1 are merged"),
        (put("B1", "Joy"), r"Ratings, row 1: no column is called joy \(found: Photo, Joy, note\)"),
        (put("C1", "joy "), "Ratings, row 1: two columns are called 'joy'"),
        (sheet_of(""), "sheet Ratings: the sheet is empty"),
        (sheet_of('<row r="1"><c r="A1" s="1"/></row>'), "sheet Ratings: the sheet is empty"),
        (sheet_of(f'<row r="1">{text_cell("A1", " ")}</row>'), "sheet Ratings: the sheet is empty"),
        (put("B300000", 1), r"more than 200,000 rows \(the last with content is 300,000\)"),
        (put("XFD5000", 1), "content as far as row 5,000 and column XFD — delete what is far from the table"),
        (sheet_of('<row r="3"/><row r="2"/>'), "cells in a wrong order after row 3"),
        (sheet_of(NAMES + FACE.format("") + FACE.format("")), "cells in a wrong order after row 2"),
        (sheet_of(NAMES + FACE.format('<c r="B3"><v>1</v></c>')), "cells in a wrong order after row 2"),
        (sheet_of(NAMES + FACE.format('<c r="A2"><v>1</v></c>')), "cells in a wrong order after row 2"),
        (sheet_of(NAMES + '<row r="99999999999"><c><v>1</v></c></row>'), "the last with content is 99,999,999,999"),
        (sheet_of(NAMES, main=sheet_xml.STRICT), 'of the kind "Strict" — save it as an Excel workbook'),
        (excel(change=lambda book, sheet: setattr(book.create_sheet("b"), "title", "B")), "2 sheets"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            r"an old Excel file \(.xls\), or one with a password — save",
        ),
        (b"PK\x03\x04" + bytes(100), "not a complete zip archive"),
        (excel()[:-100], "not a complete zip archive"),
        (with_parts(excel(), mimetype=b"application/x", **{TYPES: None}), "an OpenDocument table — save it as"),
        (with_parts(excel(), **{TYPES: None}), "not an Excel file"),
        (with_parts(excel(), **{"xl/workbook.xml": None}), "not an Excel file"),
        (with_parts(excel(), **{TYPES: part_of(excel(), TYPES).replace(b"sheet.main+xml", b"x")}), "no valid workbook"),
        (with_parts(excel(), **{SHEET: b"<worksheet"}), "not an Excel file"),
        (with_parts(excel(), **{SHEET: part_of(excel(), SHEET)[:-30]}), "not an Excel file"),
        (with_parts(excel(), **{"xl/styles.xml": b"<x>"}), "not an Excel file"),
        (sheet_of(NAMES + FACE.format('<c r="B2"><v>three</v></c>')), "not an Excel file"),
        (sheet_of(NAMES + FACE.format('<c r="B2" t="s"><v>9</v></c>')), "not an Excel file"),
        (sheet_of(NAMES + FACE.format('<c r="B2" s="99"><v>9</v></c>')), "not an Excel file"),
    ],
)
def test_refuses_faulty_sheets(read, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read(content)
    assert "ratings.xlsx" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert caught.value.fix


def test_a_chart_is_no_table(read):
    content = excel(["a.jpg", 3], change=with_chart)
    assert len(read(content)[0]) == 1
    with pytest.raises(InputError, match="sheet Chart: a chart, not a table"):
        read(content, "Chart")


def test_finds_no_sheet_if_all_are_hidden(read):
    content = excel(["a.jpg", 3], change=with_chart)
    book = part_of(content, "xl/workbook.xml").replace(b'name="Ratings"', b'name="Ratings" state="hidden"')
    book = book.replace(b'state="visible"', b"")
    with pytest.raises(InputError, match=r"0 sheets that are not hidden \(none\)"):
        read(with_parts(content, **{"xl/workbook.xml": book}))


def texts(count):
    return f'<sst xmlns="{MAIN}">{"<si><t>a</t></si>" * count}</sst>'.encode()


def declared(content, name):
    """The list of the parts, with one more that has the texts."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    old = part_of(content, TYPES).decode()
    return old.replace("</Types>", f'<Override PartName="/{name}" ContentType="{kind}"/></Types>').encode()


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
#: {name: (parts, message)}; each took up to a minute or gigabytes, or could.
HOSTILE = {
    "8 million texts": ({"xl/sharedStrings.xml": texts(8_000_000)}, "grows more than 200 times"),
    "a million texts": ({"xl/sharedStrings.xml": texts(1_000_000)}, "xl/sharedStrings.xml: 17,000,077 bytes"),
    "texts as a sheet": ({"xl/worksheets/x.xml": texts(9), TYPES: "xl/worksheets/x.xml"}, "its texts pass for a sheet"),
    "texts elsewhere": ({"xl/media/x.png": texts(300_000), TYPES: "xl/media/x.png"}, "xl/media/x.png: 5,100,077 bytes"),
    "styles": ({"xl/styles.xml": f"<x>{'<xf/>' * 500_000}</x>".encode()}, "xl/styles.xml: 2,500,007 bytes"),
    "entities": ({"xl/workbook.xml": f"{LAUGHS}<workbook>&b;</workbook>".encode()}, "declares entities"),
    "entities in UTF-16": ({SHEET: f"{LAUGHS}<worksheet>&b;</worksheet>".encode("utf-16")}, "declares entities"),
    "a large sheet": (
        {SHEET: f"<worksheet>{'<c/>' * 20_000_000}</worksheet>".encode()},
        "the sheets: 80,000,023 bytes",
    ),
    "a long row": ({SHEET: b"%d cells"}, "more than 16,384 columns"),
    "merged cells": ({SHEET: b"%d merged"}, "more than 100,000 merged cells, links or rules"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_at_once(read, monkeypatch, name):
    parts, message = HOSTILE[name]
    # Others could compress less well, and pass the limit of all archives.
    if name != "8 million texts":
        monkeypatch.setattr(spreadsheets, "LIMITS", replace(spreadsheets.LIMITS, ratio=10_000))
    parts = dict(parts)
    if isinstance(parts.get(TYPES), str):
        parts[TYPES] = declared(excel(), parts[TYPES])
    if parts.get(SHEET) == b"%d cells":
        content = sheet_of("<row>" + "<c><v>1</v></c>" * 3_000_000 + "</row>", before='<dimension ref="A1"/>')
    elif parts.get(SHEET) == b"%d merged":
        merges = '<mergeCell ref="C1:D2"/>' * 2_000_000
        content = sheet_of(NAMES, f"<mergeCells>{merges}</mergeCells>", before='<dimension ref="A1"/>')
    else:
        content = with_parts(excel(), **parts)
    before, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=message) as caught:
        read(content)
    assert time.process_time() - before < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200_000
    assert len(str(caught.value)) < 1000


def test_damaged_files_are_right_or_one_line(read):
    """Bytes of a workbook are changed, or of one of its parts: the right cells, or one line."""
    content = excel(*([f"{k}.jpg", k / 4, "x"] for k in range(20)))
    right = [[f"{k}.jpg", f"{k / 4:g}"] for k in range(20)]
    draw, refused = random.Random(1), []
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        names = [name for name in opened.namelist() if not name.startswith("docProps")]
    for k in range(300):
        name = draw.choice(names)
        changed = bytearray(content if k % 3 == 0 else part_of(content, name))
        for _ in range(draw.choice([1, 1, 4])):
            position = draw.randrange(len(changed))
            if draw.random() < 0.5:
                changed[position] = draw.randrange(256)
            else:
                del changed[position : position + draw.choice([1, 10, 500])]
            changed = changed or bytearray(b"x")
        damaged = bytes(changed) if k % 3 == 0 else with_parts(content, **{name: bytes(changed)})
        if damaged[:4] != b"PK\x03\x04":
            continue
        try:
            table, _ = read(damaged)
        except InputError as fault:
            refused.append(str(fault))
        else:
            # The bytes of a text or a number in the sheet's own XML are beyond any check.
            assert table.to_numpy().tolist() == right or (name == SHEET and k % 3)
    assert 100 < len(refused) < 300
    assert not any("\n" in message or len(message) > 1000 for message in refused)
