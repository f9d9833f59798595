"""Rate drawn faces by a known function of their visible features, so that heatmaps can be compared with the truth.

For an attribute, let s = Σ weight · (value − average) · (1 − hidden) over its row of `WEIGHTS`; hidden is the value
named in `HIDDEN_BY`. The true score is

    5 + s / √(1 + (s / 4)²)

which is 5 + s in the middle of the scale and bends smoothly toward its ends, 1 and 9. A rater answers the true score
plus a personal bias plus noise, rounded to a whole number from 1 to 9; the rating is the mean over raters.
"""

from dataclasses import replace
from math import sqrt

import numpy as np

from facelrp.generator.canvas import clamp
from facelrp.generator.look import Draws

ATTRIBUTES = ("attractive", "happy", "confident", "intelligent")
SCALE = (1.0, 9.0)
RATERS = 15
BIAS = 0.4  # standard deviation of raters' biases, points
NOISE = 0.9  # standard deviation of a rater's noise, points

# attribute -> {number of the look: points per unit of it}. Every number is visible in one part of the face (`PART`).
WEIGHTS = {
    "attractive": {
        "forehead_lines": -0.7,
        "eye_bags": -0.9,
        "eye_size": 1.4,
        "nasolabial": -1.1,
        "nose_width": -0.8,
        "lip_fullness": 1.2,
        "jowls": -0.6,
        "hair_volume": 1.4,
        "grey": -0.5,
    },
    "happy": {
        "mouth_curve": 1.9,
        "mouth_open": 1.3,
        "cheek_raise": 1.5,
        "brow_inner": -0.7,
        "eye_open": 0.4,
    },
    "confident": {
        "brow_inner": -1.5,
        "brow_thickness": 0.7,
        "eye_open": 1.5,
        "mouth_curve": 0.4,
        "jaw_square": 1.3,
    },
    "intelligent": {
        "forehead_height": 1.8,
        "forehead_lines": 1.8,
        "brow_height": 1.4,
        "brow_raise": 1.4,
        "eye_open": 1.2,
        "eye_size": 1.0,
    },
}

# number of the look -> the part, or the group of parts (`facelrp.faces.parts`), in which it is visible
PART = {
    "hair_volume": "hair",
    "grey": "hair",
    "forehead_height": "forehead",
    "forehead_lines": "forehead",
    "brow_height": "brows",
    "brow_inner": "brows",
    "brow_raise": "brows",
    "brow_thickness": "brows",
    "eye_bags": "eyes",
    "eye_open": "eyes",
    "eye_size": "eyes",
    "nose_width": "nose",
    "cheek_raise": "cheeks",
    "nasolabial": "cheeks",
    "lip_fullness": "mouth",
    "mouth_curve": "mouth",
    "mouth_open": "mouth",
    "jaw_square": "jaw",
    "jowls": "jaw",
}

# number of the look -> the number that hides it: a fringe hides the forehead, a bald crown the volume of the hair. The
# more a number is hidden, the closer it counts to the average.
HIDDEN_BY = {"forehead_height": "fringe", "forehead_lines": "fringe", "hair_volume": "recession"}

# number of the look -> its average over people, where that is not 0
AVERAGE = {
    "cheek_raise": 0.23,
    "eye_bags": 0.42,
    "forehead_lines": 0.39,
    "grey": 0.31,
    "hair_volume": 0.44,
    "jowls": 0.29,
    "lip_fullness": -0.18,
    "mouth_open": 0.25,
    "nasolabial": 0.44,
}

# attribute -> {part or group of parts: its share in the attribute}. The share of a part is the standard deviation, over
# people, of its numbers' contribution to s, divided by the sum of these over all parts; shares sum to 1.
TRUTH = {
    "attractive": {
        "hair": 0.16,
        "forehead": 0.08,
        "eyes": 0.24,
        "nose": 0.13,
        "cheeks": 0.13,
        "mouth": 0.20,
        "jaw": 0.06,
    },
    "happy": {"brows": 0.14, "eyes": 0.07, "cheeks": 0.19, "mouth": 0.60},
    "confident": {"brows": 0.33, "eyes": 0.28, "mouth": 0.10, "jaw": 0.29},
    "intelligent": {"forehead": 0.37, "brows": 0.35, "eyes": 0.28},
}


def contributions(look, attribute):
    """Return {number of the look: points it adds to s}, see the formula of this module."""
    return {name: weight * _visible(look, name) for name, weight in WEIGHTS[attribute].items()}


def true_scores(look):
    """Return {attribute: score on the 1–9 scale} without noise, by the formula of this module."""
    scores = {}
    for attribute in ATTRIBUTES:
        total = 0.0  # added one by one: sum() rounds differently from Python 3.12 on
        for points in contributions(look, attribute).values():
            total += points
        scores[attribute] = 5.0 + total / sqrt(1.0 + total * total / 16.0)
    return scores


def at_average(look, part):
    """Return a look with all numbers of one part at their averages, and everything else unchanged.

    Parameters
    ----------
    look : facelrp.generator.look.Look
    part : str
        A part or group of parts that `PART` names.

    Returns
    -------
    facelrp.generator.look.Look

    Raises
    ------
    KeyError
        If no number of `PART` is visible in that part.
    """
    numbers = [name for name, where in PART.items() if where == part]
    if not numbers:
        raise KeyError(part)
    return replace(look, **{name: AVERAGE.get(name, 0.0) for name in numbers})


def rate(look, seed, index):
    """Return a panel's ratings of face ``index`` in the set with that seed.

    The panel, and so each rater's bias, is the same for every face of a set.

    Returns
    -------
    dict of {attribute: ndarray of int64, shape (RATERS,)}
        Whole numbers from 1 to 9.
    """
    biases, noises = Draws(seed, 0, 3), Draws(seed, 1 + index, 4)
    answers = {}
    for attribute, score in true_scores(look).items():
        ratings = [score + biases.bell(0.0, BIAS) + noises.bell(0.0, NOISE, -4.0, 4.0) for _ in range(RATERS)]
        answers[attribute] = np.array([clamp(round(one), 1, 9) for one in ratings])
    return answers


def _visible(look, name):
    """Return the visible deviation of a number of the look from the average."""
    hidden = getattr(look, HIDDEN_BY[name]) if name in HIDDEN_BY else 0.0
    return (getattr(look, name) - AVERAGE.get(name, 0.0)) * (1.0 - hidden)
