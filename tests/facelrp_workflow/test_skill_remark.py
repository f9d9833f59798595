"""What figures say of networks that predict no better than the mean rating."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from facelrp_workflow.skill_remark import answers, skill_remark

FACES = 40
RATINGS = 5 + 2 * np.sin(np.arange(FACES))
#: Predictions of the test faces by networks: nearly right, all but one the mean, wrong, and of one face alone.
PREDICTIONS = {
    "right": 0.9 * RATINGS + 0.5,
    "mean": np.where(np.arange(FACES) == 1, RATINGS, 5.0),
    "wrong": 10 - RATINGS,
    "one": RATINGS[:1],
}
BETTER = {"right": "yes", "mean": "no", "wrong": "no", "one": ""}


@pytest.fixture
def files(tmp_path):
    """Test faces rated 5 ± 2, and as many training faces rated 5."""
    names = [f"f{number}" for number in range(2 * FACES)]
    faces = pd.DataFrame({"face_id": names, "happy": [*RATINGS, *[5.0] * FACES]})
    faces.to_csv(tmp_path / "faces.csv", index=False)
    split = pd.DataFrame({"face_id": names, "split": ["test"] * FACES + ["train"] * FACES})
    split[::-1].to_csv(tmp_path / "split.csv", index=False)
    for name, values in PREDICTIONS.items():
        table = {"face_id": names[: len(values)], "rating": RATINGS[: len(values)], "prediction": values}
        pd.DataFrame(table).to_csv(tmp_path / f"{name}.csv", index=False)

    def of(*networks):
        paths = [tmp_path / f"{name}.csv" for name in networks]
        ratings = [tmp_path / "faces.csv"]
        return SimpleNamespace(predictions=paths, known_ratings=ratings, rated_split=tmp_path / "split.csv")

    return of


def test_a_network_must_beat_the_mean_of_its_training_faces(files):
    assert answers(files(*BETTER), ["happy"] * len(BETTER)) == list(BETTER.values())


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        (["right"], ""),
        (["wrong"], "this network predicts no better than the mean rating"),
        (["right", "one"], ""),
        (["right", "mean"], "mean: this network predicts no better than the mean rating"),
        (["mean", "right", "wrong"], "mean and wrong: each of these networks predicts no better than the mean rating"),
    ],
)
def test_the_networks_that_are_not_are_named(files, networks, expected):
    said = skill_remark(files(*networks), ["happy"] * len(networks), networks if len(networks) > 1 else [""])
    assert said == (f"{expected}, as far as the test faces tell" if expected else "")
