"""Outlines of the parts of a face from the user: the positions of eyes and mouth, or a file of polygons."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from facelrp.errors import InputError
from facelrp.faces.parts import NAMES
from facelrp.faces.templates import ffhq_outlines
from facelrp.sources.csv_tables import read_csv

POINTS = ("right_eye", "left_eye", "mouth")


def template_outlines(template, shape, folder="."):
    """Return one set of outlines for all images of a set.

    Parameters
    ----------
    template : "ffhq", mapping, path or None
        ``ffhq``: the image is framed as FFHQ's are. A mapping of right_eye, left_eye (the person's own: the right one
        is on the left of the image) and mouth to the x, y of their centres: the outlines of FFHQ are moved, turned and
        stretched to match them. A path: a file for `read_outlines`. None: no part is known.
    shape : tuple of int
        Height and width of the image.
    folder : path
        A relative path starts here.

    Returns
    -------
    list of (str, ndarray of float, shape (N, 2))
        Part, and x, y in pixels of the image.

    Raises
    ------
    InputError
        If the mapping or the file is faulty.
    """
    if template is None:
        return []
    if isinstance(template, Mapping):
        return in_pixels(laid_over(template), shape)
    if template == "ffhq":
        return in_pixels([(part, points / 1024) for part, points in ffhq_outlines()], shape)
    return in_pixels(read_outlines(Path(folder) / template), shape)


def laid_over(template):
    """Return FFHQ's outlines with eyes and mouth moved to given points, in the units of these points."""
    fix = "give x, y of right_eye, left_eye and mouth, in pixels or in fractions of width and height"
    if set(template) != set(POINTS):
        raise InputError(f"points of {', '.join(map(str, template)) or 'nothing'}", "template", fix)
    try:
        given = np.array([template[name] for name in POINTS], dtype=float)
    except (TypeError, ValueError) as fault:
        raise InputError(f"{dict(template)!r} are not three points", "template", fix) from fault
    if given.shape != (3, 2) or not np.isfinite(given).all():
        raise InputError(f"{dict(template)!r} are not three points", "template", fix)
    if given[0, 0] >= given[1, 0]:
        what = "the right eye is to the right of the left one"
        raise InputError(what, "template", "right is the person's own right, on the left of the image")
    outlines = ffhq_outlines()
    # The mouth's outline comes in two halves.
    corners = {name: np.concatenate([points for part, points in outlines if part == name]) for name in POINTS}
    centres = np.array([corners[name].mean(axis=0) for name in POINTS])
    # The affine map of three points to three others.
    matrix = np.linalg.solve(np.column_stack([centres, np.ones(3)]), given)
    return [(part, np.column_stack([points, np.ones(len(points))]) @ matrix) for part, points in outlines]


def read_outlines(path):
    """Read a file of outlines.

    Parameters
    ----------
    path : path
        CSV with the columns ``part``, a name from `facelrp.faces.parts.NAMES`, and ``points``, the corners of a polygon
        as ``x y; x y; …``: all in pixels, or all in fractions of the image's width and height. Later lines cover
        earlier ones. A part may have several lines.

    Returns
    -------
    list of (str, ndarray of float, shape (N, 2))

    Raises
    ------
    InputError
        If the file is faulty; the message names file, line and column.
    """
    table = read_csv(path, ["part", "points"])
    outlines = []
    for line, (part, cell) in table[["part", "points"]].iterrows():
        if part not in NAMES:
            where = f"{path}, line {line}, column part"
            raise InputError(f"no part is called {part!r}", where, f"choose from: {', '.join(NAMES)}")
        try:
            points = np.array([point.split() for point in cell.strip("; ").split(";")], dtype=float)
        except ValueError:
            points = np.empty(0)
        if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3 or not np.isfinite(points).all():
            where = f"{path}, line {line}, column points"
            raise InputError(f"{cell!r} is no polygon", where, "write x y; x y; x y; …, three corners at least")
        outlines.append((part, points))
    if not outlines:
        raise InputError("the file has no outline", path, "write one line for each part, or leave the file out")
    return outlines


def in_pixels(outlines, shape):
    """Return outlines, given in pixels or in fractions of an image of this height and width, in pixels."""
    # Fractions may exceed 1 a little, as hair and neck may reach beyond the image; pixels are much larger than 1.
    fractions = max(np.abs(points).max() for _, points in outlines) <= 2
    return [(part, points * shape[1::-1] if fractions else points) for part, points in outlines]
