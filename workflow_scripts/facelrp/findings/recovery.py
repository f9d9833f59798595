"""How far networks and heatmaps recover what ratings are known to depend on, as shares of parts.

Ratings of drawn faces are a known function of parts, so each part has a share in them. A network has shares, too: the
spread of its parts' effects over faces; and so have its heatmaps: the spread of their parts' relevance. How alike two
lists of shares are is their *overlap*, the sum over parts of the smaller share (1 less half the sum of absolute
differences): 1 if they are the same, 0 if they have no part in common.
"""

import numpy as np

from facelrp.faces.rating_scales import PAPER
from facelrp.findings.agreement import mean_of_known, with_interval
from facelrp.heatmaps import interventions


def shown_shares(relevance):
    """Return the share of each part in what heatmaps show: the spread of its relevance, divided by that of all parts.

    Parameters
    ----------
    relevance : ndarray of float, shape (..., N, P)
        N faces, P parts, in points; NaN where a face does not show the part.

    Returns
    -------
    ndarray of float, shape (..., P)
        Standard deviations over the faces that show the part, divided by their sum over parts; 0 for a part that no
        face shows, NaN if no relevance differs between faces.
    """
    known = np.isfinite(relevance)
    count = np.maximum(known.sum(-2, keepdims=True), 1)
    mean = np.where(known, relevance, 0.0).sum(-2, keepdims=True) / count
    spread = np.sqrt(np.square(np.where(known, relevance - mean, 0.0)).sum(-2) / count[..., 0, :])
    total = spread.sum(-1, keepdims=True)
    return np.divide(spread, total, out=np.full(spread.shape, np.nan), where=total > 0)


def overlap(first, second):
    """Return the overlap of two lists of shares over the last axis: ndarray of float, shape (...), 0 to 1."""
    return np.minimum(first, second).sum(-1)


def recovery(effects, relevance, true_shares, scale=PAPER):
    """Return how far networks and their heatmaps recover the known shares, averaged over the networks.

    Parameters
    ----------
    effects, relevance : ndarray of float, shape (K, N, P)
        K networks, N faces, P parts, in points; relevance is NaN where a face does not show the part.
    true_shares : ndarray of float, shape (K, P)
        The share of each part in the ratings that the network learned.
    scale : facelrp.faces.rating_scales.RatingScale
        That of effects and relevance.

    Returns
    -------
    dict of {str: float}
        With 95 % intervals over faces: the overlap of what networks use with the truth (``used_overlap``), of what
        heatmaps show with what networks use (``shown_overlap``), and how alike relevance and effects are, face by face
        (``sign_agreement``, ``r_within_faces``). Beside the overlaps those of parts that all count the same, beside the
        signs the agreement of a map that has one sign everywhere.
    """
    even = np.full(effects.shape[-1], 1 / effects.shape[-1])
    networks = range(len(effects))

    def used(rows):
        shares = (interventions.used_shares(effects[k][rows], axis=-2) for k in networks)
        return mean_of_known(np.stack([overlap(s, true_shares[k]) for k, s in enumerate(shares)], axis=-1))

    def shown(rows):
        pairs = ((interventions.used_shares(effects[k][rows], axis=-2), relevance[k][rows]) for k in networks)
        return mean_of_known(np.stack([overlap(own, shown_shares(lit)) for own, lit in pairs], axis=-1))

    def signs(rows):
        found = [interventions.sign_agreement(effects[k][rows], relevance[k][rows], scale) for k in networks]
        return mean_of_known(np.stack(found, axis=-1))

    constant = [interventions.one_sign(effects[k], relevance[k], scale) for k in networks]
    known = [interventions.sign_agreement(effects[k], constant[k], scale) for k in networks]
    within = mean_of_known(interventions.correlation(effects, relevance, axis=-1).T)
    every = np.arange(effects.shape[1])
    own = interventions.used_shares(effects, axis=-2)
    return {
        "networks": len(effects),
        "faces": len(every),
        **with_interval("used_overlap", used(every), every, used),
        "used_overlap_even": float(overlap(even, true_shares).mean()),
        **with_interval("shown_overlap", shown(every), every, shown),
        "shown_overlap_even": float(mean_of_known(overlap(even, own))),
        **with_interval("sign_agreement", signs(every), every, signs),
        "sign_agreement_one_sign": float(mean_of_known(np.stack(known))),
        **with_interval("r_within_faces", mean_of_known(within), every, lambda rows: mean_of_known(within[rows])),
    }
