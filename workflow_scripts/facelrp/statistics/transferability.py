"""How well a base model's features suit ratings, measured on the features as they are, before any fine-tuning.

Both measures need only the faces' inner products, see `facelrp.statistics.gram`: features outnumber faces by far. A
higher value is a better one. Measure on the training set alone, or the choice of a base model knows the test set.
"""

import numpy as np
from scipy import linalg, optimize, stats

from facelrp.statistics.metrics import ROUNDING

#: How many groups of like ratings the H-score tells apart: of 100 faces, 20 in each.
BINS = 5

#: Decimal logarithms of the candidates for noise, relative to the variance that features explain.
RATIOS = np.linspace(-8, 8, 65)


def log_me(gram, ratings):
    """Return the log maximum evidence (LogME) of Bayesian linear regression, per degree of freedom.

    Ratings are y = a + X w + ε with w ~ N(0, I/α) and ε ~ N(0, I/β): the evidence is the density of the ratings when
    the weights w are averaged over, at the α and β where it is highest. It rewards features that explain ratings with
    small weights, without a held-out set.

    The original has no intercept a, and depends on the units of the ratings. Here a is averaged over, too, under a flat
    prior: what remains are the N − 1 contrasts between faces, z = H y with H 1 = 0 and H Hᵀ = I, which follow
    N(0, H K Hᵀ/α + I/β). And ratings have standard deviation 1, so that weights of 0 give −(1 + log 2π)/2 = −1.419.
    Multiplying ratings or features by a number, or adding one, changes nothing.

    The authors iterate α and β to a fixed point, which is slow where ratings are all noise or none, and need not be the
    highest. But given the ratio α/β, the best β has a closed form: 1/β = mean_j z_j²/(1 + k_j β/α), where j are the
    eigenvectors of H K Hᵀ, with eigenvalues k_j. So the ratio alone is searched, on a grid and then between the
    neighbours of the best. It is within 10⁻⁸ to 10⁸ mean eigenvalues, which keeps the evidence finite if ratings are
    exactly linear in fewer features than faces.

    Parameters
    ----------
    gram : ndarray of float, shape (N, N)
        Inner products of the centred features, see `facelrp.statistics.gram.centred_gram`.
    ratings : array_like of float, shape (N,)
        In any units.

    Returns
    -------
    float
        In nats per degree of freedom: at least −1.419, and without an upper bound.

    Raises
    ------
    ValueError
        If a rating is NaN or infinite, or ratings do not differ.

    References
    ----------
    You, Liu, Wang & Long (2021), LogME: practical assessment of pre-trained models for transfer learning, ICML, Eq. 2
    and Algorithm 1. You, Liu, Zhang, Wang, Jordan & Long (2022), Ranking and tuning pre-trained models, JMLR 23 (the
    fixed point).
    """
    contrasts = linalg.helmert(len(gram))
    values, vectors = np.linalg.eigh(contrasts @ gram @ contrasts.T)
    values = values.clip(0) / values.mean()
    squares = np.square(vectors.T @ (contrasts @ _standardised(ratings)))

    def loss(exponent):
        variances = values + 10.0**exponent
        scale = (squares / variances).mean()
        return (1 + np.log(2 * np.pi * scale) + np.log(variances).mean()) / 2

    losses = [loss(exponent) for exponent in RATIOS]
    best = int(np.argmin(losses))
    around = RATIOS[[max(best - 1, 0), min(best + 1, len(RATIOS) - 1)]]
    return float(-min(losses[best], optimize.minimize_scalar(loss, bounds=around, method="bounded").fun))


def h_score(gram, ratings, width, bins=BINS):
    """Return the regularised H-score: how much of the features' variance lies between groups of like ratings.

    H = tr(S_λ⁻¹ (1 − λ) B), where S is the covariance of the features, B that of their means in each group, and
    S_λ = (1 − λ) S + λ μ I with μ = tr(S)/D, the mean variance, and λ by Ledoit & Wolf (2004). Without shrinkage (Bao
    et al. 2019), S has no inverse if there are fewer faces than features, and its pseudo-inverse makes every base model
    perfect. All covariances are divided by N.

    The H-score is for classes. Here they are ``bins`` groups with as many faces, in the order of their ratings; equal
    ratings are in one group, that of their mean rank. More groups follow ratings more closely, but have less certain
    means, and groups have no order: the score does not know that the first is more like the second than like the last.

    With P = Σ_c 1_c 1_cᵀ/n_c, which replaces each face by the mean of its group, B = Xᵀ P X/N, and X S_λ⁻¹ Xᵀ follows
    from K = X Xᵀ alone (Woodbury): H = Σ_j w_j u_jᵀ P u_j, where u_j are eigenvectors of K and w_j = (1 − λ) k_j /
    ((1 − λ) k_j + λ N μ). So do λ's parts: tr S = tr K/N, tr S² = ‖K‖²/N², and Σ_i ‖x_i‖⁴ = Σ_i K_ii².

    Parameters
    ----------
    gram : ndarray of float, shape (N, N)
        Inner products of the centred features, see `facelrp.statistics.gram.centred_gram`.
    ratings : array_like of float, shape (N,)
        In any units; only their order counts.
    width : int
        The number of features, D.
    bins : int
        At least 2.

    Returns
    -------
    float
        From 0 to the number of groups less 1. Features without any information are above 0, the more so the less they
        are shrunk: compare base models on the same faces.

    Raises
    ------
    ValueError
        If a rating is NaN or infinite, ratings do not differ, or there are fewer than two bins.

    References
    ----------
    Bao, Li, Huang, Zhang, Zheng, Zamir & Guibas (2019), An information-theoretic approach to transferability in task
    transfer learning, ICIP. Ibrahim, Ponomareva & Mazumder (2021), Newer is not always better: rethinking
    transferability metrics, their peculiarities, stability and performance. Ledoit & Wolf (2004), A well-conditioned
    estimator for large-dimensional covariance matrices, J. Multivariate Anal. 88(2).
    """
    groups = _groups(_standardised(ratings), bins)
    values, vectors = np.linalg.eigh(gram)
    # Rounding makes eigenvalues of 0 differ from it.
    values = np.where(values > len(gram) * np.finfo(np.float64).eps * values[-1], values, 0.0)
    shrinkage = _shrinkage(gram, width)
    kept, added = (1 - shrinkage) * values, shrinkage * np.trace(gram) / width
    weights = np.divide(kept, kept + added, out=np.zeros(len(values)), where=kept > 0)
    members = [vectors[groups == group] for group in np.unique(groups)]
    between = sum(np.square(rows.sum(0)) / len(rows) for rows in members)
    return float(weights @ between)


def _shrinkage(gram, width):
    """Return the share λ of the mean variance in Ledoit & Wolf's covariance, given inner products (N, N)."""
    count = len(gram)
    squared = np.square(gram).sum() / count**2
    distance = squared - (np.trace(gram) / count) ** 2 / width
    error = (np.square(gram.diagonal()).sum() / count - squared) / count
    # A single feature has nothing to be shrunk to.
    return min(max(error, 0.0) / distance, 1.0) if distance > ROUNDING * squared else 0.0


def _groups(ratings, bins):
    """Return the group of each face, of at most so many with as many faces; whole numbers (N,)."""
    if bins < 2:
        raise ValueError("ratings need two bins or more")
    # Mean ranks are multiples of a half: doubled, they need no rounding.
    doubled = (2 * stats.rankdata(ratings)).astype(np.int64)
    return (doubled - 1) * bins // (2 * len(ratings))


def _standardised(ratings):
    """Return ratings with mean 0 and standard deviation 1 (that of a sample)."""
    ratings = np.asarray(ratings, dtype=np.float64)
    if not np.isfinite(ratings).all():
        raise ValueError("a rating is NaN or infinite")
    if len(ratings) < 2 or np.ptp(ratings) <= ROUNDING * np.abs(ratings).max():
        raise ValueError("ratings do not differ between faces")
    return (ratings - ratings.mean()) / ratings.std(ddof=1)
