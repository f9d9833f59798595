"""Faces that are not rated on an attribute count for it as if they were not there, and count for the others.

How networks learn with blanks is in `test_finetune_permuted.py`.
"""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from scipy import stats

import compare_networks
import fit_ridge
import measure_transferability
import tabulate_convergence
import tabulate_cross_prediction
from facelrp.findings.outcomes import Effect
from facelrp.statistics.summary import ALL
from facelrp_workflow.files import read_table
from facelrp_workflow.selection import evenly_ranked, face_shown

LOG = logging.getLogger("test")
COUNT = 40
#: Faces without a rating; half of each are in the training set.
BLANK = {"joy": [2, 3, 10, 11], "calm": [10, 11, 20, 21, 30, 31]}
ATTRIBUTES = list(BLANK)


@pytest.fixture
def faces():
    rng = np.random.default_rng(1)
    names = [f"f{number:02}" for number in range(COUNT)]
    ratings = {name: rng.uniform(1, 9, COUNT) for name in ATTRIBUTES}
    return pd.DataFrame({"face_id": names, "identity": names} | ratings)


@pytest.fixture
def features():
    return np.random.default_rng(2).normal(size=(2, COUNT, 12)).astype("float32")


@pytest.fixture
def blank(faces):
    table = faces.copy()
    for name, rows in BLANK.items():
        table.loc[rows, name] = np.nan
    return table


def write(folder, faces, features=None):
    """Write a job's inputs: people, ratings of each attribute, split, features."""
    folder.mkdir(exist_ok=True)
    paths = {name: folder / f"{name}.csv" for name in ("faces", "split", *ATTRIBUTES)}
    faces[["face_id", "identity"]].to_csv(paths["faces"], index=False)
    number = faces["face_id"].str[1:].astype(int)
    faces[["face_id"]].assign(split=np.where(number % 2, "test", "train")).to_csv(paths["split"], index=False)
    for name in ATTRIBUTES:
        faces[["face_id", name]].dropna().to_csv(paths[name], index=False)
    ratings = [paths.pop(name) for name in ATTRIBUTES]
    if features is not None:
        paths["features"] = folder / "features.npy"
        np.save(paths["features"], features)
    return Files(paths, ratings=ratings)


def without(faces, features, attribute):
    """The same set without the faces that are not rated on an attribute."""
    kept = [row for row in range(COUNT) if row not in BLANK[attribute]]
    return faces.iloc[kept].reset_index(drop=True), features[:, kept]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_ridge_regression(blank, faces, features, attribute, tmp_path):
    sets = {"blank": (blank, features), "absent": without(faces, features, attribute)}
    for name, (table, values) in sets.items():
        fit_ridge.main(write(tmp_path / name, table, values), attribute, tmp_path / f"{name}.csv", LOG)
    found = (tmp_path / "blank.csv").read_bytes()
    assert found == (tmp_path / "absent.csv").read_bytes()
    assert len(read_table(tmp_path / "blank.csv")) == COUNT - len(BLANK[attribute])


def test_transferability(blank, faces, features, tmp_path):
    measure_transferability.main(write(tmp_path / "blank", blank, features), ATTRIBUTES, tmp_path / "blank.csv", LOG)
    rows = []
    for attribute in ATTRIBUTES:
        files = write(tmp_path / attribute, *without(faces, features, attribute))
        measure_transferability.main(files, [attribute], tmp_path / "absent.csv", LOG)
        rows.append(read_table(tmp_path / "absent.csv"))
    pd.testing.assert_frame_equal(read_table(tmp_path / "blank.csv"), pd.concat(rows, ignore_index=True))


def test_variance_of_the_training_ratings(blank, tmp_path):
    files = write(tmp_path, blank)
    files["histories"] = [tmp_path / "history.csv"] * 2
    pd.DataFrame({"epoch": range(3), "loss": [0.3, 0.2, 0.1]}).to_csv(files["histories"][0], index=False)
    networks = [{"base": "age", "mode": "full", "attribute": name} for name in ATTRIBUTES]
    tabulate_convergence.main(files, networks, (1, 9), tmp_path / "table.csv", LOG)
    expected = [np.var(((blank[name] - 1) / 8)[::2].dropna()) for name in ATTRIBUTES]
    np.testing.assert_allclose(read_table(tmp_path / "table.csv")["variance"], expected)


def predictions_of(blank, folder):
    """Predictions of two networks for the test faces that are rated on their attribute: tables, and their files."""
    rng, tables, paths = np.random.default_rng(3), [], []
    for name in ATTRIBUTES:
        table = blank.loc[1::2, ["face_id", name]].dropna().rename(columns={name: "rating"})
        tables.append(table.assign(prediction=table["rating"] + rng.normal(0, 1, len(table))))
        paths.append(folder / f"predictions of {name}.csv")
        tables[-1].to_csv(paths[-1], index=False)
    return tables, paths


def test_prediction_of_other_attributes_is_that_of_faces_rated_on_both(blank, tmp_path):
    files = write(tmp_path, blank)
    tables, files["predictions"] = predictions_of(blank, tmp_path)
    networks = [{"base": "age", "mode": "full", "attribute": name} for name in ATTRIBUTES]
    tabulate_cross_prediction.main(files, networks, ATTRIBUTES, tmp_path / "table.csv", LOG)
    rows = read_table(tmp_path / "table.csv").set_index(["attribute", "rated"])
    for own, table in zip(ATTRIBUTES, tables, strict=True):
        for rated in ATTRIBUTES:
            both = table.merge(blank[["face_id", rated]].dropna(), on="face_id")
            row = rows.loc[own, rated]
            assert row["faces"] == len(both)
            r = stats.pearsonr(both["prediction"], both[rated]).statistic
            assert row["pearson_r"] == pytest.approx(r)
            assert row["pearson_r_low"] < r < row["pearson_r_high"]
            assert row["spearman_r"] == pytest.approx(stats.spearmanr(both["prediction"], both[rated]).statistic)
            if own != rated:
                of_own = stats.pearsonr(both["prediction"], both["rating"]).statistic
                assert row["difference"] == pytest.approx(of_own - r)
                assert row["ratings_r"] == pytest.approx(stats.pearsonr(both["rating"], both[rated]).statistic)


def test_attributes_that_nobody_is_rated_on_together_have_no_correlation(blank, tmp_path):
    blank.loc[:20, "joy"] = np.nan
    blank.loc[20:, "calm"] = np.nan
    files = write(tmp_path, blank)
    _, files["predictions"] = predictions_of(blank, tmp_path)
    networks = [{"base": "age", "mode": "full", "attribute": name} for name in ATTRIBUTES]
    tabulate_cross_prediction.main(files, networks, ATTRIBUTES, tmp_path / "table.csv", LOG)
    rows = read_table(tmp_path / "table.csv").set_index(["attribute", "rated"])
    assert rows.loc[("joy", "calm"), "faces"] == 0
    assert np.isnan(rows.loc[("joy", "calm"), "pearson_r"])
    assert np.isfinite(rows.loc[("joy", "joy"), "pearson_r"])


def test_errors_over_attributes_are_means_over_those_that_a_face_is_rated_on(blank, tmp_path):
    tables, paths = predictions_of(blank, tmp_path)
    ridge, errors = [], []
    for name, table in zip(ATTRIBUTES, tables, strict=True):
        ridge.append(tmp_path / f"ridge of {name}.csv")
        table.assign(split="test", prediction=5.0).to_csv(ridge[-1], index=False)
        table = table.set_index("face_id")
        errors.append((table["prediction"] - table["rating"]).abs() - (5 - table["rating"]).abs())
    networks = [{"base": "age", "mode": "full", "attribute": name} for name in ATTRIBUTES]
    compare_networks.main(Files(predictions=paths, ridge=ridge), networks, True, tmp_path / "table.csv", LOG)
    rows = read_table(tmp_path / "table.csv").set_index("attribute")
    for name, change in zip(ATTRIBUTES, errors, strict=True):
        assert (rows.loc[name, "faces"], rows.loc[name, "difference"]) == (len(change), pytest.approx(change.mean()))
    of_faces = pd.concat(errors).groupby(level="face_id").mean()
    assert rows.loc[ALL, "faces"] == len(of_faces) == COUNT // 2 - 1
    assert rows.loc[ALL, "difference"] == pytest.approx(of_faces.mean())


def test_an_effect_over_networks_leaves_out_faces_or_networks():
    values = np.array([[1.0, 3.0], [np.nan, 5.0], [2.0, np.nan]])
    assert Effect("all", values).sample().mean == 2
    assert Effect("some", values, some=True).sample().mean == pytest.approx((2 + 5 + 2) / 3)
    assert [sample.mean for sample in Effect("some", values, some=True).samples()] == [1.5, 4]


def test_figures_show_no_face_without_a_rating(blank):
    highest = blank["joy"].to_numpy().copy()
    highest[[0, 4]] = [np.nan, 8.99]
    table = blank.assign(joy=highest)
    assert face_shown(table, "joy", False) == table["joy"].idxmax()
    shown = evenly_ranked(highest, 5)
    assert np.isfinite(highest[shown]).all()
    assert (highest[shown[0]], highest[shown[-1]]) == (np.nanmin(highest), np.nanmax(highest))
    assert set(evenly_ranked(highest, 100)) == set(np.flatnonzero(np.isfinite(highest)))
