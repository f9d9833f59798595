"""Speed of learning: every error in units of the training ratings' variance, levels common to base models alone."""

import logging

import numpy as np
import pandas as pd
from job_files import Files

from tabulate_convergence import main

#: Mean squared errors of ratings on [0, 1], before training and in each epoch; the variance of happy is 1/16.
CURVES = {
    ("age", "dense", "happy"): [0.0625, 0.05, 0.05, 0.05, 0.05],
    ("gender", "dense", "happy"): [0.125, 0.0625, 0.05, 0.025, 0.0125],
    ("age", "full", "happy"): [0.0625, 0.03125, 0.0125],
    ("gender", "full", "happy"): [0.0625, 0.0625, 0.025],
    ("age", "dense", "kind"): [0.25, 0.1],
    ("gender", "dense", "kind"): [0.25, 0.2],
}


def test_a_network_that_is_stuck_is_not_the_fastest(tmp_path):
    networks = [dict(zip(("base", "mode", "attribute"), name, strict=True)) for name in CURVES]
    paths = [tmp_path / f"{number}.csv" for number in range(len(CURVES))]
    for path, curve in zip(paths, CURVES.values(), strict=True):
        pd.DataFrame({"epoch": range(len(curve)), "loss": curve}).to_csv(path, index=False)
    # Training ratings of happy are 3 and 7, 0.25 and 0.75 on [0, 1]; of kind 1 and 9. The test set's are not counted.
    faces = {"face_id": list("abcd"), "happy": [3, 7, 9, 1], "kind": [1, 9, 5, 5]}
    pd.DataFrame(faces).to_csv(tmp_path / "faces.csv", index=False)
    split = {"face_id": list("abcd"), "split": ["train", "train", "test", "test"]}
    pd.DataFrame(split).to_csv(tmp_path / "split.csv", index=False)
    files = Files(histories=paths, faces=tmp_path / "faces.csv", split=tmp_path / "split.csv")
    main(files, networks, (1, 9), tmp_path / "convergence.csv", logging.getLogger("test"))
    table = pd.read_csv(tmp_path / "convergence.csv").set_index(["base", "mode", "attribute"])
    assert table.index.tolist() == list(CURVES)
    np.testing.assert_allclose(table["variance"], [0.0625] * 4 + [0.25] * 2)
    np.testing.assert_allclose(table["before"], [1, 2, 1, 1, 1, 1])
    np.testing.assert_allclose(table["lowest"], [0.8, 0.2, 0.2, 0.4, 0.4, 0.8])
    # (1 + 0.8 + 0.4 + 0.2) / 4 = 0.6; the age network, stuck at 0.8, is slower.
    np.testing.assert_allclose(table["mean_error"], [0.8, 0.6, 0.35, 0.7, 0.4, 0.8])
    # Each attribute and mode has its own level.
    np.testing.assert_allclose(table["level"], [0.8, 0.8, 0.4, 0.4, 0.8, 0.8])
    np.testing.assert_allclose(table["epochs_to_level"], [1, 2, 2, 2, 1, 1])
