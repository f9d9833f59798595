"""What the text of an article says of an experiment, taken from its tables and settings so that it cannot differ."""

import pandas as pd

#: Columns of Table 1 whose range the abstract gives.
ERROR, CORRELATION = "mae", "pearson_r"


def facts(tables, faces, split, settings, titles, drawn, network, scale):
    """Return what the templates name of an experiment's own numbers.

    Parameters
    ----------
    tables : dict of {str: DataFrame}
        By name; ``table1`` at least, ``recovery`` if the truth is known.
    faces : dict of {str: DataFrame}
        The table of faces of each set: rated, pairs, base.
    split : DataFrame
        The set of each rated face, in the column ``split``.
    settings : dict
        Those of the experiment, recipes and rules written out.
    titles : dict of {str: str}
        The title of the dataset of each set.
    drawn : bool
        Whether faces are drawn and their ratings computed.
    network : dict of {str: str}
        Base model, mode and attribute of the network that figures show.
    scale : RatingScale
        That of the ratings.

    Returns
    -------
    dict
    """
    table1 = tables["table1"]
    pairs = faces.get("pairs")
    raters = table1["raters"].dropna() if "raters" in table1 else pd.Series(dtype=float)
    recovery = tables["recovery"].to_dict("records") if "recovery" in tables else []
    correlations = table1[CORRELATION].dropna()
    return {
        "settings": settings,
        "titles": titles,
        "drawn": drawn,
        "networks": len(table1),
        "with_all_seeds": len(tables["replicates"]) if "replicates" in tables else len(table1),
        "errors": (table1[ERROR].min(), table1[ERROR].max()),
        "correlations": (correlations.min(), correlations.max()) if len(correlations) else None,
        "raters": f"{raters.median():g}" if len(raters) else "",
        "counts": {
            "rated": len(faces["rated"]),
            "train": int((split["split"] == "train").sum()),
            "test": int((split["split"] == "test").sum()),
            "base": len(faces["base"]) if "base" in faces else 0,
            "people": pairs["identity"].nunique() if pairs is not None else 0,
        },
        "states": sorted(pairs["state"].unique()) if pairs is not None else [],
        "recovery": recovery,
        # The whole interval is at or below what an even spread over parts would reach.
        "below": [row["attribute"] for row in recovery if row["used_overlap_high"] <= row["used_overlap_even"]],
        "network": network,
        "scale": scale,
        "rule": settings["heatmaps"]["rule"],
    }
