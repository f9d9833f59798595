"""What heatmaps show of a single face: made-up heatmaps of which the answer is known."""

import numpy as np
import pytest
from scipy import stats

from facelrp.heatmaps import individuality
from facelrp.heatmaps.individuality import match, template_share, without_template

FACES, CELLS = 40, 625


def ranked(values):
    return stats.rankdata(values, axis=1)


@pytest.fixture
def drawn():
    """Two templates, a signal of each face, and noise of each network."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(2, CELLS)), rng.normal(size=(FACES, CELLS)), rng.normal(size=(2, FACES, CELLS))


def test_a_signal_of_the_face_is_found_under_different_templates(drawn):
    templates, signal, _ = drawn
    first, second = (without_template(5 * template + signal) for template in templates)
    found = match(first, second)
    np.testing.assert_allclose(found["same_face"], 1, atol=1e-5)
    assert (found["matched"] == 1).all()
    # What remains of all faces adds up to nothing, so the others are a little unlike each.
    assert np.abs(found["other_faces"]).max() < 0.1
    assert found["other_faces"].mean() == pytest.approx(-1 / (FACES - 1), abs=2e-3)


def test_a_template_with_noise_is_matched_by_chance():
    """Heatmaps of two networks are alike, r > 0.9, but not for what they show of a face."""
    rng = np.random.default_rng(1)
    template, matched, same = 5 * rng.normal(size=CELLS), [], []
    for _ in range(30):
        first, second = (ranked(template + rng.normal(size=(FACES, CELLS))) for _ in range(2))
        assert stats.spearmanr(first[0], second[0]).statistic > 0.9
        found = match(without_template(first), without_template(second))
        matched.append(found["matched"].mean())
        same.append(found["same_face"].mean())
    # 1,200 faces, a chance of 1 in 40: 30 ± 5.4 of them; the range has a probability of 99.9 %.
    low, high = stats.binom.interval(0.999, 30 * FACES, 1 / FACES)
    assert low <= FACES * sum(matched) <= high
    assert np.mean(same) == pytest.approx(0, abs=0.005)


def test_correlations_equal_numpys_whether_the_face_counts_for_the_mean_or_not(drawn):
    templates, signal, noise = drawn
    first, second = (ranked(template + signal + some) for template, some in zip(templates, noise, strict=True))
    found = match(without_template(first), without_template(second))
    for face in (0, 17, FACES - 1):
        own = first[face] - np.delete(first, face, axis=0).mean(0)
        others = [second[other] - np.delete(second, other, axis=0).mean(0) for other in range(FACES)]
        correlations = np.array([np.corrcoef(own, other)[0, 1] for other in others])
        assert found["same_face"][face] == pytest.approx(correlations[face], abs=1e-5)
        assert found["other_faces"][face] == pytest.approx(np.delete(correlations, face).mean(), abs=1e-5)
        assert found["matched"][face] == (correlations.argmax() == face)


def test_batches_of_faces_change_nothing(drawn, monkeypatch):
    templates, signal, noise = drawn
    maps = [without_template(template + signal + 4 * some) for template, some in zip(templates, noise, strict=True)]
    whole = match(*maps)
    assert 0 < whole["matched"].mean() < 1
    monkeypatch.setattr(individuality, "BATCH", 7)
    for name, values in match(*maps).items():
        np.testing.assert_allclose(values, whole[name], atol=1e-6)


def test_the_share_of_the_template_is_the_mean_correlation_of_different_faces(drawn):
    (template, _), signal, _ = drawn
    ranks = ranked(2 * template + signal)
    correlations = np.corrcoef(ranks)[~np.eye(FACES, dtype=bool)]
    assert template_share(ranks).mean() == pytest.approx(correlations.mean())
    assert template_share(ranked(signal)).mean() == pytest.approx(0, abs=0.01)
    np.testing.assert_allclose(template_share(np.tile(ranked(signal)[:1], (5, 1))), 1)


def test_the_share_of_the_template_by_hand():
    """Ranks 1, 2, 3 and 1, 3, 2 around their mean 1, 2.5, 2.5: squares 0.5 · 2/1 of 2."""
    np.testing.assert_allclose(template_share([[1, 2, 3], [1, 3, 2]]), [0.5, 0.5])


def test_nothing_is_known_of_a_single_face_and_of_equal_heatmaps():
    ranks = np.arange(12.0).reshape(1, 12)
    for maps in (ranks, np.tile(ranks, (3, 1))):
        rest = without_template(maps)
        assert np.isnan(rest).all()
        assert all(np.isnan(values).all() for values in match(rest, rest).values())
    assert np.isnan(template_share(ranks)).all()
