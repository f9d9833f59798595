"""How like the effects of parts their relevance is, with intervals over faces."""

import numpy as np

from facelrp.heatmaps import interventions
from facelrp.statistics.inference import bootstrap_interval


def with_interval(name, value, rows, statistic):
    """Return a number and the ends of its 95 % interval, as three columns.

    Parameters
    ----------
    name : str
    value : float
    rows : ndarray of int
        The faces to resample.
    statistic : callable
        Returns the number for each of many resamples of these rows (draws, n): an array (draws,).
    """
    low, high = bootstrap_interval(rows, lambda drawn, axis: statistic(drawn.astype(int)))
    # An array of no dimensions would be written as text, and NaN as "nan".
    return {name: float(value), f"{name}_low": low, f"{name}_high": high}


def mean_of_known(values):
    """Return the mean over the last axis without NaN, NaN if nothing else is left: ndarray of float, shape (...)."""
    known = np.isfinite(values)
    count = known.sum(-1)
    return np.divide(np.where(known, values, 0.0).sum(-1), count, out=np.full(count.shape, np.nan), where=count > 0)


def compare(effects, relevance, scale):
    """Return how like the effects of parts their relevance is, for one network and rule.

    Parameters
    ----------
    effects, relevance : ndarray of float, shape (N, P)
        N faces, P parts, in points; relevance is NaN where a face does not show the part.
    scale : facelrp.faces.rating_scales.RatingScale

    Returns
    -------
    dict of {str: float}
    """
    compared = interventions.comparable(effects, relevance, scale)
    constant = interventions.one_sign(effects, relevance, scale)
    within = interventions.correlation(effects, relevance, axis=1)
    varying = interventions.varying_parts(effects, scale)
    moved, lit = effects[:, varying], relevance[:, varying]

    def across(rows):
        return mean_of_known(interventions.correlation(moved[rows], lit[rows], axis=-2))

    def signs(rows):
        return interventions.sign_agreement(effects[rows], relevance[rows], scale)

    def above_one_sign(rows):
        return signs(rows) - interventions.sign_agreement(effects[rows], constant[rows], scale)

    every, with_signs = np.arange(len(effects)), np.flatnonzero(compared.any(axis=1))
    return {
        "faces": len(effects),
        "effects": compared.sum(),
        **with_interval("sign_agreement", signs(every), with_signs, signs),
        "positive_effects": (effects[compared] > 0).mean() if compared.any() else np.nan,
        **with_interval("above_one_sign", above_one_sign(every), with_signs, above_one_sign),
        **with_interval(
            "r_within_faces",
            mean_of_known(within),
            np.flatnonzero(np.isfinite(within)),
            lambda rows: mean_of_known(within[rows]),
        ),
        "parts": varying.sum(),
        **with_interval("r_across_faces", across(every), every, across),
    }
