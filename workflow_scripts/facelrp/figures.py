"""How figures look: one style, one colour map for relevance, the same bytes every time."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects

#: Diverging, centred at zero, told apart by colour-blind readers: blue speaks against, red for.
RELEVANCE_COLOURS = "RdBu_r"

#: Okabe & Ito's colour-blind-safe palette.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

LETTERS = "abcdefgh"

STYLE = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "figure.constrained_layout.use": True,
}
plt.rcParams.update(STYLE)


def grid(rows, columns, panel=1.9, **kwargs):
    """Return a figure and its axes (rows, columns), square panels of that many inches for faces and heatmaps."""
    size = (columns * panel + 0.8, rows * (panel + 0.25))
    return plt.subplots(rows, columns, figsize=size, squeeze=False, **kwargs)


def panels(rows, columns, size, **kwargs):
    """Return a figure of that size (inches) and its axes (rows, columns), for curves and bars."""
    return plt.subplots(rows, columns, figsize=size, squeeze=False, **kwargs)


def colour_limit(*heatmaps, quantile=0.995):
    """Return the relevance that gets the full colour: a quantile of |R| over all heatmaps shown together.

    A few pixels hold several times the relevance of all others; scaling to the largest would leave the rest white.
    """
    limit = float(np.quantile(np.abs(np.concatenate([np.ravel(heatmap) for heatmap in heatmaps])), quantile))
    return limit or 1.0


def show_face(axes, image, title=""):
    """Draw a face (H, W, 3)."""
    axes.imshow(image, interpolation="antialiased")
    _frame(axes, title)


def show_heatmap(axes, heatmap, limit, title=""):
    """Draw a heatmap (H, W) on the colour scale −limit … limit; return what a colour bar needs."""
    drawn = axes.imshow(
        np.asarray(heatmap, dtype=np.float32),
        cmap=RELEVANCE_COLOURS,
        vmin=-limit,
        vmax=limit,
        interpolation="antialiased",
    )
    _frame(axes, title)
    return drawn


def show_overlay(axes, image, heatmap, limit, title=""):
    """Draw a heatmap (H, W) over the face (H, W, 3) in grey: the more relevance, the less of the face shows through."""
    axes.imshow(np.asarray(image, dtype=np.float32).mean(2), cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
    heatmap = np.asarray(heatmap, dtype=np.float32)
    strength = np.clip(np.abs(heatmap) / limit, 0, 1) ** 0.5
    axes.imshow(heatmap, cmap=RELEVANCE_COLOURS, vmin=-limit, vmax=limit, alpha=strength)
    _frame(axes, title)


def colour_bar(figure, drawn, axes):
    """Add the colour scale of heatmaps beside the axes that share it."""
    bar = figure.colorbar(drawn, ax=axes, shrink=0.8, aspect=30, pad=0.02, extend="both")
    bar.set_label("relevance R\n(red: for, blue: against)", fontsize=8)
    bar.ax.ticklabel_format(style="sci", scilimits=(-2, 2))
    bar.ax.tick_params(labelsize=7)
    bar.ax.yaxis.get_offset_text().set_fontsize(7)


def show_marks(axes, places):
    """Point arrows a, b, c, … at places (row, column) of a face or heatmap, from whichever side is nearer.

    Arrows point down, but at the top up: there their letters would lie on the title.
    """
    middle, (bottom, top) = sum(axes.get_xlim()) / 2, axes.get_ylim()
    for letter, (row, column) in zip(LETTERS, places, strict=False):
        side = -1 if column < middle else 1
        height = -14 if row < top + 0.2 * (bottom - top) else 14
        axes.annotate(
            letter,
            (column, row),
            (24 * side, height),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=8,
            fontweight="bold",
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
            arrowprops={
                "arrowstyle": "-|>",
                "color": "black",
                "linewidth": 0.9,
                "shrinkA": 0,
                "shrinkB": 1,
                # Seen on dark hair and clothes, too.
                "path_effects": [patheffects.withStroke(linewidth=2.2, foreground="white")],
            },
        )


def portraits(images, heatmaps, outputs, marks, titles):
    """Draw faces beside their heatmaps on one colour scale, with arrows to the same places in both.

    Parameters
    ----------
    images : sequence of ndarray (H, W, 3)
    heatmaps : sequence of ndarray (H, W)
    outputs : sequence of float
        What the heatmaps explain.
    marks : sequence of list of (str, (row, column))
        What to point at; see `facelrp.marking.marked_parts`.
    titles : sequence of str

    Returns
    -------
    Figure
    """
    limit = colour_limit(*heatmaps)
    figure, axes = grid(1, 2 * len(images), panel=2.3)
    for column, (image, heatmap, output, marked) in enumerate(zip(images, heatmaps, outputs, marks, strict=True)):
        face, below = axes[0, 2 * column : 2 * column + 2]
        show_face(face, image, titles[column])
        drawn = show_heatmap(below, heatmap, limit)
        names = (f"{letter} {name.replace('_', ' ')}" for letter, (name, _) in zip(LETTERS, marked, strict=False))
        face.set_xlabel("   ".join(names), fontsize=7)
        below.set_xlabel(sums(output, heatmap), fontsize=7)
        for panel in (face, below):
            show_marks(panel, [place for _, place in marked])
    colour_bar(figure, drawn, axes)
    return figure


def sums(output, heatmap):
    """Return the line under a heatmap: the explained output f(x) and the sum of relevance that reached the pixels."""
    return f"f = {output:.3f}   ΣR = {np.sum(heatmap, dtype=np.float64):.3f}"


def save(figure, *paths):
    """Save as every path's format, without dates or versions, so that equal figures are equal files."""
    for path in paths:
        metadata = (
            {"CreationDate": None, "Creator": None, "Producer": None}
            if str(path).endswith("pdf")
            else {"Software": None}
        )
        figure.savefig(path, metadata=metadata)
    plt.close(figure)


def _frame(axes, title):
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=8)
    for spine in axes.spines.values():
        spine.set(visible=True, color="#bbbbbb", linewidth=0.6)
