"""The parts that arrows point at, and the positions of their tips."""

import numpy as np
import pytest

from facelrp.faces.parts import LABEL
from facelrp.heatmaps.relevant_parts import marked_parts


@pytest.fixture
def labels():
    labels = np.full((60, 60), LABEL["background"], dtype=np.uint8)
    labels[:20] = LABEL["hair"]
    labels[30:40, 10:20] = LABEL["right_eye"]
    labels[45:55, 20:40] = LABEL["mouth"]
    labels[45, 0:5] = LABEL["nose"]
    return labels


def test_parts_are_ranked_by_positive_relevance_per_pixel(labels):
    heatmap = np.zeros((60, 60))
    heatmap[:20] = 0.1  # 120 in total, but spread thinly
    heatmap[32, 15] = 30
    heatmap[50, 25] = 40
    heatmap[50, 35] = -1000
    marked = marked_parts(heatmap, labels)
    assert [part for part, _ in marked] == ["right_eye", "mouth", "hair"]
    assert dict(marked)["right_eye"] == (32, 15)
    assert dict(marked)["mouth"] == (50, 25)


def test_background_tiny_parts_and_parts_without_evidence_are_not_marked(labels):
    heatmap = np.where(labels == LABEL["background"], 9.0, 0.0)
    heatmap[45, 0:5] = 9
    heatmap[50, 25] = 1
    assert [part for part, _ in marked_parts(heatmap, labels)] == ["mouth"]


def test_arrows_stay_within_their_part(labels):
    heatmap = np.zeros((60, 60))
    heatmap[44, 30] = 1000  # just above the mouth, in the background
    heatmap[54, 22] = 1
    assert dict(marked_parts(heatmap, labels))["mouth"] == (54, 22)


def test_at_most_count_parts_are_marked(labels):
    assert len(marked_parts(np.ones((60, 60)), labels, count=1)) == 1
