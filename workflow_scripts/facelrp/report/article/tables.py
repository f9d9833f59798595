"""Tables in the text of an article: few columns, human names, rounded numbers with their intervals."""

import pandas as pd

from facelrp.report.article.views import MOST_COLUMNS
from facelrp.report.html_tables import columns as with_ends

#: Words in cells: what names in tables mean.
WORDS = {
    "mode": {"dense": "dense", "full": "all", "base": "none"},
    "measure": {
        "effective_pixels": "effective pixels of its heatmaps",
        "inner_share": "relevance on inner parts",
        "target_share": "relevance on parts that ratings depend on",
        "accuracy": "its accuracy",
        "log_me": "LogME",
        "h_score": "H-score",
        "ridge_mae": "error of ridge regression",
    },
    "part": {"mouth_minus_other_fill": "mouth, less with the other fill"},
}


def as_shown(table, view, network):
    """Return the head and the rows of a table as the article shows it.

    Parameters
    ----------
    table : DataFrame
    view : View
    network : dict of {str: str}
        The network that figures show: base, mode and attribute.

    Returns
    -------
    dict
        ``heads``: list of (text, whether numbers); ``rows``: list of lists of str; ``complete``: whether all rows of
        the table are shown.
    """
    wanted = view.rows | {key: network[key] for key in view.network}
    chosen = table
    for column, value in wanted.items():
        # A table without the column has nothing to choose by.
        chosen = chosen[chosen[column] == value] if column in chosen else chosen
    filled = chosen.dropna(axis="columns", how="all")
    ends = dict(with_ends(list(filled)))
    shown = [name for name in view.columns if name in filled][:MOST_COLUMNS]
    heads, cells = [], []
    for name in shown:
        head = view.columns[name].strip()
        number = pd.api.types.is_numeric_dtype(filled[name])
        heads.append((head, number))
        limits = [filled[end] for end in ends.get(name, [])]
        cells.append(numbers(filled[name], limits, name, head) if number else words(filled[name], name))
    rows = [list(row) for row in zip(*cells, strict=True)]
    return {"heads": heads, "rows": rows, "complete": len(filled) == len(table)}


def words(values, name):
    """Return cells of words: as people say them."""
    known = WORDS.get(name, {})
    blanks = name in ("part", "measure", "layer", "test")
    texts = values.fillna("").astype(str)
    return [known.get(text, text.replace("_", " ") if blanks else text) for text in texts]


def numbers(values, limits, name, head):
    """Return cells of numbers, a column with the same decimals, with the ends of their intervals in brackets."""
    factor = 100 if "%" in head else 1
    text = formatter(factor * values.dropna().to_numpy(dtype=float), name, factor == 100)

    def cell(value, *interval):
        if pd.isna(value):
            return ""
        if any(map(pd.isna, interval)) or not interval:
            return text(factor * value)
        return f"{text(factor * value)} [{', '.join(text(factor * end) for end in interval)}]"

    return [cell(*row) for row in zip(values, *limits, strict=True)]


def formatter(known, name, percent):
    """Return the function that writes numbers of a column; the known ones decide how many decimals it needs."""
    if name in ("p", "q"):
        return lambda value: f"{value:.3f}" if value >= 0.0005 else "< 0.001"
    if percent:
        digits = 0 if all(value == 0 or abs(value) >= 1 for value in known) else 1
    else:
        digits = 0 if (known % 1 == 0).all() else 2
    # A column of nothing but tiny numbers, such as errors of rounding, shows their order of magnitude.
    form = ".0e" if digits == 2 and abs(known).max(initial=0) < 0.005 else f".{digits}f"
    return lambda value: written(value, form)


def written(value, form):
    """Return a number as text, with a proper minus sign, and none before a zero."""
    text = f"{value:{form}}"
    return (text.removeprefix("-") if float(text) == 0 else text).replace("-", "−")
