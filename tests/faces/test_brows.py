"""How round brows are, against arcs of circles: one of angle θ rises above its chord by tan(θ/4)/2 of its length."""

import numpy as np
import pytest

from facelrp.faces.brows import arch, arch_of_mesh
from facelrp.faces.mesh import mean_mesh, mirror


def arc(theta, count):
    """Return points on an arc from the person's right to the left, on the left side of the picture first."""
    angles = np.linspace(-theta / 2, theta / 2, count)
    return 40 * np.stack([np.sin(angles), -np.cos(angles)], axis=1)


def turned(points, degrees):
    turn = np.exp(1j * np.radians(degrees))
    return np.stack([(points @ [1, 1j] * turn).real, (points @ [1, 1j] * turn).imag], axis=-1)


@pytest.mark.parametrize("degrees", [0, 20, 90, 180])
@pytest.mark.parametrize("theta", [0.2, 1.0, 2.0])
def test_an_arc_rises_by_its_sagitta_however_the_picture_is_turned(theta, degrees):
    points = turned(arc(theta, 3), degrees) + np.array([100, 50])
    assert arch(*points) == pytest.approx(np.tan(theta / 4) / 2)
    assert arch(*points * 7) == pytest.approx(np.tan(theta / 4) / 2)
    assert arch(*turned(points, 180)[::-1]) == pytest.approx(-np.tan(theta / 4) / 2)


def test_a_straight_brow_has_no_arch_and_a_point_none_at_all():
    assert arch((0, 0), (3, 4), (6, 8)) == 0
    assert np.isnan(arch((1, 1), (1, 2), (1, 1)))


@pytest.mark.parametrize("degrees", [0, -35, 90, 180])
def test_the_mesh_gives_the_mean_of_both_sides(degrees):
    points, upper, lower = mean_mesh().copy(), [70, 63, 105, 66, 107], [46, 53, 52, 65, 55]
    right, left = arc(1.0, 5), arc(0.4, 5)[::-1]
    for edge, height in ((upper, 394), (lower, 406)):
        points[edge] = right + np.array([380, height])
        points[mirror()[edge]] = left + np.array([640, height])
    expected = (np.tan(1.0 / 4) + np.tan(0.4 / 4)) / 4
    assert arch_of_mesh(turned(points, degrees)) == pytest.approx(expected)
