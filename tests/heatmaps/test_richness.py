"""Richness of heatmaps with known answers, and against the definition of the Gini coefficient."""

import numpy as np
import pytest
from scipy import stats

from facelrp.faces.parts import LABEL
from facelrp.heatmaps.richness import effective_pixels, entropy, gini, inner_share, richness, value_entropy

EVEN = np.full((4, 5), -0.3)
SINGLE = np.eye(1, 20).reshape(4, 5)


def test_an_even_heatmap_has_the_greatest_richness():
    assert entropy([EVEN])[0] == pytest.approx(np.log(20))
    assert effective_pixels(entropy([EVEN]))[0] == pytest.approx(20)
    assert gini([EVEN])[0] == pytest.approx(0, abs=1e-6)


def test_a_single_pixel_has_the_least_richness():
    assert entropy([SINGLE])[0] == 0
    assert effective_pixels(entropy([SINGLE]))[0] == 1
    assert gini([SINGLE])[0] == pytest.approx(1 - 1 / 20)


def test_signs_and_scale_do_not_matter():
    heatmaps = np.random.default_rng(1).normal(size=(3, 6, 7))
    for measure in (entropy, gini):
        np.testing.assert_allclose(measure(heatmaps), measure(-5 * np.abs(heatmaps)), rtol=1e-6)


def test_gini_is_half_the_mean_difference_relative_to_the_mean():
    values = np.random.default_rng(2).gamma(1, size=30)
    differences = np.abs(values[:, None] - values).mean()
    assert gini(values.reshape(1, 5, 6))[0] == pytest.approx(differences / (2 * values.mean()), rel=1e-5)


def test_an_empty_heatmap_has_no_entropy():
    assert entropy(np.zeros((1, 4, 5)))[0] == 0


def test_inner_share_compares_inner_parts_only_with_the_outline():
    names = ["mouth", "nose", "hair", "jaw", "background", "left_cheek"]
    labels = np.array([[[LABEL[name] for name in names]]], dtype=np.uint8)
    heatmap = np.array([[[2.0, 1.0, 1.0, -5.0, 100.0, 100.0]]])
    assert inner_share(heatmap, labels)[0] == pytest.approx(3 / 4)
    assert np.isnan(inner_share(-np.abs(heatmap), labels)[0])


def test_richness_contains_entropy_as_a_share_of_its_maximum():
    labels = np.full((1, 4, 5), LABEL["mouth"], dtype=np.uint8)
    measured = richness(EVEN[None], labels)
    assert measured["entropy"][0] == pytest.approx(1)
    assert set(measured) == {"entropy", "effective_pixels", "gini", "inner_share"}


def test_the_entropy_of_values_equals_scipys_of_their_histogram():
    heatmaps = np.random.default_rng(1).normal(size=(3, 20, 30)) ** 3
    expected = [stats.entropy(np.histogram(heatmap, bins=100)[0]) for heatmap in heatmaps]
    np.testing.assert_allclose(value_entropy(heatmaps), expected)


def test_the_entropy_of_values_is_between_that_of_a_constant_and_of_even_values():
    constant, even = np.full((10, 10), 3.0), np.arange(100.0).reshape(10, 10)
    np.testing.assert_allclose(value_entropy([constant, even]), [0, np.log(100)])
