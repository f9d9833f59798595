"""What the article shows of each table: a choice of its rows and columns, with names for people.

All rows and columns are in the table's own files, to which the article links.
"""

from typing import NamedTuple

#: No table in the text has more columns.
MOST_COLUMNS = 8

NETWORK = {"base": "base model", "mode": "layers trained", "attribute": "attribute"}
DIFFERENCE = "difference"


class View(NamedTuple):
    """A choice of a table's columns and rows.

    Attributes
    ----------
    columns : dict of {str: str}
        The heading of each column. Numbers under a heading with ``%`` are shown as percentages. The two ends of a
        number's interval follow it by themselves. The first `MOST_COLUMNS` that have values are shown.
    rows : dict of {str: str}
        Values that the shown rows have.
    network : tuple of str
        Of ``base``, ``mode`` and ``attribute``, those in which shown rows agree with the network that figures show.
    note : str
        What a heading cannot say.
    """

    columns: dict
    rows: dict = {}  # noqa: RUF012
    network: tuple = ()
    note: str = ""


VIEWS = {
    "recovery": View(
        {
            "attribute": "attribute",
            "networks": "networks",
            "used_overlap": "overlap of networks and ratings",
            "used_overlap_even": "the same, if all parts counted alike",
            "shown_overlap": "overlap of heatmaps and networks",
            "shown_overlap_even": "the same, if all parts counted alike ",
            "sign_agreement": "effects of the sign of their relevance, %",
            "r_within_faces": "correlation of relevance and effects in a face",
        }
    ),
    "conservation": View(
        NETWORK
        | {
            "faces": "faces",
            "median_relevance_share": "what reaches the pixels, as a share (median)",
            "largest_error": "largest relative error of the sum",
        },
        network=("base", "mode"),
    ),
    "table1": View(
        NETWORK
        | {
            "mae": "mean absolute error (points)",
            "paper_mae": "the paper’s (points)",
            "mae_baseline": "error of always answering the mean",
            "pearson_r": "correlation r",
            "ridge_r": "r of ridge regression",
            "ceiling": "highest r that raters allow",
        }
    ),
    "base_models": View(
        {
            "base": "base model",
            "classes": "classes",
            "faces": "faces with a known class",
            "accuracy": "right, %",
            "accuracy_within_one": "right within one class, %",
            "accuracy_baseline": "right by the most frequent class, %",
            "accuracy_training_set": "right in the training set, %",
        }
    ),
    "recommendation": View(
        {
            "attribute": "attribute",
            "rank": "rank",
            "base": "base model",
            "cv_mae": "error of ridge regression within the training set",
            "difference": "more than the best",
            "q": "q",
            "test_mae": "check: error on the test set",
        }
    ),
    "base_replicates": View(
        {
            "base": "base model",
            "mode": "layers trained",
            "base_seeds": "seeds",
            "mean": "mean absolute error, mean over seeds (points)",
            "sd": "standard deviation over seeds",
        },
        rows={"measure": "mae"},
    ),
    "predictors": View(
        {
            "mode": "layers trained",
            "measure": "measure of the base model",
            "base_models": "base models",
            "rank_correlation": "rank correlation with the error",
            "q": "q",
            "within_kinds": "the same within a kind",
            "partial": "beyond measures without heatmaps",
        },
        rows={"outcome": "mae"},
    ),
    "convergence": View(
        NETWORK
        | {
            "before": "error before training",
            "mean_error": "mean error over epochs",
            "lowest": "lowest error",
            "epochs_to_level": "epochs to a level that all reach",
        }
    ),
    "pair_scores": View(
        NETWORK
        | {
            "people": "people",
            "score_happy": "score, happy",
            "score_other": "score, other",
            "difference": DIFFERENCE,
            "higher": "people rated higher when happy, %",
        }
    ),
    "pairs": View(
        {
            "part": "part of the face",
            "people": "people",
            "share_happy": "relevance, happy, %",
            "share_other": "relevance, other, %",
            "difference": "difference, %",
            "q": "q",
        },
        rows={"level": "coarse"},
        network=("base", "mode", "attribute"),
    ),
    "swap_effects": View(
        {
            "part": "part swapped",
            "people": "people",
            "effect": "fall of the prediction (points)",
            "q": "q",
            "share": "as a share of the difference, %",
        },
        network=("base", "mode", "attribute"),
    ),
    "occlusion": View(
        {
            "part": "part covered",
            "faces": "faces",
            "change": "change of the score (points)",
            "q": "q",
            "falls": "faces whose score falls, %",
            "change_of_high": "change for faces rated high (points)",
        },
        network=("base", "mode", "attribute"),
    ),
    "perturbation": View(
        NETWORK
        | {
            "faces": "faces",
            "aopc": "fall, most relevant first (points)",
            "above_random": "less that in random orders",
            "most_minus_least": "less that of the least relevant first",
            "gain": "less that of the least relevant first ",
        },
        rows={"rule": "heatmaps_all_faces"},
    ),
    "sanity": View(
        {
            "base": "base model",
            "mode": "layers trained",
            "test": "test",
            "layer": "random from the output to",
            "faces": "faces",
            "rank_correlation": "rank correlation with the heatmap",
            "difference": "less that of independent networks",
            "q": "q",
        },
        network=("base", "mode", "attribute"),
    ),
    "interventions": View(
        NETWORK
        | {
            "faces": "faces",
            "effects": "effects",
            "sign_agreement": "effects of the sign of their relevance, %",
            "above_one_sign": "the same, above a map of one sign, %",
            "r_within_faces": "correlation in a face",
        },
        rows={"rule": "heatmaps"},
    ),
}
