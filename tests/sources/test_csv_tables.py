"""CSV tables are read as the csv module reads them, and cells are named by their lines in the file.

Each of these faults ends with one message that names the file, and the line if there is one:

==========================================================  ======================
Fault                                                       The message names
==========================================================  ======================
missing, a folder, empty, too large, one endless line       the file, the line
UTF-16, Latin-1, NUL bytes, Excel's files, old and new      what it is, the line
separated by semicolons, tabs, bars, also in quotes; sep=   the separator
too few cells, too many, a quotation mark never closed      the line
column missing, in other capitals, twice                    the line, what is there
decimal comma, separators of thousands, inf, 1e309, 0x1     the line and the column
==========================================================  ======================
"""

import codecs
import csv
import io
import random
import re
import resource
import unicodedata

import numpy as np
import pytest
from lookalikes import workbook

from facelrp.errors import InputError
from facelrp.sources import csv_tables
from facelrp.sources.csv_tables import numbers, read_csv

COLUMNS = ["Photo", "joy"]


@pytest.fixture
def read(tmp_path):
    def read(content, columns=COLUMNS):
        path = tmp_path / "ratings.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_csv(path, columns)

    return read


def lines_of_rows(text):
    """The line in which each row begins, by counting line ends outside and inside quotation marks by hand."""
    begins, line, inside, fresh = [], 1, False, True
    for position, character in enumerate(text):
        if fresh and not inside:
            begins.append(line)
            fresh = False
        inside ^= character == '"'
        if character == "\n" or (character == "\r" and text[position + 1 : position + 2] != "\n"):
            line += 1
            fresh = not inside
    return begins


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("seed", range(5))
def test_cells_and_lines_of_random_tables(read, seed, end):
    """Cells with commas, quotation marks, blanks and line breaks, rows that are blank: as the csv module reads them."""
    draw = random.Random(seed)
    cells = ["a.jpg", "3", "", 'say "no"', "one, two", f"first{end}second", f"{end}{end}x", " blank ", "é", "e\u0301"]
    rows = [["Photo", "joy", "note"]]
    rows += [["x", *draw.choices(cells, k=2)] if draw.random() < 0.8 else ["", " ", ""] for _ in range(40)]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=end).writerows(rows)
    text = buffer.getvalue()
    begins = lines_of_rows(text)
    assert len(begins) == len(rows)
    expected = {
        line: [unicodedata.normalize("NFC", cell.strip()) for cell in row]
        for line, row in zip(begins[1:], rows[1:], strict=True)
        if any(cell.strip() for cell in row)
    }
    for content in (text.encode(), codecs.BOM_UTF8 + text.encode(), text.encode().rstrip()):
        table = read(content)
        assert table.index.name == "line"
        assert dict(zip(table.index, table.to_numpy().tolist(), strict=True)) == expected


def test_the_line_in_a_message_is_the_line_in_the_file(read, tmp_path):
    table = read('Photo,note,joy\n"a.jpg","one\ntwo\n\nthree",3\n\nb.jpg,"x",much\n')
    with pytest.raises(InputError, match=r"ratings.csv, line 7, column joy: 'much' is not a number from 1 to 7"):
        numbers(table, "joy", (1, 7), tmp_path / "ratings.csv")


@pytest.mark.parametrize(
    "header",
    [
        *("Photo,joy,,", "Photo,joy,,,,,", ",Photo,joy", " Photo , joy ", "Photo,joy,note,note", "\ufeffPhoto,joy"),
        *("\n\nPhoto,joy", ",,\nPhoto,joy,", "\ufeff\ufeffPhoto,joy", '"Photo","joy"', "Photo\u00a0,joy"),
    ],
)
def test_headers_as_programs_write_them(read, header):
    """Excel adds columns without a name, R one in front, others blanks, marks and blank lines."""
    names = [name.strip(' "\ufeff\u00a0') for name in header.strip("\n").split("\n")[-1].split(",")]
    cells = [{"Photo": "a.jpg", "joy": "3"}.get(name, "" if name == "" else "x") for name in names]
    table = read(header + "\n" + ",".join(cells) + "\n")
    assert table[COLUMNS].to_numpy().tolist() == [["a.jpg", "3"]]


@pytest.mark.parametrize(
    ("asked", "written"),
    [("Größe", "Gro\u0308ße"), ("Größe", "Größe "), ("Joy (1-7)", "Joy\n(1-7)"), ("Joy (1-7)", "Joy  (1-7)")],
)
def test_names_of_columns_are_compared_as_people_see_them(read, asked, written):
    assert read(f'"{written}",x\n5,y\n', [asked])[asked].tolist() == ["5"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a table, but empty"),
        (b"\n\n ,\n", "not a table, but empty"),
        ("Photo,joy\na.jpg,3\n".encode("utf-16"), "UTF-16, which Excel calls Unicode Text — save it as CSV UTF-8"),
        (codecs.BOM_UTF16_BE + "Photo\tjoy\n".encode("utf-16-be"), "UTF-16"),
        ("Photo,joy\nab.jpg,3\né.jpg,4\n".encode("latin-1"), "line 3: not UTF-8 text"),
        ("Photo,joy\r\rab.jpg,3\ré.jpg,4\r".encode("latin-1"), "line 4: not UTF-8 text"),
        (b"Photo,joy\na.jpg,3\nb\0.jpg,4\n", "line 3: a NUL byte"),
        ("Photo,joy\n".encode("utf-16-le"), "line 1: a NUL byte"),
        (workbook({"a": [["Photo", "joy"]]}), "not CSV, but an Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an old Excel file"),
        (b"Photo;joy\na.jpg;3,5\n", "line 1: its cells are separated by semicolons, not by commas"),
        (b'"Photo";"joy"\n"a.jpg";"3,5"\n', "separated by semicolons"),
        (b"Photo\tjoy\na.jpg\t3\n", "separated by tabs"),
        (b"\n\nPhoto|note|joy\n", "line 3: its cells are separated by vertical bars"),
        (b"sep=,\nPhoto,joy\na.jpg,3\n", "line 1: 'sep=' is not a line of names — delete this line"),
        (b"sep=;\nPhoto;joy\na.jpg;3\n", "line 1: 'sep=;' is not a line of names"),
        (b"Photo,joy\na.jpg\n", "line 2: not a table: 1 cells where line 1 names 2 columns"),
        (b'Photo,joy\n"a\n.jpg",3\nb.jpg,3,5\n', "line 4: not a table: 3 cells where line 1 names 2 columns"),
        (b'Photo,joy\na.jpg,"3\nb.jpg,4\n', "line 2: not a row of a table .* — correct its quotation marks"),
        (b'Photo,joy\n"a".jpg,3\n', "line 2: not a row of a table"),
        (b"Photo,Joy\n", r"line 1: no column is called joy \(found: Photo, Joy\) — rename it, or name Joy in columns"),
        (b"Photo,fun\n", r"no column is called joy \(found: Photo, fun\) — rename it$"),
        (b"Photo,joy,joy\n", "line 1: two columns are called 'joy'"),
        (b"Photo,joy, joy \n", "line 1: two columns are called 'joy'"),
        (b"Photo,joy\n" + b"a" * 200_000 + b",3\n", "line 2: not a row of a table .field larger than field limit"),
        (b"Photo,joy\n\n" + b"a," * 600_000, "line 3: 1,200,000 characters, more than 1,048,576"),
    ],
)
def test_refuses_faulty_tables(read, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read(content)
    assert "ratings.csv" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert caught.value.fix


def test_refuses_what_is_no_file(tmp_path):
    for path, message in ((tmp_path, "a folder, not a file"), (tmp_path / "no.csv", "the table is missing")):
        with pytest.raises(InputError, match=message):
            read_csv(path, COLUMNS)
    with pytest.raises(InputError, match="a device, not a file"):
        read_csv("/dev/zero", COLUMNS)


def test_a_gigabyte_costs_no_memory(tmp_path):
    """A file that is sparse on disk: one line of 1 GB."""
    path = tmp_path / "ratings.csv"
    with open(path, "wb") as file:
        file.truncate(1 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"1,073,741,824 bytes, more than 67,108,864"):
        read_csv(path, COLUMNS)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_refuses_more_cells_than_fit(read, monkeypatch):
    monkeypatch.setattr(csv_tables, "MOST_CELLS", 10)
    assert len(read("Photo,joy\n" + "a,3\n" * 4)) == 4
    with pytest.raises(InputError, match="more than 10 cells"):
        read("Photo,joy\n" + "a,3\n" * 5)


GOOD = {"3": 3.0, "3.5": 3.5, ".5": 0.5, "5.": 5.0, "+3": 3.0, "-2": -2.0, "1e1": 10.0, "2.5E-1": 0.25, "007": 7.0}
COMMAS = ["3,5", "1,234", "1.234,5", "1,234.5", "1'234", "1 234", "1.234.567", "-3,5"]
NO_NUMBERS = [
    "inf",
    "-inf",
    "Infinity",
    "nan",
    "NaN",
    "1e309",
    "0x10",
    "1_0",
    "５",
    "١",
    "TRUE",
    "1e",
    "--1",
    "3 %",
    "½",
]


def test_numbers_are_those_of_python(read):
    table = read("Photo,joy\n" + "".join(f"a,{cell}\n" for cell in GOOD))
    np.testing.assert_array_equal(numbers(table, "joy", (-10, 10), "x.csv"), list(GOOD.values()))


@pytest.mark.parametrize("cell", [*COMMAS, *NO_NUMBERS])
def test_refuses_what_may_be_another_number(read, cell):
    table = read(f'Photo,joy\na,3\nb,"{cell}"\n')
    fix = "write decimals with a point" if cell in COMMAS else "correct it, or leave the line out"
    message = f"x.csv, line 3, column joy: {re.escape(repr(cell))} is not a number from -1e.06 to 1e.06 — {fix}"
    with pytest.raises(InputError, match=message):
        numbers(table, "joy", (-1e6, 1e6), "x.csv")


def test_changed_bytes_are_one_line_or_what_the_csv_module_reads(read):
    good = 'Photo,joy,note\r\na.jpg,3,"one\r\ntwo"\r\né.jpg,4.5,"say ""no"", or"\r\n'.encode()
    draw, refused = random.Random(1), []
    for _ in range(1000):
        changed = bytearray(good)
        for _ in range(draw.choice([1, 2, 8])):
            position = draw.randrange(len(changed))
            changed[position : position + draw.choice([0, 1, 3])] = bytes(
                draw.choices(b'",;\r\n\0\xff\xc3 3x', k=draw.randrange(3))
            )
        try:
            table = read(bytes(changed))
        except InputError as fault:
            refused.append(str(fault))
            continue
        rows = [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(changed.decode("utf-8-sig"), newline=""))
        ]
        header, *rows = [row for row in rows if any(row)]
        expected = [[row[header.index(name)] for name in COLUMNS] for row in rows]
        assert table[COLUMNS].to_numpy().tolist() == expected
    assert 200 < len(refused) < 900
    assert not any("\n" in message for message in refused)
