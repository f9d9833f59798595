"""The relevance of each part of a face, and its share, also in proportion to the part's area."""

import numpy as np
import pandas as pd

from facelrp.faces.parts import LABEL, NAMES, REPORTED, REPORTED_AS, sums_by_part
from facelrp.memory_maps import release

#: Faces at a time.
BATCH = 16


def part_sums(heatmaps, labels):
    """Add up the total, positive and negative relevance of every face, part by part.

    Parameters
    ----------
    heatmaps : array_like of float, shape (N, H, W)
        In units of f(x); may be memory-mapped, since it is read batch by batch.
    labels : array_like of uint8, shape (N, H, W)
        See `facelrp.faces.parts`.

    Returns
    -------
    DataFrame
        A row per face and part: ``row`` (of the face), ``part`` (of `facelrp.faces.parts.NAMES`, so a coarse part is
        what its fine ones leave of it), ``relevance``, ``positive``, ``negative``.
    """
    tables = []
    for start in range(0, len(heatmaps), BATCH):
        maps, parts = (np.asarray(array[start : start + BATCH]) for array in (heatmaps, labels))
        signs = {"relevance": maps, "positive": maps.clip(0), "negative": maps.clip(max=0)}
        sums = {name: sums_by_part(values, parts).ravel() for name, values in signs.items()}
        rows = np.repeat(np.arange(start, start + len(maps)), len(NAMES))
        tables.append(pd.DataFrame({"row": rows, "part": NAMES * len(maps), **sums}))
        release(heatmaps)
        release(labels)
    return pd.concat(tables, ignore_index=True)


def share_tables(shares, level):
    """Return shares of positive relevance, and relevance, (faces, reported parts) each.

    Parameters
    ----------
    shares : DataFrame
        Sums of relevance by part for one network, see `part_sums`, with ``face_id``.
    level : str
        A key of `facelrp.faces.parts.REPORTED`.

    Returns
    -------
    positive, relevance : DataFrame
        A row per face, a column per part. Shares are of all positive relevance of the image: they add up to 1.
    """
    shares = shares.assign(part=shares["part"].map(REPORTED_AS[level]))
    wide = shares.pivot_table(index="face_id", columns="part", values=["positive", "relevance"], aggfunc="sum")
    positive = wide["positive"][list(REPORTED[level])]
    return positive.div(positive.sum(axis=1), axis=0), wide["relevance"][list(REPORTED[level])]


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
