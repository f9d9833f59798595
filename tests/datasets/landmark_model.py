"""The model of face landmarks and real photographs, if they are beside this checkout."""

import io
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SHARED = Path(__file__).parents[3] / "shared" / "data"
MODEL = SHARED / "face_landmarker.task"
needs_model = pytest.mark.skipif(not MODEL.is_file(), reason="no model of face landmarks beside this checkout")


def members(pattern, part):
    """The archive of that pattern, and its members with a part in their name, without the litter of macOS."""
    opened = zipfile.ZipFile(next(SHARED.glob(pattern)))
    return opened, sorted(name for name in opened.namelist() if part in name and "/._" not in name)


def photograph(opened, name):
    return np.asarray(Image.open(io.BytesIO(opened.read(name))).convert("RGB"))


@cache
def london(part="neutral_front"):
    """Names, without suffix, of the London photographs, and the archive."""
    opened, names = members("webmorphR*.zip", part)
    return opened, [name[:-4] for name in names if name.endswith(".jpg")]


def hand_placed(opened, name):
    """The 189 landmarks of a neutral London photograph: ndarray of float, shape (189, 2)."""
    lines = opened.read(f"{name}.tem").decode().split("\n")
    return np.array([line.split() for line in lines[1:190]], dtype=float)
