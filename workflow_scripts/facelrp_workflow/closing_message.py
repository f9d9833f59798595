"""What a finished run tells on the terminal: Table 1, and where the results are.

Without pandas, whose import would take longer than all of it, every time that Snakemake starts.
"""

import csv
from pathlib import Path

#: Of Table 1, what the terminal shows.
COLUMNS = ("base", "mode", "attribute", "mae", "paper_mae", "mae_baseline", "pearson_r", "ridge_r", "ceiling")

PLACES = {
    "findings": "findings.md",
    "Table 1": "tables/table1.html",
    "all tables": "tables",
    "figures": "figures",
    "heatmaps": "heatmaps",
    "your photographs": "photos/pictures",
}


def ending(folder):
    """Return what to tell of a finished experiment.

    Parameters
    ----------
    folder : path-like
        Of the experiment's results. What is not there is not told.

    Returns
    -------
    str
    """
    folder = Path(folder)
    paths = {name: folder / place for name, place in PLACES.items() if (folder / place).exists()}
    paths["report"] = f"snakemake --report {folder / 'report.html'}"
    width = max(map(len, paths))
    lines = [f"{name:{width}}  {path}" for name, path in paths.items()]
    table = folder / "tables" / "table1.csv"
    if table.exists():
        heading = "Table 1: mean absolute error (mae) on unseen faces, in points of the 1–9 scale"
        lines = [heading, "", *aligned(table), "", *lines]
    return "\n".join(["", *lines, ""])


def aligned(path):
    """Return the lines of Table 1, in columns of equal width; columns without any value are left out."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [[name, *(shown(row[name]) for row in rows)] for name in COLUMNS if any(row[name] for row in rows)]
    widths = [max(map(len, column)) for column in columns]
    # Words to the left, numbers to the right.
    return [
        "  ".join(f"{cell:{'<' if place < 3 else '>'}{widths[place]}}" for place, cell in enumerate(line)).rstrip()
        for line in zip(*columns, strict=True)
    ]


def shown(cell):
    """Return a cell as it is, if it is a word, or rounded."""
    try:
        return f"{float(cell):.2f}"
    except ValueError:
        return cell
