"""Networks that relevance cannot follow are refused by name, and what cannot be seen is found in the first batch."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from facelrp.errors import InputError
from facelrp.lrp import AlphaBeta, Epsilon, Explainer, Flat, Gamma, as_sequential, explain
from facelrp.networks.levi_hassner import LocalResponseNorm
from facelrp.networks.winograd import quick_convolutions


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Divided(nn.Sequential):
    def forward(self, x):
        return super().forward(x / 255)


class Backwards(nn.Sequential):
    def __iter__(self):
        return reversed(self._modules.values())


class Called(nn.Sequential):
    def __call__(self, x):
        return 2 * super().__call__(x)


class Standardised(nn.Conv2d):
    """Weight standardisation: ``forward`` is that of the base, which calls this."""

    def _conv_forward(self, x, weight, bias):
        return super()._conv_forward(x, weight - weight.mean((1, 2, 3), keepdim=True), bias)


class Leaky(nn.ReLU):
    def forward(self, x):
        return F.leaky_relu(x, 0.1)


class WrongNorm(nn.LocalResponseNorm):
    def forward(self, x):
        return super().forward(x) * 1.01


def head():
    return nn.Linear(4 * 6 * 6, 1)


def network(module=None):
    """A small network, (N, 3, 8, 8) to (N, 1), with a module inside a container."""
    module = nn.Identity() if module is None else module
    blocks = nn.Sequential(nn.ReLU(), module)
    layers = {"conv": nn.Conv2d(3, 4, 3), "blocks": blocks, "flatten": nn.Flatten(), "head": head()}
    whole = nn.Sequential()
    for name, layer in layers.items():
        whole.add_module(name, layer)
    return whole


def conv():
    return nn.Conv2d(4, 4, 3, padding=1)


def changed(change, module=None):
    """A network after a change, such as a hook."""
    whole = network(module)
    change(whole)
    return whole


def replace_forward(module):
    module.forward = lambda x: x


@pytest.fixture
def images():
    return torch.randn(3, 3, 8, 8)


REFUSED = {
    # containers
    "a list of modules": (lambda: network(nn.ModuleList([conv()])), "^Sequential: it cannot be traced .*ModuleList"),
    "a model": (lambda: network(nn.Transformer(4, 2, 1, 1, 4)), "^Sequential: it cannot be traced .* Transformer"),
    "data parallel": (lambda: nn.DataParallel(network()), "^dataparallel: .* type DataParallel"),
    "TorchScript": (lambda: torch.jit.trace(network(), torch.ones(1, 3, 8, 8)), "^topleveltracedmodule: .* of type"),
    "no module": (
        lambda: changed(lambda whole: whole.add_module("none", None)),
        "^Sequential: it cannot be traced .* 'NoneType'",
    ),
    # hooks, and forwards that were replaced
    "a hook at the top": (
        lambda: changed(lambda whole: whole.register_forward_hook(lambda module, x, y: 2 * y)),
        "^sequential: the hook .*<lambda> may change what this Sequential computes",
    ),
    "a pre-hook of a container": (
        lambda: changed(lambda whole: whole.blocks.register_forward_pre_hook(lambda module, x: (x[0] / 255,))),
        "^blocks: the hook .*<lambda>",
    ),
    "a hook of a layer": (
        lambda: changed(lambda whole: whole.conv.register_forward_hook(lambda module, x, y: y.exp())),
        "^conv: the hook .*<lambda>",
    ),
    "spectral norm": (
        lambda: changed(lambda whole: nn.utils.spectral_norm(whole.conv)),
        "^conv: the hook SpectralNorm .* — remove it; .* remove_spectral_norm",
    ),
    "weight norm": (lambda: changed(lambda whole: nn.utils.weight_norm(whole.head)), "^head: the hook WeightNorm"),
    "pruned": (
        lambda: changed(lambda whole: prune.l1_unstructured(whole.head, "weight", 0.5)),
        "^head: the hook L1Unst",
    ),
    "forward of a layer replaced": (
        lambda: changed(lambda whole: replace_forward(whole.blocks[0])),
        r"^blocks\.0: forward of this ReLU has been replaced.* — undo the replacement",
    ),
    "forward of a container replaced": (
        lambda: changed(lambda whole: replace_forward(whole.blocks)),
        "^blocks: forward of this Sequential has been replaced",
    ),
    # layers
    "another normalisation": (
        lambda: network(WrongNorm(3)),
        r"^blocks\.1: .* operation avg_pool3d \(test_lrp_refusals.py",
    ),
    "a norm for odd sizes": (
        lambda: network(LocalResponseNorm(4)),
        r"^blocks\.1: relevance cannot pass the operation slice_scatter",
    ),
    "adaptive max": (lambda: network(nn.AdaptiveMaxPool2d(6)), r"^blocks\.1: .* operation adaptive_max_pool2d"),
    "Dropout1d": (lambda: network(nn.Dropout1d()), "^Sequential: it cannot be traced .* dropout1d: Expected 2D or 3D"),
    "transposed convolution": (
        lambda: network(nn.ConvTranspose2d(4, 4, 1)),
        r"^blocks\.1: .* operation conv_transpose2d",
    ),
    "max-pool with indices": (
        lambda: network(nn.MaxPool2d(1, return_indices=True)),
        r"^blocks\.1: with return_indices=True the layer returns two tensors",
    ),
    "reflected borders": (
        lambda: network(nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect")),
        r"^blocks\.1: padding_mode='reflect'",
    ),
    "circular borders": (
        lambda: network(nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular")),
        r"^blocks\.1: padding_mode='circular'",
    ),
    "unequal padding": (
        lambda: network(nn.Conv2d(4, 4, 2, padding="same")),
        r"^blocks\.1: padding='same' with an even",
    ),
    # shapes
    "images flattened into one another": (lambda: network(nn.Flatten(0, 1)), r"^blocks\.1: .* joins the images"),
    "flattening that does not fit": (
        lambda: network(nn.Flatten(5)),
        r"^blocks\.1: .* cannot be flattened from 5 to -1",
    ),
    "a convolution after flattening": (
        lambda: nn.Sequential(nn.Flatten(1, 2), conv()),
        "^1: .* type Conv2d needs maps",
    ),
    "pooling after flattening": (
        lambda: nn.Sequential(nn.Flatten(1, 2), nn.MaxPool2d(2)),
        "^1: .* MaxPool2d needs maps",
    ),
    "a norm after flattening": (
        lambda: nn.Sequential(nn.Flatten(), nn.LocalResponseNorm(3)),
        "^1: .* LocalResponseNorm needs maps",
    ),
    "too many inputs": (
        lambda: network(nn.Linear(5, 6)),
        r"^blocks\.1: the layer of type Linear cannot take .* \(2, 4, 6, 6\)",
    ),
    "too many channels": (lambda: network(nn.Conv2d(5, 4, 1)), r"^blocks\.1: the layer of type Conv2d cannot take"),
    "too large a window": (lambda: network(nn.AvgPool2d(9)), r"^blocks\.1: the layer of type AvgPool2d cannot take"),
    # weights
    "no weights yet": (lambda: network(nn.LazyConv2d(4, 1)), r"^blocks\.1: .* LazyConv2d has no weights yet — run"),
    "no values": (
        lambda: network(conv().to("meta")),
        r"^blocks\.1: its weight is on the meta device and has no values",
    ),
    "two types": (
        lambda: network(conv().double()),
        r"^blocks\.1: its weight is torch.float64 on cpu, unlike the first",
    ),
    "complex numbers": (lambda: network().to(torch.complex64), "^conv: its weight is of the type torch.complex64"),
    "eight bits": (lambda: network().to(torch.float8_e5m2), "^conv: its weight is of the type torch.float8_e5m2"),
    "diverged": (
        lambda: changed(lambda whole: nn.init.constant_(whole.head.bias, float("nan"))),
        "^Sequential: the output of image 0 .* is NaN or infinite, beyond .* — if its weights have diverged",
    ),
}


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("rule", [AlphaBeta(2, -1), Epsilon(0.1)], ids=["alpha_beta", "epsilon"])
@pytest.mark.parametrize("fault", REFUSED)
def test_refused_by_name(fault, rule, images):
    make, message = REFUSED[fault]
    with pytest.raises(InputError, match=message) as refusal:
        explain(make(), images[:2], rule)
    assert "\n" not in str(refusal.value)
    assert refusal.value.fix


#: What torch.export follows exactly, because it sees what is computed and not of which layers a network consists.
FOLLOWED = {
    "a residual block": lambda: network(Residual(conv())),
    "division at the top": lambda: Divided(*network()),
    "children run backwards": lambda: network(Backwards(conv(), nn.ReLU())),
    "a call that doubles": lambda: network(Called(conv())),
    "a forward of its own": lambda: network(Leaky()),
    "weight standardisation": lambda: network(Standardised(4, 4, 3, padding=1)),
    "batch norm": lambda: network(nn.BatchNorm2d(4)),
    "softmax": lambda: network(nn.Softmax(1)),
    "ReLU6": lambda: network(nn.ReLU6()),
    "Dropout3d": lambda: network(nn.Dropout3d()),
    "AlphaDropout": lambda: network(nn.AlphaDropout()),
    "a network and its head": lambda: nn.Sequential(Divided(*network()), nn.Linear(1, 1)),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("part", FOLLOWED)
def test_sequences_of_other_modules_are_followed_by_their_computation(part, images):
    whole = FOLLOWED[part]().double()
    explanation = explain(whole, images.double(), Epsilon(0.1))
    torch.testing.assert_close(explanation.output, whole.eval()(images.double())[:, 0].detach())
    assert explanation.conservation_error().max() < 1e-11


def test_hooks_in_sequences_of_other_modules_are_followed(images):
    whole = network(Residual(conv())).double()
    whole.conv.register_forward_hook(lambda module, x, y: y / 2)
    explanation = explain(whole, images.double(), Epsilon(0.1))
    torch.testing.assert_close(explanation.output, whole.eval()(images.double())[:, 0].detach())


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("add", "remove"),
    [
        (lambda layer: nn.utils.spectral_norm(layer), nn.utils.remove_spectral_norm),
        (lambda layer: nn.utils.weight_norm(layer), nn.utils.remove_weight_norm),
        (lambda layer: prune.random_unstructured(layer, "weight", 0.5), lambda layer: prune.remove(layer, "weight")),
    ],
    ids=["spectral norm", "weight norm", "pruned"],
)
@pytest.mark.parametrize("loaded", [False, True], ids=["new", "loaded"])
def test_removing_hooks_as_the_message_says_helps(add, remove, loaded, images):
    whole = network(conv())
    add(whole.conv)
    if loaded:  # the hook would compute the weight only in the next forward pass
        whole.load_state_dict({name: value * 1.5 for name, value in whole.state_dict().items()})
        whole.eval()(images)
    with pytest.raises(InputError, match=r"^conv: the hook"):
        Explainer(whole)
    remove(whole.conv)
    torch.testing.assert_close(explain(whole, images).output, whole.eval()(images)[:, 0].detach())


class Doubled(nn.Module):
    def forward(self, weight):
        return 2 * weight


@pytest.mark.parametrize(
    "parametrise",
    [
        lambda layer: parametrizations.spectral_norm(layer),
        lambda layer: parametrizations.weight_norm(layer),
        lambda layer: parametrizations.orthogonal(layer),
        lambda layer: parametrize.register_parametrization(layer, "weight", Doubled()),
        lambda layer: parametrize.register_parametrization(layer, "bias", Doubled()),
    ],
    ids=["spectral norm", "weight norm", "orthogonal", "own", "own bias"],
)
@pytest.mark.parametrize("rule", [AlphaBeta(2, -1), Epsilon(0.1)], ids=["alpha_beta", "epsilon"])
def test_parametrised_weights_count_as_they_are_computed(parametrise, rule, images):
    whole = network(conv()).double().train()
    parametrise(whole.conv)
    parametrise(whole.head)
    whole(images.double())  # training: a step of the spectral norm's power iteration
    state = copy.deepcopy(whole.state_dict())
    plain = network(conv()).double()
    for layer, source in ((plain.conv, whole.conv), (plain.head, whole.head), (plain.blocks[1], whole.blocks[1])):
        with torch.no_grad():
            source.eval()
            layer.weight.copy_(source.weight), layer.bias.copy_(source.bias)
    whole.train()

    explanation = explain(whole, images, rule)

    torch.testing.assert_close(explanation.relevance, explain(plain, images, rule).relevance)
    torch.testing.assert_close(explanation.output, whole.eval()(images.double())[:, 0].detach())
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(value, state[name], rtol=0, atol=0)


def test_subclasses_that_change_nothing_are_followed(images):
    class Block(nn.Sequential):
        def __init__(self):
            super().__init__(conv(), nn.ReLU())
            self.unused = nn.Parameter(torch.ones(3, dtype=torch.float64))

        def extra(self):
            return 1

    class Named(nn.Conv2d):
        pass

    whole = network(nn.Sequential(Block(), Named(4, 4, 1), LocalResponseNorm(5)))
    explanation = explain(whole, images)
    torch.testing.assert_close(explanation.output, whole.eval()(images)[:, 0].detach())
    assert explanation.relevance.dtype == torch.float32


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize(
    ("alpha", "beta", "k"), [(1e-4, 0.75, 1.0), (1e-12, 0.75, 2.0), (0.5, 0.5, 1e-6), (0.0, 1.0, 1.0)]
)
def test_the_quick_norm_counts_as_torchs(size, alpha, beta, k):
    Explainer(network(LocalResponseNorm(size, alpha, beta, k)))


def differs(network, images, message="the network's own output is .* they differ by"):
    with pytest.raises(InputError, match=message):
        Explainer(network)(images)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16], ids=str)
def test_what_cannot_be_seen_is_found_in_the_first_batch(dtype, images, monkeypatch):
    whole = network(conv()).to(dtype)
    explainer = Explainer(whole)
    explainer(images)
    handle = nn.modules.module.register_module_forward_hook(
        lambda module, x, y: y + 0.01 * y.abs() if isinstance(module, nn.Flatten) else None
    )
    try:
        differs(whole, images)
        explainer(images)  # compared in its first batch only
    finally:
        handle.remove()
    monkeypatch.setattr(nn.ReLU, "forward", lambda self, x: F.leaky_relu(x, 0.01))
    differs(whole, images)


def test_the_difference_is_said(images, monkeypatch):
    whole = network().double()
    nn.init.zeros_(whole.head.weight), nn.init.constant_(whole.head.bias, 0.25)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: F.linear(x, self.weight, self.bias + 0.5))
    differs(whole, images, r"^Sequential: .* output is 0.75 where .* give 0.25 \(image 0, unit 0\): they differ by 0.5")
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: F.linear(x, self.weight).expand(-1, 2))
    differs(whole, images, r"own output is \(2, 2\), not \(2, 1\)")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_difference_far_below_the_pixels_is_found(dtype, images, monkeypatch):
    whole = network().to(dtype)
    nn.init.zeros_(whole.head.weight), nn.init.constant_(whole.head.bias, 1e-3)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: F.linear(x, self.weight, self.bias * 1.01))
    differs(whole, 100 * images, "they differ by 1e-05")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("seed", range(10))
def test_rounding_is_no_difference(dtype, seed):
    """Outputs of 1e-7 (float32) of their terms, which almost cancel: every digit of theirs may differ."""
    torch.manual_seed(seed)
    whole = nn.Sequential(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 8, 3), nn.Flatten(), nn.Linear(128, 2)).to(
        dtype
    )
    images = 100 * torch.rand(2, 3, 8, 8, dtype=dtype)
    with torch.no_grad():
        whole[-1].weight[:, 64:] = -whole[-1].weight[:, :64]
        whole[2].weight[4:], whole[2].bias[4:] = whole[2].weight[:4], whole[2].bias[:4]
        whole[-1].bias.fill_(1e-4 * torch.finfo(dtype).eps)
    for rule in (AlphaBeta(2, -1), Gamma(0.2), Flat()):
        explain(whole, images, rule, target=0)


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: nn.init.zeros_(whole.conv.bias),
        lambda whole: whole.load_state_dict(network().state_dict()),
        lambda whole: torch.optim.SGD(whole.parameters(), 0.1).step(),
        lambda whole: whole.double(),
        lambda whole: setattr(whole.head, "weight", nn.Parameter(2 * whole.head.weight)),
        lambda whole: whole.to("meta"),
    ],
    ids=["in place", "loaded", "trained", "converted", "replaced", "moved"],
)
@pytest.mark.parametrize("before", [False, True], ids=["before the first call", "after it"])
def test_weights_that_changed_need_a_new_explainer(change, before, images):
    whole = network()
    whole(images).sum().backward()
    explainer = Explainer(whole)
    if before:
        explainer(images)
    change(whole)
    with pytest.raises(
        InputError, match=r"^Sequential: the weights have been changed or moved .* — make a new Explainer"
    ):
        explainer(images)


def test_weights_written_to_behind_pytorchs_back_are_found_in_the_first_batch(images):
    whole = network()
    explainer = Explainer(whole)
    whole.conv.weight.data *= 2
    whole.head.bias.data += 3
    with pytest.raises(InputError, match="they differ by"):
        explainer(images)


def test_using_the_network_is_no_change(images):
    whole = network(nn.Sequential(conv(), nn.ReLU(inplace=True), nn.Dropout())).train()
    explainer = Explainer(whole)
    first = explainer(images).relevance
    whole(images).sum().backward()
    whole.requires_grad_(False).eval()
    whole.zero_grad()
    torch.testing.assert_close(explainer(images).relevance, first, rtol=0, atol=0)


def test_quick_convolutions(images):
    """They replace forwards for a while, and compute the same up to 1e-5."""
    whole = network(nn.Conv2d(4, 4, 3, padding=1))
    expected = explain(whole, images).relevance
    explainer = Explainer(whole)
    with quick_convolutions(whole):
        torch.testing.assert_close(explainer(images).relevance, expected, rtol=0, atol=0)
        with pytest.raises(InputError, match=r"^conv: forward of this Conv2d has been replaced"):
            Explainer(whole)
    torch.testing.assert_close(explain(whole, images).relevance, expected, rtol=0, atol=0)


def test_only_torchvisions_own_forward_is_put_in_sequence():
    models = pytest.importorskip("torchvision.models")

    class Scaled(models.AlexNet):
        def forward(self, x):
            return super().forward(x / 255)

    class Alike(nn.Module):
        def __init__(self):
            super().__init__()
            self.features, self.avgpool, self.classifier = conv(), nn.Identity(), head()

        def forward(self, x):
            return self.classifier(self.features(x).relu().flatten(1))

    hooked, replaced = models.alexnet(), models.alexnet()
    hooked.register_forward_hook(lambda module, x, y: 2 * y)
    replace_forward(replaced)
    for model in (Scaled(), Alike(), replaced, models.efficientnet_b0()):
        with pytest.raises(InputError, match=f"^{type(model).__name__}: a model with a forward of its own"):
            as_sequential(model)
    with pytest.raises(InputError, match=r"^AlexNet: the hook"):
        as_sequential(hooked)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("pixel", [(0, 0, 0), (2, 7, 7), (1, 3, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16], ids=str)
def test_pixels_that_are_no_numbers_are_refused(value, pixel, dtype, images):
    images = images.to(dtype)
    images[(2, *pixel)] = value
    with pytest.raises(InputError, match=r"^image 2: its pixels are NaN or infinite"):
        explain(network(), images, batch_size=2)


def test_pixels_beyond_the_range_of_the_type_are_refused(images):
    images = images.double()
    images[1, 0, 2, 3] = -1e300
    with pytest.raises(InputError, match=r"^image 1: .* beyond the range of torch.float32"):
        explain(network(), images)
    explain(network().double(), images / 1e250)


def test_relevance_beyond_the_range_of_its_type_is_refused():
    whole = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False))
    whole[1].weight.data[:] = torch.tensor([1.0, -1.0])
    image = torch.tensor([1e30, 1e30 * (1 - 1e-7)]).reshape(1, 1, 1, 2)
    whole[1].weight.data *= 1e8
    with pytest.raises(InputError, match="NaN or infinite"):
        explain(whole, image * 10, Epsilon(0))


@pytest.mark.parametrize(
    "kind", [torch.uint8, torch.int64, torch.bool, torch.float16, torch.bfloat16, torch.float64], ids=str
)
def test_images_of_any_real_type(kind, images):
    images = (20 * images).clamp(0, 200).to(kind)
    expected = explain(network_ := network(), images.float()).relevance
    torch.testing.assert_close(explain(network_, images).relevance, expected, rtol=0, atol=0)
    with pytest.raises(ValueError, match="of real numbers"):
        explain(network_, images.to(torch.complex64))


def test_images_in_any_order_of_memory(images):
    whole = network()
    expected = explain(whole, images).relevance
    wide = torch.zeros(6, 3, 8, 16)
    wide[::2, :, :, ::2] = images
    for same in (
        wide[::2, :, :, ::2],
        images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2),
        images.mT.contiguous().mT,
    ):
        assert not same.is_contiguous()
        torch.testing.assert_close(explain(whole, same).relevance, expected, rtol=0, atol=0)
    one = images[:1].expand(3, -1, -1, -1)
    torch.testing.assert_close(explain(whole, one).relevance, expected[:1].expand(3, -1, -1, -1))


def test_modules_and_weights_may_be_shared():
    layer, relu = nn.Linear(5, 5), nn.ReLU()
    block = nn.Sequential(layer, relu)
    tied = nn.Linear(5, 5)
    tied.weight = layer.weight
    whole = nn.Sequential(nn.Flatten(), block, block, tied, relu, nn.Linear(5, 1)).double()
    apart = copy.deepcopy(whole)
    apart = nn.Sequential(
        *(copy.deepcopy(leaf) for leaf in (apart[0], layer, relu, layer, relu, tied, relu, apart[5]))
    ).double()
    images = torch.randn(2, 1, 1, 5, dtype=torch.float64)
    explanation = explain(whole, images)
    torch.testing.assert_close(explanation.relevance, explain(apart, images).relevance)
    assert [entry.layer for entry in explanation.ledger] == ["0", "1.0", "1.1", "2.0", "2.1", "3", "4", "5"]
    frozen = whole.requires_grad_(False)
    torch.testing.assert_close(
        explain(frozen, images.requires_grad_()).relevance, explanation.relevance, rtol=0, atol=0
    )
