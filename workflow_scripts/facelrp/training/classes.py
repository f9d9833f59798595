"""Classes for base models, made from a numeric column such as age or gender."""

import numpy as np


def class_edges(values, classes=None, threshold=None):
    """Return the borders between classes, by quantiles or a threshold.

    Parameters
    ----------
    values : array_like of float
        Values of the training faces only.
    classes : int, optional
        Number of classes of equal size, cut at quantiles.
    threshold : float, optional
        The border between two classes.

    Returns
    -------
    list of float
        One border fewer than classes, ascending.
    """
    if threshold is not None:
        return [float(threshold)]
    return np.quantile(np.asarray(values), np.arange(1, classes) / classes).tolist()


def classify(values, edges):
    """Return the class (int64, from 0) of each value; a value on a border belongs to the class below."""
    return np.searchsorted(edges, np.asarray(values)).astype(np.int64)


def classify_ranges(values, ranges):
    """Return the class of each value by ranges that may leave gaps: a value in a gap has no class.

    Parameters
    ----------
    values : array_like of float
        Rounded down, as ages are: 32.5 years count as 32.
    ranges : sequence of (float, float)
        Lowest and highest whole number of each class.

    Returns
    -------
    ndarray of float, shape (N,)
        The class, from 0; NaN if no range holds the value, or the value is NaN.
    """
    values = np.floor(np.asarray(values, dtype=float))
    classes = np.full(len(values), np.nan)
    for label, (low, high) in enumerate(ranges):
        classes[(values >= low) & (values <= high)] = label
    return classes
