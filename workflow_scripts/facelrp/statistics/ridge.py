"""Predict ratings from features by ridge regression: for other faces, and for each training face by the rest.

The dual form solves only the N×N matrix of inner products, for any number of features.
"""

import numpy as np

#: Parts into which training faces are dealt: each is predicted by a regression on the others.
FOLDS = 5


def ridge_regression(features, ratings, others, penalties, people=None, folds=FOLDS, seed=0):
    """Predict ratings linearly from features, with a penalty chosen by cross-validation.

    Parameters
    ----------
    features : ndarray, shape (N, F)
        Features of the training faces.
    ratings : ndarray, shape (N,)
    others : ndarray, shape (M, F)
        Features of the faces to predict.
    penalties : array_like of float
        The candidates, above 0, as multiples of the mean squared norm of the centred features.
    people : array_like, shape (N,), optional
        The person on each face; all faces of a person are in the same fold. By default each face is another person's.
    folds : int
    seed : int
        Assigns people to folds.

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
    inner, rounding = _inner_products(features, features)
    between, _ = _inner_products(others, features)
    ratings, penalties = _checked(ratings, penalties)
    penalty = _best_penalty(inner, ratings, penalties, _people(people, ratings), folds, seed, rounding)
    return _dual_ridge(inner, ratings, between, [penalty], rounding)[0], penalty


def out_of_fold(features, ratings, penalties, people=None, folds=FOLDS, seed=0):
    """Predict each face's rating by a regression on the other folds' faces, which choose the penalty among themselves.

    In this nested cross-validation no prediction depends on the rating that it is compared with, nor on others of the
    same person: its errors are those to expect of new faces, by regressions on (folds − 1) / folds of these.

    Parameters
    ----------
    features, ratings, penalties, people, folds, seed
        See `ridge_regression`.

    Returns
    -------
    predictions : ndarray, shape (N,)
        NaN for the only person.
    penalty : ndarray, shape (N,)
        The penalty of each prediction.
    """
    inner, rounding = _inner_products(features, features)
    ratings, penalties = _checked(ratings, penalties)
    people = _people(people, ratings)
    fold = _folds(people, folds, seed)
    predictions, chosen = np.full((2, len(ratings)), np.nan)
    for held_out in np.unique(fold):
        train, test = fold != held_out, fold == held_out
        known = inner[np.ix_(train, train)], ratings[train]
        chosen[test] = _best_penalty(*known, penalties, people[train], folds, seed, rounding)
        predictions[test] = _dual_ridge(*known, inner[np.ix_(test, train)], [chosen[test][0]], rounding)[0]
    return predictions, chosen


def _checked(ratings, penalties):
    ratings, penalties = np.asarray(ratings, dtype=np.float64), np.asarray(penalties, dtype=np.float64)
    if not (penalties > 0).all():
        raise ValueError("a penalty is not above 0")
    if not np.isfinite(ratings).all():
        raise ValueError("a rating is NaN or infinite")
    return ratings, penalties


def _inner_products(first, second):
    """Return the inner products of faces' features (M, N), and their rounding as a share of their size."""
    with np.errstate(over="ignore", invalid="ignore"):
        products = (first @ second.T).astype(np.float64)
    if not np.isfinite(products).all():
        raise ValueError("features or their inner products are NaN or infinite")
    # Rounding adds up like a random walk in the precision of the features.
    return products, np.finfo(second.dtype).eps * np.sqrt(second.shape[1])


def _people(people, ratings):
    return np.arange(len(ratings)) if people is None else np.asarray(people)


def _folds(people, folds, seed):
    """Return the fold of each face: people are dealt at random, so each fold has as many of them, up to one."""
    names, who = np.unique(people, return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(names)) % folds)[who]


def _best_penalty(inner, ratings, penalties, people, folds, seed, rounding):
    """Return the penalty with the lowest squared error over held-out folds, given inner products (N, N)."""
    fold = _folds(people, folds, seed)
    errors = np.zeros(len(penalties))
    for held_out in range(folds):
        train, test = fold != held_out, fold == held_out
        parts = inner[np.ix_(train, train)], ratings[train], inner[np.ix_(test, train)]
        errors += np.square(_dual_ridge(*parts, penalties, rounding) - ratings[test]).sum(1)
    return float(penalties[int(np.argmin(errors))])


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
