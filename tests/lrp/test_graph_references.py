"""Relevance against references in networks with branches: an oracle, numbers by hand, properties, and refusals."""

import copy
import weakref

import pytest
import torch
import torch.nn.functional as F
from branches import Branches, Dense, Mobile, settled
from shares import relevance_by_shares
from test_graph_oracle import vgg
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp import Explainer, ReferenceExplainer, references
from facelrp.lrp.comparing import Deviations
from facelrp.lrp.joining import Addition, BesideConstants
from facelrp.lrp.passing import Average, ProportionalPool


class Residual(nn.Module):
    """Two residual blocks, with a convolution beside the second, and a head of two layers: (N, 3, 12, 12) to (N, 2)."""

    def __init__(self, head=None):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.first, self.second = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 6, 3, 2, 1, bias=False)
        self.beside, self.second_norm = nn.Conv2d(4, 6, 1, 2), nn.BatchNorm2d(6)
        self.head = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 2)) if head is None else head

    def features(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.stem(x))), 2)
        x = F.relu(x + self.first(x))
        return F.relu(self.beside(x) + self.second_norm(self.second(x)))

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))


NETWORKS = [Residual, Branches, Dense, Mobile]


@pytest.fixture
def images():
    return torch.randn(3, 3, 12, 12, dtype=torch.float64)


@pytest.fixture
def others():
    """Four images to compare with."""
    return torch.randn(4, 3, 12, 12, dtype=torch.float64)


def agrees(network, size):
    network = settled(network)
    images, references = (torch.randn(n, 3, size, size, dtype=torch.float64) for n in (2, 4))
    explanation = ReferenceExplainer(network, references)(images, target=1)
    units = network(images).shape[1]
    contrast = torch.eye(units, dtype=torch.float64)[1] - 1 / units
    for image, ours in zip(images, explanation.relevance, strict=True):
        expected = relevance_by_shares(network, image, references, contrast)
        assert (ours - expected).abs().max() < 1e-10 * expected.abs().max()
    above = explanation.output - explanation.baseline
    for entry in reversed(list(explanation.ledger)):
        gap = entry.relevance_in + sum(entry.losses.values()) - entry.relevance_out
        assert gap.abs().max() <= 1e-9 * above.abs().max(), entry.layer
        assert (entry.losses.get("constant", torch.zeros(1)) == 0).all()
    assert explanation.conservation_error().max() < 1e-11


@pytest.mark.parametrize("network", NETWORKS)
def test_equals_a_network_of_shares(network):
    agrees(network(), 24)


def test_networks_of_torchvision_equal_a_network_of_shares():
    models = pytest.importorskip("torchvision.models")
    agrees(models.resnet18(num_classes=3), 64)
    agrees(vgg(models), 40)


def test_in_single_precision(images, others):
    network = settled(Mobile())
    images, others = (F.interpolate(x, (32, 32)) for x in (images, others))
    expected = ReferenceExplainer(network, others)(images, 1)
    ours = ReferenceExplainer(network.float(), others)(images, 1)
    assert ours.relevance.dtype == torch.float32
    assert (ours.relevance - expected.relevance).norm() <= 1e-3 * expected.relevance.norm()
    assert ours.conservation_error().max() < 1e-5


def row(*values):
    return torch.tensor([values], dtype=torch.float64)


def seen(*references):
    """Return the deviations of an input from numbers, (M, features)."""
    deviations = Deviations()
    deviations.add(torch.tensor(references, dtype=torch.float64))
    return deviations


def passed(layer, relevance, *inputs):
    """Return the relevance of inputs and the losses."""
    shares, losses = layer.backward(relevance, layer.forward(*inputs)[1])
    return shares, {cause: lost.tolist() for cause, lost in losses.items()}


def test_terms_of_a_sum_share_by_their_mean_square_difference():
    """3 differs from 1 and 3 by 2 and 0, mean square 2; 1 differs from −1 and 7 by 2 and −6, mean square 20."""
    both = [seen([1.0, 5.0], [3.0, 5.0]), seen([-1.0, 5.0], [7.0, 5.0])]
    layer = references.BELOW[Addition](Addition("proportional"), both)
    assert layer.forward(row(3, 5), row(1, 5))[0].tolist() == [[4, 10]]
    shares, losses = passed(layer, row(-11, 4), row(3, 5), row(1, 5))
    torch.testing.assert_close(torch.cat(shares), torch.tensor([[-1.0, 0.0], [-10.0, 0.0]], dtype=torch.float64))
    assert losses == {"empty_side": [4]}


def test_factors_of_a_sum_count_by_their_squares():
    layer = references.BELOW[Addition](Addition("proportional", (1, -3)), [seen([1.0]), seen([0.0])])
    shares, _ = passed(layer, row(10), row(2), row(1))
    torch.testing.assert_close(torch.cat(shares), torch.tensor([[1.0], [9.0]], dtype=torch.float64))


def test_constants_of_a_sum_receive_nothing():
    layer = BesideConstants(Addition("proportional"), {0: row(100)})
    shares, losses = passed(references.BELOW[BesideConstants](layer, [seen([1.0])]), row(10), row(2))
    torch.testing.assert_close(*shares, row(10))
    assert losses["constant"] == [0]


@pytest.mark.parametrize("pool", [ProportionalPool(nn.AvgPool2d(2)), Average(torch.mean, [2, 3], keepdim=True)])
def test_positions_of_an_average_share_by_their_mean_square_difference(pool):
    """Differences of 1, 2 and 0 from one reference; of 0 and 4 from two, mean square 8."""
    others = torch.tensor([[[[1.0, 5.0], [3.0, 0.0]]], [[[1.0, 5.0], [3.0, 4.0]]]], dtype=torch.float64)
    deviations = Deviations()
    deviations.add(others)
    layer = references.BELOW[type(pool)](pool, [deviations])
    own = torch.tensor([[[[2.0, 7.0], [3.0, 0.0]]]], dtype=torch.float64)
    share, _ = passed(layer, torch.full((1, 1, 1, 1), -13.0, dtype=torch.float64), own)
    torch.testing.assert_close(share, torch.tensor([[[[-1.0, -4.0], [0.0, -8.0]]]], dtype=torch.float64))


def test_an_average_before_the_dense_layers_compares_with_each_reference():
    """f = 3 mean(a); each pixel has its share of the difference, with its sign."""

    class Linear(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(1, 1).double()
            nn.init.constant_(self.head.weight, 3.0)

        def forward(self, x):
            return self.head(x.mean((2, 3)))

    own = torch.tensor([[[[4.0, 0.0], [1.0, 1.0]]]], dtype=torch.float64)
    others = torch.tensor([[[[1.0, 1.0], [1.0, 1.0]]], [[[1.0, 3.0], [1.0, 0.0]]]], dtype=torch.float64)
    explanation = ReferenceExplainer(Linear(), others)(own)
    expected = torch.tensor([[[[3.0, -2.0], [0.0, 0.5]]]], dtype=torch.float64) * 3 / 4
    torch.testing.assert_close(explanation.relevance, expected)


def test_deviations_of_batches_equal_those_of_all():
    values, x = 5 + torch.randn(11, 3, 4, dtype=torch.float64), torch.randn(2, 3, 4, dtype=torch.float64)
    deviations = Deviations()
    for batch in values.split([4, 1, 6]):
        deviations.add(batch)
    torch.testing.assert_close(deviations.squares(x), (x[:, None] - values).square().mean(1))


@pytest.mark.parametrize("network", [Residual, Branches])
def test_neither_batches_nor_the_order_of_references_matter(network, images, others, monkeypatch):
    network, target = settled(network()), torch.tensor([1, 0, 1])
    whole = ReferenceExplainer(network, others)(images, target)
    alone = ReferenceExplainer(network, others.flip(0))(images, target, batch_size=1)
    monkeypatch.setattr(references, "BATCH", 3)
    parts = ReferenceExplainer(network, others)(images, target, batch_size=2)
    for explanation in (alone, parts):
        assert (explanation.relevance - whole.relevance).abs().max() < 1e-12 * whole.relevance.abs().max()
        torch.testing.assert_close(explanation.baseline, whole.baseline)


def test_not_all_references_are_in_memory_at_once(others, monkeypatch):
    """Only the mean and the variance of maps below the dense part stay."""
    monkeypatch.setattr(references, "BATCH", 1)
    made, add = [], Deviations.add

    def watched(self, x):
        if x.shape[1] != 3:  # pixels are the caller's
            made.append(weakref.ref(x))
        alive.append(sum(each() is not None for each in made))
        add(self, x)

    alive = []
    monkeypatch.setattr(Deviations, "add", watched)
    ReferenceExplainer(settled(Residual()), torch.cat([others] * 3))
    assert len(alive) == 12 * 6  # inputs of four convolutions, the first sum's second term, both of the second
    assert max(alive) <= 5
    assert not [each for each in made if each() is not None]


@pytest.mark.parametrize("network", NETWORKS[:3])
def test_nothing_sets_an_image_apart_from_itself(network, others):
    explanation = ReferenceExplainer(settled(network()), others[:1].expand(3, -1, -1, -1))(others[:1], target=0)
    assert explanation.relevance.abs().max() < 1e-12
    explanation = ReferenceExplainer(settled(network()), others[:1])(others[:1], target=0)
    assert (explanation.relevance == 0).all()


def test_pixels_that_are_the_same_everywhere_have_no_relevance(images, others):
    images[..., :5], others[..., :5] = 1.5, 1.5
    relevance = ReferenceExplainer(settled(Residual()), others)(images, target=0).relevance
    assert (relevance[..., :5] == 0).all()
    assert (relevance[..., 5:] != 0).any()


@pytest.mark.parametrize("network", NETWORKS[:2])
def test_a_larger_bias_of_the_output_changes_nothing(network, images, others):
    network = settled(network())
    before = ReferenceExplainer(network, others)(images, target=1)
    last = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
    with torch.no_grad():
        last.bias[1:] += 1000.0
    after = ReferenceExplainer(network, others)(images, target=1)
    assert (after.relevance - before.relevance).abs().max() < 1e-9 * before.relevance.abs().max()


class Scaled(nn.Module):
    """A network whose output is standardised, and brought to points by constants."""

    def __init__(self, network):
        super().__init__()
        self.network, self.norm = network, nn.BatchNorm1d(2)

    def forward(self, x):
        return 10 - 2.5 * self.norm(F.relu(self.network((x / 2 - 1) * 2 + 2)))


def test_constants_before_and_behind_a_network_change_nothing_but_units(images, others):
    network = settled(nn.Sequential(Residual(), nn.ReLU())).requires_grad_(False)
    network[0].head[2].bias += 2
    expected = ReferenceExplainer(network, others)(images, torch.eye(2, dtype=torch.float64)[[0, 1, 1]])
    scaled = Scaled(network[0]).double().eval()
    scaled.norm.running_var.fill_(4.0), scaled.norm.running_mean.fill_(0.7)
    explainer = ReferenceExplainer(scaled, others)
    ours = explainer(images, torch.eye(2, dtype=torch.float64)[[0, 1, 1]])
    torch.testing.assert_close(ours.relevance, expected.relevance * (-2.5 / (4 + 1e-5) ** 0.5), rtol=1e-9, atol=1e-13)
    assert ours.ledger.lost().abs().max() < 1e-12


@pytest.mark.parametrize("head", ["linear", "mlp"])
def test_a_backbone_and_a_head_in_sequence(head, images, others):
    heads = {"linear": nn.Linear(2, 2), "mlp": nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Dropout(), nn.Linear(4, 2))}
    backbone = Residual(head=nn.Linear(6, 2))
    network = settled(nn.Sequential(backbone, nn.Dropout(), heads[head]))
    whole = Residual(head=nn.Sequential(backbone.head, heads[head])).double().eval()
    for name in ("stem", "norm", "first", "second", "beside", "second_norm"):
        setattr(whole, name, getattr(backbone, name))
    ours, expected = (ReferenceExplainer(each, others)(images, 1) for each in (network, whole))
    torch.testing.assert_close(ours.relevance, expected.relevance)
    ours, expected = (Explainer(each)(images, 1) for each in (network, whole))
    torch.testing.assert_close(ours.relevance, expected.relevance)


def test_layers_that_are_no_chain_of_known_ones_are_traced_in_a_sequence_too(images, others):
    network = settled(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU6(), nn.Flatten(), nn.Linear(400, 1)))
    folded = nn.Sequential(copy.deepcopy(network[0]), nn.ReLU(), *network[3:])
    with torch.no_grad():
        factor = network[1].weight / (network[1].running_var + network[1].eps).sqrt()
        folded[0].weight.mul_(factor[:, None, None, None])
        folded[0].bias.sub_(network[1].running_mean).mul_(factor).add_(network[1].bias)
    assert folded[0](images).max() < 6
    assert folded[0](others).max() < 6
    ours, expected = (ReferenceExplainer(each, others)(images) for each in (network, folded))
    torch.testing.assert_close(ours.relevance, expected.relevance)


def test_kept_layers_have_the_shape_of_their_inputs(images, others):
    explanation = ReferenceExplainer(settled(Residual()), others)(images, 0, keep="all")
    shapes = {name: tuple(kept.shape[1:]) for name, kept in explanation.layers.items()}
    assert shapes["mean"] == (6, 3, 3)
    assert shapes["head.0"] == (6,)
    assert shapes["head.1"] == shapes["head.2"] == (5,)
    for entry in explanation.ledger:
        kept = [value for name, value in explanation.layers.items() if name.split("[")[0] == entry.layer]
        torch.testing.assert_close(sum(value.flatten(1).sum(1) for value in kept), entry.relevance_in)
    explanation = ReferenceExplainer(settled(Dense()), others)(images, 0, keep=["view", "head"])
    assert {name: kept.shape for name, kept in explanation.layers.items()} == {"view": (3, 20, 1, 1), "head": (3, 20)}


@pytest.mark.parametrize("sequence", [False, True])
def test_weights_of_outputs_are_a_layer_of_one_unit(sequence, images, others):
    network = settled(Residual(nn.Linear(6, 5)))
    if sequence:
        network = settled(nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(100, 5)))
    weights = torch.randn(3, 5, dtype=torch.float64)
    ours = ReferenceExplainer(network, others)(images, weights, batch_size=2)
    plain = Explainer(network)(images, weights, batch_size=2)
    assert torch.equal(ours.target, weights)
    for i, each in enumerate(weights):
        last = nn.Linear(5, 1, bias=False).double()
        last.weight.data = each[None].clone()
        one = nn.Sequential(*network, last) if sequence else nn.Sequential(network, last)
        expected = ReferenceExplainer(one, others)(images[i : i + 1])
        torch.testing.assert_close(ours.relevance[i], expected.relevance[0])
        torch.testing.assert_close(ours.output[i], expected.output[0])
        torch.testing.assert_close(ours.baseline[i], expected.baseline[0])
        torch.testing.assert_close(plain.output[i], one(images[i : i + 1])[0, 0].detach())
    assert ours.conservation_error().max() < 1e-12
    assert plain.conservation_error().max() < 1e-12
    assert (plain.baseline == 0).all()


def test_images_of_another_size_are_refused(images, others):
    explainer = ReferenceExplainer(settled(Residual()), others)
    with pytest.raises(
        InputError, match=r"^Residual: images of the shape \(3, 12, 10\) cannot .* \(3, 12, 12\) — bring"
    ):
        explainer(images[..., :10], 0)


def test_layers_that_do_not_compare_are_refused(others, monkeypatch):
    monkeypatch.delitem(references.BELOW, Addition)
    with pytest.raises(InputError, match=r"^add: relevance against references cannot pass .* of type add — expl"):
        ReferenceExplainer(settled(Residual()), others)
