"""Interrupted trainings continue from a checkpoint."""

import logging
import os
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from facelrp.networks.batches import Features
from facelrp.training.loop import Recipe, fit, squared_error
from facelrp_workflow.checkpoint import Checkpoint, identity

LOG = logging.getLogger("test")


class Killed(Exception):
    """Stands for a power cut."""


def train(path, recipe, killed_after=None):
    """Train a small network with a checkpoint at every epoch; return it, its history and the epochs it worked on."""
    torch.manual_seed(0)
    network = nn.Sequential()
    for name, layer in {
        "one": nn.Linear(6, 5),
        "relu": nn.ReLU(),
        "drop": nn.Dropout(),
        "two": nn.Linear(5, 1),
    }.items():
        network.add_module(name, layer)
    features = torch.randn(2, 40, 6, generator=torch.Generator().manual_seed(1))
    worked, checkpoint = [], Checkpoint(path, {"recipe": str(recipe)}, LOG, interval=0)
    save = checkpoint.save

    def save_and_die(state):
        save(state)
        worked.append(len(state()["history"]))
        if worked[-1] == killed_after:
            raise Killed

    checkpoint.save = save_and_die
    try:
        history = fit(network, Features(features), features[0, :, 0], recipe, squared_error, 3, checkpoint=checkpoint)
    except Killed:
        history = None
    return network, history, worked


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_an_interrupted_training_ends_in_the_same_bytes(tmp_path, optimiser, batch_norm):
    recipe = Recipe(optimiser, 0.01, 5, 8, schedule="one_cycle", dropout=0.3, batch_norm=batch_norm)
    whole, history, _ = train(tmp_path / "whole", recipe)
    assert train(tmp_path / "cut", recipe, killed_after=2)[1] is None
    assert train(tmp_path / "cut", recipe, killed_after=3)[2] == [3]
    resumed, resumed_history, worked = train(tmp_path / "cut", recipe)
    assert worked == [4, 5]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    assert [record["loss"] for record in resumed_history] == [record["loss"] for record in history]


def test_the_state_of_another_training_is_not_used(tmp_path):
    train(tmp_path / "weights", Recipe("sgd", 0.01, 5, 8), killed_after=2)
    assert train(tmp_path / "weights", Recipe("sgd", 0.02, 5, 8))[2] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"x" * 999])
def test_a_damaged_state_is_reported_and_not_used(tmp_path, damage, caplog):
    recipe = Recipe("sgd", 0.01, 3, 8)
    train(tmp_path / "weights", recipe, killed_after=2)
    path = Checkpoint(tmp_path / "weights", {}, LOG).path
    path.write_bytes(damage(path.read_bytes()))
    assert train(tmp_path / "weights", recipe)[2] == [1, 2, 3]
    assert "cannot be read" in caplog.text


def test_short_trainings_write_nothing(tmp_path):
    checkpoint = Checkpoint(tmp_path / "weights.safetensors", {}, LOG, interval=60)
    checkpoint.save(lambda: pytest.fail("no state is wanted"))
    checkpoint.saved -= 61
    checkpoint.save(lambda: {"history": []})
    assert checkpoint.load() == {"history": []}
    checkpoint.remove()
    checkpoint.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_job_is_identified_by_inputs_settings_and_wildcards(tmp_path):
    path = tmp_path / "images.npy"
    path.write_text("one")

    def job(rate=1, base="age"):
        return identity(SimpleNamespace(input=[str(path)], params={"recipe": {"rate": rate}}, wildcards={"base": base}))

    same = job()
    assert job() == same
    assert job(rate=2) != same
    assert job(base="gender") != same
    os.utime(path, (1, 1))
    assert job() != same
