"""Networks that differ in their dense layers, in one file: what is read is what was saved."""

import os
from collections import OrderedDict

import pytest
import torch
from torch import nn

from facelrp.networks import dense_variants
from facelrp.networks.architectures import ARCHITECTURES
from facelrp.networks.weights import LoadedNetwork

#: More than nine: as text, the names of ten and eleven would come before that of two.
COUNT = 11


def network(outputs=1):
    """Return a small network with layers as in `facelrp.networks.levi_hassner`."""
    layers = {"conv1": nn.Conv2d(3, 2, 3), "relu1": nn.ReLU(), "flatten": nn.Flatten()}
    layers |= {"fc6": nn.Linear(8, 4), "relu6": nn.ReLU(), "fc7": nn.Linear(4, 4), "fc8": nn.Linear(4, outputs)}
    return nn.Sequential(OrderedDict(layers))


@pytest.fixture
def base(monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "small", f"{__name__}:network")
    torch.manual_seed(0)
    return LoadedNetwork(network(8).eval(), [120.0, 110.0, 100.0], "small", {"base": "age"})


@pytest.fixture
def variants(base):
    """Return networks with the base model's convolutions and their own dense layers, in training mode."""
    found = [network() for _ in range(COUNT)]
    for one in found:
        one.conv1.load_state_dict(base.module.conv1.state_dict())
    return found


@pytest.fixture
def path(variants, tmp_path):
    path = tmp_path / "weights.safetensors"
    dense_variants.save(path, [dense_variants.dense_weights(one) for one in variants])
    return path


def test_only_dense_layers_are_kept(variants):
    names = {f"{layer}.{kind}" for layer in ("fc6", "fc7", "fc8") for kind in ("weight", "bias")}
    assert set(dense_variants.dense_weights(variants[0])) == names


@torch.no_grad()
def test_each_network_is_the_one_that_was_saved_and_the_base_model_stays(path, base, variants):
    images = torch.randn(5, 3, 4, 4)
    before = base.module(images)
    loaded = list(dense_variants.load(path, base))
    assert [one.metadata for one in loaded] == [{"variant": number} for number in range(1, COUNT + 1)]
    for one, saved in zip(loaded, variants, strict=True):
        assert torch.equal(one.module(images), saved(images))
        assert not one.module.training
        assert (one.mean, one.architecture) == (base.mean, "small")
    assert torch.equal(base.module(images), before)


def test_the_same_networks_give_the_same_bytes(path, variants, tmp_path):
    dense_variants.save(tmp_path / "again", [dense_variants.dense_weights(one) for one in variants])
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_others_may_read_the_file(path, tmp_path):
    (tmp_path / "plain").touch()
    assert os.stat(path).st_mode == os.stat(tmp_path / "plain").st_mode
