"""Whether a network predicts better than the mean rating, as far as its test faces can tell."""

from functools import partial

from facelrp.statistics.inference import joint_interval
from facelrp.statistics.metrics import skill

#: The answers, as tables hold them; "" if there are too few faces for an interval.
YES, NO, UNKNOWN = "yes", "no", ""


def answer_by(low):
    """Return whether a network with this lower end of its skill's interval predicts better than the mean rating."""
    return YES if low > 0 else NO if low <= 0 else UNKNOWN


def better_than_mean(ratings, predictions, mean):
    """Return whether predictions of unseen faces are better than always answering the mean rating.

    Parameters
    ----------
    ratings, predictions : array_like of float, shape (N,)
    mean : float
        The mean rating of the training faces.

    Returns
    -------
    str
        `YES` if the 95 % interval over faces of the skill (see `facelrp.statistics.metrics.skill`) is above 0; `NO` if
        it is not; `UNKNOWN` if there is none.
    """
    low, _ = joint_interval(partial(skill, answer=mean), ratings, predictions)
    return answer_by(low)
