"""How alike heatmaps are, with and without the template: whose face each number belongs to."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tabulate_agreement import compare_faces, ranked_cells, summarise_individuality

FACES, CELLS = 12, 400
NETWORKS = [
    {"base": base, "mode": mode, "attribute": attribute}
    for base in ("age", "gender")
    for mode in ("dense", "full")
    for attribute in ("happy", "attractive")
]


@pytest.fixture
def ranks():
    """Each network has a template; those of one attribute show the same of each face."""
    rng = np.random.default_rng(1)
    signals = {attribute: rng.normal(size=(FACES, CELLS)) for attribute in ("happy", "attractive")}
    maps = [3 * rng.normal(size=CELLS) + signals[network["attribute"]] for network in NETWORKS]
    return [stats.rankdata(values, axis=1) for values in maps]


@pytest.fixture
def faces(ranks):
    return compare_faces(NETWORKS, ranks, np.array([f"f{number}" for number in range(FACES)]))


def test_every_pair_that_differs_in_one_thing_has_a_row_for_each_face(faces):
    assert faces["kind"].value_counts().to_dict() == {
        "attribute": 4 * FACES,
        "mode": 4 * FACES,
        "base": 4 * FACES,
        "network": 8 * FACES,
    }
    assert not faces.duplicated(["kind", "base", "mode", "attribute", "first", "second", "face_id"]).any()


def test_correlations_are_those_of_the_face(faces, ranks):
    row = faces.query("kind == 'base' and mode == 'full' and attribute == 'happy' and face_id == 'f7'").iloc[0]
    first, second = (ranks[NETWORKS.index(dict(row[["mode", "attribute"]], base=base))] for base in ("age", "gender"))
    assert row["rank_correlation"] == pytest.approx(stats.spearmanr(first[7], second[7]).statistic)
    rest = [values[7] - values.mean(0) for values in (first, second)]
    assert row["same_face"] == pytest.approx(np.corrcoef(*rest)[0, 1], abs=1e-5)


def test_networks_that_show_the_same_of_a_face_are_told_from_those_that_do_not(faces):
    table = summarise_individuality(faces)
    pairs = table[table["kind"] != "network"].set_index("kind")
    same, other = pairs.loc[["base", "mode"]], pairs.loc["attribute"]
    assert (same["matched"] == 1).all()
    assert (same["same_face"] > 0.8).all()
    assert (same["difference_low"] > 0.8).all()
    assert (same["q"] < 0.01).all()
    assert (other["matched"] < 0.5).all()
    assert (other["same_face"].abs() < 0.1).all()
    assert (pairs["chance"] == 1 / FACES).all()
    # Wilson's interval of 12 of 12, by hand: n / (n + z²).
    np.testing.assert_allclose(same["matched_low"], 12 / (12 + 1.959964**2), rtol=1e-6)
    assert (same["matched_high"] == 1).all()


def test_each_network_has_the_share_of_its_template(faces, ranks):
    table = summarise_individuality(faces).query("kind == 'network'")
    assert table[["base", "mode", "attribute"]].to_dict("records") == NETWORKS
    for share, values in zip(table["template_share"], ranks, strict=True):
        assert share == pytest.approx(np.corrcoef(values)[~np.eye(FACES, dtype=bool)].mean())
    assert table[["same_face", "matched", "chance", "p", "q"]].isna().all(axis=None)


def test_memory_mapped_heatmaps_are_ranked_cell_by_cell(tmp_path):
    heatmaps = np.random.default_rng(1).normal(size=(70, 20, 20)).astype(np.float16)
    np.save(tmp_path / "maps.npy", heatmaps)
    ranks = ranked_cells(np.load(tmp_path / "maps.npy", mmap_mode="r"), 5)
    means = heatmaps.astype(float).reshape(70, 4, 5, 4, 5).mean((2, 4)).reshape(70, 16)
    np.testing.assert_array_equal(ranks, stats.rankdata(means, axis=1))


def test_a_single_network_has_no_pairs():
    ranks = stats.rankdata(np.random.default_rng(1).normal(size=(3, 9)), axis=1)
    table = summarise_individuality(compare_faces(NETWORKS[:1], [ranks], np.array(["a", "b", "c"])))
    assert table["kind"].tolist() == ["network"]
    assert isinstance(table, pd.DataFrame)
