"""The message at the end of a run: Table 1, and where the results are.

It does without pandas, whose import takes longer than everything else here, every time Snakemake starts.
"""

import csv
from pathlib import Path

from facelrp.faces.rating_scales import RatingScale

#: Columns of Table 1 that the terminal shows, those that have one with their intervals; the first three are words.
COLUMNS = ("base", "mode", "attribute", "mae", "paper_mae", "mae_baseline", "pearson_r", "ridge_r", "ceiling")
WORDS = 3

#: What follows the row of a network that predicts no better than the mean rating, and what it means.
MARK = "*"
REMARK = "* predicts no better than the mean rating: its heatmaps explain nothing about ratings, claims leave it out."

#: Where results are, below the experiment's folder.
PATHS = {
    "article": "article.html",
    "faces": "faces.html",
    "findings": "findings.md",
    "Table 1": "tables/table1.csv",
    "tables": "tables",
    "figures": "figures",
    "heatmaps": "heatmaps",
    "your photographs": "photos/faces.html",
    "their scores": "photos/scores.csv",
}
PHOTOS = ("your photographs", "their scores")
#: What each target that a user can name ends with; the article has the findings, and Table 1 is shown.
TARGETS = {
    "all": ("article", "faces", "tables", "figures", "heatmaps", *PHOTOS),
    "table1": ("Table 1",),
    "figures": ("figures",),
    "photos": PHOTOS,
    "report": ("article", "faces", "findings"),
}


def closing_message(folder, scale, targets=("all",)):
    """Return the message at the end of an experiment's run.

    Parameters
    ----------
    folder : path-like
        The experiment's results; missing ones are left out.
    scale : sequence of float
        The lowest and the highest possible rating.
    targets : iterable of str
        What was asked for, keys of `TARGETS`: nothing else is mentioned, for it may be older.

    Returns
    -------
    str
    """
    folder = Path(folder)
    made = dict.fromkeys(name for target in targets for name in TARGETS[target])
    paths = {name: folder / PATHS[name] for name in made if (folder / PATHS[name]).exists()}
    width = max(map(len, paths), default=0)
    lines = [f"{name:{width}}  {path}" for name, path in paths.items()]
    table = folder / PATHS["Table 1"]
    if {"all", "table1"} & set(targets) and table.exists():
        of_scale = f"in points of the {RatingScale(*scale)} scale"
        heading = f"Table 1: mean absolute error (mae) on unseen faces, {of_scale}, with 95 % intervals"
        rows = aligned(table)
        remark = [REMARK] if any(row.endswith(MARK) for row in rows) else []
        lines = [heading, *rows, *remark, "", *lines]
    return "\n".join(["", *lines])


def aligned(path):
    """Return the lines of Table 1 in columns of equal width, without empty columns; some end in `MARK`."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [
        [name, *(with_interval(row, name) for row in rows)] for name in COLUMNS if any(row[name] for row in rows)
    ]
    marks = ["", *(MARK if row.get("better_than_mean") == "no" else "" for row in rows)]
    columns += [marks] if any(marks) else []
    widths = [max(map(len, column)) for column in columns]
    # Words are aligned to the left, numbers to the right.
    return [
        "  ".join(
            f"{cell:{'<' if number < WORDS else '>'}{widths[number]}}" for number, cell in enumerate(row)
        ).rstrip()
        for row in zip(*columns, strict=True)
    ]


def with_interval(row, name):
    """Return a number of a row as text, with the two ends of its interval if it has one: 0.49 [0.42, 0.56]."""
    ends = [rounded(row[end]) for end in (f"{name}_low", f"{name}_high") if row.get(end)]
    return f"{rounded(row[name])} [{', '.join(ends)}]" if ends else rounded(row[name])


def rounded(cell):
    """Return a number rounded to two decimals, as text; words stay as they are."""
    try:
        return f"{float(cell):.2f}"
    except ValueError:
        return cell
