"""The parts of a face, as label maps: one part per pixel.

A label map is a uint8 array (227, 227) whose values index `PARTS`. Left and right are the *person's own*: the right
eye of a face that looks at us is on the left of the image.
"""

import numpy as np

PARTS = (
    "background",
    "neck",
    "hair",
    "ears",
    "forehead",
    "right_brow",
    "left_brow",
    "right_eye",
    "left_eye",
    "nose",
    "right_cheek",
    "left_cheek",
    "mouth",
    "jaw",
)
LABEL = {name: label for label, name in enumerate(PARTS)}

GROUPS = {
    "brows": ("right_brow", "left_brow"),
    "eyes": ("right_eye", "left_eye"),
    "cheeks": ("right_cheek", "left_cheek"),
    "inner": ("right_brow", "left_brow", "right_eye", "left_eye", "nose", "mouth"),
    "outline": ("hair", "ears", "jaw", "neck"),
}

#: The parts that statistics report: every pixel counts once, left and right are taken together.
REPORTED_PARTS = (
    "background",
    "neck",
    "hair",
    "ears",
    "forehead",
    "brows",
    "eyes",
    "nose",
    "cheeks",
    "mouth",
    "jaw",
)


def mask(labels, part):
    """Return the pixels of a part, or of a group of parts.

    Parameters
    ----------
    labels : ndarray of uint8, shape (..., H, W)
        Label maps.
    part : str
        A name from `PARTS` or `GROUPS`.

    Returns
    -------
    ndarray of bool, shape (..., H, W)

    Raises
    ------
    KeyError
        If neither a part nor a group has that name.
    """
    return np.isin(labels, [LABEL[name] for name in GROUPS.get(part, (part,))])


def sums_by_part(values, labels):
    """Add up the values of each part's pixels.

    Parameters
    ----------
    values : ndarray of float, shape (N, H, W)
        For example heatmaps.
    labels : ndarray of uint8, shape (N, H, W)

    Returns
    -------
    ndarray of float, shape (N, len(PARTS))
        0 for a part that a face does not show.
    """
    count, parts = len(values), len(PARTS)
    bins = np.arange(count).reshape(-1, 1, 1) * parts + labels
    return np.bincount(bins.ravel(), np.ravel(values).astype(np.float64), count * parts).reshape(count, parts)
