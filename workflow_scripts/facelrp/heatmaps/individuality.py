"""Individuality: what heatmaps show of a single face, beyond the template that all faces of a network share.

Heatmaps of different faces by one network are alike: most of each is their mean, the template. Here the template is
taken away. If what remains belongs to the face, it is like what remains in another network's heatmap of the same face,
and more so than in its heatmaps of other faces.

Each heatmap counts by the ranks of its cells, because faces differ in the scale of their relevance.
"""

import numpy as np

#: Faces compared with all others at a time, to limit memory.
BATCH = 256


def template_share(ranks):
    """Return the share of each heatmap's variance over cells that the mean heatmap of the other faces explains.

    Parameters
    ----------
    ranks : array_like of float, shape (N, C)
        The rank of each cell, face by face, for one network.

    Returns
    -------
    ndarray of float, shape (N,)
        At most 1; around 0 if faces have nothing in common. The variance around the mean is divided by its degrees of
        freedom, so that few faces do not look more alike. The mean over faces is that of the correlations of all pairs
        of different faces. NaN for a single face, or a constant heatmap.
    """
    ranks = np.asarray(ranks, dtype=np.float64)
    count = len(ranks)
    if count < 2:
        return np.full(count, np.nan)
    around_mean = np.square(ranks - ranks.mean(0)).sum(1) * count / (count - 1)
    whole = np.square(ranks - ranks.mean(1, keepdims=True)).sum(1)
    return 1 - np.divide(around_mean, whole, out=np.full(count, np.nan), where=whole > 0)


def without_template(ranks):
    """Take the mean heatmap away, and scale what remains so that products are correlations.

    It does not matter whether a face is left out of the mean that is taken from it: x − (Σ − x)/(N − 1) is
    N/(N − 1) · (x − Σ/N), the same up to a factor, on which correlations do not depend.

    Parameters
    ----------
    ranks : array_like of float, shape (N, C)
        See `template_share`.

    Returns
    -------
    ndarray of float32, shape (N, C)
        Each row with mean 0 and norm 1; NaN for a face of which nothing remains.
    """
    ranks = np.asarray(ranks, dtype=np.float64)
    rest = ranks - ranks.mean(0)
    rest -= rest.mean(1, keepdims=True)
    norm = np.sqrt(np.square(rest).sum(1, keepdims=True))
    # What remains of equal heatmaps is rounding.
    some = norm > 1e-6 * np.sqrt(np.square(ranks).sum(1, keepdims=True))
    return np.divide(rest, norm, out=np.full_like(rest, np.nan), where=some).astype(np.float32)


def match(first, second):
    """Compare what remains of each face in one network with what remains of all faces in another.

    Parameters
    ----------
    first, second : ndarray of float, shape (N, C)
        See `without_template`; the same faces in the same order.

    Returns
    -------
    dict of {str: ndarray of float, shape (N,)}
        ``same_face``, the correlation with the same face; ``other_faces``, the mean of those with all others, the null;
        ``matched``, 1 if no other face correlates as much, otherwise 0: a guess would be right for one in N. NaN where
        nothing remains of the face in either network, and for a single face.
    """
    count = len(first)
    found = {name: np.full(count, np.nan) for name in ("same_face", "other_faces", "matched")}
    if count < 2:
        return found
    for start in range(0, count, BATCH):
        some = slice(start, start + BATCH)
        products = (first[some] @ second.T).astype(np.float64)
        rows = np.arange(len(products))
        same = products[rows, start + rows].copy()
        products[rows, start + rows] = np.nan
        known = np.isfinite(products)
        among = known.sum(1)
        total = np.where(known, products, 0).sum(1)
        best = np.where(known, products, -np.inf).max(1)
        compared = np.isfinite(same) & (among > 0)
        found["same_face"][some] = same
        found["other_faces"][some] = np.divide(total, among, out=np.full(len(rows), np.nan), where=among > 0)
        found["matched"][some] = np.where(compared, same > best, np.nan)
    return found
