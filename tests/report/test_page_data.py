"""Data of the page of faces: heatmaps in steps, outlines, patches, and the words of the legend."""

import base64
import io
import json
import re

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw

from facelrp.report.page_data import (
    colours,
    heatmap_uri,
    legend,
    outline,
    patch,
    picture_uri,
    quantised,
    rounded,
    save_thumbnail,
    script,
)


def pixels(uri):
    """A picture as a browser reads it."""
    kind, content = re.fullmatch("data:image/(png|webp);base64,(.+)", uri).groups()
    with Image.open(io.BytesIO(base64.b64decode(content)), formats=[kind]) as image:
        return np.asarray(image)


def test_heatmaps_are_kept_within_half_a_step_up_to_the_end_of_the_scale():
    heatmap = np.random.default_rng(1).normal(0, 1e-4, (40, 40)).astype(np.float16)
    end = 2.5e-4
    values = (pixels(heatmap_uri(heatmap, end)).astype(float) - 128) / 127 * end
    inside = np.abs(heatmap) <= end
    assert 0 < (~inside).sum() < 100
    assert np.abs(values - heatmap)[inside].max() <= 0.5001 * end / 127
    np.testing.assert_allclose(values[~inside], np.sign(heatmap[~inside].astype(float)) * end)


def test_zero_is_one_grey_and_signs_are_symmetric():
    assert quantised([[-2.0, -1.0, -0.4 / 127, 0.0, 0.4 / 127, 1.0]], 1.0).tolist() == [[1, 1, 128, 128, 128, 255]]


@pytest.mark.parametrize("hole", [False, True])
def test_outlines_surround_the_pixels_of_a_part(hole):
    rows, columns = np.mgrid[:60, :60]
    distance = np.hypot(rows - 30, columns - 25)
    mask = (distance < 20) & (np.logical_not(hole) | (distance > 10))
    drawn = Image.new("L", (600, 600))
    # Drawn with ten times the pixels: an outer line fills, an inner one empties.
    lines = [re.findall(r"([\d.]+) ([\d.]+)", line) for line in outline(mask).split("M")[1:]]
    assert len(lines) == 1 + hole
    for line in sorted(lines, key=lambda line: -max(float(x) for x, _ in line)):
        inside = drawn.getpixel((10 * int(float(line[0][0])), 10 * int(float(line[0][1]))))
        ImageDraw.Draw(drawn).polygon([(10 * float(x), 10 * float(y)) for x, y in line], fill=0 if inside else 255)
    found = np.asarray(drawn).reshape(60, 10, 60, 10).mean((1, 3)) > 127
    assert (found != mask).mean() < 0.01


def test_a_part_that_is_not_shown_has_no_outline():
    assert outline(np.zeros((9, 9), bool)) == ""


def test_a_patch_is_the_rectangle_of_all_differences():
    image = np.full((30, 40, 3), 90, np.uint8)
    changed = image.copy()
    changed[5:12, 20:30] = (200, 40, 40)
    found = patch(image, changed)
    assert [found[key] for key in ("x", "y", "width", "height")] == [20, 5, 10, 7]
    restored = pixels(found["picture"])
    assert restored.shape == (7, 10, 3)
    assert np.abs(restored.mean((0, 1)) - (200, 40, 40)).max() < 6
    assert patch(image, image) is None


def test_pictures_are_small_and_look_like_the_face(tmp_path):
    image = np.asarray(Image.radial_gradient("L").convert("RGB").resize((227, 227)))
    assert np.abs(pixels(picture_uri(image)).astype(int) - image).mean() < 3
    save_thumbnail(image, tmp_path / "one.webp")
    with Image.open(tmp_path / "one.webp") as small:
        assert small.size == (96, 96)
    assert (tmp_path / "one.webp").stat().st_size < 2000


def test_colours_are_those_of_figures():
    places, found = np.linspace(0, 1, 101), np.array(colours())
    between = [np.interp(places, np.linspace(0, 1, len(found)), found[:, channel]) for channel in range(3)]
    expected = 255 * matplotlib.colormaps["RdBu_r"](places)[:, :3]
    assert np.abs(np.transpose(between) - expected).max() < 3  # the map has 256 colours


def test_the_legend_says_what_heatmaps_add_up_to():
    compared = legend({"name": "references"}, 32)
    assert "f(x) − mean f(x′)" in compared["sum"]
    assert "32 other faces" in compared["sum"]
    assert "Red speaks for a higher prediction than the mean for 32 other faces" in compared["colours"]
    whole = legend({"name": "alpha_beta", "alpha": 2, "beta": -1, "bias": False}, None)
    assert "adds up to f(x), the whole prediction" in whole["sum"]
    assert "absorb" not in whole["sum"]
    assert "Red does not mean that the pixel raises the rating" in whole["colours"]
    for rule in ({"name": "epsilon", "epsilon": 1e-6, "bias": True}, {"name": "alpha_beta"}, {"name": "modern"}):
        assert "less what biases absorb" in legend(rule, None)["sum"]


def test_scripts_hold_data_without_numbers_that_do_not_exist():
    text = script("faces/0", {"rating": rounded([[1.23456, np.nan]], 2)})
    assert json.loads(re.fullmatch(r'receive\("faces/0", (.*)\)\n', text)[1]) == {"rating": [[1.23, None]]}
    with pytest.raises(ValueError, match="JSON"):
        script("faces/0", {"rating": np.nan})
