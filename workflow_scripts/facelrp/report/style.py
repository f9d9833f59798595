"""The one style of all figures, in numbers: sizes that fit a page, letters that stay legible, colours for all eyes.

A module rather than a `.mplstyle`: what runs of it is an input of every rule that draws, so that an edit draws figures
anew and a remark does not.
"""

#: Width of every figure in inches: 174 mm, the narrower of the usual text widths over two columns (Springer, CVPR;
#: Nature, IEEE and Elsevier have 181 to 190). Printed as it is, all letters are of the sizes below.
PAGE = 174 / 25.4

#: Sizes of letters in points; journals ask for 6 at least.
TEXT, SMALL, TINY = 8, 7, 6

#: Pixels per inch of PNGs, for screens and reports; print has the PDFs.
DPI = 200

#: Height of a line of text in inches.
LINE = 0.145

#: Diverging, centred at zero, told apart by colour-blind readers: blue speaks against, red for (Brewer's RdBu).
RELEVANCE_COLOURS = "RdBu_r"

#: Okabe & Ito's colour-blind-safe palette.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

#: What does not count: yardsticks, chance, differences that are not significant.
GREY = "#777777"

STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters everywhere
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
    "pdf.fonttype": 42,  # fonts embedded as TrueType: text stays text
}
