"""Draw faces and heatmaps: page-wide figures, colour scales, and files with the same bytes every time."""

import sys
from pathlib import Path
from textwrap import wrap

import matplotlib

# Jobs draw without a display; a notebook shows its figures itself.
if "ipykernel" not in sys.modules:
    matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image
from scipy.ndimage import gaussian_filter

from facelrp.report.outlines import draw_outlines
from facelrp.report.style import (
    DPI,
    FACE_COLOURS,
    FRAME_COLOUR,
    INK_COLOUR,
    LINE,
    PAGE,
    RELEVANCE_COLOURS,
    SMALL,
    STYLE,
    TEXT,
    TINY,
    WARNING_COLOUR,
)

plt.rcParams.update(STYLE)

#: Labels of colour bars, for heatmaps of a rating, of a class, of a class compared with others, and of old or young.
RELEVANCE = "relevance R per pixel, {unit} (red: positive, blue: negative); f(x) is the "
RATING, LOGIT = RELEVANCE + "rating on a scale of 0 to 1", RELEVANCE + "logit of the class"
CONTRAST = LOGIT + " less the mean of all"
AGEING = LOGIT.removesuffix("the class") + "the oldest class less that of the youngest"

#: Inches between panels, and for a colour bar below them.
GAP, BAR = 0.08, 0.42

#: Characters of a line that is as wide as a page.
LONGEST = 100

#: Symbols for words in the names of rules.
WORDS = {"alpha": "α", "beta": "β", "gamma": "γ", "epsilon": "ε", "times": "×"}

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def grid(rows, columns, lines=2, under=BAR):
    """Return a page-wide figure and its axes (rows, columns): square panels for faces and heatmaps.

    Parameters
    ----------
    rows, columns : int
    lines : float
        Lines of text above and below each panel together.
    under : float
        Inches to keep free below all panels, for example for a colour bar.

    Returns
    -------
    (Figure, ndarray of Axes)
    """
    # One or two panels are no larger than three: at a page's full width they would show no more detail.
    panel = PAGE / max(columns, 3) - GAP
    size = (PAGE, rows * (panel + lines * LINE + GAP) + under)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="compressed")
    figure.get_layout_engine().set(w_pad=GAP / 2, h_pad=GAP / 2, wspace=0, hspace=0)
    return figure, axes


def panels(rows, columns, height, **kwargs):
    """Return a page-wide figure, ``height`` inches high, and its axes (rows, columns), for curves and bars."""
    return plt.subplots(rows, columns, figsize=(PAGE, height), squeeze=False, layout="constrained", **kwargs)


def colour_limit(*heatmaps, quantile=0.995, smoothing=0):
    """Return the relevance that gets the full colour: a quantile of |R| over all heatmaps on one scale.

    A few pixels have several times the relevance of all others; scaled to the largest, the rest would be white.
    Heatmaps are taken as they are shown, `smoothed`.
    """
    shown = np.concatenate([np.ravel(smoothed(heatmap, smoothing)) for heatmap in heatmaps])
    limit = float(np.quantile(np.abs(shown), quantile))
    return limit or 1.0


def smoothed(heatmaps, pixels):
    """Return heatmaps with each pixel's relevance spread over its surroundings, which keeps sums but for the border.

    Strides of a network's first convolution leave a grid in heatmaps that is not in the face.

    Parameters
    ----------
    heatmaps : array_like of float, shape (..., H, W)
    pixels : float
        Standard deviation of a Gaussian; 0 leaves heatmaps as they are.
    """
    heatmaps = np.asarray(heatmaps)
    heatmaps = heatmaps.astype(np.result_type(heatmaps, np.float32), copy=False)
    return gaussian_filter(heatmaps, pixels, axes=(-2, -1), mode="nearest") if pixels else heatmaps


def show_face(axes, image, title="", label=""):
    """Draw a face (H, W, 3) with a line of text above and one below."""
    axes.imshow(image)
    _frame(axes, title, label)


def show_heatmap(axes, heatmap, limit, label, title="", parts=None, smoothing=0, **kwargs):
    """Draw a heatmap on the colour scale −limit … limit.

    Parameters
    ----------
    axes : Axes
    heatmap : array_like of float, shape (H, W)
    limit : float
        See `colour_limit`.
    label : str
        Text below, with the sum of relevance: see `sums`.
    title : str
    parts : ndarray of uint8, shape (H, W), optional
        Label map of the face, whose outlines are drawn over the heatmap.
    smoothing : float
        By which the heatmap is shown `smoothed`, in pixels.
    **kwargs
        For ``imshow``.

    Returns
    -------
    AxesImage
        For `colour_bar`.
    """
    shown = np.asarray(smoothed(heatmap, smoothing), dtype=np.float32)
    drawn = axes.imshow(shown, cmap=RELEVANCE_COLOURS, vmin=-limit, vmax=limit, **kwargs)
    if parts is not None:
        draw_outlines(axes, parts)
    _frame(axes, title, label)
    return drawn


def show_overlay(axes, image, heatmap, limit, title=""):
    """Draw a heatmap (H, W) over the face (H, W, 3) in grey: more relevance hides more of the face."""
    axes.imshow(np.asarray(image, dtype=np.float32).mean(2), cmap=FACE_COLOURS, vmin=0, vmax=255)
    heatmap = np.asarray(heatmap, dtype=np.float32)
    strength = np.clip(np.abs(heatmap) / limit, 0, 1) ** 0.5
    axes.imshow(heatmap, cmap=RELEVANCE_COLOURS, vmin=-limit, vmax=limit, alpha=strength)
    _frame(axes, title)


def in_words(rule):
    """Return the name of an LRP rule as text."""
    return " ".join(WORDS.get(word, word) for word in rule.split("_")).replace("α β", "αβ")


def logit_label(scores):
    """Return the label of heatmaps of a class, by the table of their scores: with a baseline, logits are compared."""
    return CONTRAST if scores["baseline"].any() else LOGIT


def sums(output, heatmap, between=", "):
    """Return the text below a heatmap: the explained output f(x) and the sum of the pixels' relevance."""
    text = f"f(x) = {output:.3f}{between}ΣR = {np.sum(heatmap, dtype=np.float64):.3f}"
    return text.replace("-", "−")


def colour_bar(figure, drawn, axes, label, smoothing=0):
    """Add the colour scale of heatmaps below the axes that share it.

    Parameters
    ----------
    figure : Figure
    drawn : AxesImage
        One of the heatmaps.
    axes : ndarray of Axes
    label : str
        With ``{unit}`` for the power of ten: `RATING`, `LOGIT`, `CONTRAST` or `AGEING`.
    smoothing : float
        By which heatmaps are `smoothed`, in pixels; said below the scale.
    """
    pad = 0.06 / figure.get_figheight()
    bar = _bar(figure, drawn, ax=axes, location="bottom", aspect=60, shrink=0.6, pad=pad)
    power = int(np.floor(np.log10(drawn.norm.vmax)))
    bar.locator = MaxNLocator(8, steps=[1, 2, 5, 10])
    bar.formatter = FuncFormatter(lambda value, _: f"{value / 10**power:g}".replace("-", "−"))
    bar.update_ticks()
    text = label.format(unit=f"10{str(power).translate(SUPERSCRIPTS)}")
    if smoothing:
        text += f"\nsmoothed by a Gaussian with a standard deviation of {smoothing:g} pixels"
    bar.set_label(text, fontsize=SMALL)


def own_colour_bar(figure, drawn, axes):
    """Add the colour scale of a single heatmap below it and its label, for figures whose panels differ in scale."""
    bar = _bar(figure, drawn, cax=axes.inset_axes([0.05, -0.2, 0.9, 0.04]), orientation="horizontal")
    # Round the limit down to its first digit, so that the outer ticks are on the scale.
    power = 10 ** np.floor(np.log10(drawn.norm.vmax))
    mark = float(f"{drawn.norm.vmax // power * power:.1g}")
    digit, _, exponent = f"{mark:g}".partition("e")
    text = f"{digit}·10{str(int(exponent)).translate(SUPERSCRIPTS)}" if exponent else digit
    bar.set_ticks([-mark, 0, mark], labels=[f"−{text}", "0", text])
    bar.ax.tick_params(labelsize=TINY, length=1.5, pad=1)


def _bar(figure, drawn, **kwargs):
    bar = figure.colorbar(drawn, extend="both", **kwargs)
    # Otherwise some viewers show white lines between the colours of a PDF.
    bar.solids.set_edgecolor("face")
    bar.outline.set_linewidth(0.5)
    return bar


def warn(figure, *texts):
    """Add lines below the title of a whole figure, or in the colour of warnings in its place; nothing for ""."""
    lines = [line for text in texts for line in wrap(text, LONGEST)]
    if lines:
        title = figure.get_suptitle()
        figure.set_figheight(figure.get_figheight() + len(lines) * LINE)
        figure.suptitle("\n".join([title, *lines]).lstrip(), color=INK_COLOUR if title else WARNING_COLOUR, size=TEXT)


def save(figure, *paths, dpi=DPI):
    """Save in every path's format, without dates or versions, so that equal figures are equal files.

    A PDF contains the original pixels of faces and heatmaps; a PNG contains them resampled to the displayed size.

    Parameters
    ----------
    figure : Figure
        Closed afterwards.
    *paths : Path
        Ending in ``.pdf`` or ``.png``.
    dpi : int
        Resolution of the PNG.
    """
    figure.set_dpi(dpi)
    figure.draw_without_rendering()
    # Lay the figure out once, so that all formats are the same.
    figure.set_layout_engine("none")
    for path in paths:
        vectors = Path(path).suffix == ".pdf"
        for image in figure.findobj(AxesImage):
            image.set_interpolation("none" if vectors else "auto")
        if vectors:
            figure.savefig(path, metadata={"CreationDate": None, "Creator": None, "Producer": None})
        else:
            figure.canvas.draw()
            # Leave out the transparency that savefig would write: it makes files, and the report with them, larger.
            pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
            Image.fromarray(pixels).save(path, dpi=(dpi, dpi), optimize=True)
    plt.close(figure)


def _frame(axes, title, label=""):
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=SMALL)
    axes.set_xlabel(label, fontsize=SMALL)
    for spine in axes.spines.values():
        spine.set(visible=True, color=FRAME_COLOUR, linewidth=0.6)
