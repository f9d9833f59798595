"""Photographs that are unlike the rated faces are marked, and others are not."""

import logging
from collections import OrderedDict

import numpy as np
import pandas as pd
import pytest
import torch
from job_files import Files
from torch import nn

from compare_photos import main
from facelrp.networks import weights
from facelrp.networks.weights import LoadedNetwork

RATED, FAMILIAR = 80, 40


def network(_):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        layers = OrderedDict(
            conv1=nn.Conv2d(3, 6, 9, stride=8), relu1=nn.ReLU(), flatten=nn.Flatten(), fc6=nn.Linear(6 * 28 * 28, 1)
        )
    return LoadedNetwork(nn.Sequential(layers).eval().requires_grad_(False), [120.0] * 3, "small", {})


@pytest.fixture
def files(tmp_path):
    """Rated faces of one grey each, with little noise; as many photographs of greys, and two of strong noise."""
    rng = np.random.default_rng(1)

    def greys(count, noise):
        level = rng.uniform(60, 200, (count, 1, 1, 1))
        return np.clip(level + rng.normal(0, noise, (count, 227, 227, 3)), 0, 255).astype(np.uint8)

    names = [f"f{number}" for number in range(RATED)]
    photos = [f"{number}.png" for number in range(FAMILIAR + 2)]
    np.save(tmp_path / "images.npy", greys(RATED, 3))
    np.save(tmp_path / "photos.npy", np.concatenate([greys(FAMILIAR, 3), greys(2, 90)]))
    pd.DataFrame({"face_id": names}).to_csv(tmp_path / "faces.csv", index=False)
    split = pd.DataFrame({"face_id": names, "split": ["train", "test"] * (RATED // 2)})
    split.to_csv(tmp_path / "split.csv", index=False)
    pd.DataFrame({"face_id": photos, "photo": photos}).to_csv(tmp_path / "photos.csv", index=False)
    paths = {name: tmp_path / f"{name}.csv" for name in ("faces", "split")}
    arrays = {name: tmp_path / f"{name}.npy" for name in ("images", "photos")}
    return Files(weights="", photo_faces=tmp_path / "photos.csv", **paths, **arrays)


def test_noise_is_unlike_greys(files, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(weights, "load", network)
    main(files, tmp_path / "unusual.csv", {"threads": 1}, "cpu", logging.getLogger("test"))
    found = pd.read_csv(tmp_path / "unusual.csv", index_col="face_id")
    assert list(found) == ["unusual", "distance"]
    assert (found["unusual"] == np.where(found["distance"] > 95, "yes", "no")).all()
    assert found["unusual"].iloc[-2:].tolist() == ["yes", "yes"]
    unusual = (found["unusual"] == "yes").sum()
    assert 2 <= unusual <= 2 + FAMILIAR / 5
    assert f"{unusual} of {FAMILIAR + 2} faces on your photographs are unlike the rated" in capsys.readouterr().err
