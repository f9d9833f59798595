"""Networks of permuted ratings beside others: numbers against plain loops and scipy, for made-up results."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from scipy import stats

from facelrp_workflow.files import read_table
from tabulate_permuted import main

FACES = [f"s{number}" for number in range(12)]
MODES, PERMUTED = ("dense", "full"), (1, 2, 3)
REMOVED = (0.0, 0.1, 0.2)


def localised(rng, **columns):
    """Accuracies of a network's heatmaps, also by another rule, which does not count."""
    names = {"face_id": FACES, "target": ["inner", "true"], "rule": ["heatmaps", "epsilon"]}
    table = pd.MultiIndex.from_product(names.values(), names=names).to_frame(index=False)
    return table.assign(
        area=0.1,
        positive_mass=rng.random(len(table)),
        absolute_mass=rng.random(len(table)),
        rank=rng.random(len(table)),
        **columns,
    )


def perturbed(rng, **columns):
    """Predictions while regions are removed."""
    orders = [("heatmaps", "most"), ("heatmaps", "least"), ("random", "random"), ("epsilon", "most")]
    tables = [
        pd.DataFrame({"face_id": face, "rule": rule, "order": order, "removed": REMOVED})
        for face in FACES
        for rule, order in orders
    ]
    table = pd.concat(tables, ignore_index=True)
    return table.assign(prediction=rng.uniform(1, 9, len(table)), **columns)


@pytest.fixture(scope="module")
def data():
    """All tables that the job reads, for one base model and the attribute happy."""
    rng = np.random.default_rng(1)
    faces = pd.DataFrame({"face_id": [*FACES, "t1", "t2"], "happy": rng.uniform(1, 9, len(FACES) + 2)})
    ratings = faces["happy"][: len(FACES)]
    predicted = {"face_id": FACES, "rating": ratings}
    return {
        "faces": faces,
        "split": faces[["face_id"]].assign(split=[*(len(FACES) * ["test"]), "train", "train"]),
        "permuted": pd.concat(
            pd.DataFrame({"permuted": n, **predicted, "prediction": rng.normal(5, n, len(FACES))}) for n in PERMUTED
        ),
        "permuted_localisation": pd.concat(localised(rng, permuted=number) for number in PERMUTED),
        "permuted_curves": pd.concat(perturbed(rng, permuted=number) for number in PERMUTED),
        "predictions": [
            pd.DataFrame({**predicted, "prediction": ratings + rng.normal(0, 1, len(FACES))}) for _ in MODES
        ],
        "localisation": [pd.concat(localised(rng, attribute=name) for name in ("attractive", "happy")) for _ in MODES],
        "curves": [pd.concat(perturbed(rng, attribute=name) for name in ("attractive", "happy")) for _ in MODES],
    }


@pytest.fixture(scope="module")
def tables(data, tmp_path_factory):
    folder, files = tmp_path_factory.mktemp("files"), Files()
    for name, found in data.items():
        found = found if isinstance(found, list) else [found]
        files[name] = [folder / f"{name}{number}.csv" for number in range(len(found))]
        for path, table in zip(files[name], found, strict=True):
            table.to_csv(path, index=False)
    files |= {name: files[name][0] for name in ("faces", "split")}
    output = Files({name: folder / f"{name}.csv" for name in ("permuted_networks", "permuted_heatmaps")})
    base_modes = [{"base": "age", "mode": mode} for mode in MODES]
    networks = [base_mode | {"attribute": "happy"} for base_mode in base_modes]
    main(Files(files), networks, base_modes, ["age"], output, logging.getLogger("test"))
    return {name: read_table(path) for name, path in output.items()}


def test_what_they_know_is_tabulated_for_each(tables, data):
    table = tables["permuted_networks"].set_index(["base", "permuted"])
    mean = data["faces"]["happy"][-2:].mean()
    for number, own in data["permuted"].groupby("permuted"):
        row = table.loc["age", number]
        assert row["pearson_r"] == pytest.approx(stats.pearsonr(own["rating"], own["prediction"]).statistic)
        assert row["pearson_r_low"] < row["pearson_r"] < row["pearson_r_high"]
        errors = (own["prediction"] - own["rating"]).abs()
        baseline = (mean - own["rating"]).abs()
        assert (row["mae"], row["mae_baseline"]) == pytest.approx((errors.mean(), baseline.mean()))
        assert row["difference"] == pytest.approx((errors - baseline).mean())
        assert row["low"] < row["difference"] < row["high"]
        assert row["spread"] == pytest.approx(np.std(own["prediction"], ddof=1))


def accuracy(table, face, target, measure):
    """One accuracy of a network's own heatmaps."""
    chosen = (table["face_id"] == face) & (table["target"] == target) & (table["rule"] == "heatmaps")
    return table.loc[chosen, measure].item()


def area(table, face, order):
    """The mean fall of the prediction while regions are removed."""
    chosen = (table["face_id"] == face) & (table["order"] == order) & (table["rule"] != "epsilon")
    curve = table.loc[chosen].sort_values("removed")["prediction"].to_numpy()
    assert len(curve) == len(REMOVED)
    return np.mean([curve[0] - value for value in curve])


def compared(tables, mode, measure, target):
    table = tables["permuted_heatmaps"].fillna({"target": ""})
    return table.set_index(["mode", "measure", "target"]).loc[(mode, measure, target)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("measure", ["absolute_mass", "positive_mass", "rank"])
@pytest.mark.parametrize("target", ["inner", "true"])
def test_localisation_is_compared_face_by_face(tables, data, mode, measure, target):
    own = data["localisation"][MODES.index(mode)].query("attribute == 'happy'")
    null = [table for _, table in data["permuted_localisation"].groupby("permuted")]
    mine = [accuracy(own, face, target, measure) for face in FACES]
    theirs = [np.mean([accuracy(table, face, target, measure) for table in null]) for face in FACES]
    row = compared(tables, mode, measure, target)
    assert (row["value"], row["value_of_permuted"]) == pytest.approx((np.mean(mine), np.mean(theirs)))
    assert row["difference"] == pytest.approx(np.mean(mine) - np.mean(theirs))
    assert row["d"] == pytest.approx(np.mean(np.subtract(mine, theirs)) / np.std(np.subtract(mine, theirs), ddof=1))
    assert (row["faces"], row["networks"]) == (len(FACES), len(PERMUTED))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("measure", ["aopc", "above_random", "gain", "above_random_over_spread", "gain_over_spread"])
def test_perturbation_is_compared_face_by_face(tables, data, mode, measure):
    less = {"above_random": "random", "gain": "least"}.get(measure.removesuffix("_over_spread"))

    def value(curves, face, predictions):
        spread = np.std(predictions, ddof=1) if measure.endswith("spread") else 1
        return (area(curves, face, "most") - (area(curves, face, less) if less else 0)) / spread

    own = data["curves"][MODES.index(mode)].query("attribute == 'happy'")
    predictions = data["predictions"][MODES.index(mode)]["prediction"]
    mine = [value(own, face, predictions) for face in FACES]
    spreads = data["permuted"].set_index("permuted")["prediction"]
    null = [
        [value(table, face, spreads[number]) for face in FACES]
        for number, table in data["permuted_curves"].groupby("permuted")
    ]
    row = compared(tables, mode, measure, "")
    assert row["value"] == pytest.approx(np.mean(mine))
    assert row["value_of_permuted"] == pytest.approx(np.mean(null))
    assert row["difference"] == pytest.approx(np.mean(mine) - np.mean(null))
    assert row["low"] < row["difference"] < row["high"]
