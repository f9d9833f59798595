"""Relevance mass and rank accuracy, against answers computed by hand."""

import numpy as np
import pytest

from facelrp.heatmaps.localisation import mass_accuracy, rank_accuracy

HEATMAP = np.array([[[4.0, -1.0], [3.0, 1.0]]])


@pytest.mark.parametrize(
    ("mask", "mass", "rank"),
    [
        ([[1, 0], [0, 0]], 4 / 8, 1),
        ([[1, 1], [0, 0]], 4 / 8, 1 / 2),
        ([[0, 1], [0, 1]], 1 / 8, 0),
        ([[1, 1], [1, 1]], 1, 1),
    ],
)
def test_accuracies(mask, mass, rank):
    mask = np.array([mask], dtype=bool)
    assert mass_accuracy(HEATMAP, mask)[0] == pytest.approx(mass)
    assert rank_accuracy(HEATMAP, mask)[0] == pytest.approx(rank)


def test_each_face_has_its_own_mask():
    masks = np.array([[[1, 0], [0, 0]], [[0, 1], [0, 0]]], dtype=bool)
    np.testing.assert_allclose(mass_accuracy(np.repeat(HEATMAP, 2, axis=0), masks), [1 / 2, 0])
    np.testing.assert_allclose(rank_accuracy(np.repeat(HEATMAP, 2, axis=0), masks), [1, 0])


def test_negated_heatmaps_give_the_accuracy_of_negative_relevance():
    assert mass_accuracy(-HEATMAP, np.array([[[0, 1], [0, 0]]], dtype=bool))[0] == 1


def test_accuracies_without_positive_relevance_or_mask_are_nan():
    assert np.isnan(mass_accuracy(-np.abs(HEATMAP), np.ones((1, 2, 2), dtype=bool))[0])
    assert np.isnan(rank_accuracy(HEATMAP, np.zeros((1, 2, 2), dtype=bool))[0])


def test_uninformed_heatmaps_reach_the_share_of_the_area():
    heatmaps = np.random.default_rng(1).uniform(size=(200, 20, 20))
    masks = np.zeros((200, 20, 20), dtype=bool)
    masks[:, :5, :8] = True
    assert mass_accuracy(heatmaps, masks).mean() == pytest.approx(0.1, abs=0.005)
    assert rank_accuracy(heatmaps, masks).mean() == pytest.approx(0.1, abs=0.01)
