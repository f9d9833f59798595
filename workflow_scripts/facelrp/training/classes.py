"""Classes for base models, cut from a numeric column such as age or gender."""

import numpy as np


def class_edges(values, classes=None, threshold=None):
    """Return the borders between classes.

    Parameters
    ----------
    values : array_like of float
        Of the training faces alone.
    classes : int, optional
        Cut at quantiles into so many classes of equal size.
    threshold : float, optional
        Cut in two here.

    Returns
    -------
    list of float
        One border fewer than classes, ascending.
    """
    if threshold is not None:
        return [float(threshold)]
    return np.quantile(np.asarray(values), np.arange(1, classes) / classes).tolist()


def classify(values, edges):
    """Return the class (int64, from 0) of each value; a value on a border belongs to the class below it."""
    return np.searchsorted(edges, np.asarray(values)).astype(np.int64)


def classify_ranges(values, ranges):
    """Return the class of each value by ranges that need not touch: a value between them is of no known class.

    Parameters
    ----------
    values : array_like of float
        Fractions are cut off, as in ages: who is 32.5 years old is 32.
    ranges : sequence of (float, float)
        Lowest and highest whole number of each class.

    Returns
    -------
    ndarray of float, shape (N,)
        The class, from 0; NaN where no range holds the value, or the value is NaN.
    """
    values = np.floor(np.asarray(values, dtype=float))
    classes = np.full(len(values), np.nan)
    for label, (low, high) in enumerate(ranges):
        classes[(values >= low) & (values <= high)] = label
    return classes
