"""Cells, orders and areas on small images, against counts by hand and a model with known truth."""

import numpy as np
import pytest

from facelrp.heatmaps.perturbation import area_over_curve, blurred, grid, pool, remove, schedule


def test_cells_of_9_pixels_fill_a_face_and_the_last_take_the_rest():
    cells = grid(227, 9)
    sizes = np.bincount(cells.ravel())
    assert len(sizes) == 625
    assert (sizes[0], sizes[24], sizes[-1]) == (81, 99, 121)
    assert (cells[0, 0], cells[0, 9], cells[9, 0], cells[226, 226]) == (0, 1, 25, 624)


def test_pooled_relevance_is_the_mean_of_each_cell():
    heatmap = np.arange(25.0).reshape(5, 5)
    pooled = pool([heatmap, -heatmap], grid(5, 2))
    expected = [heatmap[:2, :2].mean(), heatmap[:2, 2:].mean(), heatmap[2:, :2].mean(), heatmap[2:, 2:].mean()]
    np.testing.assert_allclose(pooled, [expected, np.negative(expected)])


def test_the_schedule_has_equal_steps_up_to_the_share():
    assert schedule(625, 0.4, 5).tolist() == [50, 100, 150, 200, 250]


def test_cells_are_removed_in_order_and_the_rest_stays():
    image, fill = np.full((4, 4, 3), 200, np.uint8), np.full((4, 4, 3), 10, np.uint8)
    first, second = remove(image, fill, grid(4, 2), np.array([3, 0, 1, 2]), [1, 2])
    assert (first[2:, 2:] == 10).all()
    assert (first == 10).sum() == 12
    assert (second[:2, :2] == 10).all()
    assert (second == 10).sum() == 24
    assert (image == 200).all()


def test_blurring_keeps_colours_and_removes_detail():
    image = np.full((60, 60, 3), (90, 120, 150), np.uint8)
    np.testing.assert_array_equal(blurred(image, 8), image)
    image[28:32] = 0
    assert np.ptp(blurred(image, 8)[..., 0]) < 25


def test_area_over_a_curve_equals_a_calculation_by_hand():
    assert area_over_curve([5.0, 4.0, 3.0]) == pytest.approx((0 + 1 + 2) / 3)
    np.testing.assert_allclose(area_over_curve([[1, 1, 1], [0, 2, 4]]), [0, -2])


def test_the_true_order_beats_random_ones_and_its_reverse_is_worst():
    rng = np.random.default_rng(3)
    image, fill = rng.integers(100, 255, (20, 20, 3), dtype=np.uint8), np.zeros((20, 20, 3), np.uint8)
    cells, weight = grid(20, 4), rng.normal(size=(20, 20))
    relevance = pool([weight * image.mean(2)], cells)[0]
    counts = np.arange(26)

    def area(order):
        return area_over_curve((remove(image, fill, cells, order, counts).mean(3) * weight).sum((1, 2)))

    random = [area(rng.permutation(25)) for _ in range(50)]
    assert area(np.argsort(-relevance)) > max(random)
    assert area(np.argsort(relevance)) < min(random)
