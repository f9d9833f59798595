"""Networks and base models over seeds: made files whose numbers are known."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from scipy import stats

import draw_replicates
import tabulate_predictors
import tabulate_replicates
import tabulate_similarity
from facelrp.faces.parts import NAMES
from facelrp_workflow.files import read_table, write_table
from tabulate_networks import over_seeds

LOG = logging.getLogger("test")
ATTRIBUTES = ["happy", "attractive"]
#: Base models and their seeds, and the errors of networks made from them: for each seed, and more for the second of
#: fine-tuning.
BASES = [{"base": name, "kind": name[:3], "base_seed": seed} for name, seed in (("age", 4), ("age-5", 5), ("sex", 1))]
ERRORS = {("age", 4): 0.5, ("age", 5): 0.7, ("sex", 1): 0.2}
NETWORKS = [
    base | {"mode": mode, "plain_mode": "dense", "seed": seed, "attribute": attribute}
    for base in BASES
    for mode, seed in (("dense", 1), ("dense-9", 9))
    for attribute in ATTRIBUTES
]
#: The networks' errors before training and after it, in units of [0, 1]².
LOSSES = [0.2, 0.1]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    ids = [f"s{number}" for number in range(8)]
    ratings = pd.DataFrame({"face_id": ids, "happy": np.linspace(2, 8, 8), "attractive": np.linspace(8, 2, 8)})
    split = pd.DataFrame({"face_id": ids, "split": 4 * ["train"] + 4 * ["test"]})

    def written(name, table):
        write_table(folder / f"{name}.csv", table)
        return folder / f"{name}.csv"

    def of_base(what, make):
        return [written(f"{base['base']}_{what}", make(number, base)) for number, base in enumerate(BASES)]

    test = ratings[4:]

    def prediction(network):
        error = ERRORS[network["kind"], network["base_seed"]] + (0.1 if network["seed"] == 9 else 0)
        off = error * np.array([1, -1, 1, -1])
        rated = test[network["attribute"]]
        return pd.DataFrame({"face_id": test["face_id"], "rating": rated, "prediction": rated + off})

    sums = pd.DataFrame([(face, part) for face in ids[4:] for part in NAMES], columns=["face_id", "part"])
    files = Files(
        faces=written("faces", ratings),
        split=written("split", split),
        truth=written("truth", pd.DataFrame({"attribute": "happy", "part": ["mouth", "nose"], "share": [0.6, 0.4]})),
        predictions=[written(f"p{number}", prediction(one)) for number, one in enumerate(NETWORKS)],
        histories=[
            written(f"h{number}", pd.DataFrame({"epoch": [0, 1], "loss": LOSSES})) for number in range(len(NETWORKS))
        ],
        ridge=[
            written(
                f"r{number}{attribute}",
                pd.DataFrame({"split": ["train", "test"], "rating": [5.0, 5.0], "prediction": [5.0 + number, 99.0]}),
            )
            for number, _ in enumerate(BASES)
            for attribute in ATTRIBUTES
        ],
        transferability=of_base(
            "transferability",
            lambda number, base: pd.DataFrame(
                {"attribute": ATTRIBUTES, "log_me": [number, 10 + number], "h_score": 0.5}
            ),
        ),
        classes=of_base(
            "classes",
            lambda number, base: pd.DataFrame(
                {"split": ["test"] * 3 + ["train"], "predicted": [0, 1, 1, 0], "true": [0, 1, number % 2, 1]}
            ),
        ),
        richness=of_base(
            "richness",
            lambda number, base: pd.DataFrame(
                {"attribute": "", "face_id": ids[4:], "effective_pixels": [1, 2, 3, 4.0], "inner_share": 0.1 * number}
            ),
        ),
        # Every part has as much positive relevance as any other.
        parts=of_base("parts", lambda number, base: sums.assign(attribute="", positive=1.0)),
    )
    output = Files({name: folder / f"{name}.csv" for name in ("replicates", "base_replicates")})
    ridges = [base | {"attribute": attribute} for base in BASES for attribute in ATTRIBUTES]
    tabulate_replicates.main(files, BASES, NETWORKS, ridges, (1, 9), output, LOG)
    return {name: read_table(path) for name, path in output.items()} | {"folder": folder}


def test_a_row_for_every_network(tables):
    found = tables["replicates"].set_index(["base", "base_seed", "mode", "seed", "attribute"])
    assert len(found) == len(NETWORKS)
    row = found.loc[("age", 5, "dense", 9, "attractive")]
    assert row["mae"] == pytest.approx(0.8)
    # Ratings of training faces are 8 to 5.43, so always answering their mean errs by 3.43 on the test faces.
    assert row["skill"] == pytest.approx(1 - 0.8 / (24 / 7))
    variance = np.var(np.linspace(8, 8 - 18 / 7, 4) / 8)
    assert row["mean_error"] == pytest.approx(LOSSES[1] / variance)
    assert (row["log_me"], row["ridge_mae"]) == (11, 1)
    assert (row["effective_pixels"], row["inner_share"]) == pytest.approx((2.5, 0.1))
    assert found.loc[("age", 4, "dense", 1, "happy"), "accuracy"] == pytest.approx(2 / 3)
    assert found.loc[("age", 5, "dense", 1, "happy"), "accuracy"] == pytest.approx(1)


def test_the_share_of_the_parts_that_ratings_depend_on(tables):
    found = tables["replicates"].set_index("attribute")["target_share"]
    mouth = ["mouth", "upper_lip", "lower_lip", "inner_mouth"]
    nose = ["nose", "nose_bridge", "nose_tip", "alae", "nostrils"]
    own = [name for name in NAMES if name.removeprefix("right_").removeprefix("left_") in mouth + nose]
    assert found["happy"].to_numpy() == pytest.approx(len(own) / len(NAMES))
    assert found["attractive"].isna().all()


def test_seeds_of_base_models_and_of_fine_tuning_are_apart(tables):
    found = tables["base_replicates"].set_index(["base", "measure"])
    age = found.loc[("age", "mae")]
    assert age["base_seeds"] == 2
    assert age["mean"] == pytest.approx(0.65)
    assert age["sd"] == pytest.approx(0.2 / np.sqrt(2))
    assert age["sd_finetuning"] == pytest.approx(0.1 / np.sqrt(2))
    expected = stats.ttest_1samp([0.55, 0.75], 0).confidence_interval()
    assert (age["low"], age["high"]) == pytest.approx(tuple(expected))
    assert np.isnan(found.loc[("sex", "mae"), "sd"])


def test_table_1_has_the_spread_of_networks(tables):
    keys = ["base", "mode", "attribute"]
    table = pd.DataFrame([{"base": "age", "mode": "dense", "attribute": "happy", "mae": 0.5, "mae_high": 0.6, "r": 0}])
    row = over_seeds(table, tables["replicates"]).iloc[0]
    assert list(row.index) == [*keys, "mae", "mae_high", "networks", "mae_mean", "mae_sd", "r"]
    assert row["networks"] == 4
    assert row["mae_sd"] == pytest.approx(np.std([0.5, 0.6, 0.7, 0.8], ddof=1))


def test_seeds_of_one_kind_are_alike(tmp_path):
    """Features of one kind are the same up to rotation and noise, those of another have nothing in common with them."""
    rng = np.random.default_rng(0)
    own, other = rng.normal(size=(2, 40, 6))
    turned = own @ np.linalg.qr(rng.normal(size=(6, 6)))[0] + 0.1 * rng.normal(size=(40, 6))
    ids = [f"s{number}" for number in range(60)]
    write_table(tmp_path / "faces.csv", pd.DataFrame({"face_id": ids}))
    write_table(tmp_path / "split.csv", pd.DataFrame({"face_id": ids, "split": 40 * ["train"] + 20 * ["test"]}))
    paths = []
    for number, features in enumerate((own, turned, other)):
        # Test faces, and mirror images, do not count.
        both = np.stack([np.vstack([features, rng.normal(size=(20, 6))]), rng.normal(size=(60, 6))])
        np.save(tmp_path / f"{number}.npy", both.astype(np.float32))
        paths.append(tmp_path / f"{number}.npy")
    files = Files({name: tmp_path / f"{name}.csv" for name in ("faces", "split")}, features=paths)
    output = Files(base_similarity=tmp_path / "similarity.csv")
    tabulate_similarity.main(files, BASES, output, LOG)
    found = read_table(output.base_similarity).set_index(["first", "second"])
    assert found["pairs"].to_dict() == {("age", "age"): 1, ("age", "sex"): 2}
    assert found.loc[("age", "age"), "cka"] > 0.95
    assert abs(found.loc[("age", "sex"), "cka"]) < 0.2


def test_what_foretells_errors(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"base": np.repeat(["a", "b", "c"], 5), "base_seed": np.tile(range(5), 3)})
    for name in ("effective_pixels", "inner_share", "accuracy", "log_me", "h_score", "ridge_mae", "mean_error"):
        table[name] = rng.normal(size=15)
    # Kinds differ in richness and error; within a kind the two have nothing in common.
    table["effective_pixels"] += 10 * np.repeat([0, 1, 2], 5)
    table["mae"] = rng.normal(size=15) - 10 * np.repeat([0, 1, 2], 5)
    table["target_share"] = np.nan
    networks = pd.concat([table.assign(mode="dense", seed=1, attribute=name) for name in ATTRIBUTES])
    write_table(tmp_path / "replicates.csv", networks)
    output = Files(predictors=tmp_path / "predictors.csv")
    tabulate_predictors.main(Files(replicates=tmp_path / "replicates.csv"), output, LOG)
    found = read_table(output.predictors).set_index(["outcome", "measure"])
    assert "target_share" not in found.index.get_level_values("measure")
    row = found.loc[("mae", "effective_pixels")]
    expected = stats.spearmanr(table["effective_pixels"], table["mae"])[0]
    assert row["rank_correlation"] == pytest.approx(expected)
    assert row["high"] < -0.5
    assert row["q"] < 0.01
    assert abs(row["within_kinds"]) < 0.6
    assert (row["base_models"], row["kinds"]) == (15, 3)
    figure = Files(png=tmp_path / "f.png", pdf=tmp_path / "f.pdf")
    draw_replicates.main(Files(replicates=tmp_path / "replicates.csv"), (1, 9), figure, LOG)
    assert figure.png.stat().st_size > 10_000
