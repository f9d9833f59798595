"""A set of faces, whatever dataset it comes from."""

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
    """A set of faces: a table of what is known about each, and a way to get each one's pixels.

    Attributes
    ----------
    table : DataFrame
        One row per face. ``face_id`` (str, unique), ``identity`` (str: the same for the same person), ``state`` (str:
        ``neutral``, ``happy``, ``sad`` or empty), then numeric columns: ``age``, ``gender`` (0 female … 100 male)
        where known, and the ratings.
    face : callable
        ``face(i)`` returns the `Face` of row i. Images are read one at a time, so a set of any size fits in memory.
    scale : tuple of float, or None
        Lowest and highest possible rating; None where faces are not rated.
    raters : callable, or None
        ``raters(attributes)`` returns what each rater said: DataFrame of ``face_id``, ``attribute`` and ``rating`` on
        the same scale, one line per answer. None where only means over raters are known.
    truth : mapping, or None
        On which parts of the face each attribute depends, {attribute: {part or group of parts: share}}, where that is
        known: of drawn faces alone.
    """

    table: pd.DataFrame
    face: Callable[[int], Face]
    scale: tuple[float, float] | None = None
    raters: Callable[[Sequence[str]], pd.DataFrame] | None = None
    truth: Mapping[str, Mapping[str, float]] | None = None
