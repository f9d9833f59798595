"""The parts of a face from the 77 landmarks of the 10k US Adult Faces' annotations.

The set's documents do not say whether "left" is the image's or the person's. All its faces show both eyes, so the
position decides: the brow or eye further to the left of the image is the person's right one.

Lines of a file, numbered from 1: 1–8 one brow, 9–24 the face's outline, 25–32 the other brow, 33–45 nose, 46–53 and
54–61 the eyes, 62–70 upper lip, 71–77 lower lip. Only the hull of each group counts, not the order of its points. The
outline need not include the forehead, whose height is estimated from the distance between brows and nose.
"""

import numpy as np
from scipy.spatial import QhullError

from facelrp.errors import InputError
from facelrp.faces.polygons import cut, hull, within

POINTS = 77
#: Characters to read of a file at most.
LONGEST = 10_000
BROWS = (slice(0, 8), slice(24, 32))
EYES = (slice(45, 53), slice(53, 61))
OUTLINE, NOSE, MOUTH = slice(8, 24), slice(32, 45), slice(61, 77)
#: How far beyond the image a landmark may lie, in fractions of the image's sides: some images cut off the chin.
MARGIN = 0.1
#: Landmarks follow the middle or edge of brows and lids, so their outlines are widened by this share of the eyes'
#: distance.
WIDENING = 0.05
#: Height of the forehead above the brows, divided by the depth of the nose below them.
FOREHEAD = 0.8


def read_landmarks(path, shape):
    """Read the landmarks of an image.

    Parameters
    ----------
    path : path
        77 lines of x and y, in pixels.
    shape : tuple of int
        Height and width of the image.

    Returns
    -------
    ndarray of float, shape (77, 2)

    Raises
    ------
    InputError
        If the file does not contain 77 points, or a point lies far outside the image.
    """
    fix = "restore the file from the annotations' archive"
    try:
        with open(path, encoding="ascii") as file:
            text = file.read(LONGEST)
        points = np.array([line.split() for line in text.splitlines() if line.strip()], dtype=float)
    except (OSError, ValueError) as fault:
        raise InputError(f"not a file of landmarks ({fault})", path, fix) from fault
    if points.shape != (POINTS, 2):
        raise InputError(f"{len(points)} landmarks where {POINTS} of x and y are expected", path, fix)
    size = np.array(shape[1::-1])
    outside = ~((points >= -MARGIN * size) & (points <= (1 + MARGIN) * size)).all(axis=1)
    if outside.any():
        what = f"the landmark lies outside the image of {size[0]}×{size[1]} pixels"
        raise InputError(what, f"{path}, landmark {outside.argmax() + 1}", fix)
    return points


def landmark_outlines(points, shape, path):
    """Return the outlines of the parts of a face on an oval image.

    The oval is the largest ellipse in the image. Outside the face it is hair above the mouth and neck below it; ears
    are not marked. The face is forehead above the eyes, cheeks between eyes and mouth, and jaw elsewhere.

    Parameters
    ----------
    points : ndarray of float, shape (77, 2)
        Landmarks, in pixels.
    shape : tuple of int
        Height and width of the image.
    path : path
        The file of the landmarks, for messages.

    Returns
    -------
    list of (str, ndarray of float, shape (N, 2))
        Part, and x, y in pixels of the image. Later parts cover earlier ones.

    Raises
    ------
    InputError
        If both eyes have the same position, or the landmarks of a part lie on a line.
    """
    right_eye, left_eye = sorted((points[eye] for eye in EYES), key=lambda eye: eye[:, 0].mean())
    right_brow, left_brow = sorted((points[brow] for brow in BROWS), key=lambda brow: brow[:, 0].mean())
    eyes = (right_eye.mean(axis=0) + left_eye.mean(axis=0)) / 2
    between = left_eye.mean(axis=0) - right_eye.mean(axis=0)
    distance = np.hypot(*between)
    if distance < 1:
        raise InputError("both eyes are at the same position", path, "restore the file from the annotations' archive")
    across = between / distance
    down = np.array([-across[1], across[0]])
    mouth = points[MOUTH].mean(axis=0)

    brows = np.concatenate([right_brow, left_brow])
    # The hairline is about as far above the brows as the nose reaches below them, and hair hangs below the hairline.
    height = FOREHEAD * ((points[NOSE] - brows.mean(axis=0)) @ down).max()
    outline = np.concatenate([points[OUTLINE], brows, brows - height * down])

    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    oval = (np.column_stack([np.cos(angles), np.sin(angles)]) + 1) * shape[1::-1] / 2
    margin = WIDENING * distance
    try:
        face = within(hull(outline), oval)
        below_eyes = cut(cut(face, eyes, down), mouth, -down)
        outlines = [
            ("hair", cut(oval, mouth, -down)),
            ("neck", cut(oval, mouth, down)),
            ("jaw", face),
            ("forehead", cut(face, eyes, -down)),
            ("right_cheek", cut(below_eyes, eyes, -across)),
            ("left_cheek", cut(below_eyes, eyes, across)),
            ("nose", hull(points[NOSE])),
            ("right_eye", hull(widened(right_eye, margin))),
            ("left_eye", hull(widened(left_eye, margin))),
            ("right_brow", hull(widened(right_brow, margin))),
            ("left_brow", hull(widened(left_brow, margin))),
            ("mouth", hull(points[MOUTH])),
        ]
    except QhullError as fault:
        raise InputError("the landmarks of a part lie on a line", path, "restore the file") from fault
    return [(part, polygon) for part, polygon in outlines if len(polygon) > 2]


def widened(points, margin):
    """Return four points around each point, so that their hull is wider by a margin."""
    return np.concatenate([points + offset for offset in margin * np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])])
