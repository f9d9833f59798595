"""Interrupted trainings continue from a checkpoint, and from no other state than the one that was saved."""

import hashlib
import io
import logging
import os
import random
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from facelrp.networks.batches import Features
from facelrp.training.loop import Recipe, fit, squared_error
from facelrp.training.state import capture, restore
from facelrp_workflow import checkpoint
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
    worked, checkpoint = [], Checkpoint(path, str(recipe), LOG, interval=0)
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


# Damaged checkpoints.


def saved_states(folder, count=2):
    """Save states of a training one after the other; return the checkpoint, and the bytes of each state's file."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(100, 300), nn.ReLU(), nn.Dropout(), nn.Linear(300, 1))
    optimiser = torch.optim.AdamW(network.parameters(), 0.01)
    checkpoint, contents = Checkpoint(folder / "weights", "job", LOG, interval=0), []
    for epoch in range(count):
        optimiser.zero_grad()
        network(torch.randn(8, 100)).square().mean().backward()
        optimiser.step()
        history = [{"epoch": number + 1, "loss": 0.5, "seconds": 0.1} for number in range(epoch + 1)]
        state = capture(network, optimiser, torch.Generator().manual_seed(epoch), history)
        checkpoint.save(lambda state=state: state)
        contents.append(checkpoint.path.read_bytes())
    return checkpoint, contents, state


def equal(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


def flip(data, chance, _):
    for _ in range(chance.choice([1, 1, 1, 2, 8])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def zero(data, chance, _):
    size = chance.choice([512, 4096, 4096, 65536])
    start = chance.randrange(0, len(data), size)
    data[start : start + size] = bytes(len(data[start : start + size]))


def cut(data, chance, _):
    del data[chance.choice([0, 1, 31, 32, 39, 40, len(data) - 1, chance.randrange(len(data))]) :]


def append(data, chance, _):
    data += chance.choice([b"\0", bytes(4096), chance.randbytes(100), bytes(data)])


def swap(data, chance, _):
    one, other = chance.sample(range(0, len(data) - 4096, 4096), 2)
    data[one : one + 4096], data[other : other + 4096] = data[other : other + 4096], data[one : one + 4096]


def fill(data, chance, _):
    start = chance.randrange(len(data))
    noise = chance.randbytes(chance.choice([1, 100, 4096]))[: len(data) - start]
    data[start : start + len(noise)] = noise


def mix(data, chance, before):
    """Pages of the state before, as if only some of the new ones were written."""
    for start in chance.sample(range(0, len(data), 4096), 5):
        data[start : start + 4096] = before[start : start + 4096]


def shift(data, chance, _):
    position = chance.randrange(len(data))
    if chance.random() < 0.5:
        del data[position]
    else:
        data.insert(position, chance.randrange(256))


DAMAGES = [flip, zero, cut, append, swap, fill, mix, shift]


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_damaged_state_is_used(tmp_path, damage, caplog):
    """125 of each kind, 1,000 in all. One zeroed page of weights used to load without an error."""
    checkpoint, (before, whole), state = saved_states(tmp_path)
    chance, harmless = random.Random(damage.__name__), 0
    for _ in range(125):
        data = bytearray(whole)
        damage(data, chance, before)
        checkpoint.path.write_bytes(data)
        caplog.clear()
        found = checkpoint.load()
        if data == whole:
            harmless += 1
            assert equal(found, state)
        else:
            assert found is None
            assert "starting from the beginning" in caplog.text
    assert harmless < 20
    checkpoint.path.write_bytes(whole)
    assert equal(checkpoint.load(), state)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_training_with_a_damaged_state_ends_in_the_same_bytes(tmp_path, damage):
    recipe, chance = Recipe("adamw", 0.01, 3, 8, batch_norm=True), random.Random(3)
    whole, history, _ = train(tmp_path / "whole", recipe)
    for number in range(5):
        train(tmp_path / str(number), recipe, killed_after=1)
        path = Checkpoint(tmp_path / str(number), "", LOG).path
        data = bytearray(path.read_bytes() * 3 if damage in (swap, mix) else path.read_bytes())
        damage(data, chance, bytes(len(data)))
        path.write_bytes(data)
        again, again_history, _ = train(tmp_path / str(number), recipe)
        assert all(torch.equal(value, again.state_dict()[name]) for name, value in whole.state_dict().items())
        assert [record["loss"] for record in again_history] == [record["loss"] for record in history]


def signed(body):
    return hashlib.sha256(body).digest() + body


def older(state):
    """The format of earlier versions: no digest."""
    content = io.BytesIO()
    torch.save({"job": "job", "state": state}, content)
    return content.getvalue()


CONTENTS = {
    "empty": lambda state: b"",
    "digest alone": lambda state: signed(b""),
    "no job": lambda state: signed(bytes(8)),
    "a job longer than the file": lambda state: signed(b"\xff" * 8),
    "a job of which nothing follows": lambda state: signed((3).to_bytes(8, "little") + b"job"),
    "no state of torch": lambda state: signed((3).to_bytes(8, "little") + b"job" + b"no zip file"),
    "an older format": older,
    "a state of another kind": lambda state: signed((3).to_bytes(8, "little") + b"job" + older(state)),
    "text": lambda state: b"a text of a few bytes\n",
    "zeros": lambda state: bytes(10_000),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_other_files_are_reported_and_not_used(tmp_path, content, caplog):
    caplog.set_level(logging.INFO)
    checkpoint, _, state = saved_states(tmp_path, 1)
    checkpoint.path.write_bytes(CONTENTS[content](state))
    assert checkpoint.load() is None
    assert "starting from the beginning" in caplog.text
    checkpoint.save(lambda: state)
    assert equal(checkpoint.load(), state)


def make_folder(path):
    path.mkdir()
    (path / "mine.txt").write_text("mine")


OBSTACLES = {
    "a folder": make_folder,
    "a link to a folder": lambda path: path.symlink_to(path.parent),
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_a_training_does_without_checkpoints_if_their_name_is_taken(tmp_path, obstacle, caplog):
    checkpoint = Checkpoint(tmp_path / "weights", "job", LOG, interval=0)
    OBSTACLES[obstacle](checkpoint.path)
    before = sorted(tmp_path.rglob("*"))
    assert checkpoint.load() is None
    assert "without checkpoints" in caplog.text
    checkpoint.save(lambda: pytest.fail("no state is wanted"))
    checkpoint.remove()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("target", ["nowhere", ".weights.checkpoint"])
def test_a_link_to_nothing_is_replaced(tmp_path, target):
    checkpoint, _, state = saved_states(tmp_path, 1)
    checkpoint.path.unlink()
    checkpoint.path.symlink_to(target)
    assert checkpoint.load() is None
    checkpoint.save(lambda: state)
    assert equal(checkpoint.load(), state)
    assert os.listdir(tmp_path) == [checkpoint.path.name]


def test_a_link_to_a_state_is_followed_and_what_it_leads_to_is_kept(tmp_path):
    checkpoint, (whole,), state = saved_states(tmp_path, 1)
    kept = checkpoint.path.rename(tmp_path / "elsewhere")
    checkpoint.path.symlink_to(kept)
    assert equal(checkpoint.load(), state)
    checkpoint.save(lambda: {"history": []})
    checkpoint.remove()
    assert kept.read_bytes() == whole


@pytest.mark.parametrize(
    "fault", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error"), MemoryError()]
)
def test_a_state_that_cannot_be_read_is_reported(tmp_path, monkeypatch, fault, caplog):
    checkpoint, _, _ = saved_states(tmp_path, 1)

    def refuse(*_):
        raise fault

    monkeypatch.setattr("facelrp_workflow.checkpoint.open", refuse, raising=False)
    assert checkpoint.load() is None
    assert "starting from the beginning" in caplog.text


def test_a_state_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    events, sync, replace = [], os.fsync, os.replace

    def record_sync(descriptor):
        events.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        sync(descriptor)

    def record_replace(source, target):
        events.append("renamed")
        replace(source, target)

    if not os.path.exists("/proc/self/fd"):
        pytest.skip("this system does not show the names of open files")
    monkeypatch.setattr(os, "fsync", record_sync)
    monkeypatch.setattr(os, "replace", record_replace)
    checkpoint, _, _ = saved_states(tmp_path, 1)
    written, *others = events
    assert written.startswith(str(tmp_path / "..weights.partial-"))
    assert others == ["renamed", str(tmp_path)]
    assert os.listdir(tmp_path) == [checkpoint.path.name]


def test_a_save_that_fails_leaves_the_state_before(tmp_path):
    checkpoint, (whole,), state = saved_states(tmp_path, 1)

    class Full(dict):
        def __reduce__(self):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(lambda: {"history": Full()})
    assert checkpoint.path.read_bytes() == whole
    assert equal(checkpoint.load(), state)
    assert os.listdir(tmp_path) == [checkpoint.path.name]


def test_the_state_of_a_training_on_the_cpu_needs_no_gpu(monkeypatch):
    """A job on the CPU of a host with a GPU may continue on one without."""
    network = nn.Linear(3, 1)
    arguments = network, torch.optim.SGD(network.parameters(), 0.1), torch.Generator()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for name in ("get_rng_state", "get_rng_state_all", "set_rng_state", "set_rng_state_all"):
        monkeypatch.setattr(torch.cuda, name, lambda *_: pytest.fail("no GPU is in use"))
    torch.manual_seed(1)
    state = capture(*arguments, [])
    drawn = torch.rand(3)
    assert restore(state, *arguments) == []
    assert torch.equal(torch.rand(3), drawn)


def test_short_trainings_write_nothing(tmp_path):
    checkpoint = Checkpoint(tmp_path / "weights.safetensors", "", LOG, interval=60)
    checkpoint.save(lambda: pytest.fail("no state is wanted"))
    checkpoint.saved -= 61
    checkpoint.save(lambda: {"history": []})
    assert checkpoint.load() == {"history": []}
    checkpoint.remove()
    checkpoint.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_job_is_identified_by_inputs_settings_wildcards_versions_and_device(tmp_path, monkeypatch):
    path = tmp_path / "images.npy"
    path.write_text("one")

    def job(rate=1, base="age", device="auto"):
        params, resources = {"recipe": {"rate": rate}}, SimpleNamespace(device=device)
        wildcards = {"base": base}
        return identity(SimpleNamespace(input=[str(path)], params=params, wildcards=wildcards, resources=resources))

    same = job()
    assert job() == same
    assert job(rate=2) != same
    assert job(base="gender") != same
    os.utime(path, (1, 1))
    assert job() != same
    found = {}
    for available in (True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda available=available: available)
        found[available] = job(), job(device="cpu")
    assert found[True][0] != found[False][0]
    assert found[True][1] == found[False][1]
    same = job()
    monkeypatch.setattr(checkpoint, "environment", lambda: {"torch": "1.0"})
    assert job() != same
