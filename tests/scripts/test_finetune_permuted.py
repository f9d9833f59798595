"""Networks of permuted ratings: only the order of the training ratings is another."""

import logging

import numpy as np
import pandas as pd
import pytest
import torch
from job_files import Files

import finetune
import finetune_permuted
from facelrp.networks import dense_variants, weights
from facelrp.networks.batches import Features, predict
from facelrp.networks.levi_hassner import levi_hassner
from facelrp.networks.surgery import split_at_features
from finetune_permuted import permute

COUNT, PERMUTED = 20, 2
RECIPE = {"optimiser": "adamw", "learning_rate": 1e-4, "epochs": 2, "batch_size": 5, "mirror": True}
RECIPE["standardise_ratings"] = True
COMPUTE = {"threads": 1, "precision": "float32"}
LOG = logging.getLogger("test")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Twenty faces, every second one in the training set, with random features."""
    folder = tmp_path_factory.mktemp("inputs")
    rng = np.random.default_rng(1)
    torch.manual_seed(1)
    weights.save(folder / "base.safetensors", levi_hassner(8), [120.0, 110.0, 100.0], target="age")
    np.save(folder / "features.npy", rng.random((2, COUNT, 18816), dtype=np.float32))
    faces = pd.DataFrame({"face_id": [f"s{number:02}" for number in range(COUNT)], "happy": rng.uniform(1, 9, COUNT)})
    faces.to_csv(folder / "faces.csv", index=False)
    faces[["face_id"]].assign(split=COUNT // 2 * ["train", "test"]).to_csv(folder / "split.csv", index=False)
    paths = {name: folder / f"{name}.csv" for name in ("faces", "split")}
    return Files(base=folder / "base.safetensors", features=folder / "features.npy", **paths)


def run(files, folder):
    """Run the job; return its outputs."""
    output = Files({name: folder / f"{name}.csv" for name in ("ratings", "history", "predictions")})
    output["weights"] = folder / "weights.safetensors"
    numbers = {"seed": 3, "permuted": PERMUTED}
    finetune_permuted.main(files, output, "happy", RECIPE, "linear", numbers, (1, 9), COMPUTE, "cpu", LOG)
    return output


@pytest.fixture(scope="module")
def output(files, tmp_path_factory):
    return run(files, tmp_path_factory.mktemp("permuted"))


@pytest.fixture(scope="module")
def true(files):
    """The ratings of the training and of the test set, by face."""
    faces = pd.read_csv(files.faces).set_index("face_id")["happy"]
    split = pd.read_csv(files.split).set_index("face_id")["split"]
    return {name: faces[split == name] for name in ("train", "test")}


def test_networks_learn_the_training_ratings_in_another_order(output, true):
    learned = pd.read_csv(output.ratings).pivot(index="face_id", columns="permuted", values="rating")
    assert list(learned) == [1, 2]
    assert learned.index.tolist() == true["train"].index.tolist()
    for column in learned.T.to_numpy():
        assert sorted(column) == sorted(true["train"])
        assert (column != true["train"]).mean() > 0.5
    assert (learned[1] != learned[2]).any()


def test_the_test_set_is_untouched(output, true):
    table = pd.read_csv(output.predictions)
    for _, own in table.groupby("permuted"):
        assert own["face_id"].tolist() == true["test"].index.tolist()
        assert own["rating"].tolist() == true["test"].tolist()
    assert not set(table["face_id"]) & set(pd.read_csv(output.ratings)["face_id"])


def test_a_permutation_depends_on_its_seed_alone():
    ratings = np.arange(50.0)
    assert (permute(ratings, 1) == permute(ratings, 1)).all()
    assert (permute(ratings, 1) != permute(ratings, 2)).any()
    assert ratings.tolist() == list(range(50))


def test_weights_are_those_of_the_predictions(files, output):
    table = pd.read_csv(output.predictions)
    rows = np.arange(COUNT)[1::2]
    networks = list(dense_variants.load(output.weights, weights.load(files.base)))
    assert len(networks) == PERMUTED
    for network, (_, own) in zip(networks, table.groupby("permuted"), strict=True):
        inputs = Features(np.load(files.features)[:1], rows)
        found = predict(split_at_features(network.module)[1], inputs).squeeze(1).double()
        np.testing.assert_allclose(1 + 8 * found, own["prediction"])


def test_the_scale_of_ratings_changes_their_points_alone(files, tmp_path):
    faces = pd.read_csv(files.faces)
    faces.assign(happy=12.5 * (faces["happy"] - 1)).to_csv(tmp_path / "faces.csv", index=False)
    found = []
    for changed, scale in (({}, (1, 9)), ({"faces": tmp_path / "faces.csv"}, (0, 100))):
        inputs = Files(files, **changed)
        _, history, predictions = finetune.main(inputs, "happy", RECIPE, "linear", 3, scale, COMPUTE, "cpu", None, LOG)
        error = (predictions["prediction"] - predictions["rating"]).abs().mean()
        found.append((history["loss"].to_numpy(), predictions["prediction"].to_numpy(), error))
    (losses, points, error), (other_losses, hundredths, other_error) = found
    np.testing.assert_allclose(other_losses, losses, rtol=1e-4)
    np.testing.assert_allclose(hundredths, 12.5 * (points - 1), rtol=1e-4)
    assert other_error == pytest.approx(12.5 * error, rel=1e-4)


def test_recipe_and_start_are_those_of_the_dense_network(files, tmp_path, monkeypatch):
    """With the ratings in their own order, it is the same network."""
    monkeypatch.setattr(finetune_permuted, "permute", lambda ratings, seed: ratings)
    output = run(files, tmp_path)
    _, history, predictions = finetune.main(files, "happy", RECIPE, "linear", 3, (1, 9), COMPUTE, "cpu", None, LOG)
    for name, expected in (("history", history["loss"]), ("predictions", predictions["prediction"])):
        table = pd.read_csv(output[name])
        for _, own in table.groupby("permuted"):
            np.testing.assert_allclose(own[expected.name], expected, rtol=1e-12)


def test_faces_without_a_rating_are_as_if_they_were_not_there(files, tmp_path):
    """Networks learn the same, and predict the same faces, with blanks as without these faces."""
    faces, blank = pd.read_csv(files.faces), [2, 3, 10, 15]
    found = []
    for name, table, rows in (
        ("blank", faces.assign(happy=faces["happy"].mask(faces.index.isin(blank))), range(COUNT)),
        ("absent", faces.drop(blank), np.delete(np.arange(COUNT), blank)),
    ):
        paths = {key: tmp_path / f"{name}.{key}" for key in ("faces", "ratings", "features")}
        table[["face_id"]].to_csv(paths["faces"], index=False)
        table.dropna().to_csv(paths["ratings"], index=False)
        np.save(tmp_path / "features.npy", np.load(files.features)[:, rows])
        (tmp_path / "features.npy").rename(paths["features"])
        own = Files(files | paths | {"ratings": [paths["ratings"]]})
        network, history, predictions = finetune.main(
            own, "happy", RECIPE, "linear", 3, (1, 9), COMPUTE, "cpu", None, LOG
        )
        found.append((network.module.fc8.weight, history["loss"].tolist(), predictions.to_numpy().tolist()))
    assert torch.equal(found[0][0], found[1][0])
    assert found[0][1:] == found[1][1:]
    assert len(found[0][2]) == COUNT // 2 - 2
