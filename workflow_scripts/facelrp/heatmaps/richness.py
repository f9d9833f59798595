"""How rich in features a heatmap is: over how much of the face, and over which parts, its relevance is spread."""

import numpy as np

from facelrp.faces.parts import mask


def _distribution(heatmaps):
    """|R| of each heatmap, flattened and divided by its sum: (N, H·W), zero where a heatmap is empty."""
    size = np.abs(np.asarray(heatmaps, dtype=np.float64)).reshape(len(heatmaps), -1)
    total = size.sum(1, keepdims=True)
    return np.divide(size, total, out=np.zeros_like(size), where=total > 0)


def entropy(heatmaps):
    """Shannon entropy of |R| / Σ|R|, in nats: log(H·W) where all pixels share equally, 0 where one has everything.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)

    Returns
    -------
    ndarray of float, shape (N,)
    """
    share = _distribution(heatmaps)
    return -(share * np.log(np.where(share > 0, share, 1))).sum(1)


def effective_pixels(heatmaps):
    """Effective number of pixels, exp(entropy): so many, sharing equally, would have the same entropy (Hill 1973)."""
    return np.exp(entropy(heatmaps))


def gini(heatmaps):
    """Gini coefficient of |R| over pixels: 0 where all share equally, 1 − 1/(H·W) where one pixel has everything.

    As a measure of how sparse an explanation is: Chalasani et al. (2020).

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)

    Returns
    -------
    ndarray of float, shape (N,)
    """
    share = np.sort(_distribution(heatmaps).astype(np.float32), axis=1).astype(np.float64)
    pixels = share.shape[1]
    rank = np.arange(1, pixels + 1)
    return share @ (2 * rank - pixels - 1) / pixels


def inner_share(heatmaps, labels):
    """Share of the positive relevance on face and outline together that lies on the inner parts of the face.

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
        NaN where neither has any.
    """
    positive = np.asarray(heatmaps, dtype=np.float64).clip(0)
    inner, outline = (np.where(mask(labels, group), positive, 0).sum((1, 2)) for group in ("inner", "outline"))
    both = inner + outline
    return np.divide(inner, both, out=np.full_like(both, np.nan), where=both > 0)


def richness(heatmaps, labels):
    """Return all measures of this module, each (N,); ``entropy`` as a share of the largest possible, log(H·W)."""
    spread = entropy(heatmaps)
    return {
        "entropy": spread / np.log(np.prod(np.shape(heatmaps)[1:])),
        "effective_pixels": np.exp(spread),
        "gini": gini(heatmaps),
        "inner_share": inner_share(heatmaps, labels),
    }
