"""The common form of all datasets: a table of faces, and a function that returns the pixels of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from facelrp.faces.portraits import Portrait


@dataclass(frozen=True)
class FaceSet:
    """A set of faces: a table of the known facts about each, and a function that returns the pixels of each.

    Attributes
    ----------
    table : DataFrame
        One row per face. ``face_id`` (str, unique), ``identity`` (str: the same for the same person), ``state`` (str:
        ``neutral``, ``happy``, ``sad`` or empty), then numeric columns: ``age`` and ``gender`` (0 female … 100 male),
        if known, and the ratings.
    face : callable
        ``face(i)`` returns the `facelrp.faces.portraits.Portrait` of row i. Images are read one at a time, so a set of
        any size fits in memory.
    scale : tuple of float, or None
        Lowest and highest possible rating; None if faces are not rated.
    raters : callable, or None
        ``raters(attributes)`` returns the answers of single raters: DataFrame of ``face_id``, ``attribute`` and
        ``rating`` on the same scale, one row per answer. None if only means over raters are known.
    truth : mapping, or None
        The parts of the face on which each attribute depends, {attribute: {part or group of parts: share}}. Known for
        drawn faces only.
    redraw : callable, or None
        ``redraw(i, part)`` returns the `facelrp.faces.portraits.Portrait` of row i, drawn again with one of the parts
        in ``truth`` at its average and everything else unchanged. Possible for drawn faces only.
    """

    table: pd.DataFrame
    face: Callable[[int], Portrait]
    scale: tuple[float, float] | None = None
    raters: Callable[[Sequence[str]], pd.DataFrame] | None = None
    truth: Mapping[str, Mapping[str, float]] | None = None
    redraw: Callable[[int, str], Portrait] | None = None
