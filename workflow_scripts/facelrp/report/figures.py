"""How faces and heatmaps are drawn: sizes, colour scales, arrows, and the same bytes every time."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image

from facelrp.report.style import DPI, LINE, PAGE, RELEVANCE_COLOURS, SMALL, STYLE, TEXT, TINY

plt.rcParams.update(STYLE)

#: What a colour bar says of the heatmaps of a rating, and of those of a class.
EVIDENCE = "relevance R per pixel, {unit} (red: for, blue: against); ΣR = f(x), "
RATING, LOGIT = EVIDENCE + "the rating on a scale of 0 to 1", EVIDENCE + "the logit of the class"

LETTERS = "abcdefgh"

#: Inches between panels, and for a colour bar under them.
GAP, BAR = 0.08, 0.42

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def grid(rows, columns, lines=2, under=BAR):
    """Return a figure as wide as a page and its axes (rows, columns), square panels for faces and heatmaps.

    Parameters
    ----------
    rows, columns : int
    lines : float
        Lines of text above and below each panel together.
    under : float
        Inches kept free under all panels, for a colour bar, say.

    Returns
    -------
    (Figure, ndarray of Axes)
    """
    # Two panels would fill a page's width, and hold no more than three do.
    panel = PAGE / max(columns, 3) - GAP
    size = (PAGE, rows * (panel + lines * LINE + GAP) + under)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="compressed")
    figure.get_layout_engine().set(w_pad=GAP / 2, h_pad=GAP / 2, wspace=0, hspace=0)
    return figure, axes


def panels(rows, columns, height, **kwargs):
    """Return a figure as wide as a page, that many inches high, and its axes (rows, columns), for curves and bars."""
    return plt.subplots(rows, columns, figsize=(PAGE, height), squeeze=False, layout="constrained", **kwargs)


def colour_limit(*heatmaps, quantile=0.995):
    """Return the relevance that gets the full colour: a quantile of |R| over all heatmaps shown together.

    A few pixels hold several times the relevance of all others; scaling to the largest would leave the rest white.
    """
    limit = float(np.quantile(np.abs(np.concatenate([np.ravel(heatmap) for heatmap in heatmaps])), quantile))
    return limit or 1.0


def show_face(axes, image, title="", label=""):
    """Draw a face (H, W, 3) with a line of text above and one below."""
    axes.imshow(image)
    _frame(axes, title, label)


def show_heatmap(axes, heatmap, limit, label, title="", **kwargs):
    """Draw a heatmap on the colour scale −limit … limit.

    Parameters
    ----------
    axes : Axes
    heatmap : array_like of float, shape (H, W)
    limit : float
        See `colour_limit`.
    label : str
        Text below: what the heatmap adds up to, see `sums`.
    title : str
    **kwargs
        Of ``imshow``.

    Returns
    -------
    AxesImage
        What a colour bar needs.
    """
    drawn = axes.imshow(
        np.asarray(heatmap, dtype=np.float32), cmap=RELEVANCE_COLOURS, vmin=-limit, vmax=limit, **kwargs
    )
    _frame(axes, title, label)
    return drawn


def show_overlay(axes, image, heatmap, limit, title=""):
    """Draw a heatmap (H, W) over the face (H, W, 3) in grey: the more relevance, the less of the face shows through."""
    axes.imshow(np.asarray(image, dtype=np.float32).mean(2), cmap="gray", vmin=0, vmax=255)
    heatmap = np.asarray(heatmap, dtype=np.float32)
    strength = np.clip(np.abs(heatmap) / limit, 0, 1) ** 0.5
    axes.imshow(heatmap, cmap=RELEVANCE_COLOURS, vmin=-limit, vmax=limit, alpha=strength)
    _frame(axes, title)


def sums(output, heatmap, between=", "):
    """Return the line under a heatmap: the explained output f(x) and the sum of relevance that reached the pixels."""
    return f"f(x) = {output:.3f}{between}ΣR = {np.sum(heatmap, dtype=np.float64):.3f}"


def colour_bar(figure, drawn, axes, label):
    """Add the colour scale of heatmaps under the axes that share it.

    Parameters
    ----------
    figure : Figure
    drawn : AxesImage
        One of the heatmaps.
    axes : ndarray of Axes
    label : str
        What it says, with ``{unit}`` where the power of ten stands: `RATING`, `LOGIT`.
    """
    pad = 0.06 / figure.get_figheight()
    bar = _bar(figure, drawn, ax=axes, location="bottom", aspect=60, shrink=0.6, pad=pad)
    power = int(np.floor(np.log10(drawn.norm.vmax)))
    bar.locator = MaxNLocator(8, steps=[1, 2, 5, 10])
    bar.formatter = FuncFormatter(lambda value, _: f"{value / 10**power:g}".replace("-", "−"))
    bar.update_ticks()
    bar.set_label(label.format(unit=f"10{str(power).translate(SUPERSCRIPTS)}"), fontsize=SMALL)


def own_colour_bar(figure, drawn, axes):
    """Add the colour scale of a single heatmap under it and its label: where scales differ, each panel has its own."""
    bar = _bar(figure, drawn, cax=axes.inset_axes([0.05, -0.2, 0.9, 0.04]), orientation="horizontal")
    # The limit's first digit: what is marked lies on the scale.
    power = 10 ** np.floor(np.log10(drawn.norm.vmax))
    mark = float(f"{drawn.norm.vmax // power * power:.1g}")
    bar.set_ticks([-mark, 0, mark], labels=[f"−{mark:g}", "0", f"{mark:g}"])
    bar.ax.tick_params(labelsize=TINY, length=1.5, pad=1)


def _bar(figure, drawn, **kwargs):
    bar = figure.colorbar(drawn, extend="both", **kwargs)
    # Else some viewers show white lines between the colours of a PDF.
    bar.solids.set_edgecolor("face")
    bar.outline.set_linewidth(0.5)
    return bar


def show_marks(axes, places):
    """Point arrows a, b, c, … at places (row, column) of a face or heatmap.

    Letters stand at the left and right border, whichever is nearer, so that they hide nothing of the face, one below
    the other if need be.
    """
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    middle, step = (left + right) / 2, (bottom - top) / 9
    marks = list(zip(LETTERS, places, strict=False))
    for border, side in ((left + step / 2, -1), (right - step / 2, 1)):
        own = sorted((mark for mark in marks if (mark[1][1] < middle) == (side < 0)), key=lambda mark: mark[1])
        height = -np.inf
        for letter, (row, column) in own:
            height = max(row, height + step)
            axes.annotate(
                letter,
                (column, row),
                (border, min(height, bottom - step / 2)),
                ha="center",
                va="center",
                fontsize=TEXT,
                fontweight="bold",
                # Seen on dark hair and clothes, too.
                path_effects=[patheffects.withStroke(linewidth=2.5, foreground="white")],
                arrowprops={
                    "arrowstyle": "-|>",
                    "mutation_scale": 6,
                    "color": "black",
                    "linewidth": 0.7,
                    "shrinkA": 5,
                    "shrinkB": 0.5,
                    "path_effects": [patheffects.withStroke(linewidth=1.8, foreground="white")],
                },
            )


def portraits(images, heatmaps, outputs, marks, titles, scale):
    """Draw faces beside their heatmaps on one colour scale, with arrows to the same places in both.

    Parameters
    ----------
    images : sequence of ndarray (H, W, 3)
    heatmaps : sequence of ndarray (H, W)
    outputs : sequence of float
        What the heatmaps explain.
    marks : sequence of list of (str, (row, column))
        What to point at; see `facelrp.heatmaps.relevant_parts.marked_parts`.
    titles : sequence of str
    scale : str
        What the colour bar says, see `colour_bar`.

    Returns
    -------
    Figure
    """
    limit = colour_limit(*heatmaps)
    figure, axes = grid(1, 2 * len(images), lines=2 + titles[0].count("\n"))
    for column, (image, heatmap, value, marked) in enumerate(zip(images, heatmaps, outputs, marks, strict=True)):
        face, beside = axes[0, 2 * column : 2 * column + 2]
        names = (f"{letter} {name.replace('_', ' ')}" for letter, (name, _) in zip(LETTERS, marked, strict=False))
        show_face(face, image, titles[column], ", ".join(names))
        face.xaxis.label.set_fontsize(TINY)
        drawn = show_heatmap(beside, heatmap, limit, sums(value, heatmap))
        for panel in (face, beside):
            show_marks(panel, [place for _, place in marked])
    colour_bar(figure, drawn, axes, scale)
    return figure


def save(figure, *paths, dpi=DPI):
    """Save as every path's format, without dates or versions, so that equal figures are equal files.

    A PDF holds the pixels of faces and heatmaps as they are; for a PNG they are drawn as large as they are seen.

    Parameters
    ----------
    figure : Figure
        Closed afterwards.
    *paths : Path
        Ending in ``.pdf`` or ``.png``.
    dpi : int
        Of the PNG.
    """
    figure.set_dpi(dpi)
    figure.draw_without_rendering()
    # Laid out once: the same in every format.
    figure.set_layout_engine("none")
    for path in paths:
        vectors = Path(path).suffix == ".pdf"
        for image in figure.findobj(AxesImage):
            image.set_interpolation("none" if vectors else "auto")
        if vectors:
            figure.savefig(path, metadata={"CreationDate": None, "Creator": None, "Producer": None})
        else:
            figure.canvas.draw()
            # Without the transparency that savefig would write: a report holds them all.
            pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
            Image.fromarray(pixels).save(path, dpi=(dpi, dpi), optimize=True)
    plt.close(figure)


def _frame(axes, title, label=""):
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=SMALL)
    axes.set_xlabel(label, fontsize=SMALL)
    for spine in axes.spines.values():
        spine.set(visible=True, color="#bbbbbb", linewidth=0.6)
