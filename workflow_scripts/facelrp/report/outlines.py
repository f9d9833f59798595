"""What is drawn over heatmaps so that they can be read: the outlines of the face, and letters of panels."""

import numpy as np
from scipy.ndimage import gaussian_filter

from facelrp.faces.parts import mask
from facelrp.report.style import OUTLINES_COLOUR, TEXT

#: What is outlined: what lies around the face, and the parts within it.
AROUND = ("background", "neck", "hair", "ears")
WITHIN = ("right_brow", "left_brow", "right_eye", "left_eye", "nose", "mouth")
#: Standard deviation, in pixels, of the Gaussian that turns borders of pixels into curves.
ROUNDING = 1.5


def curves(labels):
    """Return the shapes to outline on a face, smoothed: float (7, H, W), of 1 inside and 0 outside.

    Parameters
    ----------
    labels : ndarray of uint8, shape (H, W)
        Label map, see `facelrp.faces.parts`.
    """
    around = np.any([mask(labels, part) for part in AROUND], axis=0)
    shapes = [~around, *(mask(labels, part) for part in WITHIN)]
    return np.stack([gaussian_filter(shape.astype(np.float32), ROUNDING) for shape in shapes])


def draw_outlines(axes, labels):
    """Draw thin outlines of face, brows, eyes, nose and mouth over a heatmap.

    Parameters
    ----------
    axes : Axes
        That shows an image of the size of ``labels``.
    labels : ndarray of uint8, shape (H, W)
    """
    for shape in curves(labels):
        if shape.max() > 0.5:
            axes.contour(shape, levels=[0.5], colors=OUTLINES_COLOUR, linewidths=0.45)


def letter_panels(panels):
    """Write A, B, C, … at the upper left of panels, for captions to name them."""
    for number, axes in enumerate(panels):
        axes.annotate(
            chr(ord("A") + number),
            (0, 1),
            (1, 3),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="left",
            va="bottom",
            fontsize=TEXT,
            fontweight="bold",
        )
