"""Shapes in heatmaps, on maps whose shapes are known."""

import numpy as np
import pytest

from facelrp.faces.parts import LABEL
from facelrp.heatmaps.shapes import coherence, contour_band, contour_share, mirror_symmetry

SIZE = 101


def labels(shift=0):
    """Return the label map of a square face, 61 pixels wide, with two eyes."""
    found = np.full((1, SIZE, SIZE), LABEL["background"], dtype=np.uint8)
    found[:, 20:81, 20 + shift : 81 + shift] = LABEL["jaw"]
    found[:, 35:40, 30 + shift : 41 + shift] = LABEL["right_eye"]
    found[:, 35:40, 60 + shift : 71 + shift] = LABEL["left_eye_opening"]
    return found


def test_the_band_around_the_contour():
    """Inside, the five rows next to the border belong to the band; outside, five more."""
    heatmap = np.zeros((1, SIZE, SIZE))
    heatmap[0, 50, 20:25] = 1  # in the band
    heatmap[0, 50, 15:20] = 2  # outside the face, in the band
    heatmap[0, 50, 26:31] = 3  # inside
    heatmap[0, 50, 50] = -100  # negative relevance does not count
    np.testing.assert_allclose(contour_share(heatmap, contour_band(labels())), (5 + 10) / (5 + 10 + 15))
    heatmap[0, 50, 25] = 3  # half a pixel further than five
    np.testing.assert_allclose(contour_share(heatmap, contour_band(labels())), (5 + 10) / (5 + 10 + 18))
    assert np.isnan(contour_share(-np.abs(heatmap), contour_band(labels())))


@pytest.mark.parametrize("shift", [0, -7, 12])
def test_symmetry_about_the_middle_of_the_eyes(shift):
    rng = np.random.default_rng(0)
    half = rng.normal(size=(SIZE, 30))
    heatmap = np.zeros((1, SIZE, SIZE))
    middle = 50 + shift
    heatmap[0, :, middle - 30 : middle], heatmap[0, :, middle + 1 : middle + 31] = half, half[:, ::-1]
    np.testing.assert_allclose(mirror_symmetry(heatmap, labels(shift)), 1)
    heatmap[0, :, middle + 1 : middle + 31] *= -1
    np.testing.assert_allclose(mirror_symmetry(heatmap, labels(shift)), -1)
    unlike = rng.normal(size=(1, SIZE, SIZE))
    assert abs(mirror_symmetry(unlike, labels(shift))[0]) < 0.1


def test_without_eyes_there_is_no_axis():
    without = labels()
    without[without == LABEL["right_eye"]] = LABEL["jaw"]
    assert np.isnan(mirror_symmetry(np.ones((1, SIZE, SIZE)), without))


def test_straight_lines_are_coherent_at_any_angle():
    down, right = np.mgrid[:SIZE, :SIZE]
    lines = [np.sin(0.3 * (np.cos(angle) * right + np.sin(angle) * down)) for angle in (0, 0.5, np.pi / 2)]
    assert (coherence(np.stack(lines)) > 0.97).all()
    rings = np.sin(0.6 * np.hypot(down - 50, right - 50))
    noise = np.random.default_rng(0).normal(size=(SIZE, SIZE))
    crossed = np.sin(0.3 * right) + np.sin(0.3 * down)
    found = coherence(np.stack([lines[0], rings, noise, crossed]))
    assert found[0] > found[1] > found[2] > 0
    assert found[3] < 0.6
    assert np.isnan(coherence(np.ones((1, SIZE, SIZE))))
