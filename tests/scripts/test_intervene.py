"""Interventions with networks whose effects are known: they are linear in the pixels."""

import logging
from functools import partial

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from linear_networks import linear

import choose_references
import intervene
import redraw_faces
from facelrp.datasets.face_set import FaceSet
from facelrp.datasets.synthetic import load
from facelrp.errors import InputError
from facelrp.faces.parts import mask
from facelrp.faces.rating_scales import RatingScale
from facelrp.heatmaps.predictions import predict_ratings
from facelrp_workflow.files import open_array, read_table, write_table
from facelrp_workflow.selection import evenly_spaced

LOG = logging.getLogger("test")
HEATMAPS = {"rule": {"name": "alpha_beta"}, "lrn": "identity"}
OPTIONS = {"count": 44, "seed": 5}
ATTRIBUTES = ["happy", "confident"]
PARTS = ["hair", "forehead", "eyes", "nose", "cheeks", "mouth", "jaw", "brows"]
#: More than a block of faces.
COUNT = 18


NETWORKS = {f"{attribute}.safetensors": linear(seed) for seed, attribute in enumerate(ATTRIBUTES)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The faces of an experiment: every other one is tested. Their pictures are noise, and so are the heatmaps."""
    folder = tmp_path_factory.mktemp("faces")
    table, rng = load(**OPTIONS).table, np.random.default_rng(1)
    write_table(folder / "faces.csv", table)
    split = np.where(np.arange(len(table)) % 2, "test", "train")
    write_table(folder / "split.csv", pd.DataFrame({"face_id": table["face_id"], "split": split})[::-1])
    np.save(folder / "images.npy", rng.integers(0, 256, (len(table), 227, 227, 3), dtype=np.uint8))
    np.save(folder / "parts.npy", rng.integers(0, 12, (len(table), 227, 227), dtype=np.uint8))
    for attribute in ATTRIBUTES:
        np.save(folder / f"{attribute}.npy", rng.normal(size=(22, 227, 227)).astype(np.float16) / 100)
    return folder


@pytest.fixture(scope="module")
def redrawn(folder):
    """The redrawn faces of the job: {(face_id, part): picture}."""
    output = Files(images=folder / "redrawn.npy", table=folder / "redrawn.csv")
    files = Files(faces=folder / "faces.csv", split=folder / "split.csv")
    redraw_faces.main("synthetic", OPTIONS, COUNT, files, output, LOG)
    described = read_table(output.table)
    return dict(zip(described.itertuples(index=False, name=None), open_array(output.images), strict=True))


def test_evenly_spaced_test_faces_are_redrawn_with_every_part(redrawn, folder):
    faces = load(**OPTIONS)
    tested = np.arange(1, 44, 2)[evenly_spaced(22, COUNT)]
    assert list(redrawn) == [(faces.table["face_id"][row], part) for row in tested for part in PARTS]
    for row in tested[[0, 7]]:
        for part in PARTS:
            picture = redrawn[faces.table["face_id"][row], part]
            np.testing.assert_array_equal(picture, faces.redraw(row, part).image)


def test_faces_that_cannot_be_redrawn_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(redraw_faces, "load", lambda *arguments: FaceSet(pd.DataFrame(), None))
    with pytest.raises(InputError, match="omi has no faces that can be drawn again"):
        redraw_faces.main("omi", {}, 2, None, None, LOG)


def run(folder, monkeypatch, mode):
    """The table of a job on these networks."""
    monkeypatch.setattr(intervene.weights, "load", lambda path: NETWORKS[path.name])
    files = Files(
        weights=[folder / name for name in NETWORKS],
        relevance=[folder / f"{attribute}.npy" for attribute in ATTRIBUTES],
        images=folder / "images.npy",
        parts=folder / "parts.npy",
        redrawn=folder / "redrawn.npy",
        redrawn_faces=folder / "redrawn.csv",
        faces=folder / "faces.csv",
        split=folder / "split.csv",
        references=folder / "references.npy",
    )
    chosen = Files(images=files.references, table=folder / "references.csv")
    choose_references.main(files, 4, chosen, LOG)
    output = folder / f"{mode}.csv"
    rules = {"others": {"name": "references"}, "gradient": {"name": "epsilon", "epsilon": 1e-9, "bias": True}}
    intervene.main(files, output, ATTRIBUTES, mode == "dense", HEATMAPS, rules, (3, 7), {"threads": 1}, "cpu", LOG)
    return read_table(output)


@pytest.mark.parametrize("mode", ["dense", "full"])
def test_effects_are_weights_times_differences_of_pixels(folder, redrawn, monkeypatch, mode):
    table = run(folder, monkeypatch, mode)
    assert list(table) == ["attribute", "face_id", "part", "rule", "effect", "relevance"]
    assert table["rule"].unique().tolist() == ["heatmaps", "others", "gradient"]
    faces = read_table(folder / "faces.csv")["face_id"].tolist()
    images = np.load(folder / "images.npy").astype(float)
    expected = [
        4
        * np.sum(
            network.module.fc6.weight.double().numpy().reshape(3, 227, 227)
            * (images[faces.index(face_id)] - picture).transpose(2, 0, 1)
        )
        for network in NETWORKS.values()
        for (face_id, _), picture in redrawn.items()
    ]
    assert np.ptp(expected) > 0.5
    for _, of_rule in table.groupby("rule"):
        np.testing.assert_allclose(of_rule["effect"], expected, atol=1e-4)


def test_relevance_is_that_of_the_face_in_the_part(folder, redrawn, monkeypatch):
    table = run(folder, monkeypatch, "full")
    table = table[table["rule"] == "heatmaps"].set_index(["attribute", "face_id", "part"])["relevance"]
    assert len(table) == 2 * COUNT * len(PARTS)
    faces = read_table(folder / "faces.csv")["face_id"].tolist()
    labels = np.load(folder / "parts.npy")
    for attribute in ATTRIBUTES:
        maps = np.load(folder / f"{attribute}.npy").astype(float)
        for face_id, part in redrawn:
            row = faces.index(face_id)
            where = mask(labels[row], part)
            found = table[attribute, face_id, part]
            # The labels 0 to 11 are neither of the mouth nor of the jaw.
            assert np.isnan(found) == (part in ("mouth", "jaw"))
            if where.any():
                # Test faces are those of odd rows.
                assert found == pytest.approx(4 * maps[row // 2][where].sum())


def test_against_references_relevance_is_weights_times_differences_from_training_faces(folder, monkeypatch):
    table = run(folder, monkeypatch, "full")
    faces, labels = read_table(folder / "faces.csv"), np.load(folder / "parts.npy")
    images = np.load(folder / "images.npy").astype(float)
    # Training faces are those of even rows: there are 22, and 4 of them are compared with.
    rows = [0, 14, 28, 42]
    assert read_table(folder / "references.csv")["face_id"].tolist() == faces["face_id"][rows].tolist()
    mean = images[rows].mean(0)
    found = table[(table["rule"] == "others") & table["relevance"].notna()]
    assert len(found) == 2 * COUNT * (len(PARTS) - 2)
    for one in found.iloc[::17].itertuples():
        row = faces.index[faces["face_id"] == one.face_id][0]
        weights = NETWORKS[f"{one.attribute}.safetensors"].module.fc6.weight.double().numpy().reshape(3, 227, 227)
        heatmap = (weights * (images[row] - mean).transpose(2, 0, 1)).sum(0)
        assert one.relevance == pytest.approx(4 * heatmap[mask(labels[row], one.part)].sum(), abs=1e-4)


def test_by_another_rule_relevance_is_that_rule_s(folder, monkeypatch):
    """For a linear network and a tiny ε, relevance is weight times input, whatever is subtracted on average."""
    table = run(folder, monkeypatch, "full")
    faces, labels = read_table(folder / "faces.csv"), np.load(folder / "parts.npy")
    found = table[(table["rule"] == "gradient") & table["relevance"].notna()]
    assert len(found) == 2 * COUNT * (len(PARTS) - 2)
    for one in found.iloc[::17].itertuples():
        row = faces.index[faces["face_id"] == one.face_id][0]
        network = NETWORKS[f"{one.attribute}.safetensors"]
        weights = network.module.fc6.weight.double().numpy().reshape(3, 227, 227)
        pixels = np.load(folder / "images.npy")[row].astype(float) - np.array(network.mean)
        heatmap = (weights * pixels.transpose(2, 0, 1)).sum(0)
        assert one.relevance == pytest.approx(4 * heatmap[mask(labels[row], one.part)].sum(), abs=1e-4)


def test_an_unchanged_face_has_no_effect():
    images = np.random.default_rng(2).integers(0, 256, (3, 227, 227, 3), dtype=np.uint8)
    network = NETWORKS["happy.safetensors"]
    predict_batch = partial(predict_ratings, [network], False, RatingScale(3, 7))
    effects = intervene.effects_of_parts(predict_batch, images, np.array([2, 0]), images[[2, 2, 0, 0]])
    assert effects.shape == (2, 2, 1)
    np.testing.assert_allclose(effects, 0, atol=1e-4)
