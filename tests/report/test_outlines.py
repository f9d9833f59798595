"""Outlines over heatmaps follow the borders of parts; letters name panels."""

import numpy as np
import pytest

from facelrp.faces.parts import LABEL
from facelrp.report import figures
from facelrp.report.outlines import letter_panels


@pytest.fixture
def labels():
    """A face of 60 × 60 pixels that fills columns and rows 10 to 49, with a square mouth at 30 to 39."""
    labels = np.full((60, 60), LABEL["background"], dtype=np.uint8)
    labels[10:50, 10:50] = LABEL["jaw"]
    labels[30:40, 30:40] = LABEL["mouth"]
    return labels


def test_outlines_lie_on_the_borders_of_the_face_and_of_its_parts(labels):
    figure, axes = figures.grid(1, 1)
    figures.show_heatmap(axes[0, 0], np.zeros((60, 60)), 1.0, "", parts=labels)
    boxes = [shape.get_paths()[0].get_extents() for shape in axes[0, 0].collections]
    # The border between pixels 9 and 10 is at 9.5; corners are round.
    expected = [(9.5, 49.5), (29.5, 39.5)]
    assert [(box.x0, box.x1) for box in boxes] == [pytest.approx(ends, abs=0.3) for ends in expected]
    assert [(box.y0, box.y1) for box in boxes] == [pytest.approx(ends, abs=0.3) for ends in expected]
    figures.plt.close(figure)


def test_letters_are_in_the_order_of_panels():
    figure, axes = figures.grid(1, 3)
    letter_panels(axes.flat)
    assert [panel.texts[0].get_text() for panel in axes.flat] == ["A", "B", "C"]
    figures.plt.close(figure)


def test_smoothing_spreads_relevance_and_keeps_its_sum():
    heatmap = np.zeros((2, 41, 41), dtype=np.float32)
    heatmap[0, 20, 20], heatmap[1, 20, 10] = 1, -2
    smooth = figures.smoothed(heatmap, 2)
    assert smooth.sum((1, 2)) == pytest.approx([1, -2], abs=1e-4)
    # A Gaussian over two dimensions has 1 / (2 π σ²) at its middle.
    assert smooth[0, 20, 20] == pytest.approx(1 / (2 * np.pi * 4), rel=0.01)
    np.testing.assert_array_equal(figures.smoothed(heatmap, 0), heatmap)


@pytest.mark.parametrize(("pixels", "said"), [(0, False), (1.5, True)])
def test_a_colour_bar_says_that_heatmaps_are_smoothed(pixels, said):
    figure, axes = figures.grid(1, 1)
    drawn = figures.show_heatmap(axes[0, 0], np.eye(5), 1.0, "")
    figures.colour_bar(figure, drawn, axes, figures.RATING, pixels)
    assert ("smoothed by a Gaussian with a standard deviation of 1.5 pixels" in figure.axes[-1].get_xlabel()) == said
    figures.plt.close(figure)
