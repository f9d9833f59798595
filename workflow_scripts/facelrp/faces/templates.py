"""Outlines of the parts of an FFHQ-aligned face, and label maps drawn from outlines."""

import numpy as np
from PIL import Image, ImageDraw

from facelrp.faces.imaging import SIZE, fit_points, placement
from facelrp.faces.parts import COARSE, LABEL, coarse

#: Side in pixels of an FFHQ-aligned image.
FFHQ_SIDE = 1024

#: The parts of an FFHQ-aligned face as polygons, "x,y x,y …" in pixels of the 1024×1024 image, traced on the mean of
#: 100 OMI faces. Later parts cover earlier ones. Only the image's left half, the person's right, is listed.
FFHQ = {
    "neck": "512,1024 290,1024 310,960 325,840 512,900",
    "hair": "512,18 415,30 320,75 240,150 195,250 165,380 165,520 512,520",
    "ears": "240,470 190,478 165,510 172,570 195,630 225,665 250,670",
    "jaw": "512,480 240,480 243,560 256,640 275,715 303,785 340,845 388,897 440,935 480,950 512,954",
    "forehead": "512,152 440,160 375,182 318,225 280,285 255,360 242,430 240,482 512,482",
    "cheek": "240,478 450,478 430,600 405,690 375,735 335,745 280,730 256,640 243,560",
    "nose": "512,440 484,445 474,500 462,570 430,618 416,650 428,682 462,694 512,705",
    "eye": "292,484 315,462 345,450 380,445 415,450 440,468 455,492 435,508 400,518 360,516 320,503",
    "brow": "270,440 292,410 330,394 380,390 430,397 466,412 464,436 425,430 375,424 320,428",
    "mouth": "512,706 480,701 440,710 405,724 372,738 400,768 440,800 480,818 512,821",
}


def ffhq_outlines():
    """Return the outlines of an FFHQ-aligned face that looks straight ahead.

    Returns
    -------
    list of (str, ndarray of float, shape (N, 2))
        Part, and x, y in pixels of the 1024×1024 image. Later parts cover earlier ones.
    """
    outlines = []
    for name, polygon in FFHQ.items():
        right = np.array([point.split(",") for point in polygon.split()], dtype=float)
        left = [FFHQ_SIDE, 0] + right * [-1, 1]
        both = (name, name) if name in LABEL else (f"right_{name}", f"left_{name}")
        outlines += zip(both, (right, left), strict=True)
    return outlines


def label_map(outlines, size=SIZE, sharpness=9):
    """Draw outlines as a label map.

    Parameters
    ----------
    outlines : iterable of (str, array_like of float, shape (N, 2))
        Part, and x, y of its corners in pixels of the map; (0, 0) is the upper left corner of the upper left pixel.
        Later parts cover earlier ones; uncovered pixels are background. A fine part covers nothing but its coarse part,
        if that has an outline.
    size : int
        Side of the map.
    sharpness : int
        Outlines are rounded to this fraction of a pixel. It must be odd, so that one of the fractions is the pixel's
        centre: a pixel belongs to the part that covers its centre.

    Returns
    -------
    ndarray of uint8, shape (size, size)
        See `facelrp.faces.parts`.
    """
    outlines = [(part, np.asarray(points, dtype=float)) for part, points in outlines]
    drawn = {part for part, _ in outlines}
    labels = np.full((size, size), LABEL["background"], np.uint8)
    for part, points in outlines:
        window, covered = _covered(points, size, sharpness)
        if COARSE[part] in drawn and COARSE[part] != part:
            covered &= coarse(labels[window]) == LABEL[COARSE[part]]
        labels[window][covered] = LABEL[part]
    return labels


def _covered(points, size, sharpness):
    """Return the window of a map that a polygon may touch, and which of its pixels the polygon covers."""
    low = np.clip(np.floor(points.min(axis=0)).astype(int), 0, size - 1)
    high = np.clip(np.ceil(points.max(axis=0)).astype(int), low + 1, size)
    canvas = Image.new("1", tuple((high - low) * sharpness))
    # Pillow's coordinates are those of pixel centres.
    ImageDraw.Draw(canvas).polygon(((points - low) * sharpness - 0.5).ravel().tolist(), fill=1)
    middle = sharpness // 2
    covered = np.array(canvas)[middle::sharpness, middle::sharpness]
    return (slice(low[1], high[1]), slice(low[0], high[0])), covered


def fit_label_map(outlines, shape, fit="squash", box=None, size=SIZE):
    """Return the label map that matches an image fitted by `facelrp.faces.imaging.fit_image`.

    Parameters
    ----------
    outlines : iterable of (str, array_like of float, shape (N, 2))
        Part, and x, y of its corners in pixels of the image.
    shape : tuple of int
        Height and width of the image.
    fit, box, size
        See `facelrp.faces.imaging.placement`.

    Returns
    -------
    ndarray of uint8, shape (size, size)
        The white frame is background.
    """
    drawn = label_map(((part, fit_points(points, shape, fit, box, size)) for part, points in outlines), size)
    _, (left, top), (width, height) = placement(shape, fit, box, size)
    labels = np.full_like(drawn, LABEL["background"])
    labels[top : top + height, left : left + width] = drawn[top : top + height, left : left + width]
    return labels
