"""The style of all figures: sizes that fit a page, legible letters, and colours for colour-blind readers, too.

It is a module rather than a `.mplstyle` because the code of modules is an input of every rule that draws: an edit
redraws the figures, a new comment does not.
"""

#: Width of every figure in inches: 174 mm, the narrowest of the usual text widths over two columns (Springer, CVPR;
#: Nature, IEEE and Elsevier have 181 to 190). Printed at this width, letters have the sizes below.
PAGE = 174 / 25.4

#: Sizes of letters in points; journals require at least 6.
TEXT, SMALL, TINY = 8, 7, 6

#: Pixels per inch of PNGs, for screens and reports; the PDFs are for print.
DPI = 200

#: Height of a line of text in inches.
LINE = 0.145

#: Colour map of relevance, diverging from zero and safe for colour-blind readers: blue is negative, red is positive
#: (Brewer's RdBu).
RELEVANCE_COLOURS = "RdBu_r"

#: Colour map of faces under a heatmap.
FACE_COLOURS = "gray"

#: Okabe & Ito's colour-blind-safe palette.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

#: References to compare with: chance, zero, the line where prediction and rating are equal.
REFERENCE_COLOUR = "#777777"

#: Bars of differences that are not significant.
NOT_SIGNIFICANT_COLOUR = "#bbbbbb"

#: Intervals, axes through zero, and arrows.
INK_COLOUR = "black"

#: Outline of letters and arrows, so that they are visible on dark hair and clothes, too.
OUTLINE_COLOUR = "white"

#: Outlines of the face over a heatmap.
OUTLINES_COLOUR = "#8c8c8c"

#: Frames of faces and heatmaps.
FRAME_COLOUR = "#bbbbbb"

#: What a figure warns of.
WARNING_COLOUR = "#b30000"

#: Curves for which the palette has no colour left.
EXTRA_COLOUR = "#222222"

STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so letters are the same everywhere
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.titlepad": 4,
    "axes.labelsize": TEXT,
    "axes.labelpad": 2.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "lines.linewidth": 1.2,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # embed fonts as TrueType, so that text stays text
}
