"""Codes in users' own tables mean what the configuration says; nothing that could be two things is guessed."""

import itertools
import re

import numpy as np
import pytest
import yaml
from lookalikes import workbook
from PIL import Image

from facelrp.datasets import folder
from facelrp.errors import InputError


@pytest.fixture
def read(tmp_path):
    """Read one coded column of a folder with a face for each cell."""

    def read(content, cells, codes=None, excel=False):
        for number in range(len(cells)):
            Image.new("RGB", (8, 8)).save(tmp_path / f"{number}.png")
        rows = [["Photo", "coded"], *([f"{number}.png", cell] for number, cell in enumerate(cells))]
        name = "ratings.xlsx" if excel else "ratings.csv"
        text = "".join(f"{photo},{cell}\n" for photo, cell in rows).encode()
        (tmp_path / name).write_bytes(workbook({"one": rows}) if excel else text)
        options = {} if codes is None else {"codes": {content: codes}}
        return folder.load(tmp_path, name, {"file": "Photo", content: "coded"}, **options).table[content].tolist()

    return read


#: (codes, cells, sexes from 0 (female) to 100 (male)).
SEXES = [
    (None, ["female", "Male", "woman", "MAN", "f", "M"], [0, 100, 0, 100, 0, 100]),
    (None, ["", "NA", "NaN", "nan", "f"], [np.nan] * 4 + [0]),
    ({"1": "male", "2": "female"}, ["1", "2", "2", "1", ""], [100, 0, 0, 100, np.nan]),
    ({"0": "female", "1": "male"}, ["0", "1", "1.0", "01", "0.0"], [0, 100, 100, 100, 0]),
    ({"0": "male", "1": "female"}, ["0", "1"], [100, 0]),
    ({"1": "male", "2": "female", "9": ""}, ["1", "2", "9"], [100, 0, np.nan]),
    ({"1": "male", "2": "female", "-99": "", "k. A.": ""}, ["1", "-99", "K. a."], [100, np.nan, np.nan]),
    # Grades between the two codes.
    ({"0": "female", "100": "male"}, ["0", "100", "50", "86.25"], [0, 100, 50, 86.25]),
    ({"0": "female", "1": "male"}, ["0.25", "1", "0"], [25, 100, 0]),
    ({"1": "male", "7": "female"}, ["1", "7", "4", "2.5"], [100, 0, 50, 75]),
    ({"-1": "female", "1": "male"}, ["-1", "0", "1"], [0, 50, 100]),
    # Words of other languages, in which a letter can mean the other sex.
    ({"m": "female", "h": "male"}, ["m", "H", "M"], [0, 100, 0]),
    ({"w": "female", "m": "male", "d": ""}, ["w", "m", "W", "d", "male"], [0, 100, 0, np.nan, 100]),
    ({"": "female", "x": "male"}, ["", "x"], [0, 100]),
    ({"TRUE": "male", "FALSE": "female"}, ["TRUE", "false"], [100, 0]),
]


@pytest.mark.parametrize("excel", [False, True])
@pytest.mark.parametrize(("codes", "cells", "expected"), SEXES)
def test_sexes_are_those_of_the_codes(read, codes, cells, expected, excel):
    np.testing.assert_allclose(read("gender", cells, codes, excel), expected, rtol=1e-12)


def test_numbers_in_excel_are_codes_too(read):
    assert read("gender", [1, 2.0, True], {"1": "male", "2": "female", "TRUE": ""}, True)[:2] == [100, 0]
    assert read("state", [1, 2, None], {"1": "happy", "2": "sad"}, True) == ["happy", "sad", ""]


def suggested(fix):
    """The codes that a message says to write."""
    return yaml.safe_load("{" + re.search(r"codes: \{\w+: \{.*?\}\}", fix)[0] + "}")["codes"]


@pytest.mark.parametrize(
    ("cells", "pair"),
    [
        (["1", "2", "2"], {"1": "male", "2": "female"}),
        (["2", "2"], {"1": "male", "2": "female"}),
        (["0", "1", ""], {"0": "female", "1": "male"}),
        (["0", "0"], {"0": "female", "1": "male"}),
        (["1", "1"], {"1": "male", "2": "female"}),
        (["1", "2", "9"], {"1": "male", "2": "female", "9": ""}),
        (["f", "1", "2"], {"1": "male", "2": "female"}),
        (["0", "100", "50"], {"0": "female", "100": "male"}),
        (["3.5", "97"], {"0": "female", "100": "male"}),
        (["0.25", "0.75", "1"], {"0": "female", "1": "male"}),
        (["0", "1", "2"], {"0": "female", "100": "male"}),
    ],
)
def test_numbers_without_codes_are_refused_with_the_codes_to_write(read, cells, pair):
    with pytest.raises(InputError, match="may mean either sex — write in the configuration what the num") as caught:
        read("gender", cells)
    number = next(k for k, cell in enumerate(cells) if cell not in ("", "f"))
    assert f"ratings.csv, line {number + 2}, column coded: {cells[number]!r}" in str(caught.value)
    codes = suggested(caught.value.fix)
    assert codes == {"gender": pair}
    assert len(read("gender", cells, {**codes["gender"], "f": "female"})) == len(cells)


@pytest.mark.parametrize(
    ("codes", "cells", "message"),
    [
        (None, ["f", "x"], "line 3, column coded: 'x' is neither female nor male — write female or male, or say what"),
        (None, ["f", "w"], r"""codes: \{gender: \{"w": female\}\}"""),
        (None, ["männlich"], "'männlich' is neither female nor male"),
        ({"h": "male"}, ["h", "m"], "line 3, column coded: 'm' is none of the codes h"),
        ({"1": "male", "2": "female"}, ["1", "3"], "line 3, column coded: '3' is none of the codes 1, 2"),
        ({"1": "male", "2": "female"}, ["0", "1"], "line 2, column coded: '0' is none of the codes 1, 2"),
        ({"0": "female", "100": "male"}, ["101"], "'101' is none of the codes 0, 100"),
        ({"0": "female", "100": "male"}, ["inf"], "'inf' is none of the codes"),
        ({"0": "female"}, ["0.5"], "'0.5' is none of the codes 0"),
        ({"0": "female", "1": "male", "2": "male"}, ["0.5"], "'0.5' is none of the codes 0, 1, 2"),
        ({"1": "male", "1.0": "female"}, ["1"], "codes: gender: '1.0' means two things"),
        ({"m": "male", "M": "female"}, ["m"], "codes: gender: 'M' means two things"),
        ({"1": "masculine"}, ["1"], "codes: gender: no gender is called 'masculine' — give female, male, or"),
        ({1: "male"}, ["1"], 'codes: gender: 1 is not text — write it as "1"'),
    ],
)
def test_refuses_unclear_sexes(read, codes, cells, message):
    with pytest.raises(InputError, match=message) as caught:
        read("gender", cells, codes)
    assert caught.value.fix


def test_a_missing_code_can_be_added_as_the_message_says(read):
    with pytest.raises(InputError, match="'9' is none of the codes") as caught:
        read("gender", ["1", "2", "9"], {"1": "male", "2": "female"})
    codes = suggested(caught.value.fix)["gender"]
    np.testing.assert_array_equal(read("gender", ["1", "2", "9"], codes), [100, 0, np.nan])


def test_every_code_of_two_numbers_means_what_is_written(read):
    """All pairs of numbers, in both meanings: what was read in silence as female or male."""
    for female, male in itertools.permutations(["0", "1", "2", "5", "100"], 2):
        assert read("gender", [female, male, female], {female: "female", male: "male"}) == [0, 100, 0]
        with pytest.raises(InputError, match="may mean either sex"):
            read("gender", [female, male])


@pytest.mark.parametrize(
    ("codes", "cells", "expected"),
    [
        (None, ["neutral", "Happy", "SAD", ""], ["neutral", "happy", "sad", ""]),
        ({"HA": "happy", "SA": "sad"}, ["HA", "sa", "happy", ""], ["happy", "sad", "happy", ""]),
        ({"1": "happy", "2": "sad", "3": ""}, ["1", "2.0", "03"], ["happy", "sad", ""]),
        ({"": "neutral", "x": "happy"}, ["", "x"], ["neutral", "happy"]),
        ({"happy": "sad"}, ["happy"], ["sad"]),
    ],
)
def test_states_are_those_of_the_codes(read, codes, cells, expected):
    assert read("state", cells, codes) == expected


def test_a_state_can_be_added_as_the_message_says(read):
    with pytest.raises(InputError, match="line 3, column coded: '2' is not a state — write one of neutral") as caught:
        read("state", ["1", "2"], {"1": "happy"})
    assert suggested(caught.value.fix) == {"state": {"2": "neutral"}}


@pytest.mark.parametrize(
    ("codes", "cells", "expected"),
    [
        (None, ["31", "8", "NA", ""], [31, 8, np.nan, np.nan]),
        (None, ["8.5", "3"], [8.5, 3]),
        (None, ["10", "1"], [10, 1]),
        ({}, ["3", "5"], [3, 5]),
        ({"1": 25, "2": 35.5, "3": ""}, ["1", "2", "3", "1.0"], [25, 35.5, np.nan, 25]),
        ({"999": "", "-1": ""}, ["31", "999", "-1"], [31, np.nan, np.nan]),
        ({"18-25": 21, "26-35": 30}, ["18-25", "26-35", "40"], [21, 30, 40]),
    ],
)
def test_ages_are_years_or_those_of_the_codes(read, codes, cells, expected):
    np.testing.assert_array_equal(read("age", cells, codes), expected)


@pytest.mark.parametrize("cells", [["1", "2", "5"], ["0", "9"], ["3", "", "3"], ["2.0", "4"]])
def test_numbers_of_age_classes_are_not_taken_for_years(read, cells):
    with pytest.raises(InputError, match=r"may be years or the number of a class, as no age is above \d") as caught:
        read("age", cells)
    numbers = {float(cell) for cell in cells if cell}
    assert {float(code) for code in suggested(caught.value.fix)["age"]} == numbers
    assert read("age", cells, suggested(caught.value.fix)["age"])[0] >= 20
    assert "codes: {age: {}}" in caught.value.fix
    assert read("age", cells, {})[0] == float(cells[0])


@pytest.mark.parametrize(
    ("codes", "cells", "message"),
    [
        ({"1": 25}, ["1", "2"], "line 3, column coded: '2' may be years or the number of a class"),
        ({"1": 25}, ["1", "150"], "line 3, column coded: '150' is not a number from 0 to 120"),
        ({"1": 125}, ["1"], "codes: age: no age is called 125 — give years from 0 to 120, or"),
        ({"1": True}, ["1"], "codes: age: no age is called True"),
        ({"1": "old"}, ["1"], "codes: age: no age is called 'old'"),
    ],
)
def test_refuses_unclear_ages(read, codes, cells, message):
    with pytest.raises(InputError, match=message):
        read("age", cells, codes)


def test_refuses_codes_of_columns_that_are_not_read(read, tmp_path):
    read("gender", ["f"])
    for codes, message in (({"state": {"1": "sad"}}, "codes of state, which has no"), ({"joy": {}}, "joy cannot have")):
        with pytest.raises(InputError, match=message):
            folder.load(tmp_path, "ratings.csv", {"file": "Photo", "gender": "coded"}, codes=codes)
