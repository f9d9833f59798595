"""Tables as spreadsheet programs of several countries write them are read alike; what may mean two things is kept."""

import csv
import io

import pandas as pd
import pytest

from facelrp.errors import InputError
from facelrp.sources.exported_tables import read_exported, with_points

HEADER, ROWS = (
    ["Datei", "Größe", "Freude"],
    [["ä b.jpg", "x", "3.5"], ["c.jpg", "y, z; w", "4"], ["d.jpg", "", "2.125"]],
)


def written(separator, encoding, decimal=".", end="\r\n", quoting=csv.QUOTE_MINIMAL, start=""):
    buffer = io.StringIO(newline="")
    out = csv.writer(buffer, delimiter=separator, lineterminator=end, quoting=quoting)
    out.writerow(HEADER)
    out.writerows([*row[:2], row[2].replace(".", decimal)] for row in ROWS)
    return (start + buffer.getvalue()).encode(encoding)


WAYS = {
    "English Excel": written(",", "utf-8-sig"),
    "R": written(",", "utf-8", end="\n", quoting=csv.QUOTE_ALL),
    "German Excel": written(";", "cp1252", ","),
    "German Excel, UTF-8": written(";", "utf-8-sig", ","),
    "LibreOffice with tabs": written("\t", "utf-8", ","),
    "bars": written("|", "utf-8"),
    "quoted decimal commas": written(",", "utf-8", ","),
    "with sep=": written(";", "cp1252", ",", start="sep=;\r\n"),
    "old Macintosh line ends": written(";", "cp1252", ",", end="\r"),
}


@pytest.mark.parametrize("columns", [None, HEADER, ["Freude"]])
@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_gives_the_same_table(tmp_path, way, columns):
    path = tmp_path / "Bewertungen.csv"
    path.write_bytes(WAYS[way])
    table = read_exported(path, columns)
    assert table.columns.tolist() == HEADER
    assert table.to_numpy().tolist() == ROWS
    first = 3 if way == "with sep=" else 2
    assert table.index.tolist() == [first, first + 1, first + 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Datei;Freude\r\na.jpg;3;4\r\n", "line 2: not a table: 3 cells .* a cell with a semicolon needs quotation"),
        (b"Datei;Freude\r\na.jpg;\x81\r\n", "line 2: not UTF-8 text"),
        (b"Datei;Freud\r\na.jpg;3\r\n", r"no column is called Freude \(found: Datei, Freud\)"),
        (b"", "empty"),
    ],
)
def test_faults_are_one_line(tmp_path, content, message):
    path = tmp_path / "Bewertungen.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_exported(path, ["Datei", "Freude"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "alone", "beside_commas"),
    [
        (["3,5", "4", "2,125"], ["3.5", "4", "2.125"], None),
        (["3,5", "", "NA", "k.A.", "-"], ["3.5", "", "NA", "k.A.", "-"], None),
        (["-0,5", ",5"], ["-0.5", ".5"], None),
        # Thousands or thousandths? Beside separators that are no commas, the latter.
        (["1,234", "2,125"], ["1,234", "2,125"], ["1.234", "2.125"]),
        (["3,5", "3.5"], ["3,5", "3.5"], None),
        (["1.234,5", "3,5"], ["1.234,5", "3,5"], None),
        (["3,5", "Müller, Max"], ["3,5", "Müller, Max"], None),
        (["a,b", "4"], ["a,b", "4"], None),
    ],
)
def test_decimal_commas_are_points_where_they_can_be_nothing_else(cells, alone, beside_commas):
    table = pd.DataFrame({"x": cells}, dtype=str)
    assert with_points(table)["x"].tolist() == alone
    assert with_points(table, comma_is_decimal=True)["x"].tolist() == (beside_commas or alone)
    assert table["x"].tolist() == cells
