"""Whether relevance lies where it should: on the pixels that are known to matter."""

import numpy as np


def mass_accuracy(heatmaps, masks):
    """Relevance mass accuracy: the share of positive relevance that lies within the mask, Σ_mask R⁺ / ΣR⁺.

    For the negative part give the heatmaps with their sign turned.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)
    masks : ndarray of bool, shape (N, H, W)

    Returns
    -------
    ndarray of float, shape (N,)
        In [0, 1]; NaN where no relevance is positive. To be read against the mask's share of the area, which a map
        without any knowledge reaches.

    References
    ----------
    Arras, Osman & Samek (2022), *CLEVR-XAI*, eq. 2.
    """
    positive = np.asarray(heatmaps, dtype=np.float64).clip(0)
    total = positive.sum((1, 2))
    within = np.where(masks, positive, 0).sum((1, 2))
    return np.divide(within, total, out=np.full_like(total, np.nan), where=total > 0)


def rank_accuracy(heatmaps, masks):
    """Relevance rank accuracy: of the K most relevant pixels, the share within a mask of K pixels.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)
    masks : ndarray of bool, shape (N, H, W)

    Returns
    -------
    ndarray of float, shape (N,)
        In [0, 1]; NaN where the mask is empty.

    References
    ----------
    Arras, Osman & Samek (2022), *CLEVR-XAI*, eq. 3.
    """
    accuracy = np.full(len(heatmaps), np.nan)
    for number, (heatmap, mask) in enumerate(zip(heatmaps, masks, strict=True)):
        size = int(np.count_nonzero(mask))
        if size:
            # Only which pixels are the K first matters, not their order: no need to sort.
            first = np.argpartition(-np.ravel(heatmap).astype(np.float64), size - 1)[:size]
            accuracy[number] = np.count_nonzero(np.ravel(mask)[first]) / size
    return accuracy
