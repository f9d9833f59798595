"""Exported programs as base models: they compute what the network did, and files of strangers run nothing."""

import copy
import json
import logging
import os
import zipfile
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

import import_file
from facelrp.errors import InputError
from facelrp.lrp import Epsilon, Explainer, Gamma
from facelrp.lrp.exported.operations import OPERATIONS as PASSED
from facelrp.lrp.exported.operations import PARTS
from facelrp.networks import dense_variants, weights
from facelrp.networks.architectures import EXPORTED, build, view_of
from facelrp.networks.program_files import read_program
from facelrp.networks.programs import OPERATIONS
from facelrp.networks.states import from_state
from facelrp.networks.surgery import first_convolution, regressor
from facelrp.training.fine_tuning import train
from facelrp.training.loop import Recipe

SIZE = 40


class Network(nn.Module):
    """A stem, a block with a gate that is called twice, tokens that attend to each other, and two dense layers."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 4, 4, bias=False), nn.BatchNorm2d(6), nn.ReLU(inplace=True))
        self.shared = nn.Conv2d(6, 6, 3, padding="same")
        self.gate, self.norm, self.attend = nn.Linear(6, 6), nn.LayerNorm(6), nn.Linear(6, 18, bias=False)
        self.hidden, self.fc = nn.Linear(6, 5), nn.Linear(5, 4)
        self.register_buffer("earlier", torch.ones(25, 25).tril().bool(), persistent=False)
        nn.init.normal_(self.stem[1].running_mean), nn.init.uniform_(self.stem[1].running_var, 0.5, 2)

    def forward(self, x):
        x = self.stem(x)
        x = F.max_pool2d(self.shared(F.gelu(self.shared(x))) + x, 2)
        x = x * torch.sigmoid(self.gate(x.mean((2, 3))))[:, :, None, None]
        tokens = self.norm(x.flatten(2).transpose(1, 2))
        q, k, v = self.attend(tokens.reshape(x.shape[0] * 25, 6)).reshape(x.shape[0], 25, 18).chunk(3, -1)
        scores = q @ k.transpose(1, 2) + torch.where(self.earlier, 0.0, -100.0)
        tokens = tokens + scores.softmax(-1) @ v
        return self.fc(F.relu(self.hidden(tokens.mean(1)))).softmax(-1)


def exported(network, path, size=SIZE, number=None):
    number = torch.export.Dim("images") if number is None else number
    program = torch.export.export(network, (torch.zeros(2, 3, size, size),), dynamic_shapes=({0: number},))
    torch.export.save(program, path)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(5)
    return Network().eval()


@pytest.fixture(scope="module")
def path(tmp_path_factory, network):
    path = tmp_path_factory.mktemp("programs") / "net.pt2"
    exported(network, path)
    return path


@pytest.fixture(scope="module")
def images():
    return torch.randn(3, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(3))


def imported(path, std=(1.0, 1.0, 1.0), output=None):
    program, state = read_program(path, output)
    return from_state(partial(build, EXPORTED, program=program), state, std, path)


@torch.no_grad()
def test_it_computes_what_the_network_does(path, network, images):
    ours = imported(path, std=(2.0, 4.0, 8.0))
    features = ours.features(images * torch.tensor([2.0, 4.0, 8.0]).view(1, 3, 1, 1))
    torch.testing.assert_close(ours.fc(features).softmax(1), network(images), rtol=1e-5, atol=1e-6)
    assert view_of(ours) == {"size": SIZE, "crop": 1.0}
    names = {name.removeprefix("features.") for name in ours.state_dict()}
    assert names >= {"stem.0.weight", "stem.1.running_var", "shared.bias", "attend.weight", "earlier", "fc.weight"}
    assert first_convolution(ours) is ours.features.get_submodule("stem.0")
    assert isinstance(ours.features.get_submodule("hidden"), nn.Linear)


@torch.no_grad()
def test_another_dense_layer_can_be_the_output(path, network, images):
    ours = imported(path, output="hidden")
    kept = {}
    hook = network.hidden.register_forward_hook(lambda layer, given, result: kept.update(given=given[0], result=result))
    network(images)
    hook.remove()
    features = ours.features(images)
    torch.testing.assert_close(features, kept["given"], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(ours.fc(features), kept["result"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rule", [Gamma(0.25), Epsilon(1e-6)], ids=repr)
def test_heatmaps_are_those_of_the_network(path, network, images, rule):
    ours = imported(path)
    ours = nn.Sequential(ours.features, ours.fc, nn.Softmax(-1)).double()
    expected, found = (
        Explainer(one, rule, attention="attnlrp")(images.double(), target=2)
        for one in (copy.deepcopy(network).double(), ours)
    )
    torch.testing.assert_close(found.relevance, expected.relevance, rtol=1e-9, atol=1e-12)
    assert found.conservation_error().max() < 1e-10


def test_its_file_comes_back_and_all_its_layers_learn(path, tmp_path):
    ours = imported(path)
    weights.save(tmp_path / "base.safetensors", ours, [1.0, 2.0, 3.0], EXPORTED, base="mine")
    loaded = weights.load(tmp_path / "base.safetensors")
    faces = np.random.default_rng(1).integers(0, 256, (6, 227, 227, 3), np.uint8)
    inputs = loaded.images(faces)
    batch = inputs(torch.arange(6))
    torch.testing.assert_close(loaded.module(batch), ours(batch), rtol=0, atol=0)

    network = regressor(loaded.module, 0.5, torch.Generator().manual_seed(1), "mlp")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    recipe = Recipe("adamw", 1e-3, epochs=1, batch_size=3, batch_norm=True)
    train(network, inputs, np.linspace(0, 1, 6), recipe, 1)
    same = {name for name, value in network.state_dict().items() if value.equal(before[name])}
    assert same == {f"features.{name}" for name in ("stem.1.running_mean", "stem.1.running_var", "earlier")}

    base = weights.load(tmp_path / "base.safetensors")
    variant = regressor(weights.load(tmp_path / "base.safetensors").module, 0.5, torch.Generator().manual_seed(2))
    dense_variants.save(tmp_path / "variants", [dense_variants.dense_weights(variant)])
    (found,) = dense_variants.load(tmp_path / "variants", base)
    torch.testing.assert_close(found.module(batch), variant(batch), rtol=0, atol=0)


def test_each_operation_that_relevance_can_pass_may_be_in_a_program():
    assert {*PASSED, *PARTS} == OPERATIONS - {"batch_norm", "mT", "expand_as", "view_as"}  # which tracing decomposes


class Standardised(Network):
    def forward(self, x):
        return super().forward(x / 2)


class Decided(Network):
    def forward(self, x):
        return super().forward(x) @ self.fc.weight


class Masked(Network):
    """Relevance cannot pass one of its operations."""

    def forward(self, x):
        return self.fc(self.hidden(self.stem(x).masked_fill(self.earlier[:10, :10], 0.0).mean((2, 3))))


def test_it_becomes_a_base_model(path):
    base = {"file": path, "mean": [0.0] * 3, "std": [1.0] * 3, "crop": 0.8}
    network, architecture = import_file.main({}, base, None, logging.getLogger("test"))
    assert architecture == EXPORTED
    assert view_of(network) == {"size": SIZE, "crop": 0.8}


FAULTS = {
    "training mode": (lambda path: exported(Network().train(), path), "exported in training mode"),
    "one number": (lambda path: exported(Network().eval(), path, number=torch.export.Dim.STATIC), "it takes 2 images"),
    "standardised": (lambda path: exported(Standardised().eval(), path), "its pixels are not the input of a conv"),
    "more weights": (lambda path: exported(Decided().eval(), path), "layers with weights follow its last dense layer"),
    "masked": (lambda path: exported(Masked().eval(), path), "relevance cannot pass its operation masked_fill"),
    "weights": (lambda path: torch.save({"weight": torch.ones(1)}, path), "cannot be read as a program"),
    "a text": (lambda path: path.write_text("I am no program."), "not a complete zip archive"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_what_cannot_be_a_base_model_is_refused(tmp_path, kind):
    write, expected = FAULTS[kind]
    write(tmp_path / "net.pt2")
    with pytest.raises(InputError, match=expected) as caught:
        read_program(tmp_path / "net.pt2")
    assert str(caught.value).isprintable()


def test_an_unknown_output_is_refused(path):
    with pytest.raises(InputError, match="it has no dense layer 'head' — name one of fc, hidden, attend, gate"):
        read_program(path, "head")


def changed(path, target, change, member="model.json"):
    """Copy a program with the JSON of a member changed."""
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(target, "w") as written:
        for name in given.namelist():
            content = given.read(name)
            if name.endswith(member):
                value = json.loads(content)
                content = json.dumps(change(value) or value).encode()
            written.writestr(name, content)


def nodes_of(model):
    return model["graph_module"]["graph"]["nodes"]


HOSTILE = {
    "a program of the system": lambda model: nodes_of(model)[1].update(target="torch.hub.os.system"),
    "an operation that reads files": lambda model: nodes_of(model)[1].update(target="torch.ops.aten.from_file.default"),
    "an attribute": lambda model: nodes_of(model)[1].update(target="torch.ops.aten.relu.__class__"),
    "an expression": lambda model: model["graph_module"]["graph"]["tensor_values"]["x"]["sizes"].__setitem__(
        2, {"as_expr": {"expr_str": "__import__('os').mkdir('MARKER')", "hint": {"as_int": SIZE}}}
    ),
    "another version": lambda model: model["schema_version"].update(major=9),
    "no graph": lambda model: model.pop("graph_module"),
    "another kind of argument": lambda model: nodes_of(model)[1]["inputs"][0].update(arg={"as_graph": {}}),
    "a list": lambda model: [1, 2],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_files_of_strangers_run_nothing(path, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    changed(path, tmp_path / "net.pt2", HOSTILE[kind])
    with pytest.raises(InputError) as caught:
        read_program(tmp_path / "net.pt2")
    assert str(caught.value).isprintable()
    assert os.listdir(tmp_path) == ["net.pt2"]


STORED = {
    "pickled": ({"use_pickle": True}, "its tensor fc.weight is no plain one of float32"),
    "of another type": ({"tensor_meta": {"dtype": 6}}, "its tensor fc.weight is no plain one of float32"),
    "in another folder": ({"path_name": "../constants/tensor_0"}, "cannot be read as a program"),
}


@pytest.mark.parametrize("kind", STORED)
def test_tensors_are_read_as_bytes(path, tmp_path, kind):
    change, expected = STORED[kind]
    changed(
        path, tmp_path / "net.pt2", lambda value: value["config"]["fc.weight"].update(change), "weights_config.json"
    )
    with pytest.raises(InputError, match=expected):
        read_program(tmp_path / "net.pt2")


@pytest.mark.parametrize("program", [None, {}, {"images": "x"}, [], "text", {"size": -1, "width": 5}])
def test_saved_networks_with_other_programs_are_refused(path, tmp_path, program):
    """The program in the metadata of a file of weights may be a stranger's, too."""
    metadata = {"architecture": EXPORTED, "mean": [1, 2, 3], "size": SIZE, "crop": 1.0, "program": program}
    state = {"fc.weight": torch.zeros(4, 5), "fc.bias": torch.zeros(4)}
    save_file(state, tmp_path / "base.safetensors", {key: json.dumps(value) for key, value in metadata.items()})
    with pytest.raises(InputError):
        weights.load(tmp_path / "base.safetensors")
