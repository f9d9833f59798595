"""How similar the features of two base models are."""

import numpy as np

from facelrp.statistics.metrics import ROUNDING


def linear_cka(first, second):
    """Return the debiased linear centred kernel alignment (CKA) of two sets of features of the same faces.

    CKA = HSIC(K, L) / √(HSIC(K, K) HSIC(L, L)): the correlation of how similar pairs of faces are by the one and by the
    other features. HSIC is the unbiased estimate of Song et al. (2012): Σ_ij K̃_ij L̃_ij / (N (N − 3)), where K̃ is K
    without its diagonal, centred so that all rows sum to 0. The plain estimate keeps the diagonal, each face's
    similarity with itself: with fewer faces than features it comes near 1 even for independent features.

    Rotations of features and multiples of all of them change nothing.

    Parameters
    ----------
    first, second : ndarray of float, shape (N, N)
        Inner products of the features, see `facelrp.statistics.gram.centred_gram`; faces in the same order.

    Returns
    -------
    float
        1 for the same similarities, around 0 (above or below) for independent ones.

    Raises
    ------
    ValueError
        With fewer than four faces, or if all pairs of faces are equally similar.

    References
    ----------
    Kornblith, Norouzi, Lee & Hinton (2019), Similarity of neural network representations revisited, ICML. Song, Smola,
    Gretton, Bedo & Borgwardt (2012), Feature selection via dependence maximization, JMLR 13, Eq. 5. Székely & Rizzo
    (2014), Partial distance correlation with methods for dissimilarities, Ann. Statist. 42(6), Definition 2 (K̃).
    """
    first, second = (_pairs_centred(gram) for gram in (first, second))
    return float((first * second).sum() / (np.linalg.norm(first) * np.linalg.norm(second)))


def _pairs_centred(gram):
    """Return inner products (N, N) of different faces, less what each face has with all others; the diagonal is 0."""
    count = len(gram)
    if count < 4:
        raise ValueError("the similarity of features needs four faces or more")
    centred = gram - np.diag(gram.diagonal())
    rows = centred.sum(0) / (count - 2)
    centred = centred - rows - rows[:, None] + rows.sum() / (count - 1)
    np.fill_diagonal(centred, 0.0)
    if np.linalg.norm(centred) <= ROUNDING * np.linalg.norm(gram):
        raise ValueError("all pairs of faces are equally similar")
    return centred
