"""Claims of section 3.2: how well networks predict, by dense layers alone and by all layers."""

from facelrp.findings.claim import Claim
from facelrp.findings.measured import by_network, minus, select
from facelrp.findings.outcomes import LESS, MORE, NOT_MORE, CannotBeTestedError, Effect, Evidence

PREDICTIONS = "predictions"

#: A tenth of the paper's mean error in Table 1, in points of the paper's scale.
SMALL_ERROR = 0.04


def with_error(predictions):
    """Return predictions with their absolute error in points: a column ``error``."""
    return predictions.assign(error=(predictions["prediction"] - predictions["rating"]).abs())


def errors(predictions, **columns):
    """Return absolute errors in points: a row per face, columns base, mode, attribute."""
    found = with_error(select(predictions, **columns))
    return by_network(found, "error", networks=["base", "mode", "attribute"])


def predict_better_than_the_mean(predictions, training_means):
    baseline = predictions["attribute"].map(training_means.set_index("attribute")["mean"])
    of_mean = (predictions["rating"] - baseline).abs()
    own = (predictions["rating"] - predictions["prediction"]).abs()
    scale = of_mean.groupby(predictions["attribute"]).transform("mean")
    gain = by_network(predictions.assign(gain=(of_mean - own) / scale), "gain", networks=["base", "mode", "attribute"])
    return Evidence([Effect("less error than the mean rating's, as a share of that", gain, some=True)])


def of_mode(found, mode):
    """Return the columns of one mode's networks."""
    if mode not in found.columns.get_level_values("mode"):
        raise CannotBeTestedError(f"no network is {mode}")
    return found.xs(mode, axis=1, level="mode")


def full_beats_dense(predictions, equal_recipes):
    found = errors(predictions)
    change = minus(of_mode(found, "full"), of_mode(found, "dense"))
    limit = "" if equal_recipes else "dense and full networks are trained by different recipes"
    return Evidence([Effect("error, full − dense", change, some=True)], limit=limit)


def attractiveness_gains_little(predictions, attractiveness, equal_recipes):
    found = errors(predictions, attribute=attractiveness)
    gain = minus(of_mode(found, "dense"), of_mode(found, "full"))
    limit = "" if equal_recipes else "dense and full networks are trained by different recipes"
    return Evidence([Effect(f"error for {attractiveness}, dense − full", gain)], limit=limit)


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
]
