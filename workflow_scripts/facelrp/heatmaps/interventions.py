"""Faithfulness: whether a part's relevance is like the effect of an intervention on it, as in FunnyBirds.

A drawn face can be drawn again with one part at its average. The *effect* of the part is the prediction for the face
less that for the redrawn face: what the network itself makes of the part. Heatmaps are compared with it, rather than
with what ratings depend on, so that they are not blamed for what the network has not learned.

References
----------
Hesse, Schaub-Meyer & Roth (2023), *FunnyBirds: A Synthetic Vision Dataset for a Part-Based Analysis of Explainable AI
Methods*, ICCV.
"""

import numpy as np

from facelrp.faces.parts import mask

#: Smaller effects have no sign worth comparing, in points of the paper's scale.
LEAST_EFFECT = 0.1
#: Parts whose effects differ less between faces (standard deviation in its points) are not compared across faces.
LEAST_SPREAD = 0.05
#: Values that differ by less than this share of their size are equal: the rest is rounding.
ROUNDING = 1e-12


def relevance_in_parts(heatmaps, labels, parts):
    """Add up each face's relevance in some parts.

    Parameters
    ----------
    heatmaps : ndarray of float, shape (N, H, W)
        In units of a network's output, on [0, 1].
    labels : ndarray of uint8, shape (N, H, W)
        Label maps of the same faces, see `facelrp.faces.parts`.
    parts : sequence of str
        P parts or groups of parts.

    Returns
    -------
    ndarray of float, shape (N, P)
        In the same units; NaN where a face does not show the part.
    """
    sums = np.full((len(heatmaps), len(parts)), np.nan)
    for number, part in enumerate(parts):
        where = mask(labels, part)
        inside = np.where(where, heatmaps, 0).sum((1, 2), dtype=np.float64)
        sums[:, number] = np.where(where.any((1, 2)), inside, np.nan)
    return sums


def comparable(effects, relevance, scale):
    """Return which effects have a sign to compare: larger than `LEAST_EFFECT`, and of parts that the face shows.

    Parameters
    ----------
    effects, relevance : ndarray of float, shape (...)
        In points; NaN is missing.
    scale : facelrp.faces.rating_scales.RatingScale

    Returns
    -------
    ndarray of bool, shape (...)
    """
    return (np.abs(effects) > scale.from_paper(LEAST_EFFECT)) & np.isfinite(relevance)


def sign_agreement(effects, relevance, scale):
    """Return the share of comparable effects whose part has relevance of the same sign.

    Parameters
    ----------
    effects, relevance : ndarray of float, shape (..., N, P)
        N faces, P parts, in points; NaN is missing.
    scale : facelrp.faces.rating_scales.RatingScale

    Returns
    -------
    ndarray of float, shape (...)
        NaN if no effect is comparable.
    """
    compared = comparable(effects, relevance, scale)
    agreeing = (compared & (np.sign(effects) == np.sign(relevance))).sum((-2, -1))
    total = compared.sum((-2, -1))
    return np.divide(agreeing, total, out=np.full(total.shape, np.nan), where=total > 0)


def one_sign(effects, relevance, scale):
    """Return the relevance of parts in a heatmap that has one sign everywhere, that of most comparable effects.

    It knows nothing of a face, and its signs agree more often than half the time: what effects have in common, such as
    that parts of a smile raise the prediction, is right in every face.

    Parameters
    ----------
    effects, relevance : ndarray of float, shape (N, P)
        In points; NaN is missing.
    scale : facelrp.faces.rating_scales.RatingScale

    Returns
    -------
    ndarray of float, shape (N, P)
        1 or −1, NaN where relevance is missing.
    """
    signs = np.sign(effects[comparable(effects, relevance, scale)])
    return np.where(np.isfinite(relevance), 1.0 if signs.sum() >= 0 else -1.0, np.nan)


def correlation(first, second, axis):
    """Return the Pearson correlation along an axis, over the entries that both have.

    Parameters
    ----------
    first, second : ndarray of float, shape (...)
        NaN is missing.
    axis : int

    Returns
    -------
    ndarray of float
        The shape without that axis; NaN with fewer than three entries, because any two lie on a line, and if either is
        constant, up to `ROUNDING`.
    """
    known = np.isfinite(first) & np.isfinite(second)
    count = known.sum(axis, keepdims=True)
    deviations, defined = [], count.squeeze(axis) > 2
    for values in (first, second):
        values = np.where(known, values, 0.0)
        around = np.where(known, values - values.sum(axis, keepdims=True) / np.maximum(count, 1), 0.0)
        defined &= np.abs(around).max(axis) > ROUNDING * np.abs(values).max(axis)
        deviations.append(around)
    first, second = deviations
    size = np.sqrt(np.square(first).sum(axis) * np.square(second).sum(axis))
    r = np.divide((first * second).sum(axis), size, out=np.full(size.shape, np.nan), where=defined & (size > 0))
    return r.clip(-1, 1)


def varying_parts(effects, scale):
    """Return which parts have effects that differ between faces by more than `LEAST_SPREAD`.

    Parameters
    ----------
    effects : ndarray of float, shape (N, P)
        In points.
    scale : facelrp.faces.rating_scales.RatingScale

    Returns
    -------
    ndarray of bool, shape (P,)
    """
    return np.std(effects, axis=0) > scale.from_paper(LEAST_SPREAD)


def used_shares(effects, axis=0):
    """Return the share of each part in what a network uses: the spread of its effects, divided by that of all parts.

    The same shares of the ratings are known, see `facelrp.generator.truth.TRUTH`.

    Parameters
    ----------
    effects : ndarray of float, shape (..., N, P)
        In points.
    axis : int
        The axis of faces.

    Returns
    -------
    ndarray of float, shape (..., P)
        Standard deviations over faces, divided by their sum over parts; NaN if no effect differs between faces.
    """
    spread = np.std(effects, axis=axis)
    total = spread.sum(-1, keepdims=True)
    return np.divide(spread, total, out=np.full(spread.shape, np.nan), where=total > 0)
