"""What the page of faces is made of: pictures and heatmaps as text, outlines of parts, and the words of its legend.

The page is opened from a folder, without a server. There, a script may read neither files nor the pixels of a picture
that is a file of its own; so all data are small scripts, and pictures in them are text (data URIs).
"""

import base64
import io
import json

import cv2
import matplotlib
import numpy as np
from PIL import Image

from facelrp.report.style import RELEVANCE_COLOURS

#: Heatmaps have this many steps on either side of zero, which is the grey value `ZERO`.
STEPS, ZERO = 127, 128
#: Side of the small pictures in pixels, and the quality (0–100) of both: a hundred of the small ones are 0.1 MB.
THUMBNAIL, THUMBNAIL_QUALITY, QUALITY = 96, 42, 85
#: Outlines may be this far from the borders of pixels.
TOLERANCE = 0.4
#: Rules whose biases absorb nothing, if a configuration says ``bias: false``; the others' relevance adds up to less.
WITHOUT_BIAS = ("alpha_beta", "epsilon", "gamma")


def quantised(heatmaps, limit):
    """Return heatmaps in steps of 1/127 of the scale's end; what is beyond the end becomes the end.

    Parameters
    ----------
    heatmaps : array_like of float, shape (…, H, W)
    limit : float
        The end of the scale.

    Returns
    -------
    ndarray of uint8, shape (…, H, W)
        128 is zero, 255 is ``limit``, 1 is −``limit``.
    """
    steps = np.rint(np.clip(np.asarray(heatmaps, np.float32) / np.float32(limit), -1, 1) * STEPS)
    return (steps + ZERO).astype(np.uint8)


def heatmap_uri(heatmap, limit):
    """Return a heatmap (H, W) as a data URI: a grey PNG, see `quantised`."""
    return _uri("png", Image.fromarray(quantised(heatmap, limit)), compress_level=6)


def picture_uri(image):
    """Return a picture, ndarray of uint8 (H, W, 3), as a data URI."""
    return _uri("webp", Image.fromarray(image), quality=QUALITY, method=4)


def save_thumbnail(image, path):
    """Save a small copy of a face, ndarray of uint8 (H, W, 3), as WebP."""
    small = Image.fromarray(image).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    small.save(path, "WEBP", quality=THUMBNAIL_QUALITY, method=4)


def _uri(kind, image, **options):
    content = io.BytesIO()
    image.save(content, kind.upper(), **options)
    return f"data:image/{kind};base64,{base64.b64encode(content.getvalue()).decode()}"


def outline(mask):
    """Return the outline of the pixels of a mask (H, W) as an SVG path, in pixels; empty if there are none."""
    # Contours run through the middles of pixels: in a mask of twice the size, a quarter of a pixel within the border.
    doubled = np.kron(mask.astype(np.uint8), np.ones((2, 2), np.uint8))
    lines, _ = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    # In an order that the version of the library does not decide.
    shorter = [cv2.approxPolyDP(line, 2 * TOLERANCE, closed=True)[:, 0] for line in lines if len(line) > 4]
    paths = ["M" + "L".join(f"{x / 2 + 0.25:g} {y / 2 + 0.25:g}" for x, y in line) + "Z" for line in shorter]
    return "".join(sorted(paths))


def patch(image, changed):
    """Return the smallest rectangle with all differences of two faces (H, W, 3) of uint8.

    Returns
    -------
    dict or None
        ``x``, ``y``, ``width``, ``height`` in pixels, and the ``picture`` of ``changed`` there; None for equal faces.
    """
    rows, columns = np.nonzero((image != changed).any(axis=2))
    if not len(rows):
        return None
    (top, bottom), (left, right) = ((int(side.min()), int(side.max()) + 1) for side in (rows, columns))
    content = picture_uri(np.ascontiguousarray(changed[top:bottom, left:right]))
    return {"x": left, "y": top, "width": right - left, "height": bottom - top, "picture": content}


def colours():
    """Return the colours of heatmaps from −limit to limit, evenly spaced, as lists of red, green and blue (0–255)."""
    # The colour map is linear between these.
    stops = matplotlib.colormaps[RELEVANCE_COLOURS](np.linspace(0, 1, 11))[:, :3]
    return np.rint(255 * stops).astype(int).tolist()


def legend(rule, references):
    """Return what heatmaps add up to, and what red and blue mean, in words.

    Parameters
    ----------
    rule : dict
        An LRP rule of a configuration: its ``name`` and parameters.
    references : int or None
        With how many faces the rule ``references`` compares.

    Returns
    -------
    dict of {str: str}
        ``sum`` and ``colours``.
    """
    if rule["name"] == "references":
        others = f"{references} other faces"
        return {
            "sum": f"A heatmap adds up to f(x) − mean f(x′): the prediction for this face less the mean prediction for "
            f"{others} x′, of the training set.",
            "colours": f"Red speaks for a higher prediction than the mean for {others}, blue for a lower one.",
        }
    absorbed = "" if rule["name"] in WITHOUT_BIAS and rule.get("bias") is False else ", less what biases absorb"
    return {
        "sum": f"A heatmap adds up to f(x), the whole prediction, counted from the lowest rating{absorbed}. Most of it "
        "is the mean rating, which says nothing about the face.",
        "colours": "Red: this share of the prediction is positive. Blue: it is negative. Red does not mean that the "
        "pixel raises the rating.",
    }


def script(name, content):
    """Return data for the page as a script that hands them over under a name."""
    return f"receive({json.dumps(name)}, {json.dumps(content, separators=(',', ':'), allow_nan=False)})\n"


def rounded(values, digits):
    """Return numbers as a list (of lists), rounded, to int without decimals; None for NaN."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim > 1:
        return [rounded(row, digits) for row in values]
    return [round(float(value), digits or None) if np.isfinite(value) else None for value in values]
