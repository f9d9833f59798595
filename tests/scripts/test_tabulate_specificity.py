"""Differences in differences, worked out by hand: four people, two states, two attributes, two permuted networks."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files

from facelrp.faces.parts import LABEL, NAMES, REPORTED
from facelrp_workflow.files import read_table
from tabulate_specificity import OTHERS, PERMUTED, main

PEOPLE, STATES = "abcd", ("happy", "sad")
FACES = pd.DataFrame([(f"{who}_{state}", who, state) for who in PEOPLE for state in STATES])
FACES.columns = ["face_id", "identity", "state"]
#: The mouth's share of positive relevance; the hair has the rest. For each person, happy and sad.
HAPPY_NETWORK = [(0.50, 0.20), (0.60, 0.20), (0.40, 0.20), (0.70, 0.30)]
OTHER_NETWORK = [(0.30, 0.20), (0.25, 0.20), (0.10, 0.20), (0.50, 0.30)]
FIRST, SECOND = [(0.2, 0.2), (0.3, 0.2), (0.2, 0.3), (0.2, 0.1)], [(0.4, 0.2), (0.1, 0.2), (0.2, 0.1), (0.2, 0.3)]
#: Pixels of the mouth, of 100.
MOUTH = {"happy": 20, "sad": 10}


def sums(shares):
    """Relevance by part of a network with these shares of the mouth; each face has another amount of relevance."""
    tables = []
    for face, share in zip(FACES["face_id"], np.ravel(shares), strict=True):
        table = pd.DataFrame({"face_id": face, "part": NAMES, "relevance": 0.0, "positive": 0.0, "negative": 0.0})
        amount = 1.0 + len(tables)
        table.loc[table["part"] == "mouth", "positive"] = amount * share
        table.loc[table["part"] == "hair", "positive"] = amount * (1 - share)
        tables.append(table)
    return pd.concat(tables)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    FACES.to_csv(folder / "faces.csv", index=False)
    labels = np.full((len(FACES), 10, 10), LABEL["hair"], np.uint8)
    for image, state in zip(labels, FACES["state"], strict=True):
        image.flat[: MOUTH[state]] = LABEL["mouth"]
    np.save(folder / "parts.npy", labels)
    networks = {"happy": HAPPY_NETWORK, "clever": OTHER_NETWORK}
    pd.concat([sums(shares).assign(attribute=name) for name, shares in networks.items()]).to_csv(folder / "own.csv")
    permuted = {1: FIRST, 2: SECOND}
    pd.concat([sums(shares).assign(permuted=name) for name, shares in permuted.items()]).to_csv(folder / "null.csv")
    files = Files(faces=folder / "faces.csv", parts=folder / "parts.npy")
    files |= {"shares": 2 * [folder / "own.csv"], "permuted": [folder / "null.csv"]}
    base_modes = [{"base": "age", "mode": mode} for mode in ("dense", "full")]
    main(Files(files), base_modes, ["age"], "happy", "fine", folder / "table.csv", logging.getLogger("test"))
    return read_table(folder / "table.csv")


def mouth(table, comparator, measure="share", mode="full"):
    index = ["mode", "comparator", "measure", "level", "part"]
    return table.set_index(index).sort_index().loc[(mode, comparator, measure, "coarse", "mouth")]


def test_there_is_a_row_for_everything(table):
    assert len(table) == 2 * 2 * 2 * sum(map(len, REPORTED.values()))
    assert set(table["attribute"]) == {"happy"}
    assert set(table["against"]) == {"sad"}


def test_the_other_attributes_change_is_taken_off(table):
    row = mouth(table, OTHERS)
    # Happy less sad: 0.3, 0.4, 0.2, 0.4 in the network of happiness; 0.1, 0.05, −0.1, 0.2 in the other.
    assert row["change"] == pytest.approx(0.325)
    assert row["change_of_others"] == pytest.approx(0.0625)
    assert row["difference"] == pytest.approx(np.mean([0.2, 0.35, 0.3, 0.2]))
    assert row["d"] == pytest.approx(0.2625 / np.std([0.2, 0.35, 0.3, 0.2], ddof=1))
    assert 0.2 - 1e-9 < row["low"] < row["difference"] < row["high"] < 0.35 + 1e-9
    # All four people agree: 2 of 16 patterns of signs are as extreme.
    assert row["p"] == pytest.approx(2 / 16)
    assert (row["people"], row["networks"], row["networks_rising"], row["networks_exceeded"]) == (4, 1, 1, 1)


def test_permuted_networks_are_averaged_person_by_person(table):
    for mode in ("dense", "full"):
        row = mouth(table, PERMUTED, mode=mode)
        # Their changes are 0, 0.1, −0.1, 0.1 and 0.2, −0.1, 0.1, −0.1: on average 0.1, 0, 0, 0.
        assert row["change_of_others"] == pytest.approx(0.025)
        assert row["difference"] == pytest.approx(np.mean([0.2, 0.4, 0.2, 0.4]))
        assert (row["networks"], row["networks_rising"], row["networks_exceeded"]) == (2, 2, 2)


def test_a_larger_mouth_has_more_relevance_and_not_more_per_area(table):
    row = mouth(table, OTHERS, "share_per_area")
    # The happy mouth has twice the area: shares over 0.2 and 0.1.
    own = [0.5 / 0.2 - 0.2 / 0.1, 0.6 / 0.2 - 0.2 / 0.1, 0.4 / 0.2 - 0.2 / 0.1, 0.7 / 0.2 - 0.3 / 0.1]
    other = [0.3 / 0.2 - 0.2 / 0.1, 0.25 / 0.2 - 0.2 / 0.1, 0.1 / 0.2 - 0.2 / 0.1, 0.5 / 0.2 - 0.3 / 0.1]
    assert row["change"] == pytest.approx(np.mean(own))
    assert row["change_of_others"] == pytest.approx(np.mean(other))
    assert row["difference"] == pytest.approx(np.mean(np.subtract(own, other)))
    assert (row["networks_rising"], row["networks_exceeded"]) == (0, 1)


def test_parts_that_faces_do_not_show_have_no_relevance_per_area(table):
    nose = table[(table["part"] == "nose") & (table["measure"] == "share_per_area")]
    assert nose[["change", "difference", "p", "q"]].isna().all(axis=None)
    assert (nose["people"] == 0).all()


def test_each_question_has_a_family_of_its_own(table):
    for _, own in table.groupby(["comparator", "measure", "level"]):
        p = own["p"].dropna().sort_values()
        # Benjamini and Hochberg: the smallest q is the smallest of m p / rank.
        assert own["q"].min() == pytest.approx((p * len(p) / np.arange(1, len(p) + 1)).min())
        assert own["q"].max() == pytest.approx(p.max())
