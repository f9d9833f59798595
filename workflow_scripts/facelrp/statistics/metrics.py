"""Measure how well a network predicts ratings and how fast it learned, and predict by ridge regression to compare."""

import numpy as np


def mean_absolute_error(ratings, predictions):
    """Return the mean absolute error, in points of the ratings' scale."""
    return float(np.abs(np.asarray(ratings) - np.asarray(predictions)).mean())


def pearson_r(ratings, predictions):
    """Return the Pearson correlation; NaN if either is constant."""
    ratings, predictions = (np.asarray(values, dtype=np.float64) for values in (ratings, predictions))
    ratings, predictions = ratings - ratings.mean(), predictions - predictions.mean()
    scale = np.sqrt((ratings @ ratings) * (predictions @ predictions))
    return float(ratings @ predictions / scale) if scale > 0 else float("nan")


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
        last two are NaN if the error never fell.
    """
    errors = np.asarray(errors, dtype=np.float64)
    first, lowest = float(errors[0]), float(errors.min())
    result = {"first": first, "lowest": lowest, "area": float("nan"), "epochs_to_90": float("nan")}
    if lowest < first:
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
        The candidates, as multiples of the mean squared norm of the centred features.
    folds : int
    seed : int
        Assigns faces to folds.

    Returns
    -------
    predictions : ndarray, shape (M,)
    penalty : float
        The candidate with the lowest squared error over the held-out folds.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    inner = (features @ features.T).astype(np.float64)
    between = (others @ features.T).astype(np.float64)
    fold = np.random.default_rng(seed).permutation(len(ratings)) % folds
    errors = np.zeros(len(penalties))
    for held_out in range(folds):
        train, test = fold != held_out, fold == held_out
        predictions = _dual_ridge(inner[np.ix_(train, train)], ratings[train], inner[np.ix_(test, train)], penalties)
        errors += np.square(predictions - ratings[test]).sum(1)
    best = penalties[int(np.argmin(errors))]
    return _dual_ridge(inner, ratings, between, [best])[0], float(best)


def _dual_ridge(inner, ratings, between, penalties):
    """Return predictions (penalties, M), given inner products among training faces (N, N) and with others (M, N)."""
    centre = inner.mean(0)
    between = between - between.mean(1, keepdims=True) - centre + inner.mean()
    inner = inner - centre - centre[:, None] + inner.mean()
    values, vectors = np.linalg.eigh(inner)
    target = vectors.T @ (ratings - ratings.mean())
    scale = np.trace(inner) / len(inner)
    weights = [vectors @ (target / (values.clip(0) + penalty * scale)) for penalty in penalties]
    return ratings.mean() + np.stack([between @ weight for weight in weights])
