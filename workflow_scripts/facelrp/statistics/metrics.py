"""How well a network predicts ratings, how fast it learned, and the yardsticks beside it."""

import numpy as np


def mean_absolute_error(ratings, predictions):
    """Mean absolute error, in the ratings' own points."""
    return float(np.abs(np.asarray(ratings) - np.asarray(predictions)).mean())


def pearson_r(ratings, predictions):
    """Pearson correlation; NaN where either is constant."""
    ratings, predictions = (np.asarray(values, dtype=np.float64) for values in (ratings, predictions))
    ratings, predictions = ratings - ratings.mean(), predictions - predictions.mean()
    scale = np.sqrt((ratings @ ratings) * (predictions @ predictions))
    return float(ratings @ predictions / scale) if scale > 0 else float("nan")


def convergence(errors):
    """How fast a training error fell.

    Parameters
    ----------
    errors : array_like of float, shape (epochs,)

    Returns
    -------
    dict
        ``first`` and ``lowest`` error; ``area``: mean over epochs of the share of the total drop that is still to come
        (0 = at once, 0.5 = on a straight line); ``epochs_to_90``: first epoch at which 90 % of the drop is done. The
        last two are NaN where the error never fell.
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
    """Predict ratings linearly from features, the penalty chosen by cross-validation.

    In the dual form: only the N×N matrix of inner products is solved, whatever the number of features.

    Parameters
    ----------
    features : ndarray, shape (N, F)
        Of the training faces.
    ratings : ndarray, shape (N,)
    others : ndarray, shape (M, F)
        Features of the faces to predict.
    penalties : array_like of float
        To choose from, as multiples of the mean squared norm of the centred features.
    folds : int
    seed : int
        Of the assignment of faces to folds.

    Returns
    -------
    predictions : ndarray, shape (M,)
    penalty : float
        The chosen one, with the lowest squared error over the held-out folds.
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
    """Predictions (penalties, M) from inner products among training faces (N, N) and with the others (M, N)."""
    centre = inner.mean(0)
    between = between - between.mean(1, keepdims=True) - centre + inner.mean()
    inner = inner - centre - centre[:, None] + inner.mean()
    values, vectors = np.linalg.eigh(inner)
    target = vectors.T @ (ratings - ratings.mean())
    scale = np.trace(inner) / len(inner)
    weights = [vectors @ (target / (values.clip(0) + penalty * scale)) for penalty in penalties]
    return ratings.mean() + np.stack([between @ weight for weight in weights])
