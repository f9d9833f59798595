"""Swaps of parts with networks whose effects are known: they are linear in the pixels."""

import logging

import numpy as np
import pandas as pd
import pytest
from job_files import Files
from linear_networks import linear

import swap_parts
from facelrp.faces.parts import LABEL
from facelrp_workflow.files import read_table

LOG = logging.getLogger("test")
ATTRIBUTES = ["happy", "confident"]
PARTS = ["brows", "eyes", "nose", "mouth", "cheeks", "jaw", "forehead", "hair", "control", "all"]
#: p3 has two happy photographs, p4 no neutral one, and p5's photographs are identical.
FACES = [("p1", "sad"), ("p1", "happy"), ("p2", "happy"), ("p2", "sad"), ("p2", "neutral"), ("p3", "happy")]
FACES += [("p3", "happy"), ("p3", "sad"), ("p4", "happy"), ("p5", "happy"), ("p5", "neutral")]
PAIRS = {("p1", "sad"): (1, 0), ("p2", "sad"): (2, 3), ("p3", "sad"): (5, 7), ("p2", "neutral"): (2, 4)}
PAIRS |= {("p5", "neutral"): (9, 10)}


NETWORKS = {f"{attribute}.safetensors": linear(seed) for seed, attribute in enumerate(ATTRIBUTES)}


def pixel_weights(attribute):
    return NETWORKS[f"{attribute}.safetensors"].module.fc6.weight.double().numpy().reshape(3, 227, 227)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures of noise; faces of squares without brows, the mouth of each photograph elsewhere.

    The heatmaps are those of linear networks: weight times pixel.
    """
    folder, rng = tmp_path_factory.mktemp("pairs"), np.random.default_rng(1)
    table = pd.DataFrame(FACES, columns=["identity", "state"])
    table.insert(0, "face_id", [f"f{number}" for number in range(len(table))])
    table.to_csv(folder / "faces.csv", index=False)
    images = rng.integers(0, 256, (len(table), 227, 227, 3), dtype=np.uint8)
    images[10] = images[9]
    np.save(folder / "images.npy", images)
    labels = np.full((len(table), 227, 227), LABEL["background"], np.uint8)
    labels[:, 10:200, 40:190] = LABEL["jaw"]
    labels[:, 10:90, 40:190] = LABEL["forehead"]
    labels[:, 10:20, 40:190] = LABEL["hair"]
    labels[:, 70:80, 60:80] = LABEL["right_eye"]
    labels[:, 90:120, 110:120] = LABEL["nose"]
    labels[:, 100:130, 50:70] = LABEL["right_cheek"]
    for number, own in enumerate(labels):
        own[140 + number : 150 + number, 90:130] = LABEL["mouth"]
    labels[10] = labels[9]
    np.save(folder / "parts.npy", labels)
    maps = [np.einsum("chw,nhwc->nhw", pixel_weights(name), images.astype(float)) for name in ATTRIBUTES]
    np.save(folder / "relevance.npy", np.stack(maps))
    return folder


@pytest.fixture(scope="module", params=["dense", "full"])
def table(folder, request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(swap_parts.weights, "load", lambda path: NETWORKS[path.name])
        files = Files(weights=[folder / name for name in NETWORKS], faces=folder / "faces.csv")
        files |= {name: folder / f"{name}.npy" for name in ("images", "parts", "relevance")}
        output = folder / f"{request.param}.csv"
        swap_parts.main(files, output, ATTRIBUTES, request.param == "dense", (3, 7), {"threads": 1}, "cpu", LOG)
    return read_table(output)


def test_every_pair_has_a_row_for_each_part(table):
    assert list(table) == ["attribute", "identity", "against", "part", "effect", "relevance"]
    assert table["attribute"].unique().tolist() == ATTRIBUTES
    for _, own in table.groupby("attribute"):
        assert own["part"].tolist() == PARTS * len(PAIRS)
        assert set(zip(own["identity"], own["against"], strict=True)) == set(PAIRS)


def test_the_whole_photograph_s_effect_is_weights_times_differences_of_pixels(table, folder):
    images = np.load(folder / "images.npy").astype(float)
    rows = table.set_index(["attribute", "identity", "against", "part"])["effect"]
    for attribute in ATTRIBUTES:
        for key, (happy, other) in PAIRS.items():
            difference = (images[happy] - images[other]).transpose(2, 0, 1)
            products = (pixel_weights(attribute) * difference).sum(0)
            assert rows[(attribute, *key, "all")] == pytest.approx(4 * products.sum(), abs=1e-4)


def test_relevance_of_linear_networks_is_the_effect(table):
    """Swapped pixels differ by opacity × difference, and so does relevance; only rounding to grey levels is left."""
    shown = table.dropna()
    assert np.ptp(shown["effect"]) > 0.1
    np.testing.assert_allclose(shown["relevance"], shown["effect"], atol=1e-2)
    whole = table[table["part"] == "all"]
    np.testing.assert_allclose(whole["relevance"], whole["effect"], atol=1e-4)


def test_the_effect_of_the_mouth_is_that_of_a_composite_made_by_hand(table, folder):
    """Distances and the Gaussian filter by sums over all pixels nearby, rather than by SciPy."""
    labels, images = np.load(folder / "parts.npy"), np.load(folder / "images.npy")
    happy, other = PAIRS["p1", "sad"]
    either = (labels[happy] == LABEL["mouth"]) | (labels[other] == LABEL["mouth"])
    opaque = np.zeros_like(either)
    for y in range(-6, 7):
        for x in range(-6, 7):
            if y * y + x * x <= 36:
                opaque |= np.roll(either, (y, x), (0, 1))
    steps = np.arange(-8, 9)
    kernel = np.exp(-0.5 * (steps / 2) ** 2)
    kernel /= kernel.sum()
    opacity = opaque.astype(float)
    for axis in (0, 1):
        opacity = sum(weight * np.roll(opacity, step, axis) for weight, step in zip(kernel, steps, strict=True))
    mixed = np.rint(opacity[..., None] * images[other] + (1 - opacity[..., None]) * images[happy])
    rows = table.set_index(["attribute", "identity", "against", "part"])["effect"]
    for attribute in ATTRIBUTES:
        expected = 4 * (pixel_weights(attribute) * (images[happy] - mixed).transpose(2, 0, 1)).sum()
        assert rows[attribute, "p1", "sad", "mouth"] == pytest.approx(expected, abs=2e-4)


def test_identical_photographs_have_no_effects_at_all(table):
    same = table[(table["identity"] == "p5") & (table["part"] != "brows")]
    assert (same["effect"] == 0).all()
    assert (same["relevance"] == 0).all()


def test_a_part_that_neither_photograph_shows_is_missing(table):
    missing = table[table["effect"].isna()]
    assert set(missing["part"]) == {"brows"}
    assert missing["relevance"].isna().all()
    assert len(missing) == len(ATTRIBUTES) * len(PAIRS)
