"""Polygons of parts of a face: convex hulls, and what lies on one side of a line or within another polygon."""

import numpy as np
from scipy.spatial import ConvexHull


def hull(points):
    """Return the corners of the convex hull of points, in their order around it.

    Raises
    ------
    scipy.spatial.QhullError
        If the points lie on a line.
    """
    return points[ConvexHull(points).vertices]


def within(polygon, frame):
    """Return the part of a polygon in a convex one, whose corners go from the right downwards."""
    for last, corner in zip(np.roll(frame, 1, axis=0), frame, strict=True):
        polygon = cut(polygon, corner, np.array([last[1] - corner[1], corner[0] - last[0]]))
    return polygon


def cut(polygon, point, direction):
    """Return the part of a polygon ahead of a point: on the side that the direction points to.

    Pieces of a polygon that is not convex stay connected by edges along the line, which enclose nothing.
    """
    ahead = (polygon - point) @ direction
    corners = []
    for k in range(len(polygon)):
        if ahead[k - 1] * ahead[k] < 0:
            share = ahead[k - 1] / (ahead[k - 1] - ahead[k])
            corners.append(polygon[k - 1] + share * (polygon[k] - polygon[k - 1]))
        if ahead[k] >= 0:
            corners.append(polygon[k])
    return np.array(corners).reshape(-1, 2)
