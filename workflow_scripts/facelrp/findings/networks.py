"""Claims of sections 3.2 and 3.3: how well networks predict, and what base models are good for."""

from facelrp.findings.claim import Claim
from facelrp.findings.measured import by_network, minus, part_shares, select
from facelrp.findings.outcomes import LESS, MORE, NOT_MORE, CannotBeTestedError, Effect, Evidence

PREDICTIONS, BASE_MODELS = "predictions", "base models"

#: A tenth of the paper's mean error in Table 1, in points.
SMALL_ERROR = 0.04
#: A difference of shares along the contour.
SMALL_SHARE = 0.02
SHARE_REASON = "about a fifth of what lies along the contour"
#: Differences between base models are of one pair, whatever the number of faces.
ONE_PAIR = "one pair of base models says nothing of others, nor of the same ones trained again"


def errors(predictions, **columns):
    """Return absolute errors in points: a row per face, columns base, mode, attribute."""
    found = select(predictions, **columns)
    found = found.assign(error=(found["prediction"] - found["rating"]).abs())
    return by_network(found, "error", networks=["base", "mode", "attribute"])


def predict_better_than_the_mean(predictions, training_means):
    baseline = predictions["attribute"].map(training_means.set_index("attribute")["mean"])
    of_mean = (predictions["rating"] - baseline).abs()
    own = (predictions["rating"] - predictions["prediction"]).abs()
    scale = of_mean.groupby(predictions["attribute"]).transform("mean")
    gain = by_network(predictions.assign(gain=(of_mean - own) / scale), "gain", networks=["base", "mode", "attribute"])
    return Evidence([Effect("less error than the mean rating's, as a share of that", gain)])


def full_beats_dense(predictions, equal_recipes):
    found = errors(predictions)
    change = minus(found.xs("full", axis=1, level="mode"), found.xs("dense", axis=1, level="mode"))
    limit = "" if equal_recipes else "dense and full networks are trained by different recipes"
    return Evidence([Effect("error, full − dense", change)], limit=limit)


def attractiveness_gains_little(predictions, attractiveness, equal_recipes):
    found = errors(predictions, attribute=attractiveness)
    gain = minus(found.xs("dense", axis=1, level="mode"), found.xs("full", axis=1, level="mode"))
    limit = "" if equal_recipes else "dense and full networks are trained by different recipes"
    return Evidence([Effect(f"error for {attractiveness}, dense − full", gain)], limit=limit)


def of_age_and_gender(table):
    """Return the columns of the age and of the gender base model, of a table with the level of columns ``base``."""
    names = set(table.columns.get_level_values("base"))
    if not {"age", "gender"} <= names:
        raise CannotBeTestedError("the base models are not age and gender")
    if table.columns.nlevels == 1:
        return table["age"], table["gender"]
    return table.xs("age", axis=1, level="base"), table.xs("gender", axis=1, level="base")


def age_beats_gender(predictions):
    change = minus(*of_age_and_gender(errors(predictions)))
    return Evidence([Effect("error, age − gender", change)], limit=ONE_PAIR)


def age_sees_more_details(base_parts):
    shares = part_shares(base_parts, "coarse", networks=["base"])
    inner = sum(shares.xs(part, axis=1, level="part") for part in ("brows", "eyes", "nose", "mouth"))
    age, gender = of_age_and_gender(inner)
    return Evidence([Effect("share of positive relevance on inner parts, age − gender", age - gender)], limit=ONE_PAIR)


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


def age_sees_fewer_edges(base_shapes, random_base_shapes):
    age, gender = of_age_and_gender(by_network(base_shapes, "contour_share", networks=["base"]))
    above = gender_above_random(base_shapes, random_base_shapes)
    return Evidence(
        [
            Effect("share of positive relevance along the contour, age − gender", age - gender),
            Effect("gender, less that with random weights", above, direction=MORE),
        ],
        limit=ONE_PAIR,
    )


def edges_tell_gender(base_shapes, random_base_shapes):
    above = gender_above_random(base_shapes, random_base_shapes)
    return Evidence([Effect("share of positive relevance along the contour, less that with random weights", above)])


def age_learns_faster(convergence):
    wide = convergence.pivot(index=["mode", "attribute"], columns="base", values="mean_error")
    age, gender = of_age_and_gender(wide)
    effect = Effect("mean training error over epochs, age − gender", age - gender)
    return Evidence([effect], limit=ONE_PAIR)


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
        PREDICTIONS,
        "3.2, Table 1",
        "The networks predict how people rate a face they have not seen",
        MORE,
        0.1,
        "per cent",
        "a tenth less error than always answering the mean rating is the least that one would call a prediction",
        predict_better_than_the_mean,
    ),
    Claim(
        PREDICTIONS,
        "3.2, Table 1",
        "Retraining all layers predicts ratings better than retraining the dense layers alone",
        LESS,
        SMALL_ERROR,
        "points",
        "a tenth of the paper's mean error",
        full_beats_dense,
    ),
    Claim(
        PREDICTIONS,
        "3.2, Table 1",
        "For attractiveness, retraining all layers improves little on the dense layers alone",
        NOT_MORE,
        0.1,
        "points",
        "a quarter of the paper's mean error is not little",
        attractiveness_gains_little,
    ),
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
