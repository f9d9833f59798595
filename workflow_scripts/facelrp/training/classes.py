"""Classes for base models, made from a numeric column such as age or gender."""

from itertools import pairwise

import numpy as np

#: Where men begin on the scale of gender, from 0, female, to 100, male.
MALE_FROM = 50


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


def class_names(metadata):
    """Return what the classes of a base model are, in words.

    Parameters
    ----------
    metadata : mapping
        What a base model's weights say: ``categories``, the names themselves; or ``target`` with ``edges`` (see
        `class_edges`) or with ``ranges`` (see `classify_ranges`).

    Returns
    -------
    list of str
        Ages in years, sexes, or other values between their borders; empty if nothing says what the classes are.
    """
    if "categories" in metadata:
        return list(metadata["categories"])
    if "ranges" in metadata:
        borders = metadata["ranges"]
    elif "edges" in metadata:
        borders = list(pairwise([None, *metadata["edges"], None]))
    else:
        return []
    return [_in_words(metadata["target"], low, high, len(borders)) for low, high in borders]


def predicted_in_words(row):
    """Return what a base model says of a face, and its heatmap explains.

    Parameters
    ----------
    row : Series
        Row of ``classes.csv``, with ``predicted_name``, ``predicted`` and ``classes``, which is 0 for an embedding.
    """
    if not row["classes"]:
        return "similarity to itself"
    name = row["predicted_name"]
    return name if isinstance(name, str) else f"class {row['predicted']:.0f} of 0–{row['classes'] - 1:.0f}"


def _in_words(target, low, high, count):
    """Return the values between two borders in words; None is no border."""
    if target == "gender" and count == 2:
        return "female" if low is None or (high is not None and high < MALE_FROM) else "male"
    if low is None:
        values = f"up to {high:.0f}"
    elif high is None:
        values = f"over {low:.0f}"
    else:
        values = f"{low:.0f}–{high:.0f}"
    return f"{values} years" if target == "age" else f"{target} {values}"
