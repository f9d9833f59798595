"""Draw faces with our own generator, and rate them by a known function of the visible face plus raters' noise.

``source`` is ignored: nothing is read. Without ``pairs`` each face is another person in any mood and has the mean
ratings of a panel of raters; with ``pairs`` each person is drawn happy and sad, and only the expression differs.
"""

from dataclasses import replace
from numbers import Integral

import numpy as np
import pandas as pd

from facelrp.datasets.face_set import FaceSet
from facelrp.errors import InputError
from facelrp.faces.portraits import Portrait
from facelrp.generator.draw import draw
from facelrp.generator.eyes import brow_arch
from facelrp.generator.look import Draws, expression, happy, person, sad
from facelrp.generator.truth import ATTRIBUTES, SCALE, TRUTH, at_average, rate

#: Options of these faces in a configuration, see `facelrp_workflow.choices`.
OPTIONS = {
    "title": "Drawn faces",
    "description": "Faces of our own generator.",
    "rated": True,
    "in_ovals": True,
    "paired": True,
    "redrawn": True,
    "columns": "age gender attractive happy confident intelligent",
    "required": ["count", "seed"],
    "properties": {
        "count": {"description": "Number of faces (or pairs of faces).", "type": "integer", "minimum": 2},
        "seed": {"description": "Seed of the faces and of their raters.", "$ref": "#/$defs/seed"},
        "pairs": {"description": "Draw each identity happy and sad.", "type": "boolean"},
    },
}

STATES = {"": expression, "happy": happy, "sad": sad}


def load(source=None, count=1000, seed=1, pairs=False):
    """Return a set of drawn faces.

    Parameters
    ----------
    source : None
        Drawn faces have no source.
    count : int
        Number of faces, or with ``pairs`` of people, each with two faces.
    seed : int
        Seed of the set, from 0. Face i depends only on the seed and on i, not on ``count``.
    pairs : bool
        Draw each person happy and sad.

    Returns
    -------
    FaceSet
        Columns face_id, identity, state ("" for rated faces), age (years), gender (0 female, 100 male), and the mean
        ratings ``attractive``, ``happy``, ``confident``, ``intelligent`` on the 1–9 scale.

    Raises
    ------
    InputError
        If ``count`` is not a whole number from 1, ``seed`` is not a whole number from 0, or ``pairs`` is not a bool.
    """
    _check("count", count, 1)
    _check("seed", seed, 0)
    if not isinstance(pairs, bool):
        raise InputError(f"pairs is {pairs!r}", "synthetic faces", "write true or false")
    states = ("happy", "sad") if pairs else ("",)
    rows = [_row(seed, index, state) for index in range(count) for state in states]

    def look(i):
        index, state = divmod(range(len(rows))[i], len(states))
        return look_of(seed, index, states[state])

    def face(i):
        drawn = look(i)
        return Portrait(*draw(drawn), facts={"brow_arch": brow_arch(drawn)})

    def redraw(i, part):
        return Portrait(*draw(at_average(look(i), part)))

    def raters(attributes):
        answers = ratings(count, seed)
        return pd.concat(
            pd.DataFrame(answers[attribute], [row["face_id"] for row in rows])
            .melt(ignore_index=False, value_name="rating")
            .rename_axis("face_id")
            .reset_index()[["face_id", "rating"]]
            .assign(attribute=attribute)
            for attribute in attributes
        )[["face_id", "attribute", "rating"]]

    return FaceSet(pd.DataFrame(rows), face, SCALE, None if pairs else raters, TRUTH, redraw)


def look_of(seed, index, state=""):
    """Return the `Look` of person ``index`` of the set with that seed, in a state ("", "happy" or "sad")."""
    return _person(seed, index, state)[0]


def ratings(count, seed):
    """Return the answers of single raters about the first ``count`` faces of a set without pairs.

    Returns
    -------
    dict of {attribute: ndarray of int64, shape (count, RATERS)}
        Whole numbers from 1 to 9; their mean over raters is the rating in the table of `load`.
    """
    answers = [_rate(look_of(seed, index), seed, index, "") for index in range(count)]
    return {attribute: np.stack([one[attribute] for one in answers]) for attribute in ATTRIBUTES}


def _person(seed, index, state):
    look, male, age = person(Draws(seed, index, 0))
    mood = STATES[state](Draws(seed, index, 1 + _number(state)))
    return replace(look, **mood), male, age


def _row(seed, index, state):
    look, male, age = _person(seed, index, state)
    answers = _rate(look, seed, index, state)
    identity = f"{'p' if state else 's'}{index + 1:06d}"
    return {
        "face_id": f"{identity}-{state}" if state else identity,
        "identity": identity,
        "state": state,
        "age": round(age, 1),
        "gender": 100.0 * male,
        **{attribute: answers[attribute].sum() / answers[attribute].size for attribute in ATTRIBUTES},
    }


def _rate(look, seed, index, state):
    return rate(look, seed, len(STATES) * index + _number(state))


def _number(state):
    return tuple(STATES).index(state)


def _check(name, number, least):
    if isinstance(number, bool) or not isinstance(number, Integral) or number < least:
        raise InputError(f"{name} is {number!r}", "synthetic faces", f"give a whole number from {least}")
