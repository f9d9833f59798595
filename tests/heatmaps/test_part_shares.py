"""Shares of parts in relevance and in area, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from facelrp.faces.parts import LABEL, NAMES
from facelrp.heatmaps.part_shares import area_shares, share_tables


@pytest.fixture(scope="module")
def labels():
    """Two images of 100 pixels: a mouth with an upper lip on both, a nose on the first only."""
    labels = np.full((2, 10, 10), LABEL["background"], np.uint8)
    labels[:, 0, :6] = LABEL["mouth"]
    labels[:, 1, :4] = LABEL["upper_lip"]
    labels[0, 2, :5] = LABEL["nose"]
    return labels


def test_areas_are_shares_of_the_image(labels):
    areas = area_shares(labels, "coarse")
    assert areas["mouth"].tolist() == [0.10, 0.10]
    assert areas["background"].tolist() == [0.85, 0.90]
    assert areas["nose"].iloc[0] == 0.05
    assert np.isnan(areas["nose"].iloc[1])
    assert areas.sum(axis=1).tolist() == pytest.approx([1, 1])


def test_fine_parts_leave_a_rest(labels):
    areas = area_shares(labels, "fine")
    assert areas["upper_lip"].tolist() == [0.04, 0.04]
    assert areas["rest_of_mouth"].tolist() == [0.06, 0.06]


def test_many_images_are_read_in_batches(labels):
    many = np.repeat(labels, 20, axis=0)
    assert area_shares(many, "coarse")["background"].tolist() == 20 * [0.85] + 20 * [0.90]


def test_shares_are_of_all_positive_relevance():
    sums = pd.DataFrame({"face_id": "a", "part": NAMES, "positive": 0.0, "relevance": 0.0}).set_index("part")
    for part, positive, relevance in (("mouth", 0.2, 0.1), ("lower_lip", 0.4, 0.3), ("hair", 0.2, -0.2)):
        sums.loc[part, ["positive", "relevance"]] = positive, relevance
    positive, relevances = share_tables(sums.reset_index(), "coarse")
    assert positive.loc["a", "mouth"] == pytest.approx(0.75)
    assert positive.loc["a", "hair"] == pytest.approx(0.25)
    assert relevances.loc["a", "mouth"] == pytest.approx(0.4)
    fine, _ = share_tables(sums.reset_index(), "fine")
    assert fine.loc["a", ["lower_lip", "rest_of_mouth"]].tolist() == pytest.approx([0.5, 0.25])
