"""Whole networks: conservation, independence of batches, comparison with other libraries, and degenerate images."""

import copy

import pytest
import torch
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp import AlphaBeta, Box, Composite, Epsilon, Explainer, Flat, Gamma, WSquare, as_sequential, explain
from facelrp.networks.levi_hassner import levi_hassner

RULES = [
    AlphaBeta(2, -1),
    AlphaBeta(1, 0),
    AlphaBeta(2, -1, renormalise=True),
    AlphaBeta(2, -1, bias=False),
    AlphaBeta(1, 1, strict=False),
    Epsilon(1e-6),
    Epsilon(0.1),
    Epsilon(0.1, renormalise=True),
    Epsilon(0),
    Gamma(0.25),
    WSquare(),
    Flat(),
    Composite(first=Box(-10.0, 10.0), conv=AlphaBeta(1, 0), dense=Epsilon(1e-3)),
    Composite(first=WSquare(), conv=Gamma(1), dense=Epsilon(1e-3)),
]


def levi_hassner_without_lrn(outputs):
    return nn.Sequential(*(layer for layer in levi_hassner(outputs) if not isinstance(layer, nn.LocalResponseNorm)))


@pytest.mark.parametrize("lrn", ["identity", "taylor"])
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_ledger_balances_at_every_layer(rule, lrn, small_network, images):
    explanation = explain(small_network.float(), images.float(), rule, target=1, lrn=lrn)

    above = explanation.output.double()
    for entry in reversed(list(explanation.ledger)):
        torch.testing.assert_close(entry.relevance_out, above)
        kept = entry.relevance_in + sum(entry.losses.values(), torch.zeros(5, dtype=torch.float64))
        scale = max(entry.relevance_in.abs().max(), entry.relevance_out.abs().max()).item()
        torch.testing.assert_close(kept, entry.relevance_out, rtol=1e-5, atol=1e-5 * scale)
        above = entry.relevance_in
    torch.testing.assert_close(explanation.relevance.sum((1, 2, 3)).double(), above, rtol=1e-4, atol=1e-6)
    assert explanation.relevance.dtype == torch.float32


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_ledger_balances_from_output_to_pixels(rule, small_network, images):
    assert explain(small_network, images, rule, target=2).conservation_error().max() < 1e-11


@pytest.mark.parametrize("rule", [rule for rule in RULES if getattr(rule, "renormalise", False)], ids=repr)
def test_renormalising_keeps_the_output(rule, small_network, images):
    explanation = explain(small_network, images, rule, target=0)
    torch.testing.assert_close(explanation.relevance.sum((1, 2, 3)), explanation.output)


def test_output_is_that_of_the_network(small_network, images):
    explanation = explain(small_network, images, target=torch.tensor([0, 1, 2, 1, 0]))
    small_network.eval()
    expected = small_network(images)[torch.arange(5), [0, 1, 2, 1, 0]]
    torch.testing.assert_close(explanation.output, expected.detach())


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_batch_equals_single_images(rule, small_network, images):
    targets = torch.tensor([0, 1, 2, 1, 0])
    together = explain(small_network, images, rule, targets, lrn="taylor")
    for size in (1, 2):
        apart = explain(small_network, images, rule, targets, batch_size=size, lrn="taylor")
        torch.testing.assert_close(apart.relevance, together.relevance, rtol=1e-6, atol=1e-12)
        assert [row["image"] for row in apart.ledger.rows()] == [row["image"] for row in together.ledger.rows()]
        torch.testing.assert_close(apart.ledger.lost(), together.ledger.lost(), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_the_ledger_keeps_losses_that_occur_in_some_batches_only(order, batch_size):
    """By hand: f = a₁ + a₂; with one sign of contributions, β = −1 of f finds nobody to pass it to."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False)).double()
    nn.init.ones_(network[1].weight)
    values = torch.tensor([[3.0, 1.0], [3.0, -1.0], [5.0, -2.0]], dtype=torch.float64)
    empty_side, relevance = torch.tensor([-4.0, 0.0, 0.0]), torch.tensor([8.0, 2.0, 3.0])
    images = values[order].reshape(3, 1, 1, 2)
    explanation = explain(network, images, AlphaBeta(2, -1), batch_size=batch_size)
    rows = [row for row in explanation.ledger.rows() if row["kind"] == "Linear"]
    assert [row["empty_side"] for row in rows] == empty_side[order].tolist()
    assert [row["relevance_in"] for row in rows] == relevance[order].tolist()
    assert explanation.conservation_error().tolist() == [0, 0, 0]


@pytest.mark.parametrize("rule", [AlphaBeta(2, -1), Epsilon(1e-6)], ids=repr)
def test_batch_equals_single_images_in_single_precision(rule):
    network, images = levi_hassner(1), 255 * torch.rand(3, 3, 227, 227) - 117
    explainer = Explainer(network, rule)
    together, apart = explainer(images).relevance, explainer(images, batch_size=1).relevance
    for one, other in zip(together, apart, strict=True):
        assert (one - other).norm() <= 1e-6 * one.norm()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_network_and_images_stay_unchanged(rule, training, small_network, images):
    small_network.train(training)
    state, given = copy.deepcopy(small_network.state_dict()), images.clone()

    first = explain(small_network, images, rule, target=0, lrn="taylor")
    second = explain(small_network.eval(), images, rule, target=0, lrn="taylor")

    torch.testing.assert_close(first.relevance, second.relevance, rtol=0, atol=0)
    torch.testing.assert_close(images, given, rtol=0, atol=0)
    for name, value in small_network.state_dict().items():
        torch.testing.assert_close(value, state[name], rtol=0, atol=0)
    for module in small_network.modules():
        assert not module._forward_hooks
        assert not module._backward_hooks
    assert all(weight.requires_grad and weight.grad is None for weight in small_network.parameters())


def test_images_survive_a_first_layer_that_works_in_place(images):
    images = images.contiguous(memory_format=torch.channels_last)  # the explainer's own format, so it makes no copy
    given = images.clone()
    network = nn.Sequential(nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(3 * 35 * 35, 1)).double()
    explain(network, images)
    torch.testing.assert_close(images, given, rtol=0, atol=0)


def test_training_mode_is_kept(small_network, images):
    small_network.train()
    explain(small_network, images, target=0)
    assert all(module.training for module in small_network.modules())


def test_relevance_of_kept_layers(small_network, images):
    explanation = explain(small_network, images, target=0, keep="all", batch_size=2)
    names = [name for name, _ in small_network.named_children()]
    assert list(explanation.layers) == names
    torch.testing.assert_close(explanation.layers["0"], explanation.relevance)
    for entry in explanation.ledger:
        torch.testing.assert_close(explanation.layers[entry.layer].flatten(1).sum(1), entry.relevance_in)
    assert list(explain(small_network, images, target=0, keep=["4", "1"]).layers) == ["1", "4"]


@pytest.mark.parametrize("kind", ["zero", "constant", "dead layer", "dead network", "huge", "tiny"])
@pytest.mark.parametrize("lrn", ["identity", "taylor"])
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_never_nan(rule, lrn, kind, small_network, images):
    network = small_network.float()
    values = {"zero": 0.0, "constant": 3.0}
    images = torch.full_like(images, values[kind]) if kind in values else images
    if isinstance(rule, Composite) and isinstance(rule.first, Box) and kind == "huge":
        pytest.skip("huge pixels are outside the box")
    images = images * {"huge": 1e6, "tiny": 1e-30}.get(kind, 1)
    if kind == "dead layer":
        nn.init.zeros_(network[4].weight)
        nn.init.constant_(network[4].bias, -1)
    if kind == "dead network":
        for parameter in network.parameters():
            nn.init.zeros_(parameter)

    explanation = explain(network, images, rule, target=0, lrn=lrn)

    assert explanation.relevance.isfinite().all()
    assert explanation.conservation_error().isfinite().all()
    if kind == "dead network":
        assert explanation.relevance.abs().max() == 0


def zennit_relevance(network, images, convolution, dense, first=None):
    """Explain output 0 by zennit: rules for convolutions, dense layers and, optionally, the first layer."""
    rules = pytest.importorskip("zennit.rules")
    from zennit.attribution import Gradient
    from zennit.composites import SpecialFirstLayerMapComposite
    from zennit.types import Activation, Convolution, Linear

    layers = [(Activation, rules.Pass()), (Convolution, convolution), (Linear, dense)]
    composite = SpecialFirstLayerMapComposite(layers, [] if first is None else [(Convolution, first)])

    def only_first(output):
        return torch.nn.functional.pad(output[:, :1], (0, output.shape[1] - 1))

    with Gradient(copy.deepcopy(network), composite) as attributor:
        return attributor(images, only_first)[1]


def test_equals_zennit_on_the_levi_hassner_network():
    rules = pytest.importorskip("zennit.rules")
    network = levi_hassner_without_lrn(1).double().eval()
    images = 255 * torch.rand(1, 3, 227, 227, dtype=torch.float64) - 117
    theirs = rules.AlphaBeta(alpha=2, beta=1, stabilizer=1e-30)

    ours = explain(network, images, AlphaBeta(alpha=2, beta=-1)).relevance

    expected = zennit_relevance(network, images, theirs, theirs)
    torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-9 * expected.abs().max().item())


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        (AlphaBeta(2, -1), lambda z: [z.AlphaBeta(2, 1, stabilizer=1e-30)] * 2),
        (AlphaBeta(1, 0), lambda z: [z.ZPlus(stabilizer=1e-30)] * 2),
        (Epsilon(1e-3), lambda z: [z.Epsilon(1e-3)] * 2),
        (Epsilon(1e-3, bias=False), lambda z: [z.Epsilon(1e-3, zero_params="bias")] * 2),
        (Gamma(0.25), lambda z: [z.Gamma(0.25, stabilizer=1e-30)] * 2),
        (
            Composite(AlphaBeta(1, 0), Epsilon(1e-3), Box(-9.0, 7.0)),
            lambda z: [z.ZPlus(stabilizer=1e-30), z.Epsilon(1e-3), z.ZBox(-9.0, 7.0, stabilizer=1e-30)],
        ),
        (
            Composite(AlphaBeta(2, -1), Epsilon(1e-3), WSquare()),
            lambda z: [z.AlphaBeta(2, 1, 1e-30), z.Epsilon(1e-3), z.WSquare(stabilizer=1e-30, zero_params="bias")],
        ),
        (
            # Flat gives relevance to units that the ReLU has set to zero; ε passes it on by their negative z
            Composite(conv=Epsilon(1e-3), dense=Flat()),
            lambda z: [z.Epsilon(1e-3), z.Flat(stabilizer=1e-30)],
        ),
        (
            Composite(Gamma(1), Epsilon(1e-3), Flat()),
            lambda z: [z.Gamma(1, 1e-30), z.Epsilon(1e-3), z.Flat(stabilizer=1e-30)],
        ),
    ],
    ids=lambda value: "zennit" if callable(value) else repr(value),
)
def test_equals_zennit_by_rule(rule, make, without_lrn, images):
    theirs = make(pytest.importorskip("zennit.rules"))
    ours = explain(without_lrn, images, rule, target=0).relevance
    torch.testing.assert_close(ours, zennit_relevance(without_lrn, images, *theirs), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("epsilon", [0.0, 1e-6, 0.1])
def test_equals_captum(epsilon, without_lrn, images):
    attr = pytest.importorskip("captum.attr")
    from captum.attr._utils.lrp_rules import EpsilonRule

    network = copy.deepcopy(without_lrn)
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.rule = EpsilonRule(epsilon)
        elif isinstance(layer, nn.MaxPool2d | nn.Flatten):
            layer.rule = EpsilonRule(1e-30)  # makes captum pass relevance through these layers
    theirs = attr.LRP(network).attribute(images.clone().requires_grad_(), target=1).detach()

    ours = explain(without_lrn, images, Epsilon(epsilon), target=1).relevance

    torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (nn.AdaptiveMaxPool2d(2), "adaptive_max_pool2d"),
        (nn.Softplus(), "softplus"),
        (nn.ConvTranspose2d(8, 4, 1), "conv_transpose2d"),
    ],
    ids=repr,
)
def test_unknown_layer_is_named(module, name, small_network, images):
    network = nn.Sequential()
    network.features = nn.Sequential(small_network[0], module.double())
    network.pool, network.flatten = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    with pytest.raises(InputError, match=rf"features\.1: .* operation {name}"):
        explain(network, images, target=0)


def test_a_layer_beside_the_known_ones_is_followed_by_what_it_computes(small_network, images):
    """A ReLU that lets everything pass is no ReLU."""
    leaky = type("Leaky", (nn.ReLU,), {"forward": lambda self, x: x})()
    end = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    ours = explain(nn.Sequential(small_network[0], leaky, *end), images, Epsilon(0), target=0)
    expected = explain(nn.Sequential(small_network[0], *end), images, Epsilon(0), target=0)
    torch.testing.assert_close(ours.output, expected.output)
    torch.testing.assert_close(ours.relevance, expected.relevance, rtol=1e-9, atol=1e-12)


def test_unsupported_padding_is_named():
    with pytest.raises(InputError, match=r"^0: padding_mode='reflect'"):
        Explainer(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect")))
    with pytest.raises(InputError, match=r"^0: padding='same' with an even kernel"):
        Explainer(nn.Sequential(nn.Conv2d(1, 1, 2, padding="same")))


def test_one_relu_may_occur_twice(images):
    relu = nn.ReLU(inplace=True)
    layers = [nn.Conv2d(3, 4, 5, stride=3), relu, nn.Conv2d(4, 4, 3), relu, nn.Flatten(), nn.Linear(4 * 9 * 9, 1)]
    explanation = explain(nn.Sequential(*layers).double(), images)
    assert [entry.kind for entry in explanation.ledger] == ["Conv2d", "ReLU", "Conv2d", "ReLU", "Flatten", "Linear"]
    assert explanation.conservation_error().max() < 1e-11


@pytest.mark.parametrize("rule", [AlphaBeta(2, -1), Epsilon(1e-6)], ids=repr)
def test_alexnet(rule):
    models = pytest.importorskip("torchvision.models")
    model = models.alexnet(weights=None, num_classes=10).eval()
    images = torch.randn(2, 3, 96, 96)

    explanation = explain(as_sequential(model), images, rule, target=torch.tensor([3, 7]))

    assert explanation.relevance.shape == images.shape
    torch.testing.assert_close(explanation.output, model(images)[[0, 1], [3, 7]].detach(), rtol=1e-4, atol=1e-5)
    assert explanation.conservation_error().max() < 1e-3
    assert [row["layer"] for row in explanation.ledger.rows()][:2] == ["features.0", "features.1"]


def test_vgg16():
    models = pytest.importorskip("torchvision.models")
    model = models.vgg16(weights=None, init_weights=False, num_classes=10).eval()
    images = torch.randn(1, 3, 32, 32)
    rule = Composite(conv=AlphaBeta(2, -1), dense=Epsilon(1e-6))

    explanation = explain(as_sequential(model), images, rule, target=3)

    assert explanation.relevance.shape == images.shape
    torch.testing.assert_close(explanation.output, model(images)[:, 3].detach(), rtol=1e-4, atol=1e-5)
    assert explanation.conservation_error().max() < 1e-3


def test_models_with_other_children_cannot_be_put_in_sequence():
    with pytest.raises(InputError, match=r"^Sequential: a model with the children 0 cannot be put in sequence"):
        as_sequential(nn.Sequential(nn.ReLU()))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_gpu_equals_cpu(rule, small_network, images):
    expected = explain(small_network, images, rule, target=0, lrn="taylor")
    on_gpu = explain(small_network.cuda(), images, rule, target=0, lrn="taylor")
    assert on_gpu.relevance.is_cuda
    torch.testing.assert_close(on_gpu.relevance.cpu(), expected.relevance)
    assert explain(small_network.float(), images, rule, target=0).conservation_error().max() < 1e-4
