"""How round drawn brows are, against the pixels of their label maps."""

from dataclasses import replace

import numpy as np
import pytest

from facelrp.datasets.synthetic import load, look_of
from facelrp.faces.parts import mask
from facelrp.generator.draw import draw
from facelrp.generator.eyes import brow_arch
from facelrp.generator.look import Look
from facelrp.generator.truth import AVERAGE


def drawn_arch(look):
    """Return the arch of the parabola through the middles of the right brow's columns, as a share of its width."""
    shown = mask(draw(look)[1], "right_brow")
    columns = np.flatnonzero(shown.any(axis=0))
    middles = [np.flatnonzero(shown[:, column]).mean() for column in columns]
    bend, _, _ = np.polyfit(columns, middles, 2)
    return bend * np.ptp(columns) / 4


PLAIN = Look(**AVERAGE | {"fringe": 0.0, "tilt": 0.0, "turn": 0.0})


@pytest.mark.parametrize("numbers", [{"brow_arch": -1.0}, {}, {"brow_arch": 1.0}, {"brow_inner": 0.8}])
def test_the_arch_is_that_of_the_pixels(numbers):
    look = replace(PLAIN, **numbers)
    assert brow_arch(look) == pytest.approx(drawn_arch(look), abs=0.015)


def test_brows_of_the_sad_are_straighter():
    happy, sad = ([brow_arch(look_of(1, index, state)) for index in range(20)] for state in ("happy", "sad"))
    assert np.mean(happy) > np.mean(sad) + 0.02


def test_a_drawn_face_knows_its_brows():
    assert load(count=3, seed=2).face(1).facts == {"brow_arch": brow_arch(look_of(2, 1))}
