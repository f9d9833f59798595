"""Tables as pages: their visible cells, their filters, and the table to save."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest

from facelrp.report.html_tables import as_page, columns


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "part": ["mouth", "nose & <brows>", "mouth"],
            "change": [-0.51234, 12.0, np.nan],
            "low": [-0.6, 11.0, np.nan],
            "high": [-0.4, 13.0, np.nan],
            "faces": [120, 1200, 7],
            "p": [0.00012, 0.5, 0.0],
            "pixels": [14073.35, 12970.5, 9.0],
            "paper_mae": [np.nan, np.nan, np.nan],
        }
    )


def cells(page):
    rows = re.findall("<tr>(<td.*)</tr>", page)
    return [re.findall("<td[^>]*>(.*?)</td>", row) for row in rows]


def test_intervals_are_beside_their_number_and_empty_columns_are_left_out(table):
    page = as_page(table, "Changes", "changes.csv")
    heads = re.findall("<span>(.*?)</span>", page)
    assert heads == ["part", "change", "faces", "p", "pixels"]
    assert page.count("[95 % interval]") == 1
    assert cells(page) == [
        ["mouth", "-0.512 [-0.600, -0.400]", "120", "1e-04", "14,073"],
        ["nose &amp; &lt;brows&gt;", "12.000 [11.000, 13.000]", "1,200", "0.500", "12,970"],
        ["mouth", "", "7", "0.000", "9"],
    ]


def test_the_table_to_save_is_unchanged(table):
    page = as_page(table, "Changes", "changes.csv")
    (saved,) = re.findall(r'download="changes.csv" href="data:text/csv;base64,([^"]+)"', page)
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(base64.b64decode(saved))), table)


def test_only_columns_of_few_short_repeated_words_have_filters(table):
    table["sentence"] = ["a" * 40, "a" * 40, "b"]
    table["name"] = ["one", "two", "three"]
    page = as_page(table, "Changes", "changes.csv")
    assert re.findall('<select data-column="(.*?)">', page) == ["0"]
    assert re.findall("<option>(.*?)</option>", page) == ["mouth", "nose &amp; &lt;brows&gt;"]


def test_the_ends_of_intervals_are_distinguished_from_other_columns():
    names = [
        "mae",
        "first",
        "lowest",
        "area",
        "area_low",
        "area_high",
        "falls_of_high",
        "falls_of_high_low",
        "falls_of_high_high",
    ]
    assert list(columns(names)) == [
        ("mae", []),
        ("first", []),
        ("lowest", []),
        ("area", ["area_low", "area_high"]),
        ("falls_of_high", ["falls_of_high_low", "falls_of_high_high"]),
    ]
