"""The message at the end of a run: Table 1, and where the results are.

It does without pandas, whose import takes longer than everything else here, every time Snakemake starts.
"""

import csv
from pathlib import Path

#: Columns of Table 1 that the terminal shows; the first three are words.
COLUMNS = ("base", "mode", "attribute", "mae", "paper_mae", "mae_baseline", "pearson_r", "ridge_r", "ceiling")
WORDS = 3

RESULTS = {
    "article": "article.html",
    "findings": "findings.md",
    "Table 1": "tables/table1.html",
    "all tables": "tables",
    "figures": "figures",
    "heatmaps": "heatmaps",
    "your photographs": "photos/pictures",
}


def closing_message(folder):
    """Return the message at the end of an experiment's run.

    Parameters
    ----------
    folder : path-like
        The experiment's results; missing ones are left out.

    Returns
    -------
    str
    """
    folder = Path(folder)
    paths = {name: folder / path for name, path in RESULTS.items() if (folder / path).exists()}
    width = max(map(len, paths))
    lines = [f"{name:{width}}  {path}" for name, path in paths.items()]
    table = folder / "tables" / "table1.csv"
    if table.exists():
        heading = "Table 1: mean absolute error (mae) on unseen faces, in points of the 1–9 scale"
        lines = [heading, "", *aligned(table), "", *lines]
    return "\n".join(["", *lines, ""])


def aligned(path):
    """Return the lines of Table 1 in columns of equal width, without empty columns."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [[name, *(rounded(row[name]) for row in rows)] for name in COLUMNS if any(row[name] for row in rows)]
    widths = [max(map(len, column)) for column in columns]
    # Words are aligned to the left, numbers to the right.
    return [
        "  ".join(
            f"{cell:{'<' if number < WORDS else '>'}{widths[number]}}" for number, cell in enumerate(row)
        ).rstrip()
        for row in zip(*columns, strict=True)
    ]


def rounded(cell):
    """Return a number rounded to two decimals, as text; words stay as they are."""
    try:
        return f"{float(cell):.2f}"
    except ValueError:
        return cell
