"""LogME and H-score against what they mean, with all features written out, and what they are to tell apart."""

import numpy as np
import pytest
from scipy import optimize, stats

from facelrp.statistics.gram import BLOCK, centred_gram
from facelrp.statistics.transferability import h_score, log_me

#: Fewer faces than features, and more.
SHAPES = [(20, 50), (50, 8)]


def simulated(shape, noise=0.5, seed=0):
    """Features, not centred and of different variances, and ratings linear in them but for noise."""
    rng = np.random.default_rng(seed)
    features = 3 + rng.normal(size=shape) / (1 + np.arange(shape[1]))
    signal = features @ rng.normal(size=shape[1])
    return features, 5 + signal / signal.std() + noise * rng.normal(size=shape[0])


def contrasts(count):
    """An orthonormal basis (N − 1, N) of all that sums to 0."""
    return np.linalg.svd(np.ones((1, count)))[2][1:]


def likelihood(logarithms, features, ratings):
    """The log density of ratings, given log α and log β, by the covariance of ratings."""
    alpha, beta = np.exp(logarithms)
    basis = contrasts(len(ratings))
    covariance = basis @ (features @ features.T / alpha + np.eye(len(ratings)) / beta) @ basis.T
    return stats.multivariate_normal.logpdf(basis @ ratings / ratings.std(ddof=1), cov=covariance)


def fixed_point(features, ratings):
    """The log evidence by the iteration of You et al., with all weights and their covariance written out."""
    basis = contrasts(len(ratings))
    x, y = basis @ features, basis @ ratings / ratings.std(ddof=1)
    (count, width), alpha, beta = x.shape, 1.0, 1.0
    for _ in range(2000):
        precision = alpha * np.eye(width) + beta * x.T @ x
        weights = beta * np.linalg.solve(precision, x.T @ y)
        determined = width - alpha * np.trace(np.linalg.inv(precision))
        alpha, beta = determined / (weights @ weights), (count - determined) / np.square(y - x @ weights).sum()
    precision = alpha * np.eye(width) + beta * x.T @ x
    weights = beta * np.linalg.solve(precision, x.T @ y)
    return (
        width * np.log(alpha)
        + count * np.log(beta / (2 * np.pi))
        - beta * np.square(y - x @ weights).sum()
        - alpha * weights @ weights
        - np.linalg.slogdet(precision)[1]
    ) / (2 * count)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("noise", [0.5, 2.0])
def test_log_me_is_the_highest_likelihood(shape, noise):
    features, ratings = simulated(shape, noise)
    starts = [(first, second) for first in (-2, 0, 2) for second in (-1, 1, 3)]
    found = [
        optimize.minimize(lambda at: -likelihood(at, features, ratings), start, method="L-BFGS-B", bounds=2 * [(-9, 9)])
        for start in starts
    ]
    highest = -min(result.fun for result in found) / (shape[0] - 1)
    assert log_me(centred_gram(features), ratings) == pytest.approx(highest, abs=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("noise", [0.5, 2.0])
def test_log_me_is_the_fixed_point_of_its_authors(shape, noise):
    features, ratings = simulated(shape, noise)
    assert log_me(centred_gram(features), ratings) == pytest.approx(fixed_point(features, ratings), abs=1e-8)


def test_log_me_where_no_noise_is_best():
    """With more features than faces that can be: the iteration does not end there."""
    features, ratings = simulated((20, 50), noise=0.2)
    basis = contrasts(20)
    inner = basis @ features @ features.T @ basis.T
    scale = ratings @ basis.T @ np.linalg.solve(inner, basis @ ratings) / np.var(ratings, ddof=1) / 19
    expected = -(1 + np.log(2 * np.pi * scale) + np.linalg.slogdet(inner)[1] / 19) / 2
    assert log_me(centred_gram(features), ratings) == pytest.approx(expected, abs=1e-5)
    finite = [
        likelihood((first, second), features, ratings) for first in np.linspace(-5, 3, 9) for second in range(-3, 9)
    ]
    assert max(finite) / 19 < expected


def h_score_in_full(features, ratings, bins, shrinkage=None):
    """The H-score with D×D covariances; its ratings have no ties."""
    count, width = features.shape
    centred = features - features.mean(0)
    covariance = np.cov(features.T, bias=True)
    target = np.trace(covariance) / width * np.eye(width)
    if shrinkage is None:
        errors = [np.square(np.outer(x, x) - covariance).sum() for x in centred]
        shrinkage = min(np.sum(errors) / count**2 / np.square(covariance - target).sum(), 1)
    means = np.empty_like(centred)
    for group in np.array_split(np.argsort(ratings), bins):
        means[group] = centred[group].mean(0)
    shrunk = (1 - shrinkage) * covariance + shrinkage * target
    return np.trace(np.linalg.inv(shrunk) @ ((1 - shrinkage) * np.cov(means.T, bias=True))), shrinkage


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bins", [2, 5])
def test_the_h_score_is_that_of_all_covariances(shape, bins):
    features, ratings = simulated(shape)
    expected, shrinkage = h_score_in_full(features, ratings, bins)
    assert 0.01 < shrinkage < 0.9
    assert h_score(centred_gram(features), ratings, shape[1], bins) == pytest.approx(expected, rel=1e-9)


def test_the_h_score_of_many_faces_is_that_without_shrinkage():
    features, ratings = simulated((1000, 3))
    expected, _ = h_score_in_full(features, ratings, 5, shrinkage=0)
    assert h_score(centred_gram(features), ratings, 3) == pytest.approx(expected, rel=0.02)


def test_a_single_feature_is_not_shrunk():
    """Its H-score is the share of its variance between groups, here all of it."""
    ratings = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 4)
    assert h_score(centred_gram(ratings[:, None]), ratings, 1) == pytest.approx(1)


def test_equal_ratings_are_in_one_group():
    features = simulated((20, 50))[0]
    gram = centred_gram(features)
    few = np.repeat([1, 2], [18, 2])
    # However many bins, there are two groups.
    assert h_score(gram, few, 50, 2) == pytest.approx(h_score(gram, few, 50, 9))
    assert h_score(gram, -few, 50, 2) == pytest.approx(h_score(gram, few, 50, 2))


@pytest.mark.parametrize("measure", [log_me, lambda gram, ratings: h_score(gram, ratings, 300)])
class TestBoth:
    def test_features_that_know_more_score_higher(self, measure):
        rng = np.random.default_rng(2)
        hidden = rng.normal(size=(100, 5))
        ratings = hidden.sum(1) + rng.normal(size=100)
        shown = hidden @ rng.normal(size=(5, 300))
        noise = rng.normal(size=(100, 300))
        scores = [measure(centred_gram(strength * shown + noise), ratings) for strength in (0, 0.1, 0.3, 1)]
        assert (np.diff(scores) > 0).all()

    def test_units_change_nothing(self, measure):
        features, ratings = simulated((60, 300))
        expected = measure(centred_gram(features), ratings)
        assert measure(centred_gram(7 - 1000 * features), ratings) == pytest.approx(expected, rel=1e-7)
        assert measure(centred_gram(features), 1 + 0.01 * ratings) == pytest.approx(expected, rel=1e-7)

    def test_the_order_of_faces_changes_nothing(self, measure):
        features, ratings = simulated((60, 300))
        expected = measure(centred_gram(features), ratings)
        assert measure(centred_gram(features[::-1]), ratings[::-1]) == pytest.approx(expected, rel=1e-7)

    @pytest.mark.parametrize("value", [0.0, 0.1, 1e20])
    def test_ratings_without_differences_are_refused(self, measure, value):
        with pytest.raises(ValueError, match="ratings do not differ between faces"):
            measure(centred_gram(simulated((20, 300))[0]), np.full(20, value))

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_missing_ratings_are_refused(self, measure, value):
        features, ratings = simulated((20, 300))
        ratings[3] = value
        with pytest.raises(ValueError, match="a rating is NaN or infinite"):
            measure(centred_gram(features), ratings)


def test_log_me_at_its_ends():
    features, ratings = simulated((50, 8))
    # Noise alone: no weights are best. All other ratings are explained by features to some degree.
    basis = np.linalg.qr(np.column_stack([np.ones(50), features]), mode="complete")[0]
    nothing = -(1 + np.log(2 * np.pi)) / 2
    assert log_me(centred_gram(features), basis[:, -1]) == pytest.approx(nothing, abs=1e-6)
    assert log_me(centred_gram(features), ratings) > nothing
    # No noise: finite, and high.
    exact = log_me(centred_gram(features), features @ np.arange(8))
    assert 5 < exact < 10


def test_one_group_is_refused():
    features, ratings = simulated((20, 50))
    with pytest.raises(ValueError, match="two bins"):
        h_score(centred_gram(features), ratings, 50, bins=1)


def test_inner_products_are_of_centred_features():
    features = simulated((6, 2 * BLOCK + 5))[0].astype("float32")
    centred = features.astype(float) - features.astype(float).mean(0)
    np.testing.assert_allclose(centred_gram(features), [[a @ b for a in centred] for b in centred], atol=1e-9)


@pytest.mark.parametrize("precision", ["f4", "f8"])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e3])
def test_features_without_differences_are_refused(precision, value):
    features = np.full((12, 500), value, precision) * (1 + 3e-8 * (precision == "f4") * np.arange(12)[:, None])
    with pytest.raises(ValueError, match="features do not differ between faces"):
        centred_gram(features.astype(precision))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
def test_features_that_cannot_be_multiplied_are_refused(value):
    features = simulated((12, 50))[0]
    features[3, 4] = value
    with pytest.raises(ValueError, match="NaN or infinite"):
        centred_gram(features)
