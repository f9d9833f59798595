"""Complexity: how many features a heatmap shows, that is, how widely its relevance is spread.

Entropy ("complexity", Bhatt et al. 2020), the effective number of pixels (Hill 1973) and the Gini coefficient
("sparseness", Chalasani et al. 2020) measure the spread over pixels, `value_entropy` that of the values. The paper's
own comparison adds the share of relevance on the inner parts of the face.
"""

import numpy as np

from facelrp.faces.parts import mask


def _distribution(heatmaps):
    """|R| of each heatmap, flattened and divided by its sum: (N, H·W); zero for an empty heatmap."""
    size = np.abs(np.asarray(heatmaps, dtype=np.float64)).reshape(len(heatmaps), -1)
    total = size.sum(1, keepdims=True)
    return np.divide(size, total, out=np.zeros_like(size), where=total > 0)


def entropy(heatmaps):
    """Complexity: Shannon entropy of |R| / Σ|R|, in nats.

    It is log(H·W) if all pixels have equal shares and 0 if one pixel has everything.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)

    Returns
    -------
    ndarray of float, shape (N,)
    """
    share = _distribution(heatmaps)
    return -(share * np.log(np.where(share > 0, share, 1))).sum(1)


def value_entropy(heatmaps, bins=100):
    """Complexity: Shannon entropy of the histogram of each heatmap's values, in nats.

    It is about how varied the values are, not where they are: low if most pixels have about the same relevance, beside
    some with much more, and high if all values between the lowest and the highest are as frequent.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)
    bins : int
        Bins of equal width between the lowest and the highest value of each heatmap.

    Returns
    -------
    ndarray of float, shape (N,)
        From 0, for a constant heatmap, to log(bins).

    References
    ----------
    Hedström et al. (2024), *A fresh look at sanity checks for saliency maps*, sec. 4.2, with 100 bins.
    """
    counts = np.stack([np.histogram(heatmap, bins)[0] for heatmap in np.asarray(heatmaps, dtype=np.float64)])
    share = counts / counts.sum(1, keepdims=True)
    return -(share * np.log(np.where(share > 0, share, 1))).sum(1)


def effective_pixels(nats):
    """Complexity: effective number of pixels, exp(entropy): this many equal pixels have this entropy (Hill 1973).

    Parameters
    ----------
    nats : ndarray of float, shape (N,)
        See `entropy`.

    Returns
    -------
    ndarray of float, shape (N,)
    """
    return np.exp(nats)


def gini(heatmaps):
    """Complexity: sparseness, the Gini coefficient of |R| over pixels (Chalasani et al. 2020).

    It is 0 if all pixels have equal shares and 1 − 1/(H·W) if one pixel has everything. See `entropy` for parameters
    and returns.
    """
    share = np.sort(_distribution(heatmaps).astype(np.float32), axis=1).astype(np.float64)
    pixels = share.shape[1]
    rank = np.arange(1, pixels + 1)
    return share @ (2 * rank - pixels - 1) / pixels


def inner_share(heatmaps, labels):
    """Share of the positive relevance on the inner parts of the face, of that on inner parts and outline together.

    Arbabzadah et al. (2016), sec. 3.2: the age model "picks up a lot more facial details", the gender model is "more
    sensitive to the overall shape of the face".

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)
    labels : ndarray of uint8, shape (N, H, W)
        Label maps of `facelrp.faces.parts`, whose groups ``inner`` and ``outline`` are compared.

    Returns
    -------
    ndarray of float, shape (N,)
        NaN if neither group has positive relevance.
    """
    positive = np.asarray(heatmaps, dtype=np.float64).clip(0)
    inner, outline = (np.where(mask(labels, group), positive, 0).sum((1, 2)) for group in ("inner", "outline"))
    both = inner + outline
    return np.divide(inner, both, out=np.full_like(both, np.nan), where=both > 0)


def richness(heatmaps, labels):
    """Return all measures of this module, each (N,); ``entropy`` as a share of its maximum, log(H·W)."""
    nats = entropy(heatmaps)
    return {
        "entropy": nats / np.log(np.prod(np.shape(heatmaps)[1:])),
        "effective_pixels": effective_pixels(nats),
        "gini": gini(heatmaps),
        "inner_share": inner_share(heatmaps, labels),
    }
