"""Networks with attention, gates and norms: the same written otherwise, batches, names, zeros, and no traces left."""

import copy

import pytest
import torch
import torch.nn.functional as F
from branches import settled
from modern import explained, made
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp import Composite, Epsilon, Explainer, Gamma, explain
from facelrp.lrp.composites import residual, rule_from_config, transformer
from facelrp.lrp.exported.programs import export

pytest.importorskip("torchvision")


@pytest.mark.parametrize("name", ["vit", "swin", "efficientnet"])
def test_batches_zeros_and_no_traces(name):
    network, images = made(name)
    images = torch.cat([images, torch.zeros_like(images[:1])])
    network.train()
    state, modes = copy.deepcopy(network.state_dict()), [module.training for module in network.modules()]
    given, targets = images.clone(), torch.tensor([0, 2, 1])
    explainer = Explainer(network, Gamma(0.25), attention="attnlrp")
    together = explainer(images, targets, keep="all")
    assert together.layers.keys() >= set(explainer.graph.names) - {
        key.partition("[")[0] for key in together.layers if "[" in key
    }
    for size in (1, 2):
        apart = explainer(images, targets, batch_size=size, keep="all")
        torch.testing.assert_close(apart.relevance, together.relevance, rtol=1e-8, atol=1e-13)
        torch.testing.assert_close(apart.ledger.lost(), together.ledger.lost(), rtol=1e-8, atol=1e-12)
        for layer, relevance in together.layers.items():
            torch.testing.assert_close(apart.layers[layer], relevance, rtol=1e-7, atol=1e-10)
    assert (together.relevance[2] == 0).all()
    assert together.conservation_error().max() < 1e-11
    torch.testing.assert_close(images, given, rtol=0, atol=0)
    for key, value in network.state_dict().items():
        torch.testing.assert_close(value, state[key], rtol=0, atol=0)
    assert [module.training for module in network.modules()] == modes
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())

    single = explain(network.float(), images.float(), Gamma(0.25), targets, attention="attnlrp")
    assert single.relevance.dtype == torch.float32
    assert (single.relevance - together.relevance).norm() <= 1e-3 * together.relevance.norm()
    assert single.conservation_error().max() < 1e-4


def test_names_and_kept_layers_of_a_transformer():
    network, images = made("vit")
    block = "encoder.layers.encoder_layer_0"
    names = {f"{block}.ln_1", f"{block}.self_attention.scaled_dot_product_attention", f"{block}.mlp.3", f"{block}.add"}
    for attention, inputs in (("cp", [""]), ("attnlrp", ["[0]", "[1]", "[2]"])):
        explanation = explain(network, images, Epsilon(0.1), target=1, keep=names, attention=attention)
        attend = [f"{block}.self_attention.scaled_dot_product_attention{i}" for i in inputs]
        sums = [f"{block}.add[0]", f"{block}.add[1]"]
        assert explanation.layers.keys() == {f"{block}.ln_1", f"{block}.mlp.3", *attend, *sums}
        assert {explanation.layers[key].shape for key in attend} == {(2, 2, 17, 4)}
        entries = {entry.layer: entry for entry in explanation.ledger}
        for key in (f"{block}.ln_1", f"{block}.mlp.3"):
            assert explanation.layers[key].shape[:2] == (2, 17)
            torch.testing.assert_close(explanation.layers[key].sum((1, 2)), entries[key].relevance_in)
        causes = {cause for entry in explanation.ledger for cause in entry.losses}
        assert causes == {"bias", "epsilon", "empty_side", "constant"} | ({"softmax"} if inputs[0] else set())
        assert entries[f"{block}.ln_1"].kind == "LayerNorm"


def test_what_is_held_constant_is_no_layer_of_the_explanation():
    network, images = made("efficientnet")
    explanation = explain(network, images, target=0, keep="all")
    layers = [entry.layer for entry in explanation.ledger]
    assert "features.1.0.block.1.mul" in layers  # the product with the gate
    assert not any("fc1" in name or "fc2" in name for name in [*layers, *explanation.layers])
    with pytest.raises(ValueError, match=r"no layer is called features\.1\.0\.block\.1\.fc1"):
        explain(network, images, target=0, keep="features.1.0.block.1.fc1")


class Written(nn.Module):
    """A network with a part that can be written in several ways, on tokens (N, 16, 6)."""

    def __init__(self):
        super().__init__()
        self.conv, self.head, self.dense = nn.Conv2d(3, 6, 3, 2, 1), nn.Linear(6, 2), nn.Linear(6, 6)
        self.first = nn.MultiheadAttention(6, 2, batch_first=True)
        self.second = nn.MultiheadAttention(6, 2)
        self.norm, self.offset = nn.LayerNorm(6), nn.Parameter(torch.randn(16, 16))

    def forward(self, x):
        return self.head(self.part(self, F.relu(self.conv(x)).flatten(2).mT).mean(1))


def by_hand(self, x, *, offset=False):
    """Two heads of attention from their parts."""
    weight, bias, heads = self.first.in_proj_weight, self.first.in_proj_bias, []
    for i in range(2):
        q, k, v = (
            F.linear(x, w[3 * i : 3 * i + 3], b[3 * i : 3 * i + 3])
            for w, b in zip(weight.chunk(3), bias.chunk(3), strict=True)
        )
        scores = q @ k.mT / 3**0.5
        heads.append(((scores + self.offset) if offset else scores).softmax(-1) @ v)
    return self.first.out_proj(torch.cat(heads, -1))


def joined(self, x):
    """The same with heads joined with the images, as Swin does with its windows."""
    n = x.shape[0]
    x = F.linear(x, self.first.in_proj_weight, self.first.in_proj_bias)
    q, k, v = x.reshape(n, 16, 3, 2, 3).permute(2, 0, 3, 1, 4).reshape(3, 2 * n, 16, 3)
    y = torch.bmm((q @ k.transpose(1, 2) / 3**0.5).softmax(-1), v)
    return self.first.out_proj(y.reshape(n, 2, 16, 3).transpose(1, 2).reshape(n, 16, 6))


def attend(self, x, mask=None):
    """The same by torch's function."""
    x = F.linear(x, self.first.in_proj_weight, self.first.in_proj_bias).unflatten(-1, (3, 2, 3))
    q, k, v = x.permute(2, 0, 3, 1, 4)
    return self.first.out_proj(F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).flatten(2))


def dense_and_norm(self, x):
    return self.norm(F.gelu(self.dense(x) * 2 - 1))


def added(self, x, offset, axis):
    return x + offset + x.mean(axis, keepdim=True)


ALIKE = {
    "attention": (
        by_hand,
        joined,
        attend,
        lambda self, x: self.first(x, x, x)[0],
        lambda self, x: self.first(x, x, x, need_weights=False)[0],
        lambda self, x: self.second(*[x.transpose(0, 1)] * 3)[0].transpose(0, 1),
    ),
    "masks": (lambda self, x: by_hand(self, x, offset=True), lambda self, x: attend(self, x, self.offset)),
    "dense layers": (
        dense_and_norm,
        lambda self, x: dense_and_norm(self, x.transpose(0, 1)).transpose(0, 1),
        lambda self, x: dense_and_norm(self, x.transpose(0, 1).flatten(0, 1)).reshape(16, -1, 6).transpose(0, 1),
        lambda self, x: dense_and_norm(self, x.flatten(0, 1)).reshape(x.shape),
    ),
    "sums": (
        lambda self, x: added(self, x, self.offset[:, :6], 1),
        lambda self, x: added(self, x.transpose(0, 1), self.offset[:, None, :6], 0).transpose(0, 1),
        lambda self, x: added(self, x.permute(1, 2, 0), self.offset[:, :6, None], 0).permute(2, 0, 1),
    ),
    "gate": (
        lambda self, x: x * torch.sigmoid(self.dense(x.mean(1, keepdim=True))),
        lambda self, x: self.dense(x.mean(1, keepdim=True)).sigmoid().transpose(0, 1).transpose(0, 1) * x,
    ),
    "SiLU": (lambda self, x: F.silu(x - 0.1), lambda self, x: (x - 0.1) * torch.sigmoid(x - 0.1)),
    "softmax": (lambda self, x: x.mT.softmax(-1) @ x, lambda self, x: (x.mT @ x.softmax(1)).mT),
    "norms": (
        lambda self, x: F.layer_norm(x, (16, 6)),
        lambda self, x: F.group_norm(x, 1),
        lambda self, x: torch.native_layer_norm(x.flatten(1), (96,), None, None, 1e-5)[0].reshape(x.shape),
    ),
    "RMS norms": (
        lambda self, x: F.rms_norm(x, (6,), self.offset[0, :6]),
        lambda self, x: F.rms_norm(x.transpose(0, 1), (6,)).transpose(0, 1) * self.offset[0, :6],
    ),
    "rolled": (lambda self, x: x, lambda self, x: x.roll((3, 2), (1, 2)).roll((-3, -2), (1, 2))),
}


@pytest.mark.parametrize("name", ALIKE)
def test_the_same_written_in_another_way_is_explained_alike(name):
    network, images, expected = settled(Written()), torch.randn(2, 3, 8, 8, dtype=torch.float64), {}
    rule = Composite(conv=Gamma(0.25), dense=Epsilon(0))  # ε would depend on where scores are divided by √width
    nn.init.normal_(network.first.in_proj_bias), network.second.load_state_dict(network.first.state_dict())
    for network.part in ALIKE[name]:
        program = export(network, images.shape[1:])
        for attention in ("cp", "attnlrp"):
            relevance, output, ledger = explained(network, program, images, rule, attention=attention)
            torch.testing.assert_close(output, network(images)[:, 1].detach())
            torch.testing.assert_close(relevance.sum((1, 2, 3)) + ledger.lost(), output)
            first = expected.setdefault(attention, relevance)
            assert (relevance - first).abs().max() <= 1e-8 * first.abs().max()


def test_how_an_explainer_chooses_rules_of_sums_and_attention():
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 1))
    described = {"name": "composite", "conv": "gamma", "dense": "gamma", "add": "proportional", "attention": "attnlrp"}

    def chosen(rule, **options):
        if isinstance(rule, dict):
            return Explainer.from_config(network, {"rule": rule, "lrn": "identity", **options}).options[2:]
        return Explainer(network, rule, **options).options[2:]

    assert chosen(Gamma()) == chosen({"name": "transformer"}) == ("ratio", "cp")
    assert chosen(described) == ("proportional", "attnlrp")
    assert chosen(described, add="ratio", attention="cp") == ("ratio", "cp")
    assert chosen(transformer(attention="attnlrp")) == ("ratio", "attnlrp")
    assert chosen(transformer(), attention="attnlrp", add="proportional") == ("proportional", "attnlrp")
    assert chosen(residual(1, 0, add="proportional")) == ("proportional", "cp")
    assert transformer() == Composite(conv=Gamma(0.25), dense=Gamma(0.05), add="ratio", attention="cp")
    with pytest.raises(InputError, match="'residual' cannot be made — with beta other than 0"):
        rule_from_config({"name": "residual", "alpha": 2, "beta": -1, "add": "proportional"})
    with pytest.raises(ValueError, match='add must be "ratio" or "proportional"'):
        chosen({"name": "composite", "conv": "gamma", "dense": "gamma", "add": "half"})
