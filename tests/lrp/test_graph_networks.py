"""Networks with branches: other libraries, the walker of sequences, batches, names, zeros, and no traces left."""

import copy

import pytest
import torch
import torch.nn.functional as F
from branches import Branches, Dense, Mobile, settled
from torch import nn

from facelrp.lrp import AlphaBeta, Box, Composite, Epsilon, Explainer, Flat, Gamma, WSquare, explain

NETWORKS = [Branches, Dense, Mobile]


class Wrapped(nn.Module):
    """A network in a module, so that it is no sequence."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)


@pytest.fixture
def images():
    return torch.randn(3, 3, 32, 32, dtype=torch.float64)


def fold_batch_norms(network):
    """Fold the batch norms of torchvision's ResNet by torch itself: zennit before 1.0 forgets their ε."""
    for module in network.modules():
        for name, norm in list(module.named_children()):
            if isinstance(norm, nn.BatchNorm2d):
                before = {"bn1": "conv1", "bn2": "conv2", "1": "0"}[name]
                setattr(module, before, nn.utils.fusion.fuse_conv_bn_eval(getattr(module, before), norm))
                setattr(module, name, nn.Identity())
    return network


@pytest.mark.parametrize(("alpha", "beta"), [(2, -1), (1, 0)])
def test_equals_zennit_on_resnet18(alpha, beta):
    rules = pytest.importorskip("zennit.rules")
    models = pytest.importorskip("torchvision.models")
    from zennit.attribution import Gradient
    from zennit.composites import LayerMapComposite
    from zennit.layer import Sum
    from zennit.torchvision import ResNetCanonizer
    from zennit.types import Activation, AvgPool, Convolution, Linear

    network, images = settled(models.resnet18(num_classes=2)), torch.randn(2, 3, 64, 64, dtype=torch.float64)
    ours = explain(network, images, AlphaBeta(alpha, beta), target=0, add="proportional")

    theirs, norm = rules.AlphaBeta(alpha=alpha, beta=-beta, stabilizer=1e-30), rules.Norm(stabilizer=1e-30)
    layers = [(Activation, rules.Pass()), (Sum, norm), (AvgPool, norm), (Convolution, theirs), (Linear, theirs)]
    composite = LayerMapComposite(layers, canonizers=[ResNetCanonizer()])
    unit = torch.tensor([1.0, 0.0], dtype=torch.float64)
    with Gradient(fold_batch_norms(network).requires_grad_(False), composite) as attributor:
        output, expected = attributor(images.requires_grad_(), lambda output: output * unit)
    torch.testing.assert_close(ours.output, output[:, 0].detach(), rtol=1e-12, atol=0)
    assert (ours.relevance - expected).abs().max() <= 1e-12 * expected.abs().max()


@pytest.mark.parametrize(
    "rule",
    [
        AlphaBeta(2, -1),
        AlphaBeta(2, -1, renormalise=True),
        Epsilon(0.1),
        Gamma(0.25),
        Composite(first=Box(-10.0, 10.0), conv=AlphaBeta(1, 0), dense=Epsilon(1e-3)),
        Composite(first=WSquare(), conv=Flat(), dense=Epsilon(1e-3)),
    ],
    ids=repr,
)
def test_a_sequence_is_explained_alike_by_either_way(rule, without_lrn):
    images = torch.randn(2, 3, 35, 35, dtype=torch.float64)
    ours, expected = (explain(network, images, rule, 1) for network in (Wrapped(without_lrn), without_lrn))
    torch.testing.assert_close(ours.relevance, expected.relevance, rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(ours.ledger.lost(), expected.ledger.lost(), rtol=1e-10, atol=1e-12)


def test_without_biases_lrp_0_is_gradient_times_input(images):
    network = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1, bias=False))

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers, self.head = network, nn.Linear(4, 2, bias=False)

        def forward(self, x):
            x = self.layers[1](self.layers[0](x))
            return self.head((x + self.layers[2](x)).relu().mean((2, 3)))

    whole = Residual().double()
    explanation = explain(whole, images, Epsilon(0), target=1, add="proportional")
    (gradient,) = torch.autograd.grad(whole(images.requires_grad_())[:, 1].sum(), images)
    torch.testing.assert_close(explanation.relevance, (images * gradient).detach(), rtol=1e-8, atol=1e-12)


def test_every_convolution_that_sees_pixels_is_a_first_layer(images):
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 2, 3)
            self.next, self.head = nn.Conv2d(6, 5, 3), nn.Linear(5 * 28 * 28, 2)

        def forward(self, x):
            x = torch.cat([self.left(x), self.right(x)], 1).relu()
            return self.head(self.next(x).relu().flatten(1))

    network = Two().double()
    one = nn.Conv2d(3, 6, 3).double()
    one.weight.data = torch.cat([network.left.weight, network.right.weight]).detach()
    one.bias.data = torch.cat([network.left.bias, network.right.bias]).detach()
    same = nn.Sequential(one, nn.ReLU(), network.next, nn.ReLU(), nn.Flatten(), network.head)
    rule = Composite(first=Box(-9.0, 9.0), conv=AlphaBeta(2, -1), dense=Epsilon(0.1))
    ours, expected = (explain(whole, images, rule, target=0).relevance for whole in (network, same))
    torch.testing.assert_close(ours, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("network", NETWORKS)
def test_batch_equals_single_images(network, images):
    explainer, targets = Explainer(settled(network())), torch.tensor([0, 2, 1])
    together = explainer(images, targets, keep="all")
    for size in (1, 2):
        apart = explainer(images, targets, batch_size=size, keep="all")
        torch.testing.assert_close(apart.relevance, together.relevance, rtol=1e-10, atol=1e-14)
        torch.testing.assert_close(apart.ledger.lost(), together.ledger.lost(), rtol=1e-10, atol=1e-13)
        assert apart.layers.keys() == together.layers.keys()
    one = explainer(images[1:2], 2)
    torch.testing.assert_close(one.relevance, together.relevance[1:2], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("network", NETWORKS)
def test_network_and_images_stay_unchanged(network, training, images):
    network, given = settled(network()).train(training), images.clone()
    state, modes = copy.deepcopy(network.state_dict()), [module.training for module in network.modules()]
    weights = list(map(id, network.parameters()))
    first = explain(network, images, target=0)
    second = explain(network, images, target=0)
    torch.testing.assert_close(first.relevance, second.relevance, rtol=0, atol=0)
    torch.testing.assert_close(images, given, rtol=0, atol=0)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, state[name], rtol=0, atol=0)
    assert [module.training for module in network.modules()] == modes
    assert list(map(id, network.parameters())) == weights
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    assert all(weight.requires_grad and weight.grad is None for weight in network.parameters())


@pytest.mark.parametrize("rule", [AlphaBeta(2, -1), Epsilon(1e-6)], ids=repr)
@pytest.mark.parametrize("network", NETWORKS)
def test_an_image_of_zeros(network, rule, images):
    explanation = explain(settled(network()), torch.zeros_like(images), rule, target=0)
    assert (explanation.relevance == 0).all()
    assert explanation.conservation_error().max() < 1e-11


def test_images_of_another_size_are_traced_again(images):
    network = settled(Branches())
    explainer = Explainer(network)
    first = explainer(images, 0).relevance
    smaller = explainer(images[:, :, :24, :20], 0)
    assert smaller.relevance.shape == (3, 3, 24, 20)
    torch.testing.assert_close(explainer(images, 0).relevance, first, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=str)
def test_in_single_precision(dtype, images):
    network, images = settled(Mobile()).to(dtype), images.float()
    explanation = explain(network, images, target=1)
    expected = explain(network.double(), images.double(), target=1)
    assert explanation.relevance.dtype == torch.float32
    assert (explanation.relevance - expected.relevance).norm() <= 1e-4 * expected.relevance.norm()
    assert explanation.conservation_error().max() < 1e-4


def test_settings_of_the_caller_have_no_influence(images):
    network = settled(Dense()).float()
    expected = explain(network, images, target=1).relevance
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(explain(network, images, target=1).relevance, expected, rtol=0, atol=0)


def test_names_kinds_and_kept_layers(images):
    network = settled(Mobile())
    explanation = explain(network, images, target=0, keep="all")
    kinds = {entry.layer: entry.kind for entry in explanation.ledger}
    assert kinds["stem.0"] == "Conv2d + BatchNorm2d"
    assert kinds["blocks.0.layers.2"] == "ReLU6"
    assert kinds["blocks.0.add"] == kinds["blocks.2.add"] == "add"
    assert kinds["classifier.1"] == "Linear"
    assert len(kinds) == len(explanation.ledger)
    torch.testing.assert_close(explanation.layers["stem.0"], explanation.relevance, rtol=0, atol=0)
    entry = next(entry for entry in explanation.ledger if entry.layer == "blocks.0.add")
    shares = explanation.layers["blocks.0.add[0]"] + explanation.layers["blocks.0.add[1]"]
    torch.testing.assert_close(shares.sum((1, 2, 3)), entry.relevance_in)


def test_hooks_and_parametrisations_are_a_part_of_what_is_explained(images):
    network = settled(Branches())
    torch.nn.utils.parametrizations.spectral_norm(network.left)
    network.right.register_forward_hook(lambda module, x, y: 2 * y)
    explanation = explain(network, images, target=1)
    torch.testing.assert_close(explanation.output, network.eval()(images)[:, 1].detach())


def test_operations_in_place_on_a_branch(images):
    """The sum is of the changed values: ``y`` and ``x`` are one tensor."""

    class InPlace(Branches):
        def forward(self, x):
            x = self.conv(x)
            y = F.relu(x, inplace=True)
            x = x + self.left(y)
            return self.head(self.hidden(torch.cat([x, x, x[:, :4]], 1).mean((2, 3))))

    network = settled(InPlace())
    explanation = explain(network, images, target=1)
    torch.testing.assert_close(explanation.output, network(images)[:, 1].detach())


def test_rows_list_the_constants_of_networks_that_have_some(images):
    explanation = explain(settled(Branches()), images, target=0)
    assert "constant" in explanation.ledger.rows()[0]
    assert any(row["constant"] for row in explanation.ledger.rows())
    assert "constant" not in explain(settled(Dense()), images, target=0).ledger.rows()[0]


class Written(nn.Module):
    """A network with a part that can be written in several ways; its maps are (N, 4, 8, 8)."""

    def __init__(self, part):
        super().__init__()
        self.part = part
        self.conv, self.plain, self.padded = nn.Conv2d(3, 4, 3, 4, 1), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 3, padding=1)
        self.padded.weight, self.padded.bias = self.plain.weight, self.plain.bias
        self.offset, self.dense, self.head = nn.Parameter(torch.randn(4, 1, 1)), nn.Linear(4, 4), nn.Linear(4, 2)
        self.slope = nn.Parameter(torch.tensor([0.1]))

    def forward(self, x):
        return self.head(self.part(self, F.relu(self.conv(x))).mean((2, 3)))


def on_channels(function):
    return lambda self, x: function(self, x.mean((2, 3)))[:, :, None, None]


ALIKE = {
    "product": (
        on_channels(lambda self, x: F.linear(x, self.dense.weight)),
        on_channels(lambda self, x: x @ self.dense.weight.T),
    ),
    "addmm": (
        on_channels(lambda self, x: self.dense(x)),
        on_channels(lambda self, x: torch.addmm(self.dense.bias, x, self.dense.weight.T)),
    ),
    "positions": (
        lambda self, x: F.conv2d(x, self.dense.weight[:, :, None, None], self.dense.bias),
        lambda self, x: self.dense(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
    ),
    "quotient": (lambda self, x: x / 3 + x, lambda self, x: x * (1 / 3) + x),
    "difference": (lambda self, x: x - self.offset, lambda self, x: x + -self.offset),
    "subtracted": (lambda self, x: 0.7 - x, lambda self, x: -x + 0.7),
    "padding": (lambda self, x: self.padded(x), lambda self, x: self.plain(F.pad(x, (1, 1, 1, 1)))),
    "parts": (lambda self, x: x, lambda self, x: torch.cat(x.chunk(2, 1), 1)),
    "one part": (lambda self, x: torch.cat([x[:, 2:]] * 2, 1), lambda self, x: torch.cat([x.split(2, 1)[1]] * 2, 1)),
    "one channel": (
        lambda self, x: torch.cat([x[:, 1:2]] * 4, 1),
        lambda self, x: torch.cat([x.select(1, 1).unsqueeze(1)] * 4, 1),
    ),
    "shape": (lambda self, x: x, lambda self, x: x.flatten(2).unflatten(2, (8, 8)).transpose(2, 3).mT),
    "average": (
        lambda self, x: F.adaptive_avg_pool2d(x, 1),
        lambda self, x: x.mean(3, keepdim=True).sum(2, keepdim=True) / 8,
    ),
    "pool": (lambda self, x: F.avg_pool2d(x, 8), lambda self, x: F.adaptive_avg_pool2d(x, (1, 1))),
    "nothing": (lambda self, x: x, lambda self, x: F.dropout(x, training=False).clone().contiguous().detach() + 0),
    "maximum": (
        lambda self, x: F.max_pool2d(x, 2),
        lambda self, x: F.max_pool2d(x, 2, return_indices=True)[0],
    ),
    "ReLU6": (lambda self, x: F.relu6(x - 0.1), lambda self, x: F.hardtanh(x - 0.1, 0, 6)),
    "leaky": (lambda self, x: F.prelu(x - 0.1, self.slope), lambda self, x: F.leaky_relu(x - 0.1, 0.1)),
    "same padding": (
        lambda self, x: self.padded(x),
        lambda self, x: F.conv2d(x, self.plain.weight, self.plain.bias, padding="same"),
    ),
}


@pytest.mark.parametrize("rule", [AlphaBeta(2, -1), Epsilon(0.1)], ids=["alpha_beta", "epsilon"])
@pytest.mark.parametrize("part", ALIKE)
def test_the_same_written_in_another_way_is_explained_alike(part, rule, images):
    network, relevance = settled(Written(None)), []
    for function in ALIKE[part]:
        network.part = function
        rules = Composite(conv=rule, dense=rule)
        explanation = explain(network, images, rules, target=1)
        assert explanation.conservation_error().max() < 1e-12
        relevance.append(explanation.relevance)
    torch.testing.assert_close(*relevance, rtol=1e-7, atol=1e-12)


def test_in_inference_mode(images):
    network = settled(Branches())
    expected = explain(network, images, target=1).relevance
    with torch.inference_mode():
        torch.testing.assert_close(explain(network, images, target=1).relevance, expected, rtol=0, atol=0)
