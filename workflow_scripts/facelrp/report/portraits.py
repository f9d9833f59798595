"""Draw faces beside their heatmaps, with arrows to the parts with the most relevance."""

import textwrap

import numpy as np
from matplotlib import patheffects

from facelrp.heatmaps.relevant_parts import marked_parts
from facelrp.report.figures import colour_bar, colour_limit, grid, show_face, show_heatmap, sums
from facelrp.report.style import INK_COLOUR, OUTLINE_COLOUR, TEXT, TINY

LETTERS = "abcdefgh"
#: Characters of the names of parts that fit below a face.
WIDEST = 42


def draw_portraits(images, labels, heatmaps, outputs, titles, scale, smoothing=0):
    """Draw faces beside their heatmaps on one colour scale, with arrows to the same positions in both.

    Parameters
    ----------
    images : sequence of ndarray (H, W, 3)
    labels : sequence of ndarray (H, W)
        Label maps of `facelrp.faces.parts`; the most relevant parts are marked.
    heatmaps : sequence of ndarray (H, W)
    outputs : sequence of float
        The explained outputs.
    titles : sequence of str
    scale : str
        Label of the colour bar, see `facelrp.report.figures.colour_bar`.
    smoothing : float
        By which heatmaps are shown `facelrp.report.figures.smoothed`; parts are marked by what they are without it.

    Returns
    -------
    Figure
    """
    marks = [marked_parts(heatmap, parts) for heatmap, parts in zip(heatmaps, labels, strict=True)]
    limit = colour_limit(*heatmaps, smoothing=smoothing)
    legends = [legend(marked) for marked in marks]
    lines = 1 + titles[0].count("\n") + max(1 + text.count("\n") for text in legends)
    figure, axes = grid(1, 2 * len(images), lines=lines)
    rows = zip(axes.reshape(-1, 2), images, labels, marks, legends, heatmaps, outputs, titles, strict=True)
    for pair, image, parts, marked, names, heatmap, output, title in rows:
        show_face(pair[0], image, title, names)
        pair[0].xaxis.label.set_fontsize(TINY)
        drawn = show_heatmap(pair[1], heatmap, limit, sums(output, heatmap), parts=parts, smoothing=smoothing)
        for panel in pair:
            show_marks(panel, [position for _, position in marked])
    colour_bar(figure, drawn, axes, scale, smoothing)
    return figure


def legend(marked):
    """Return the names of marked parts with their letters, in lines that fit below a face."""
    names = [f"{letter} {name.replace('_', ' ')}" for letter, (name, _) in zip(LETTERS, marked, strict=False)]
    # Names of one part stay together: a blank would be a place to break.
    whole = textwrap.wrap(", ".join(name.replace(" ", "_") for name in names), WIDEST)
    return "\n".join(whole).replace("_", " ")


def show_marks(axes, positions):
    """Point arrows a, b, c, … at positions (row, column) of a face or heatmap.

    The letters are at the nearer of the left and right border, so that they hide nothing of the face. They move down
    where they would overlap.
    """
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    middle, step = (left + right) / 2, (bottom - top) / 9
    marks = list(zip(LETTERS, positions, strict=False))
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
                path_effects=[patheffects.withStroke(linewidth=2.5, foreground=OUTLINE_COLOUR)],
                arrowprops={
                    "arrowstyle": "-|>",
                    "mutation_scale": 6,
                    "color": INK_COLOUR,
                    "linewidth": 0.7,
                    "shrinkA": 5,
                    "shrinkB": 0.5,
                    "path_effects": [patheffects.withStroke(linewidth=1.8, foreground=OUTLINE_COLOUR)],
                },
            )
