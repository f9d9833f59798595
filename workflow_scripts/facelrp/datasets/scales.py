"""The scale that ratings of a user's own table are on, guessed from the numbers and the names of their columns."""

import re
from dataclasses import dataclass

import numpy as np

from facelrp.errors import InputError

#: Scales that ratings usually have, the smallest first.
USUAL = ((0, 1), (1, 5), (-2, 2), (1, 7), (-3, 3), (1, 9), (1, 10), (0, 10), (0, 100), (-100, 100))
#: Rarer ones: means of another scale's ratings may lie within them, so single ratings must reach both ends.
RARE = ((1, 4), (0, 4), (1, 6), (0, 6))
#: A scale as names of columns have it: "Joy (1-7)", "1 bis 9".
STATED = re.compile(r"(?<![\w.])(-?\d+) ?(?:-|–|—|to|bis|\.\.) ?(\d+)(?![\w.])")
#: Share of a scale that ratings span at least: ratings from 1 to 7 are not on a scale from 0 to 100.
LEAST_SPAN = 1 / 8
#: Share of a column's numbers that may be off its scale by mistake.
MISTAKES = 0.1


@dataclass(frozen=True)
class Scale:
    """A scale, and why it is taken to be this one."""

    low: float
    high: float
    why: str

    def __str__(self):
        return f"{self.low:g} to {self.high:g}"

    def holds(self, values):
        """Return which values lie on the scale; of missing ones, True."""
        return ~((values < self.low) | (values > self.high))


def guess_scale(ratings):
    """Return the scale of columns of numbers: the one that most of them fit, of several the smallest.

    Parameters
    ----------
    ratings : dict of {str: ndarray of float}
        By the name of the column, which may state the scale; missing ratings are NaN.

    Returns
    -------
    Scale or None
        None if no column fits any.
    """
    stated = {tuple(map(float, ends)) for name in ratings for ends in STATED.findall(name)}
    if len(stated) == 1:
        scale = Scale(*stated.pop(), "the name of a column says so")
        if scale.low < scale.high and all(scale.holds(values).all() for values in ratings.values()):
            return scale
    ends = sorted((*USUAL, *RARE), key=lambda pair: pair[1] - pair[0])
    fitting = {pair: [values for values in ratings.values() if fits(values, pair)] for pair in ends}
    best = max(fitting, key=lambda pair: len(fitting[pair]))
    if not fitting[best]:
        return None
    low = min(np.nanmin(values) for values in fitting[best])
    high = max(np.nanmax(values) for values in fitting[best])
    if best[0] == low and best[1] == high:
        return Scale(*best, "ratings reach both of its ends")
    return Scale(*best, f"the smallest usual scale that holds {low:g} to {high:g}; for another one: --scale LOW HIGH")


def fits(values, ends):
    """Return whether numbers can be ratings on a scale: they lie on it, and not all in a small part of it."""
    low, high = np.nanmin(values), np.nanmax(values)
    if ends in RARE and ((low, high) != ends or np.any(values[~np.isnan(values)] % 1)):
        return False
    return ends[0] <= low and high <= ends[1] and high - low >= LEAST_SPAN * (ends[1] - ends[0])


def on_scale(ratings, scale, where):
    """Return the columns that are on a scale, and why others are not.

    Parameters
    ----------
    ratings : dict of {str: Series of float}
        The index has a name and the row's number in the file.
    scale : Scale
    where : str
        The file, for messages.

    Returns
    -------
    kept : list of str
    others : dict of {str: str}

    Raises
    ------
    InputError
        If nearly all numbers of a column are on the scale: the others are mistakes.
    """
    kept, others = [], {}
    for name, values in ratings.items():
        outside = values[~scale.holds(values)]
        if outside.empty and (scale.high - scale.low <= 10 or fits(values.to_numpy(), (scale.low, scale.high))):
            kept.append(name)
        elif outside.empty:
            others[name] = f"from {values.min():g} to {values.max():g}: on a smaller scale than the others"
        elif len(outside) <= MISTAKES * values.notna().sum():
            what = f"{outside.iloc[0]:g} is not on the scale {scale} of the other ratings"
            place = f"{where}, {values.index.name} {outside.index[0]}, column {name}"
            raise InputError(what, place, "correct it, clear the cell, or give the scale: --scale LOW HIGH")
        else:
            others[name] = f"from {values.min():g} to {values.max():g}: not on the scale {scale}"
    return kept, others
