"""How unlike known ones new samples are: Mahalanobis distances, as percentiles of those of held-out samples."""

import numpy as np

#: A sample is unusual if it is farther away than this percentage of held-out ones.
UNUSUAL = 95


def shrunk_covariance(values):
    """Return the covariance of centred values, shrunk towards a multiple of the identity: ndarray (K, K).

    The share of the identity is the best one under squared loss (Ledoit & Wolf 2004, *A well-conditioned estimator for
    large-dimensional covariance matrices*): there may be fewer samples than variables.

    Parameters
    ----------
    values : ndarray of float, shape (N, K)
        The mean of each column is 0.
    """
    count, width = values.shape
    covariance = values.T @ values / count
    target = np.trace(covariance) / width * np.eye(width)
    away = np.square(covariance - target).sum()
    # The mean over samples of how far x xᵀ is from the covariance, squared.
    noise = np.square(np.square(values).sum(1)).sum() / count**2 - np.square(covariance).sum() / count
    share = min(noise / away, 1.0) if away > 0 else 1.0
    return share * target + (1 - share) * covariance


def distances(known, *others):
    """Return the Mahalanobis distances of samples from the mean of known ones.

    Parameters
    ----------
    known, *others : ndarray of float, shape (N, K) and (M, K)
        Variables that do not differ between known samples are left out, the others standardised.

    Returns
    -------
    list of ndarray of float, shape (M,)
        For each of ``others``.

    Raises
    ------
    ValueError
        If no variable differs between known samples.
    """
    mean, spread = known.mean(0, dtype=float), known.std(0, dtype=float)
    varying = spread > np.finfo(known.dtype).eps * np.abs(known).max(initial=0)
    if not varying.any():
        raise ValueError("known samples do not differ")
    standard = [(one[:, varying] - mean[varying]) / spread[varying] for one in (known, *others)]
    root = np.linalg.cholesky(np.linalg.inv(shrunk_covariance(standard[0])))
    return [np.linalg.norm(one @ root, axis=1) for one in standard[1:]]


def percentiles(held_out, new):
    """Return the percentage of held-out distances that each new one exceeds: ndarray of float, 0 to 100.

    A new sample of the same kind exceeds more than `UNUSUAL` % of them in about 1 of 20 cases, whatever the
    distribution, because it is exchangeable with them.
    """
    return 100 * np.searchsorted(np.sort(held_out), new, side="left") / len(held_out)
