"""The share of each reported part in the relevance of a face, also in proportion to the part's area."""

import numpy as np
import pandas as pd

from facelrp.faces.parts import LABEL, REPORTED, sums_by_part
from facelrp.faces.rating_scales import HIGH, LOW

#: Label maps at a time.
BATCH = 16


def share_tables(shares, level):
    """Return shares of positive relevance and relevance in points, (faces, reported parts) each.

    Parameters
    ----------
    shares : DataFrame
        Sums of relevance by part for one network, see `facelrp.heatmaps.explain_all.part_sums`, with ``face_id``.
    level : str
        A key of `facelrp.faces.parts.REPORTED`.

    Returns
    -------
    positive, points : DataFrame
        A row per face, a column per part. Shares are of all positive relevance of the image: they add up to 1.
    """
    reported = {name: part for part, names in REPORTED[level].items() for name in names}
    shares = shares.assign(part=shares["part"].map(reported))
    wide = shares.pivot_table(index="face_id", columns="part", values=["positive", "relevance"], aggfunc="sum")
    positive = wide["positive"][list(REPORTED[level])]
    return positive.div(positive.sum(axis=1), axis=0), wide["relevance"][list(REPORTED[level])] * (HIGH - LOW)


def area_shares(labels, level):
    """Return the share of each reported part in the pixels of each image.

    Parameters
    ----------
    labels : ndarray of uint8, shape (N, H, W)
        Label maps, see `facelrp.faces.parts`; may be memory-mapped.
    level : str
        A key of `facelrp.faces.parts.REPORTED`.

    Returns
    -------
    DataFrame
        N rows, a column per part, which add up to 1; NaN for a part that the face does not show.
    """
    batches = [np.asarray(labels[start : start + BATCH]) for start in range(0, len(labels), BATCH)]
    pixels = np.concatenate([sums_by_part(np.ones(batch.shape), batch) for batch in batches])
    columns = {part: pixels[:, [LABEL[name] for name in names]].sum(1) for part, names in REPORTED[level].items()}
    return pd.DataFrame(columns).replace(0.0, np.nan) / np.prod(labels.shape[1:])
