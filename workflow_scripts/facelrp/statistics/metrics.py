"""Measure how well a network predicts ratings, and how fast it learned."""

import numpy as np

#: Values that differ by less than this share of their size are equal: the rest is rounding of their mean.
ROUNDING = 1e-12


def mean_absolute_error(ratings, predictions):
    """Return the mean absolute error, in points of the ratings' scale; NaN without ratings."""
    errors = np.abs(np.asarray(ratings) - np.asarray(predictions))
    return float(errors.mean()) if errors.size else float("nan")


def pearson_r(ratings, predictions):
    """Return the Pearson correlation.

    NaN with fewer than two values, if either is constant, up to `ROUNDING`, and if a value is NaN or infinite.
    """
    ratings, predictions = (np.asarray(values, dtype=np.float64) for values in (ratings, predictions))
    if len(ratings) < 2 or not (_vary(ratings) and _vary(predictions)):
        return float("nan")
    ratings, predictions = ratings - ratings.mean(), predictions - predictions.mean()
    scale = np.sqrt((ratings @ ratings) * (predictions @ predictions))
    return float(np.clip(ratings @ predictions / scale, -1, 1)) if scale > 0 else float("nan")


def _vary(values):
    """Whether values are finite, and not all equal up to `ROUNDING`."""
    return bool(np.isfinite(values).all() and np.ptp(values) > ROUNDING * np.abs(values).max())


def skill(ratings, predictions, answer):
    """Return the share of the error of always giving one answer that predictions avoid: 1 − MAE / MAE of the answer.

    Parameters
    ----------
    ratings, predictions : array_like of float, shape (N,)
    answer : float
        For example the mean rating of the training faces.

    Returns
    -------
    float
        1 for perfect predictions, 0 for those as good as the answer; NaN without ratings or if the answer has no error.
    """
    error = mean_absolute_error(ratings, predictions)
    of_answer = mean_absolute_error(ratings, np.full(len(ratings), answer))
    return 1 - error / of_answer if of_answer > 0 else float("nan")


def learning_speed(errors, variance):
    """Measure how fast a training error fell, in units of the ratings' variance: nothing is scaled to the curve itself.

    Parameters
    ----------
    errors : array_like of float, shape (1 + epochs,)
        Mean squared errors: before any training, then in each epoch.
    variance : float
        That of the training ratings, in the same units: the error of always answering their mean.

    Returns
    -------
    dict of {str: float}
        In units of the variance, where 0 is perfect and 1 as good as answering the mean: the error ``before``, the
        ``lowest`` of all epochs, and ``mean_error``, the mean over epochs: the smaller, the faster. All are NaN if
        there was no epoch, an error is NaN or infinite, or ratings do not differ.
    """
    errors = np.asarray(errors, dtype=np.float64)
    if len(errors) < 2 or not np.isfinite(errors).all() or not variance > 0:
        return dict.fromkeys(("before", "lowest", "mean_error"), float("nan"))
    before, *trained = errors / variance
    return {"before": float(before), "lowest": float(min(trained)), "mean_error": float(np.mean(trained))}


def epochs_to_level(errors, level):
    """Return the first epoch whose error is no higher than a level, from 1; NaN if there is none.

    Parameters
    ----------
    errors : array_like of float, shape (1 + epochs,)
        As in `learning_speed`: the first one is that before any training.
    level : float
        In the same units.
    """
    reached = np.asarray(errors, dtype=np.float64)[1:] <= level
    return float(1 + np.argmax(reached)) if reached.any() else float("nan")
