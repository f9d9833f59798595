"""Frames: eyes and mouth come to stand where they are to be, and pixels with them."""

import numpy as np
import pytest

from facelrp.faces.framing import anchors, ffhq_frame, framed, moved, oval, similarity
from facelrp.faces.mesh import FACE, mean_mesh


def turned(degrees, scale, shift):
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[c, -s, shift[0]], [s, c, shift[1]]])


@pytest.mark.parametrize("degrees", [-120, 0, 15, 180])
@pytest.mark.parametrize("scale", [0.1, 1, 3])
def test_a_similarity_is_recovered(degrees, scale):
    points = np.random.default_rng(1).uniform(0, 500, (3, 2))
    transform = turned(degrees, scale, (30, -7))
    np.testing.assert_allclose(similarity(points, moved(points, transform)), transform, atol=1e-9)


def test_other_proportions_are_met_on_average():
    """No shear, no stretching: the best of all similarities, by brute force."""
    points, targets = np.array([[0.0, 0], [10, 0], [5, 8]]), np.array([[0.0, 0], [10, 0], [5, 12]])
    best = ((moved(points, similarity(points, targets)) - targets) ** 2).sum()
    centred = targets - targets.mean(axis=0)
    for degrees in np.linspace(-5, 5, 11):
        for scale in np.linspace(0.9, 1.5, 61):
            own = moved(points, turned(degrees, scale, (0, 0)))
            assert ((own - own.mean(axis=0) - centred) ** 2).sum() >= best - 1e-9


def test_the_frame_of_ffhq():
    right, left, mouth = ffhq_frame(1024)
    assert right[1] == left[1] == pytest.approx(482, abs=3)
    assert left[0] - right[0] == pytest.approx(257, abs=3)
    assert mouth == pytest.approx([512, 739], abs=3)
    np.testing.assert_allclose(anchors(mean_mesh()) * 227 / 1024, ffhq_frame())


def wave(x, y):
    """A smooth picture, by position."""
    return np.stack([128 + 90 * np.sin(x / 60), 128 + 90 * np.cos(y / 45), 128 + 60 * np.sin((x + y) / 80)], axis=-1)


@pytest.mark.parametrize("transform", [turned(0, 1, (0, 0)), turned(25, 0.35, (60, 10)), turned(-100, 0.9, (0, 250))])
def test_pixels_move_with_the_points(transform):
    height, width = 300, 400
    rows, columns = np.mgrid[:height, :width]
    image = wave(columns + 0.5, rows + 0.5).astype(np.uint8)
    square = framed(image, transform).astype(float)
    back = np.linalg.inv(np.vstack([transform, [0, 0, 1]]))[:2]
    rows, columns = np.mgrid[:227, :227]
    x, y = np.moveaxis(moved(np.stack([columns, rows], axis=-1) + 0.5, back), -1, 0)
    margin = 4 / np.sqrt(np.linalg.det(transform[:, :2]))
    inside = (x > margin) & (y > margin) & (x < width - margin) & (y < height - margin)
    outside = (x < -margin) | (y < -margin) | (x > width + margin) | (y > height + margin)
    assert inside.sum() > 3000
    assert np.abs(square - wave(x, y))[inside].mean() < 1
    assert np.abs(square - wave(x, y))[inside].max() < 4
    assert (square[outside] == 255).all()


def test_fine_patterns_become_their_mean():
    """A checkerboard of single pixels, reduced to a fifth: no moiré."""
    board = (np.indices((1200, 1200)).sum(axis=0) % 2 * 200).astype(np.uint8)
    square = framed(np.stack([board] * 3, axis=-1), turned(0, 0.19, (0, 0)))
    assert np.abs(square[20:200, 20:200].astype(int) - 100).max() <= 3


def test_the_oval_holds_the_face():
    points = mean_mesh() * 227 / 1024
    share = oval(points)
    assert share[tuple(points[FACE].astype(int).T[::-1])].min() > 0.99
    assert share.mean() < 0.5
    assert ((share > 0) & (share < 1)).sum() < 1300


def test_the_oval_does_not_follow_the_mouth():
    points = mean_mesh() * 227 / 1024
    smiling = points.copy()
    below = points[:, 1] > points[2, 1]  # the nose's lower end
    smiling[below] += (points[below] - points[13]) * [0.3, 0.4] + [0, 6]
    np.testing.assert_array_equal(oval(smiling), oval(points))
    np.testing.assert_allclose(oval(points + np.array([20, 0]))[:, 20:], oval(points)[:, :-20], atol=1e-5)
