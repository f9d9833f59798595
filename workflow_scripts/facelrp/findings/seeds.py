"""Claims of sections 3.2 and 3.3 over base models that were trained with several seeds.

Is it the number of classes or the target that makes a base model rich, quick and accurate? And do heatmaps foretell
that, beyond what is known without them?
"""

import numpy as np

from facelrp.findings.claim import Claim
from facelrp.findings.networks import SMALL_ERROR, with_error
from facelrp.findings.outcomes import LESS, MORE, CannotBeTestedError, Effect, Evidence
from facelrp.statistics.crossed import FEWEST_SEEDS, Crossed
from facelrp.statistics.replicates import base_means, correlations

SEEDS = "base models over seeds"
#: What one would call many seeds' difference of richness: as large as that between two seeds of one base model.
RICHER = 0.1
#: A rank correlation that explains less than a tenth of the variance of ranks.
SMALL_CORRELATION = 0.3


def shared_seeds(values, first, second):
    """Return the seeds that two kinds of base models were both trained with: a list.

    ``values`` has a row per face, or one for all, and the columns ``kind`` and ``base_seed``.
    """
    kinds = values.columns.get_level_values("kind")
    if not {first, second} <= {*kinds}:
        return []
    seeds = [values.xs(kind, axis=1, level="kind").columns for kind in (first, second)]
    return list(seeds[0].intersection(seeds[1]))


def difference(values, first, second):
    """Return how much larger values are for one kind of base models than for another, seed by seed: DataFrame.

    A row per face, a column per seed that both were trained with.
    """
    seeds = shared_seeds(values, first, second)
    one, other = (values.xs(kind, axis=1, level="kind")[seeds] for kind in (first, second))
    return one - other


def by_seed(table, value):
    """Return a column of a long table as a row per face, a column per kind and seed, the rest averaged: DataFrame."""
    return table.groupby(["face_id", "kind", "base_seed"])[value].mean().unstack(["kind", "base_seed"])


def of_replicates(replicates, value):
    """Return a measure of the table of replicates in the form of `by_seed`, with one row: all its networks averaged."""
    return by_seed(replicates.rename(columns={"base": "kind"}).assign(face_id="all"), value)


def factor_pairs(kinds, factor):
    """Return the pairs of kinds that differ in one factor alone: list of (str, str).

    Parameters
    ----------
    kinds : dict of {str: dict}
        By name, ``target`` and ``classes``; None for a border between two classes.
    factor : {"classes", "target"}
        More classes come before fewer, age before gender.
    """
    known = {name: (kind["target"], kind["classes"] or 2) for name, kind in kinds.items() if kind["target"]}
    if factor == "classes":
        return [(a, b) for a, one in known.items() for b, two in known.items() if one[0] == two[0] and one[1] > two[1]]
    wanted = ("age", "gender")
    return [
        (a, b)
        for a, one in known.items()
        for b, two in known.items()
        if (one[0], two[0]) == wanted and one[1] == two[1]
    ]


def factor_effect(text, values, kinds, factor):
    """Return the effect of one factor on values in the form of `by_seed`, averaged over the pairs that show it."""
    changes = [difference(values, *pair) for pair in factor_pairs(kinds, factor)]
    changes = [change for change in changes if change.shape[1] >= FEWEST_SEEDS]
    if not changes:
        raise CannotBeTestedError(f"no {FEWEST_SEEDS} seeds of base models that differ in {factor} alone")
    seeds = sorted(set.intersection(*({*change.columns} for change in changes)))
    return Evidence([Effect(text, Crossed(sum(change[seeds] for change in changes) / len(changes)))])


FACTORS = {"classes": "more − fewer classes of one target", "target": "age − gender in as many classes"}


def several(table):
    """Return a table of replicates; without one, nothing was trained again: raise `CannotBeTestedError`."""
    if table is None:
        raise CannotBeTestedError("base models were trained with one seed")
    return table


def dense(replicates):
    """Return the dense networks of the table of replicates, see `several`."""
    return several(replicates)[replicates["mode"] == "dense"]


def errs_less(factor):
    def measure(kinds, replicate_predictions=None):
        found = several(replicate_predictions)
        found = found[found["plain_mode"] == "dense"]
        return factor_effect(f"error, {FACTORS[factor]}", by_seed(with_error(found), "error"), kinds, factor)

    return measure


def is_richer(factor):
    def measure(kinds, replicates=None):
        values = np.log(of_replicates(dense(replicates), "effective_pixels"))
        return factor_effect(f"logarithm of effective pixels, {FACTORS[factor]}", values, kinds, factor)

    return measure


def learns_faster(factor):
    def measure(kinds, replicates=None):
        values = of_replicates(dense(replicates), "mean_error")
        return factor_effect(f"mean training error over epochs, {FACTORS[factor]}", values, kinds, factor)

    return measure


def foretells(measure, outcome):
    """Return the measurement of a claim: a measure of heatmaps foretells an outcome beyond transferability."""
    texts = {
        "mae": "error",
        "mean_error": "training error",
        "effective_pixels": "richness",
        "inner_share": "inner share",
    }

    def measured(replicates=None):
        bases = base_means(dense(replicates))
        whole, within, partial = correlations(bases, measure, outcome)
        text = f"partial rank correlation of {texts[measure]} and {texts[outcome]} over {len(bases)} base models"
        remark = f"without controls {whole.mean:+.2f}, among base models of one kind {within.mean:+.2f}"
        return Evidence([Effect(text, partial)], remark.replace("-", "−"))

    return measured


def crossed_or_none(values, first, second):
    """Return the difference of two kinds of base models over seeds × faces, or None without enough shared seeds.

    ``values`` are in the form of `by_seed`.
    """
    return Crossed(difference(values, first, second)) if len(shared_seeds(values, first, second)) > 1 else None


def _of_factor(factor, subject):
    return [
        Claim(
            SEEDS,
            "3.2, Base models",
            f"{subject} give networks that predict better",
            LESS,
            SMALL_ERROR,
            "points",
            "a tenth of the paper's mean error",
            errs_less(factor),
        ),
        Claim(
            SEEDS,
            "3.2, Base models",
            f"{subject} have heatmaps with more features",
            MORE,
            RICHER,
            "per cent",
            "two seeds of one base model may differ by a tenth",
            is_richer(factor),
        ),
        Claim(
            SEEDS,
            "3.3, Base models",
            f"{subject} give networks that learn faster",
            LESS,
            0.05,
            "variance",
            "a twentieth of the ratings' variance",
            learns_faster(factor),
        ),
    ]


CLAIMS = [
    *_of_factor("classes", "Base models of more classes, of the same target,"),
    *_of_factor("target", "Base models of age, rather than of gender in as many classes,"),
    *(
        Claim(
            SEEDS,
            "3.3, Base models",
            f"{subject} give networks that {does}, beyond what LogME, H-score and ridge regression foretell",
            LESS,
            SMALL_CORRELATION,
            "correlation",
            "a weaker one explains less than a tenth of the variance of ranks",
            foretells(measure, outcome),
        )
        for measure, subject in (
            ("effective_pixels", "Base models whose heatmaps show more features"),
            ("inner_share", "Base models whose heatmaps are on the inner parts of the face"),
        )
        for outcome, does in (("mae", "predict better"), ("mean_error", "learn faster"))
    ),
]
