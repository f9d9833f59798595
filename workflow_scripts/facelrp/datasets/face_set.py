"""The common form of all datasets: a table of faces, and a function that returns the pixels of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Face:
    """One prepared face.

    Attributes
    ----------
    image : ndarray of uint8, shape (227, 227, 3)
        RGB.
    parts : ndarray of uint8, shape (227, 227)
        Label map, see `facelrp.faces.parts`.
    """

    image: np.ndarray
    parts: np.ndarray


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
        ``face(i)`` returns the `Face` of row i. Images are read one at a time, so a set of any size fits in memory.
    scale : tuple of float, or None
        Lowest and highest possible rating; None if faces are not rated.
    raters : callable, or None
        ``raters(attributes)`` returns the answers of single raters: DataFrame of ``face_id``, ``attribute`` and
        ``rating`` on the same scale, one row per answer. None if only means over raters are known.
    truth : mapping, or None
        The parts of the face on which each attribute depends, {attribute: {part or group of parts: share}}. Known for
        drawn faces only.
    """

    table: pd.DataFrame
    face: Callable[[int], Face]
    scale: tuple[float, float] | None = None
    raters: Callable[[Sequence[str]], pd.DataFrame] | None = None
    truth: Mapping[str, Mapping[str, float]] | None = None
