"""Measure how well a network predicts ratings and how fast it learned, and predict by ridge regression to compare."""

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


def convergence(errors):
    """Measure how fast a training error fell.

    Parameters
    ----------
    errors : array_like of float, shape (epochs,)

    Returns
    -------
    dict
        ``first`` and ``lowest`` error; ``area``: the remaining share of the total drop, averaged over epochs (0 = the
        error falls at once, 0.5 = in a straight line); ``epochs_to_90``: the first epoch with 90 % of the drop. The
        last two are NaN if the error never fell, or is NaN or infinite in any epoch; all four are without epochs.
    """
    errors = np.asarray(errors, dtype=np.float64)
    first, lowest = (float(errors[0]), float(errors.min())) if len(errors) else (float("nan"), float("nan"))
    result = {"first": first, "lowest": lowest, "area": float("nan"), "epochs_to_90": float("nan")}
    if lowest < first and np.isfinite(errors).all():
        remaining = (errors - lowest) / (first - lowest)
        result["area"] = float(remaining.mean())
        result["epochs_to_90"] = int(np.argmax(remaining <= 0.1)) + 1
    return result


def ridge_regression(features, ratings, others, penalties, folds=5, seed=0):
    """Predict ratings linearly from features, with a penalty chosen by cross-validation.

    The dual form solves only the N×N matrix of inner products, for any number of features.

    Parameters
    ----------
    features : ndarray, shape (N, F)
        Features of the training faces.
    ratings : ndarray, shape (N,)
    others : ndarray, shape (M, F)
        Features of the faces to predict.
    penalties : array_like of float
        The candidates, above 0, as multiples of the mean squared norm of the centred features.
    folds : int
    seed : int
        Assigns faces to folds.

    Returns
    -------
    predictions : ndarray, shape (M,)
        The mean rating if the training faces' features do not differ, up to the rounding of their inner products; NaN
        without training faces.
    penalty : float
        The candidate with the lowest squared error over the held-out folds; the first of equal ones.

    Raises
    ------
    ValueError
        If a penalty is not above 0, a rating or a feature is NaN or infinite, or features are too large to multiply.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    if not (np.asarray(penalties) > 0).all():
        raise ValueError("a penalty is not above 0")
    with np.errstate(over="ignore", invalid="ignore"):
        inner = (features @ features.T).astype(np.float64)
        between = (others @ features.T).astype(np.float64)
    if not all(np.isfinite(numbers).all() for numbers in (ratings, inner, between)):
        raise ValueError("ratings, features or their inner products are NaN or infinite")
    # Rounding adds up like a random walk in the precision of the features.
    rounding = np.finfo(features.dtype).eps * np.sqrt(features.shape[1])
    fold = np.random.default_rng(seed).permutation(len(ratings)) % folds
    errors = np.zeros(len(penalties))
    for held_out in range(folds):
        train, test = fold != held_out, fold == held_out
        parts = inner[np.ix_(train, train)], ratings[train], inner[np.ix_(test, train)]
        errors += np.square(_dual_ridge(*parts, penalties, rounding) - ratings[test]).sum(1)
    best = penalties[int(np.argmin(errors))]
    return _dual_ridge(inner, ratings, between, [best], rounding)[0], float(best)


def _dual_ridge(inner, ratings, between, penalties, rounding):
    """Return predictions (penalties, M), given inner products among training faces (N, N) and with others (M, N)."""
    if not len(ratings):
        return np.full((len(penalties), len(between)), np.nan)
    size, centre = np.trace(inner), inner.mean(0)
    between = between - between.mean(1, keepdims=True) - centre + inner.mean()
    inner = inner - centre - centre[:, None] + inner.mean()
    if np.trace(inner) <= rounding * size:
        return np.full((len(penalties), len(between)), ratings.mean())
    values, vectors = np.linalg.eigh(inner)
    target = vectors.T @ (ratings - ratings.mean())
    scale = np.trace(inner) / len(inner)
    weights = [vectors @ (target / (values.clip(0) + penalty * scale)) for penalty in penalties]
    return ratings.mean() + np.stack([between @ weight for weight in weights])
