"""The outlines of a face's parts, coarse and fine, from the 478 points of `facelrp.faces.mesh`.

Polygons list points on the person's right; the left side follows by the mesh's mirror image. Coarse parts are bounded
like those of the London Set's hand-placed landmarks. Ears, hair and neck have no points: they are the outlines of a
mean face, moved as the points are.
"""

from functools import cache

import numpy as np
from scipy.interpolate import RBFInterpolator

from facelrp.faces.mesh import FACE, LEFT_PUPIL, RIGHT_PUPIL, mean_mesh, mirror
from facelrp.faces.parts import NAMES
from facelrp.faces.polygons import cut, hull, within
from facelrp.faces.templates import ffhq_outlines

#: The upper edge of the mesh, from the right temple to the left one, and how far above it the hairline is, in distances
#: between the eyes: means of 60 people of the London Set.
UPPER_EDGE = (21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251)
HAIRLINE = (0.0, 0.1, 0.27, 0.35, 0.38, 0.38, 0.38, 0.35, 0.27, 0.1, 0.0)

#: The line through the eyes between forehead and cheeks, from the right side of the face to the middle of the nose.
EYE_LINE = (127, 33, 133, 122)
#: The cheek's upper and inner border: along the eye line, then along the nose to the corner of the mouth.
CHEEK = (127, 33, 133, 122, 3, 49, 203, 61)
MOUTH = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
INNER_MOUTH = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
#: The mesh's brows lie too high, in distances between the eyes, and are too thin.
BROW_LOWER, BROW_THICKER = 0.02, 1.2

#: Parts of both sides: the right one's polygon. The opening of an eye covers its lids, which reach as far as its edge.
EYES = {
    "upper_lid": (33, 246, 161, 160, 159, 158, 157, 173, 133, 243, 190, 56, 28, 27, 29, 30, 247, 130),
    "lower_lid": (33, 7, 163, 144, 145, 153, 154, 155, 133, 243, 112, 26, 22, 23, 24, 110, 25, 130),
    "eye_opening": (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
}
AROUND = {
    "temples": (54, 104, 70, 46, 156, 143, 34, 127, 162, 21),
    "under_brows": (113, 225, 224, 223, 222, 221, 189, 244, 243, 190, 56, 28, 27, 29, 30, 247, 130, 226),
    "crows_feet": (113, 156, 139, 34, 111, 226),
    "eye_bag": (226, 130, 25, 110, 24, 23, 22, 26, 112, 243, 244, 233, 232, 231, 230, 229, 228, 31),
    "nasolabial_fold": (129, 142, 36, 205, 207, 216, 212, 57, 186, 92, 165, 98, 64),
    "dimple": (205, 187, 192, 214, 212, 216, 207),
    "alae": (198, 49, 129, 64, 98, 60, 166, 79, 218, 115, 220, 134),
    "nostrils": (79, 166, 59, 75, 60, 20, 238, 239),
}
#: Parts in the middle of the face: the right half of the polygon, from its upper to its lower end.
NOSE = (193, 122, 3, 131, 49, 64, 240, 97, 2)
MIDDLE = {
    "glabella": (9, 107, 55, 193, 168),
    "nose_bridge": (168, 193, 122, 196, 3, 51, 5),
    "nose_tip": (5, 51, 134, 220, 45, 44, 1),
    "philtrum": (2, 97, 167, 37, 0),
    "chin": (18, 83, 182, 106, 202, 210, 169, 150, 149, 176, 148, 152),
}


@cache
def warp_of_mean():
    """Return the outlines of a mean face's neck, hair and ears as weights of the points that they follow.

    They are moved by the thin-plate spline (Bookstein 1989) from the mean mesh to a face's points, which is linear in
    these points: each corner is a weighted sum of them.

    Returns
    -------
    list of (str, ndarray of float, shape (N, 468))
        Part, and the weights of its corners.
    """
    spline = RBFInterpolator(mean_mesh()[FACE], np.eye(FACE.stop), kernel="thin_plate_spline")
    return [(part, spline(corners)) for part, corners in ffhq_outlines() if part in ("neck", "hair", "ears")]


def mesh_outlines(points):
    """Return the outlines of the parts of a face.

    Parameters
    ----------
    points : ndarray of float, shape (478, 2)
        x, y in pixels, of a face in any position.

    Returns
    -------
    list of (str, ndarray of float, shape (N, 2))
        Part, and x, y in pixels, see `facelrp.faces.templates.label_map`. Later parts cover earlier ones, and some fine
        parts reach beyond the coarse part to which they belong.
    """
    across = points[LEFT_PUPIL] - points[RIGHT_PUPIL]
    down = np.array([-across[1], across[0]])  # as long as the eyes are apart
    behind = [(part, weights @ points[FACE]) for part, weights in warp_of_mean()]
    ears = [outline for part, outline in behind if part == "ears"]
    return [
        *behind,
        *skin(points, across, down),
        ("nose", points[both_halves(NOSE)]),
        *on_both_sides(points, EYES),
        *lips(points),
        *((part, lowered(brow, down)) for part, brow in on_both_sides(points, {"brow": BROW})),
        *(("earlobes", lower_third(ear, down)) for ear in ears),
        *((part, points[both_halves(half)]) for part, half in MIDDLE.items()),
        *on_both_sides(points, AROUND),
    ]


def skin(points, across, down):
    """Return the face from the hairline to the chin as jaw, forehead and cheeks, in the form of `mesh_outlines`.

    The face is the hull of all points, because the mesh's own outline cuts through the far cheek of a turned head.
    """
    hairline = points[list(UPPER_EDGE)] - np.outer(HAIRLINE, down)
    face = hull(np.concatenate([points[FACE], hairline]))
    # Image coordinates run downwards, so that corners that go from the right downwards have this orientation.
    (x, y), (further_x, further_y) = face[1] - face[0], face[2] - face[1]
    face = face if x * further_y > y * further_x else face[::-1]
    right, left = points[list(CHEEK)], points[mirror()[list(CHEEK)]]
    eye_line = points[both_halves(EYE_LINE)]
    ends = eye_line[[0, -1]] + [-across, across]
    above = np.concatenate([ends[:1], eye_line, ends[1:], ends[::-1] - 3 * down])
    return [
        ("jaw", face),
        ("forehead", within(above, face)),
        ("right_cheek", within(np.concatenate([ends[:1], right, right[-1:] - across]), face)),
        ("left_cheek", within(np.concatenate([ends[1:], left, left[-1:] + across]), face)),
    ]


def lips(points):
    """Return the lips and what is between them, in the form of `mesh_outlines`."""
    outer, inner = points[list(MOUTH)], points[list(INNER_MOUTH)]
    # Both rings go from the right corner over the upper lip to the left corner and back.
    corner = len(MOUTH) // 2
    return [
        ("upper_lip", np.concatenate([outer[: corner + 1], inner[corner::-1]])),
        ("lower_lip", np.concatenate([outer[corner:], outer[:1], inner[:1], inner[: corner - 1 : -1]])),
        ("inner_mouth", inner),
    ]


def on_both_sides(points, parts):
    """Return polygons {part: points on the right} for both sides, in the form of `mesh_outlines`."""
    outlines = []
    for part, right in parts.items():
        names = (part, part) if part in NAMES else (f"right_{part}", f"left_{part}")
        outlines += zip(names, (points[list(right)], points[mirror()[list(right)]]), strict=True)
    return outlines


def both_halves(right):
    """Return the numbers of a polygon's points: those of its right half, then their counterparts on the way back."""
    left = [mirror()[point] for point in right[::-1]]
    return [*right, *(point for point in left if point not in right)]


def lowered(brow, down):
    """Return a brow's outline, lower and thicker than the mesh's."""
    height = (brow - brow.mean(axis=0)) @ down / (down @ down)
    return brow + np.outer(BROW_LOWER + (BROW_THICKER - 1) * height, down)


def lower_third(polygon, down):
    """Return the lower third of a polygon."""
    heights = polygon @ down
    lowest = polygon[heights.argmax()]
    return cut(polygon, lowest - down * np.ptp(heights) / 3 / (down @ down), down)
