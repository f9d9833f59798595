"""Describe the visible features of a drawn face as numbers, and draw these at random for people and expressions."""

from bisect import bisect
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from facelrp.generator.canvas import clamp

HAIR_COLOURS = (  # from black to blond, then red: darkest strand colours in common hair
    (34, 28, 27),
    (58, 42, 33),
    (88, 62, 45),
    (124, 90, 60),
    (168, 132, 88),
    (204, 172, 120),
)
HAIR_STYLES = {  # name: (length, volume, wave, chance for women, chance for men)
    "cropped": (0.00, 0.02, 0.2, 0.02, 0.26),
    "short": (0.12, 0.45, 0.2, 0.10, 0.46),
    "curly": (0.16, 0.95, 1.0, 0.08, 0.16),
    "tied": (0.10, 0.12, 0.0, 0.16, 0.02),
    "bob": (0.66, 0.75, 0.3, 0.26, 0.03),
    "long": (1.00, 0.50, 0.3, 0.26, 0.05),
    "wavy": (0.85, 0.90, 0.9, 0.12, 0.02),
}


@dataclass(frozen=True)
class Look:
    """A face as numbers: the only input of the drawing and the ratings.

    Numbers described by two ends run from -1 to 1, and 0 is the average; numbers described by one end run from 0 (none)
    to 1 (very much), unless a unit is given. Sex and age are not included: they act through visible features.
    """

    # The picture
    seed: int = 0  # of the noise in textures
    left: float = 113.5  # column of the point between the eyes, pixels
    top: float = 105.5  # its row, pixels
    scale: float = 1.13
    tilt: float = 0.0  # tangent of half the angle by which the head leans
    turn: float = 0.0  # to the right | left of the picture
    oval: float = 95.0  # half-width of the oval, pixels
    light: float = -0.5  # from the left | right of the picture
    backdrop: float = 0.5  # dark … bright
    backdrop_hue: float = 0.0  # blue | warm
    # The head
    skin: float = 0.2  # light … deep
    warmth: float = 0.0  # rosy | golden
    face_width: float = 0.0  # narrow | wide
    chin_length: float = 0.0  # short | long
    jaw_square: float = 0.0  # oval | square
    chin_narrow: float = 0.0  # broad | pointed
    ear_size: float = 0.0  # small | large
    neck_width: float = 0.0  # slender | thick
    stubble: float = 0.0
    freckles: float = 0.0
    # Hair
    hair_colour: float = 0.3  # black … blond
    hair_red: float = 0.0
    grey: float = 0.0
    hair_length: float = 0.12  # cropped … below the shoulders
    hair_volume: float = 0.4
    hair_wave: float = 0.2  # straight … curly
    fringe: float = 0.0
    parting: float = 0.3  # on the left | right of the picture
    recession: float = 0.0  # full hair … bald on top
    forehead_height: float = 0.0  # low | high
    # Brows
    brow_thickness: float = 0.0  # thin | thick
    brow_height: float = 0.0  # low | high
    brow_arch: float = 0.0  # straight | arched
    # Eyes
    eye_size: float = 0.0  # small | large
    eye_spacing: float = 0.0  # close | wide
    eye_tilt: float = 0.0  # outer corner low | high
    eye_colour: float = 0.2  # dark brown … hazel, green, grey, blue
    lashes: float = 0.4
    # Nose, mouth
    nose_length: float = 0.0  # short | long
    nose_width: float = 0.0  # narrow | broad
    lip_fullness: float = 0.0  # thin | full
    lip_red: float = 0.2
    mouth_width: float = 0.0  # narrow | wide
    cupid: float = 0.5
    # Signs of age
    forehead_lines: float = 0.0
    crows_feet: float = 0.0
    eye_bags: float = 0.0
    lid_droop: float = 0.0
    nasolabial: float = 0.0
    jowls: float = 0.0
    # Expression
    mouth_curve: float = 0.0  # corners down | up
    mouth_open: float = 0.0  # closed … wide; upper teeth show when the corners are up
    cheek_raise: float = 0.0  # with dimples
    brow_inner: float = 0.0  # inner ends drawn down and together | raised
    brow_raise: float = 0.0  # whole brow low | high
    eye_open: float = 0.0  # narrowed | wide


class Draws:
    """Random numbers for one face, made only from uniforms so that every machine draws the same."""

    def __init__(self, *entropy):
        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
        self._uniforms = iter(generator.random(512).tolist())

    def uniform(self, low=0.0, high=1.0):
        """Draw a number between low and high."""
        return low + (high - low) * next(self._uniforms)

    def bell(self, middle=0.0, spread=1.0, low=-1.0, high=1.0):
        """Draw around a middle with that standard deviation, limited to [low, high]: a sum of four uniforms."""
        total = self.uniform() + self.uniform() + self.uniform() + self.uniform() - 2.0
        return clamp(middle + spread * 1.7320508 * total, low, high)

    def chance(self, probability):
        """Return True with that probability."""
        return next(self._uniforms) < probability

    def pick(self, weights):
        """Return an index, each with a chance in proportion to its weight."""
        reached = list(accumulate(weights))
        return bisect(reached, next(self._uniforms) * reached[-1], hi=len(reached) - 1)


def person(draws, sex=None, age=None):
    """Draw a person with a neutral expression.

    Parameters
    ----------
    draws : Draws
        Source of random numbers.
    sex : int, optional
        0 female, 1 male; drawn if not given.
    age : float, optional
        Years, 18 to 80; drawn if not given.

    Returns
    -------
    look : Look
    sex : int
    age : float
    """
    drawn_sex, drawn_age = int(draws.chance(0.5)), 18.0 + 62.0 * draws.uniform()
    male = drawn_sex if sex is None else sex
    age = drawn_age if age is None else age
    sign = 2.0 * male - 1.0
    look = Look(
        seed=int(draws.uniform(0, 1 << 20)),
        **_picture(draws),
        **_head(draws, sign),
        **_features(draws, sign),
    )
    look = replace(look, **_hair(draws, male, age, look.skin), **_years(draws, age))
    fullness = clamp(look.lip_fullness - 0.35 * _old(age), -1.0, 1.0)
    return replace(look, lip_fullness=fullness, stubble=_stubble(draws) if male else 0.0), male, age


def expression(draws):
    """Draw an expression of a random mood, as a dict of the expression's numbers."""
    mood = draws.uniform(-1.0, 1.0)
    smile = clamp(mood)
    opened = draws.bell(1.1 * smile, 0.22) if draws.chance(0.7) else draws.bell(0.0, 0.15)
    return {
        "mouth_curve": draws.bell(0.8 * mood, 0.2),
        "mouth_open": clamp(opened),
        "cheek_raise": clamp(draws.bell(0.75 * smile, 0.18)),
        "brow_inner": draws.bell(-0.18 * mood, 0.37),
        "brow_raise": draws.bell(0.0, 0.35),
        "eye_open": draws.bell(0.05 * mood, 0.38),
    }


def happy(draws):
    """Draw a strong smile, as a dict of the expression's numbers."""
    return {
        "mouth_curve": draws.uniform(0.75, 1.0),
        "mouth_open": draws.uniform(0.45, 1.0) if draws.chance(0.85) else 0.0,
        "cheek_raise": draws.uniform(0.65, 1.0),
        "brow_inner": draws.bell(0.0, 0.12),
        "brow_raise": draws.bell(0.15, 0.15),
        "eye_open": draws.bell(0.1, 0.15),
    }


def sad(draws):
    """Draw a sad expression, as a dict of the expression's numbers."""
    return {
        "mouth_curve": draws.uniform(-1.0, -0.7),
        "mouth_open": 0.0,
        "cheek_raise": 0.0,
        "brow_inner": draws.uniform(0.6, 1.0),
        "brow_raise": draws.bell(0.1, 0.15),
        "eye_open": draws.bell(-0.35, 0.15),
    }


def _old(age):
    """Return the age on a scale from 25 years (0) to 80 years (1)."""
    return clamp((age - 25.0) / 55.0)


def _picture(draws):
    return {
        "left": draws.bell(113.5, 1.6, 108.0, 119.0),
        "top": draws.bell(105.5, 1.8, 100.0, 111.0),
        "scale": draws.bell(1.13, 0.025, 1.06, 1.2),
        "tilt": draws.bell(0.0, 0.014, -0.035, 0.035),
        "turn": draws.bell(0.0, 0.4),
        "oval": draws.uniform(90.0, 100.0),
        "light": draws.uniform(0.25, 0.8) * (1.0 if draws.chance(0.5) else -1.0),
        "backdrop": draws.uniform(),
        "backdrop_hue": draws.uniform(-1.0, 1.0),
    }


def _head(draws, sign):
    skin = draws.uniform() if draws.chance(0.55) else draws.bell(0.2, 0.12, 0.0, 1.0)
    return {
        "skin": skin,
        "warmth": draws.bell(0.0, 0.4),
        "face_width": draws.bell(0.2 * sign, 0.38),
        "chin_length": draws.bell(0.2 * sign, 0.36),
        "jaw_square": draws.bell(0.34 * sign, 0.34),
        "chin_narrow": draws.bell(-0.38 * sign, 0.34),
        "ear_size": draws.bell(0.15 * sign, 0.4),
        "neck_width": draws.bell(0.5 * sign, 0.25),
        "freckles": clamp(draws.bell(-0.3, 0.6)) * clamp(1.0 - 2.5 * skin),
    }


def _features(draws, sign):
    return {
        "brow_thickness": draws.bell(0.36 * sign, 0.34),
        "brow_height": draws.bell(-0.28 * sign, 0.36),
        "brow_arch": draws.bell(-0.3 * sign, 0.36),
        "eye_size": draws.bell(-0.14 * sign, 0.4),
        "eye_spacing": draws.bell(0.0, 0.4),
        "eye_tilt": draws.bell(0.0, 0.4),
        "lashes": clamp(draws.bell(0.38 - 0.26 * sign, 0.14)),
        "nose_length": draws.bell(0.12 * sign, 0.4),
        "nose_width": draws.bell(0.16 * sign, 0.4),
        "lip_fullness": draws.bell(-0.24 * sign, 0.36),
        "lip_red": clamp(draws.bell(0.38 - 0.28 * sign, 0.2)),
        "mouth_width": draws.bell(0.06 * sign, 0.4),
        "cupid": draws.uniform(),
        "forehead_height": draws.bell(0.0, 0.4),
    }


def _hair(draws, male, age, skin):
    style = tuple(HAIR_STYLES)[draws.pick([chances[3 + male] for chances in HAIR_STYLES.values()])]
    length, volume, wave, _, _ = HAIR_STYLES[style]
    dark = clamp(1.6 * skin)
    grey = clamp(draws.bell((age - 48.0) / 26.0, 0.28))
    losing = clamp(draws.bell(0.05 + 0.72 * _old(age), 0.32)) if male else 0.16 * _old(age)
    fringed = draws.chance(0.08 if male else 0.3) and style not in ("cropped", "tied", "curly")
    lightness, red = draws.uniform(), draws.chance(0.1)
    return {
        "hair_colour": lightness * (1.0 - 0.92 * dark),
        "hair_red": draws.uniform(0.5, 1.0) * (1.0 - dark) if red else 0.0,
        "grey": grey,
        "hair_length": clamp(length * (1.0 if losing < 0.45 else 0.2) + 0.05 * draws.uniform(-1.0, 1.0)),
        "hair_volume": clamp(draws.bell(volume - 0.15 * _old(age), 0.1)),
        "hair_wave": clamp(draws.bell(wave + 0.25 * dark, 0.15)),
        "fringe": draws.uniform(0.6, 1.0) if fringed else 0.0,
        "parting": draws.bell(0.0, 0.5),
        "recession": losing,
        "eye_colour": draws.uniform() * (1.0 - dark) * (1.0 - dark),
    }


def _years(draws, age):
    old = _old(age)
    return {
        "forehead_lines": clamp(draws.bell(0.95 * old - 0.05, 0.13)),
        "crows_feet": clamp(draws.bell(1.0 * old - 0.05, 0.13)),
        "eye_bags": clamp(draws.bell(0.9 * old, 0.14)),
        "lid_droop": clamp(draws.bell(0.9 * old - 0.05, 0.14)),
        "nasolabial": clamp(draws.bell(0.9 * old + 0.04, 0.13)),
        "jowls": clamp(draws.bell(1.0 * old - 0.2, 0.14)),
    }


def _stubble(draws):
    return draws.uniform(0.3, 1.0) if draws.chance(0.4) else draws.uniform(0.0, 0.15)
