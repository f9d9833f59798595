"""How far the known truth is recovered, against plain loops."""

import numpy as np
import pytest

from facelrp.findings.recovery import overlap, recovery, shown_shares


@pytest.fixture(scope="module")
def networks():
    """Effects and relevance of three networks, ten faces and four parts; one face does not show the last part."""
    rng = np.random.default_rng(2)
    effects = rng.normal(size=(3, 10, 4)) * [1.0, 0.5, 0.2, 0.1]
    relevance = effects + 0.3 * rng.normal(size=effects.shape)
    relevance[:, 4, 3] = np.nan
    return effects, relevance, np.array([[0.5, 0.5, 0, 0]] * 2 + [[0.1, 0.2, 0.3, 0.4]])


def plain_shares(table):
    """Standard deviations over the rows that have a value, divided by their sum."""
    spreads = []
    for column in zip(*table, strict=True):
        known = [value for value in column if value == value]
        mean = sum(known) / len(known)
        spreads.append((sum((value - mean) ** 2 for value in known) / len(known)) ** 0.5)
    return [spread / sum(spreads) for spread in spreads]


def test_shares_of_heatmaps_leave_out_faces_without_the_part(networks):
    _, relevance, _ = networks
    np.testing.assert_allclose(shown_shares(relevance), [plain_shares(one.tolist()) for one in relevance])


def test_a_part_that_no_face_shows_has_no_share():
    relevance = np.array([[1.0, np.nan], [2.0, np.nan]])
    assert shown_shares(relevance).tolist() == [1.0, 0.0]
    assert np.isnan(shown_shares(np.ones((3, 2)))).all()


def test_overlap_is_one_for_equal_shares_and_zero_for_disjoint_ones():
    assert overlap(np.array([0.3, 0.7]), np.array([0.3, 0.7])) == pytest.approx(1)
    assert overlap(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 0
    assert overlap(np.array([0.6, 0.4]), np.array([0.5, 0.5])) == pytest.approx(0.9)


def test_numbers_are_means_over_networks(networks):
    effects, relevance, truth = networks
    row = recovery(*networks)
    used = [plain_shares(one.tolist()) for one in effects]
    shown = [plain_shares(one.tolist()) for one in relevance]

    def mean_overlap(first, second):
        return np.mean([sum(map(min, a, b)) for a, b in zip(first, second, strict=True)])

    assert (row["networks"], row["faces"]) == (3, 10)
    assert row["used_overlap"] == pytest.approx(mean_overlap(used, truth))
    assert row["shown_overlap"] == pytest.approx(mean_overlap(shown, used))
    assert row["used_overlap_even"] == pytest.approx(mean_overlap([[0.25] * 4] * 3, truth))
    assert row["shown_overlap_even"] == pytest.approx(mean_overlap([[0.25] * 4] * 3, used))
    large = (np.abs(effects) > 0.1) & np.isfinite(relevance)
    same = np.sign(effects) == np.sign(relevance)
    assert row["sign_agreement"] == pytest.approx(np.mean([same[k][large[k]].mean() for k in range(3)]))
    most = [max(np.mean(effects[k][large[k]] > 0), np.mean(effects[k][large[k]] < 0)) for k in range(3)]
    assert row["sign_agreement_one_sign"] == pytest.approx(np.mean(most))
    within = [
        np.corrcoef(e[np.isfinite(r)], r[np.isfinite(r)])[0, 1]
        for one, other in zip(effects, relevance, strict=True)
        for e, r in zip(one, other, strict=True)
    ]
    assert row["r_within_faces"] == pytest.approx(np.mean(within))


def test_intervals_are_over_faces(networks):
    row = recovery(*networks)
    for name in ("sign_agreement", "r_within_faces"):
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]
    one = recovery(*(np.ones((1, 6, 2)) * [1.0, -1.0],) * 2, np.array([[0.5, 0.5]]))
    assert one["sign_agreement"] == one["sign_agreement_low"] == 1


def test_networks_that_use_nothing_have_no_numbers():
    row = recovery(np.zeros((2, 5, 3)), np.zeros((2, 5, 3)), np.full((2, 3), 1 / 3))
    assert np.isnan([row["used_overlap"], row["shown_overlap"], row["r_within_faces"]]).all()
