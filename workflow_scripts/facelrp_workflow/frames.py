"""Where eyes and mouth of a set of faces are: the table by which other faces are framed in the same way."""

import numpy as np
import pandas as pd

from facelrp.errors import InputError
from facelrp_workflow.files import read_table

#: The points of `facelrp.faces.framing.anchors`.
ANCHORS = ("right_eye", "left_eye", "mouth")


def frame_of(anchors):
    """Return where eyes and mouth are on average, and how much they vary, in pixels of the square.

    Parameters
    ----------
    anchors : list of (ndarray of float, shape (3, 2))
        Those of each face; NaN for what a face does not show.

    Returns
    -------
    DataFrame
        A row for each point: ``point``, ``x``, ``y`` and their standard deviations ``sd_x`` and ``sd_y``, NaN if no
        face shows all of them.
    """
    values = np.array(anchors).reshape(-1, len(ANCHORS), 2)
    shown = values[np.isfinite(values).all(axis=(1, 2))]
    if not len(shown):
        return pd.DataFrame({"point": ANCHORS, "x": np.nan, "y": np.nan, "sd_x": np.nan, "sd_y": np.nan})
    mean, spread = shown.mean(axis=0), shown.std(axis=0)
    return pd.DataFrame(
        {"point": ANCHORS, "x": mean[:, 0], "y": mean[:, 1], "sd_x": spread[:, 0], "sd_y": spread[:, 1]}
    )


def read_frame(path):
    """Read a table of `frame_of`: the points' mean positions, ndarray of float, shape (3, 2).

    Raises
    ------
    InputError
        If no face of the set shows eyes and mouth.
    """
    mean = read_table(path)[["x", "y"]].to_numpy()
    if not np.isfinite(mean).all():
        fix = "divide the rated faces into parts (regions: detected), or set frame: box"
        raise InputError("the rated faces have neither eyes nor mouth to frame others by", path, fix)
    return mean
