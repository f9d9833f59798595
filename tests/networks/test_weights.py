"""Networks on disk: they come back unchanged, with their mean and metadata, and faulty files are refused."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from facelrp.errors import InputError
from facelrp.networks import weights
from facelrp.networks.levi_hassner import levi_hassner

CHANNELS = [10.0, 20.0, 30.0]


@pytest.fixture(scope="module")
def module():
    torch.manual_seed(1)
    return levi_hassner(2).eval()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).integers(0, 256, (3, 227, 227, 3), dtype=np.uint8)


def saved(folder, module, mean=CHANNELS, **metadata):
    path = folder / "weights.safetensors"
    weights.save(path, module, mean, "levi_hassner", **metadata)
    return weights.load(path)


def test_a_saved_network_comes_back_unchanged(tmp_path, module):
    loaded = saved(tmp_path, module, base="age", edges=[20.5, 40])
    assert loaded.architecture == "levi_hassner"
    assert loaded.mean == CHANNELS
    assert loaded.metadata == {"base": "age", "edges": [20.5, 40]}
    assert not loaded.module.training
    for name, value in module.state_dict().items():
        assert torch.equal(value, loaded.module.state_dict()[name]), name


def test_metadata_is_sorted(tmp_path, module):
    saved(tmp_path, module, **dict.fromkeys("hgfedcb", 1))
    with (tmp_path / "weights.safetensors").open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    assert list(header["__metadata__"]) == sorted([*"hgfedcb", "architecture", "mean"])


def test_images_have_the_mean_of_the_network_subtracted(tmp_path, module, images):
    batch = saved(tmp_path, module).images(images, [2, 0])(torch.arange(2))
    np.testing.assert_array_equal(batch, images[[2, 0]].transpose(0, 3, 1, 2) - np.reshape(CHANNELS, (3, 1, 1)))


def test_a_mean_image_is_kept_pixel_by_pixel(tmp_path, module, images):
    mean = np.random.default_rng(2).uniform(80, 140, (3, 227, 227)).astype(np.float32)
    loaded = saved(tmp_path, module, mean)
    np.testing.assert_array_equal(loaded.mean, mean)
    assert loaded.metadata == {}
    batch = loaded.images(images)(torch.arange(3))
    np.testing.assert_array_equal(batch, images.transpose(0, 3, 1, 2) - mean)
    low, high = loaded.pixel_range
    assert low == tuple((-mean.max((1, 2))).tolist())
    assert high == tuple((255 - mean.min((1, 2))).tolist())


def test_the_pixel_range_is_black_and_white_less_the_mean(tmp_path, module):
    assert saved(tmp_path, module).pixel_range == ((-10, -20, -30), (245, 235, 225))


def test_a_network_moves_with_its_images(tmp_path, module, images):
    moved = saved(tmp_path, module).to("meta")
    assert moved.device.type == "meta"
    assert moved.images(images).device.type == "meta"


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"architecture": '"other"'}, "no architecture is called 'other'"),
        ({"architecture": '"levi_hassner"'}, "has no mean to subtract from images"),
        ({"architecture": '"levi_hassner"', "mean": "[1, 2, 3]"}, "does not hold a network of the architecture"),
        (None, "cannot be read as safetensors"),
    ],
)
def test_faulty_files_are_refused(tmp_path, metadata, message):
    path = tmp_path / "weights.safetensors"
    if metadata is None:
        path.write_bytes(b"something else")
    else:
        save_file({"fc8.bias": torch.zeros(2)}, path, metadata)
    with pytest.raises(InputError, match=message) as caught:
        weights.load(path)
    assert caught.value.where == path
