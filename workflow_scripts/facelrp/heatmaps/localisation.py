"""Localisation: whether relevance is on the pixels that are known to matter.

Relevance mass accuracy and relevance rank accuracy (Arras, Osman & Samek 2022).
"""

import numpy as np
import pandas as pd

from facelrp.faces.parts import mask


def mass_accuracy(heatmaps, masks):
    """Localisation: relevance mass accuracy, the share of positive relevance within the mask, Σ_mask R⁺ / ΣR⁺.

    For negative relevance pass the negated heatmaps.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)
    masks : ndarray of bool, shape (N, H, W)

    Returns
    -------
    ndarray of float, shape (N,)
        In [0, 1]; NaN if no relevance is positive. Compare it with the mask's share of the area, which uninformed
        heatmaps reach.

    References
    ----------
    Arras, Osman & Samek (2022), *CLEVR-XAI*, eq. 2.
    """
    positive = np.asarray(heatmaps, dtype=np.float64).clip(0)
    total = positive.sum((1, 2))
    within = np.where(masks, positive, 0).sum((1, 2))
    return np.divide(within, total, out=np.full_like(total, np.nan), where=total > 0)


def rank_accuracy(heatmaps, masks):
    """Localisation: relevance rank accuracy, the share of the K most relevant pixels within a mask of K pixels.

    Parameters
    ----------
    heatmaps, masks
        See `mass_accuracy`.

    Returns
    -------
    ndarray of float, shape (N,)
        In [0, 1]; NaN if the mask is empty.

    References
    ----------
    Arras, Osman & Samek (2022), *CLEVR-XAI*, eq. 3.
    """
    accuracy = np.full(len(heatmaps), np.nan)
    for row, (heatmap, inside) in enumerate(zip(heatmaps, masks, strict=True)):
        size = int(np.count_nonzero(inside))
        if size:
            # The order of the K most relevant pixels does not matter, so a partition replaces the sort.
            first = np.argpartition(-np.ravel(heatmap).astype(np.float64), size - 1)[:size]
            accuracy[row] = np.count_nonzero(np.ravel(inside)[first]) / size
    return accuracy


def targets_of(truth, attribute):
    """Return the parts on which evidence for an attribute is expected: {target: parts}.

    ``truth`` is the table of the parts on which ratings are known to depend; without any, ``inner`` is the only target.
    """
    known = truth["part"][truth["attribute"] == attribute]
    return {"inner": ["inner"]} | ({"true": known.tolist()} if len(known) else {})


def masks_of(labels, targets):
    """Return the pixels of each target, {name: bool (N, H, W)}.

    ``labels`` are label maps, see `facelrp.faces.parts`; ``targets`` is {name: parts}.
    """
    return {name: np.logical_or.reduce([mask(labels, part) for part in parts]) for name, parts in targets.items()}


def localise(maps, masks):
    """Measure where the relevance of several rules lies: a table with a row per face, rule and target.

    Parameters
    ----------
    maps : dict of {str: array_like of float, shape (N, H, W)}
        By rule.
    masks : dict of {str: ndarray of bool, shape (N, H, W)}
        By target.

    Returns
    -------
    DataFrame
        ``row`` (of the face), ``rule``, ``target``, ``area`` (the target's share of the image), ``positive_mass``,
        ``negative_mass`` and ``absolute_mass`` (`mass_accuracy` of positive relevance, of negative, and of both),
        ``rank`` (`rank_accuracy`).
    """
    return pd.concat(
        pd.DataFrame(
            {
                "row": np.arange(len(heatmaps)),
                "rule": rule,
                "target": target,
                "area": where.mean((1, 2)),
                "positive_mass": mass_accuracy(heatmaps, where),
                "negative_mass": mass_accuracy(-heatmaps, where),
                "absolute_mass": mass_accuracy(np.abs(heatmaps), where),
                "rank": rank_accuracy(heatmaps, where),
            }
        )
        for rule, heatmaps in maps.items()
        for target, where in masks.items()
    )
