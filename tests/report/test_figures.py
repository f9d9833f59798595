"""Figures have a colour scale centred at zero, letters that do not overlap, and the same bytes every time."""

import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Annotation, Text
from PIL import Image

from facelrp.report import figures, portraits
from facelrp.report.style import DPI, PAGE

SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"
MARKED = [("right_nasolabial_fold", (12, 4)), ("left_nasolabial_fold", (12, 6)), ("right_eye_opening", (12, 8))]


@pytest.fixture
def draw(monkeypatch):
    """A function that draws two faces of 30 × 30 pixels, with the longest names and with marks that would overlap."""
    monkeypatch.setattr(portraits, "marked_parts", lambda heatmap, labels: MARKED)
    generator = np.random.default_rng(1)
    images = generator.integers(0, 255, (2, 30, 30, 3), dtype=np.uint8)
    heatmaps = generator.normal(0, 1e-3, (2, 30, 30))

    def portrait_figure():
        return portraits.draw_portraits(images, [None, None], heatmaps, [0.5, 0.6], ["one", "two"], figures.RATING)

    yield portrait_figure
    figures.plt.close("all")


def test_zero_has_the_neutral_colour_and_signs_are_opposite():
    figure, axes = figures.grid(1, 1)
    drawn = figures.show_heatmap(axes[0, 0], [[-3.0, 1.0]], 2.0, "")
    red, green, blue, _ = drawn.to_rgba(0.0)
    assert max(red, green, blue) - min(red, green, blue) < 0.01
    assert drawn.to_rgba(2.0)[0] > drawn.to_rgba(2.0)[2]
    assert drawn.to_rgba(-2.0)[0] < drawn.to_rgba(-2.0)[2]
    assert drawn.norm(-0.7) == pytest.approx(1 - drawn.norm(0.7))
    figures.plt.close(figure)


def test_the_colour_limit_ignores_the_few_largest_values_and_is_never_zero():
    heatmap = np.ones(10000)
    heatmap[:40] = -50
    assert figures.colour_limit(heatmap) == 1
    assert figures.colour_limit(np.zeros(10)) == 1


def test_sums_are_those_of_the_heatmap():
    assert figures.sums(0.5, np.full((10, 10), 0.004, dtype=np.float16)) == "f(x) = 0.500, ΣR = 0.400"


def test_a_colour_bar_shows_its_power_of_ten_and_what_is_explained(draw):
    figure = draw()
    label = figure.axes[-1].get_xlabel()
    assert "10⁻³" in label
    assert "f(x) is the rating" in label


@pytest.mark.parametrize(("baselines", "label"), [([0.0, 0.0], "logit of the class"), ([0.0, -0.2], "mean of all")])
def test_logits_are_said_to_be_compared_if_they_are(baselines, label):
    assert figures.logit_label(pd.DataFrame({"baseline": baselines})).endswith(label)


@pytest.mark.parametrize(("limit", "ticks"), [(0.0615, ["−0.06", "0", "0.06"]), (7.3e-7, ["−7·10⁻⁷", "0", "7·10⁻⁷"])])
def test_the_ticks_of_a_colour_bar_are_on_its_scale(limit, ticks):
    figure, axes = figures.grid(1, 1)
    drawn = figures.show_heatmap(axes[0, 0], [[0.0]], limit, "")
    figures.own_colour_bar(figure, drawn, axes[0, 0])
    labels = [tick.get_text() for tick in axes[0, 0].child_axes[0].get_xticklabels()]
    assert labels == ticks
    figures.plt.close(figure)


def test_text_is_not_cut_off_and_letters_do_not_overlap(draw):
    figure = draw()
    figure.canvas.draw()
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text():
            box = Text.get_window_extent(text)
            assert box.x0 >= 0, text
            assert box.y0 >= 0, text
            assert box.x1 <= figure.bbox.x1, text
            assert box.y1 <= figure.bbox.y1, text
    for axes in figure.axes[:4]:
        letters = [Text.get_window_extent(child) for child in axes.get_children() if isinstance(child, Annotation)]
        assert len(letters) == 3
        assert not any(one.overlaps(other) for one, other in combinations(letters, 2))
        assert all(axes.bbox.contains(*box.min) and axes.bbox.contains(*box.max) for box in letters)


def test_equal_figures_are_equal_files(draw, tmp_path):
    for name in ("one", "two"):
        figures.save(draw(), tmp_path / f"{name}.png", tmp_path / f"{name}.pdf")
    for suffix in ("png", "pdf"):
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"two.{suffix}").read_bytes()


def test_figures_are_as_wide_as_a_page_and_the_pdf_has_fonts_and_pixels(draw, tmp_path):
    figures.save(draw(), tmp_path / "figure.png", tmp_path / "figure.pdf")
    with Image.open(tmp_path / "figure.png") as picture:
        assert picture.mode == "RGB"
        assert picture.width == pytest.approx(DPI * PAGE, abs=1)
    pdf = (tmp_path / "figure.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert pdf.count(b"/Width 30") == 4


@pytest.mark.parametrize("title", ["", "two panels"])
def test_a_warning_is_a_line_of_its_own(title):
    figure, axes = figures.grid(1, 3)
    figure.suptitle(title)
    before, panel = figure.get_figheight(), axes[0, 0]
    figures.warn(figure, "")
    assert (figure.get_suptitle(), figure.get_figheight()) == (title, before)
    figures.warn(figure, "not so")
    assert figure.get_suptitle().splitlines() == [*([title] if title else []), "not so"]
    figure.draw_without_rendering()
    line = figure._suptitle.get_window_extent()
    assert line.y1 <= figure.bbox.y1
    assert line.y0 >= panel.get_tightbbox().y1


def test_a_long_warning_is_as_wide_as_the_page_at_most():
    figure, axes = figures.grid(1, 3)
    figures.warn(figure, "age and gender: " + "each of these networks predicts no better than the mean rating, " * 3)
    figure.draw_without_rendering()
    line = figure._suptitle.get_window_extent()
    assert line.x0 >= figure.bbox.x0
    assert line.x1 <= figure.bbox.x1
    assert line.y0 >= axes[0, 0].get_tightbbox().y1


@pytest.mark.parametrize(("imported", "backend"), [("sys", "agg"), ("ipykernel", "svg")])
def test_jobs_draw_without_a_display_and_notebooks_in_their_own_way(imported, backend, tmp_path):
    (tmp_path / "ipykernel.py").touch()
    code = f"import {imported}, matplotlib, facelrp.report.figures; print(matplotlib.get_backend())"
    environment = os.environ | {"MPLBACKEND": "svg", "PYTHONPATH": f"{tmp_path}{os.pathsep}{SCRIPTS}"}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == backend
