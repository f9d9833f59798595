"""Base models trained on faces with missing ages, and true classes of such faces."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files

from extract_features import true_classes
from facelrp.errors import InputError
from tabulate_bases import row
from train_base import main

COMPUTE = {"precision": "float32", "threads": 1}
RECIPE = {"optimiser": "sgd", "learning_rate": 1e-6, "epochs": 1, "batch_size": 4}


@pytest.fixture
def train(tmp_path):
    """A function that trains a base model on faces of given ages."""

    def run(ages, **classes):
        images = np.random.default_rng(1).integers(0, 256, (len(ages), 227, 227, 3), dtype=np.uint8)
        np.save(tmp_path / "images.npy", images)
        table = pd.DataFrame({"face_id": [f"face {number}" for number in range(len(ages))], "age": ages})
        table.to_csv(tmp_path / "faces.csv", index=False)
        files = Files(faces=tmp_path / "faces.csv", images=tmp_path / "images.npy")
        base = {"target": "age", "seed": 1, "recipe": RECIPE, **classes}
        return main(files, base, COMPUTE, "cpu", None, logging.getLogger("test"))

    return run


def test_faces_of_unknown_age_are_left_out(train, caplog):
    caplog.set_level(logging.INFO)
    *_, mean, _, edges = train([20, None, 30, 40, None, 50], classes=2)
    assert edges == [35]
    assert "2 faces are left out, whose age is not known" in caplog.text
    *_, other, _, _ = train([20, 30, 40, 50], classes=2)
    assert mean != other  # the mean over the images of faces with a known age, not over the first four


@pytest.mark.parametrize("ages", [[None] * 4, [30, 30, 30, None], [20, 30, 40, 50]])
def test_a_single_class_is_refused(train, ages):
    with pytest.raises(InputError, match="there are no two classes of age among"):
        train(ages, threshold=60)


def test_the_true_class_of_an_unknown_age_is_unknown():
    faces = pd.DataFrame({"age": [20.0, np.nan, 50.0]})
    np.testing.assert_array_equal(true_classes(faces, {"target": "age", "edges": [35]}), [0, np.nan, 1])


def test_the_norm_of_features_is_that_of_training_faces():
    columns = {"split": ["train", "train", "train", "test"], "classes": 8, "predicted": 1, "true": 1}
    found = row("age", pd.DataFrame(columns | {"squared_norm": [200.0, 300.0, 400.0, 9000.0]}))
    assert found["squared_norm"] == 300
    assert found["squared_norm_low"] < 300 < found["squared_norm_high"]
