"""How well features suit ratings: of the training set alone, attribute by attribute."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files

from facelrp.errors import InputError
from facelrp.statistics.gram import centred_gram
from facelrp.statistics.transferability import h_score, log_me
from facelrp_workflow.files import read_table
from measure_transferability import main

#: Every other face is in the training set.
TRAIN = np.arange(60) % 2 == 0


@pytest.fixture
def measure(tmp_path):
    """A function that measures features and mirrored features (2, N, F) for a table of ratings."""

    def run(features, ratings):
        faces = ratings.assign(face_id=[f"f{number}" for number in range(len(ratings))], identity="", state="")
        faces.to_csv(tmp_path / "faces.csv", index=False)
        # The order of the rows of a split says nothing.
        split = faces[["face_id"]].assign(split=np.where(TRAIN, "train", "test"))
        split.iloc[::-1].to_csv(tmp_path / "split.csv", index=False)
        np.save(tmp_path / "features.npy", features)
        files = Files(
            {name: tmp_path / f"{name}.csv" for name in ("faces", "split")}, features=tmp_path / "features.npy"
        )
        main(files, list(ratings), tmp_path / "transferability.csv", logging.getLogger("test"))
        return read_table(tmp_path / "transferability.csv")

    return run


@pytest.fixture
def data():
    """Features, and ratings of which one is linear in them but for noise; the other has nothing to do with them."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(2, 60, 200)).astype("float32")
    features[0, :, :3] *= 10
    ratings = features[0, :, :3].sum(1) / 10 + rng.normal(0, 0.5, 60)
    return features, pd.DataFrame({"happy": 5 + ratings, "clever": rng.normal(5, 1, 60)})


def test_a_row_for_each_attribute(measure, data):
    features, ratings = data
    table = measure(features, ratings)
    assert table["attribute"].tolist() == ["happy", "clever"]
    assert table["faces"].tolist() == [30, 30]
    gram = centred_gram(features[0, TRAIN])
    for row in table.itertuples():
        known = ratings.loc[TRAIN, row.attribute]
        assert row.log_me == pytest.approx(log_me(gram, known))
        assert row.h_score == pytest.approx(h_score(gram, known, 200))
    happy, clever = table[["log_me", "h_score"]].to_numpy()
    assert (happy > clever).all()


def test_neither_test_faces_nor_mirrored_ones_are_measured(measure, data):
    features, ratings = data
    expected = measure(features, ratings)
    features[0, ~TRAIN], features[1] = 7, np.nan
    ratings.loc[~TRAIN, "happy"] = 1
    pd.testing.assert_frame_equal(measure(features, ratings), expected)


def test_an_attribute_without_differences_is_named(measure, data):
    features, ratings = data
    ratings.loc[TRAIN, "clever"] = 5.0
    with pytest.raises(InputError, match="ratings of clever: ratings do not differ between faces of the training set"):
        measure(features, ratings)
