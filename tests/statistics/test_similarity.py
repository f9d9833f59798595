"""CKA against its definition, a mean over quadruples of faces, and that few faces are not taken for similarity."""

from itertools import permutations

import numpy as np
import pytest

from facelrp.statistics.gram import centred_gram
from facelrp.statistics.similarity import linear_cka


def cka(first, second):
    return linear_cka(centred_gram(first), centred_gram(second))


def independence(first, second):
    """The unbiased estimate of HSIC: a mean over all ordered quadruples of different faces."""
    k, m = first @ first.T, second @ second.T
    return np.mean(
        [k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q]) for i, j, q, r in permutations(range(len(first)), 4)],
    )


@pytest.mark.parametrize("faces", [4, 5, 8])
def test_cka_is_the_mean_over_quadruples(faces):
    rng = np.random.default_rng(faces)
    first = 2 + rng.normal(size=(faces, 3))
    second = first @ rng.normal(size=(3, 20)) + rng.normal(size=(faces, 20))
    own = independence(first, first) * independence(second, second)
    assert cka(first, second) == pytest.approx(independence(first, second) / np.sqrt(own), rel=1e-9)


def test_features_are_like_themselves_however_they_are_turned_and_scaled():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 30, 80))
    second += first
    turned = 7 - 0.01 * second @ np.linalg.qr(rng.normal(size=(80, 80)))[0]
    assert cka(second, turned) == pytest.approx(1)
    assert cka(first, turned) == pytest.approx(cka(first, second))
    assert cka(second, first) == pytest.approx(cka(first, second))
    assert 0.2 < cka(first, second) < 0.9


def test_independent_features_of_few_faces_are_not_alike():
    """The plain estimate, with the diagonal, takes them to be nearly the same."""
    rng = np.random.default_rng(2)
    pairs = [[centred_gram(rng.normal(size=(50, 5000))) for _ in range(2)] for _ in range(20)]
    plain = [np.sum(k * m) / np.sqrt(np.sum(k * k) * np.sum(m * m)) for k, m in pairs]
    found = [linear_cka(k, m) for k, m in pairs]
    assert min(plain) > 0.9
    assert max(np.abs(found)) < 0.15
    assert abs(np.mean(found)) < 0.03


def test_what_has_no_similarity_is_refused():
    with pytest.raises(ValueError, match="four faces"):
        cka(np.eye(3), np.eye(3))
    with pytest.raises(ValueError, match="equally similar"):
        cka(np.eye(6), np.random.default_rng(3).normal(size=(6, 4)))
