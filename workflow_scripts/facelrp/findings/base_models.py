"""Claims of sections 3.2 and 3.3 on the age and the gender base model."""

from dataclasses import replace

from facelrp.findings.claim import Claim
from facelrp.findings.measured import by_network, minus, part_shares, select
from facelrp.findings.networks import SMALL_ERROR, errors, with_error
from facelrp.findings.outcomes import LESS, MORE, CannotBeTestedError, Effect, Evidence
from facelrp.findings.seeds import by_seed, crossed_or_none, of_replicates
from facelrp.statistics.crossed import Crossed

BASE_MODELS = "base models"

#: A difference of shares along the contour.
SMALL_SHARE = 0.02
SHARE_REASON = "about a fifth of what lies along the contour"
#: Differences between base models are of one pair, whatever the number of faces.
ONE_PAIR = "one pair of base models says nothing of others, nor of the same ones trained again"
ONE_MODEL = "one base model says nothing of others, nor of the same one trained again"


def of_age_and_gender(table):
    """Return the columns of the age and of the gender base model, of a table with the level of columns ``base``."""
    names = set(table.columns.get_level_values("base"))
    if not {"age", "gender"} <= names:
        raise CannotBeTestedError("the base models are not age and gender")
    if table.columns.nlevels == 1:
        return table["age"], table["gender"]
    return table.xs("age", axis=1, level="base"), table.xs("gender", axis=1, level="base")


def age_against_gender(text, change, values, some=False):
    """Return how age and gender differ: over seeds if there are any, else for the one pair, which limits the claim.

    Parameters
    ----------
    text : str
        What is measured.
    change : DataFrame or Series
        Age less gender for the one pair, a row per face.
    values : DataFrame or None
        What is compared, for base models of several seeds (see `facelrp.findings.seeds.by_seed`); None without any.
    some : bool
        See `facelrp.findings.outcomes.Effect`.
    """
    seeds = None if values is None else crossed_or_none(values, "age", "gender")
    if seeds is not None:
        return Evidence([Effect(f"{text}, age − gender, over {seeds.count} seeds", seeds)])
    return Evidence([Effect(f"{text}, age − gender", change, some=some)], limit=ONE_PAIR)


def age_beats_gender(predictions, replicate_predictions=None):
    change = minus(*of_age_and_gender(errors(predictions)))
    found = replicate_predictions
    of_seeds = None if found is None else by_seed(with_error(found), "error")
    return age_against_gender("error", change, of_seeds, some=True)


def inner_shares(base_parts, names):
    """Return the share of positive relevance on inner parts of the face: a row per face, a column per base model."""
    shares = part_shares(base_parts, "coarse", networks=names)
    return sum(shares.xs(part, axis=1, level="part") for part in ("brows", "eyes", "nose", "mouth"))


def age_sees_more_details(base_parts, replicate_parts=None):
    age, gender = of_age_and_gender(inner_shares(base_parts, ["base"]))
    found = None if replicate_parts is None else inner_shares(replicate_parts, ["kind", "base_seed"])
    return age_against_gender("share of positive relevance on inner parts", age - gender, found)


def gender_above_random(base_shapes, random_base_shapes):
    """Return by how much the gender base model's share along the contour exceeds that of the same with random weights.

    Edges attract relevance in any network of convolutions, whatever it has learned.

    Returns
    -------
    DataFrame
        A row per face, a column per seed of the random weights.
    """
    own, random = (select(table, base="gender") for table in (base_shapes, random_base_shapes))
    random = by_network(random, "contour_share", networks=["seed"])
    return random.rsub(own.set_index("face_id")["contour_share"].reindex(random.index), axis=0)


def age_sees_fewer_edges(base_shapes, random_base_shapes, replicate_shapes=None):
    age, gender = of_age_and_gender(by_network(base_shapes, "contour_share", networks=["base"]))
    values = None if replicate_shapes is None else by_seed(replicate_shapes, "contour_share")
    found = age_against_gender("share of positive relevance along the contour", age - gender, values)
    above = gender_above_random(base_shapes, random_base_shapes)
    comparator = Effect("gender, less that with random weights", above, direction=MORE)
    return replace(found, effects=[*found.effects, comparator])


def edges_tell_gender(base_shapes, random_base_shapes, replicate_shapes=None):
    text = "share of positive relevance along the contour, less that with random weights"
    if replicate_shapes is not None:
        own = by_seed(select(replicate_shapes, kind="gender"), "contour_share")
        random = select(random_base_shapes, base="gender").groupby("face_id")["contour_share"].mean()
        if own.shape[1] > 1:
            above = own.loc[random.index].sub(random, axis=0)
            return Evidence([Effect(f"{text}, over {above.shape[1]} seeds", Crossed(above))])
    return Evidence([Effect(text, gender_above_random(base_shapes, random_base_shapes))], limit=ONE_MODEL)


def age_learns_faster(convergence, replicates=None):
    wide = convergence.pivot(index=["mode", "attribute"], columns="base", values="mean_error")
    age, gender = of_age_and_gender(wide)
    values = None if replicates is None else of_replicates(replicates, "mean_error")
    return age_against_gender("mean training error over epochs", age - gender, values)


def richer_learns_faster(convergence, aptitude):
    rich = aptitude[aptitude["mode"] == "base"].set_index("base")["effective_pixels"]
    if len(rich) < 2:
        raise CannotBeTestedError("there is one base model")
    richest, poorest = rich.idxmax(), rich.idxmin()
    wide = convergence.pivot(index=["mode", "attribute"], columns="base", values="mean_error")
    text = f"mean training error over epochs, {richest} (richest) − {poorest}"
    return Evidence([Effect(text, wide[richest] - wide[poorest])], limit=ONE_PAIR)


CLAIMS = [
    Claim(
        BASE_MODELS,
        "3.2, Table 1",
        "Networks made from the age base model predict ratings better than those made from the gender base model",
        LESS,
        SMALL_ERROR,
        "points",
        "a tenth of the paper's mean error",
        age_beats_gender,
    ),
    Claim(
        BASE_MODELS,
        "3.2, Figure 2",
        "The age base model picks up more details of the face than the gender base model",
        MORE,
        0.05,
        "percentage points",
        "inner parts cover about a tenth of the image; half of that is a difference that one sees",
        age_sees_more_details,
    ),
    Claim(
        BASE_MODELS,
        "3.2, Figure 2",
        "The gender base model looks more at the edges of the face than the age base model",
        LESS,
        SMALL_SHARE,
        "percentage points",
        SHARE_REASON,
        age_sees_fewer_edges,
    ),
    Claim(
        BASE_MODELS,
        "3.2, Figure 2",
        "The edges of the face matter to the gender base model, more than to the same network with random weights",
        MORE,
        SMALL_SHARE,
        "percentage points",
        SHARE_REASON,
        edges_tell_gender,
    ),
    Claim(
        BASE_MODELS,
        "3.3",
        "Of two base models, the one whose heatmaps show more features learns faster",
        LESS,
        0.05,
        "variance",
        "a twentieth of the ratings' variance",
        richer_learns_faster,
    ),
    Claim(
        BASE_MODELS,
        "3.3, Figure 3",
        "Networks made from the age base model learn faster than those made from the gender base model",
        LESS,
        0.05,
        "variance",
        "a twentieth of the ratings' variance",
        age_learns_faster,
    ),
]
