"""Operations that relevance cannot pass are refused in one line, with their place and the line of code."""

import logging

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp import Box, Composite, Epsilon, Explainer, Flat, explain


class Block(nn.Module):
    """A part of a network that is not supported, with modules of its own."""

    def __init__(self, function, **modules):
        super().__init__()
        self.function = function
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, x):
        return self.function(self, x)


class Network(nn.Module):
    """(N, 3, 8, 8) to (N, 2), with a block in the middle that keeps the shape (N, 4, 6, 6)."""

    def __init__(self, block):
        super().__init__()
        self.conv, self.block, self.head = nn.Conv2d(3, 4, 3), block, nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.block(F.relu(self.conv(x))).mean((2, 3)))


class Whole(Network):
    """A network that ends in its block."""

    def forward(self, x):
        return self.block(F.relu(self.conv(x)))


def recurrent():
    return Block(lambda self, x: self.rnn(x.flatten(2))[0].unflatten(2, (6, 6)), rnn=nn.LSTM(36, 36, batch_first=True))


def attention(**options):
    def run(self, x):
        x = x.flatten(2)
        return F.scaled_dot_product_attention(x, x, x, **options).unflatten(2, (6, 6))

    return Block(run)


def inner(function, **modules):
    return lambda: Network(Block(function, **modules))


REFUSED = {
    # operations
    "an LSTM": (lambda: Network(recurrent()), r"^block\.rnn: relevance cannot pass the operation lstm \(test_graph"),
    "a sort": (inner(lambda self, x: x.sort(1)[0]), r"^block: .* operation sort \(test_graph_refusals.py, line \d+: "),
    "a quotient of two maps": (inner(lambda self, x: x / (1 + x)), r"^block\.div: .* a quotient of two values .*line"),
    "a power": (inner(lambda self, x: x**2), r"^block: .* operation pow"),
    "a norm written out": (
        inner(lambda self, x: (x - x.mean(1, keepdim=True)) * (x.var(1, keepdim=True) + 1).rsqrt()),
        "^block: relevance cannot pass the operation var",
    ),
    "attention with dropout": (
        lambda: Network(attention(dropout_p=0.5)),
        r"^block\.scaled_dot_product_attention: relevance cannot pass attention with dropout",
    ),
    "a mask of pixels": (
        inner(lambda self, x: F.scaled_dot_product_attention(x, x, x, attn_mask=x)),
        r"^block\.scaled_dot_product_attention: .* mask of pixels",
    ),
    "learned queries": (
        inner(lambda self, x: F.scaled_dot_product_attention(torch.ones(1, 4, 6, 6), x, x)),
        r"^block\.scaled_dot_product_attention: .* the same for all images",
    ),
    "softmax over images": (inner(lambda self, x: x.softmax(0)), r"^block\.softmax: .* over the images"),
    "a product over images": (
        lambda: Whole(Block(lambda self, x: (y := x.mean((2, 3))) @ (y.mT @ y))),
        "^block: relevance cannot pass matmul here",
    ),
    "an infinite mask": (
        inner(lambda self, x: (x + torch.full((6, 6), -torch.inf).triu(1)).softmax(3)),
        r"^block\.add: .* a sum with an infinite constant",
    ),
    "roll of all values": (inner(lambda self, x: x.roll(1)), "^block"),
    "roll over images": (inner(lambda self, x: x.roll(1, 0)), r"^block\.roll: .* moves images"),
    "local response norm": (inner(lambda self, x: self.norm(x), norm=nn.LocalResponseNorm(3)), r"^block\.norm"),
    "transposed convolution": (
        inner(lambda self, x: self.up(x), up=nn.ConvTranspose2d(4, 4, 2)),
        r"^block\.up: .* operation conv_transpose2d",
    ),
    "upsampling": (inner(lambda self, x: F.interpolate(x, scale_factor=2)), "^block: .* operation upsample_nearest2d"),
    "reflected borders": (inner(lambda self, x: F.pad(x, (1, 1, 1, 1), "reflect")), "^block.*pad"),
    "ones around": (inner(lambda self, x: F.pad(x, (1, 1, 1, 1), value=1)), r"^block\.pad: .* — pad with zeros"),
    "weights that depend on pixels": (
        inner(lambda self, x: F.linear(x, x[0, 0])),
        "^block: relevance cannot pass select here: it moves images to another axis, or joins them",
    ),
    "dropout in evaluation": (inner(lambda self, x: F.dropout(x, 0.5)), "^block: .* dropout that is on"),
    "statistics of the batch": (
        inner(lambda self, x: self.norm(x), norm=nn.BatchNorm2d(4, track_running_stats=False)),
        r"^block\.norm: relevance cannot pass a batch norm by the statistics of the batch",
    ),
    # images
    "the mean of images": (inner(lambda self, x: x - x.mean(0, keepdim=True)), "^block: .* mean here: .* joins them"),
    "the first image": (inner(lambda self, x: x[:1]), "^block: .* slice here"),
    "a convolution of images on another axis": (
        inner(lambda self, x: F.avg_pool2d(x.transpose(0, 1), 1).transpose(0, 1)),
        "^block: relevance cannot pass avg_pool2d here: it moves images to another axis",
    ),
    "images on another axis": (lambda: Whole(Block(lambda self, x: x.mean((2, 3)).mT)), "^block: .* transpose here"),
    "a number for each image": (
        inner(lambda self, x: x + torch.arange(x.shape[0]).reshape(-1, 1, 1, 1)),
        "^block: a constant depends on the number of images",
    ),
    "their number": (inner(lambda self, x: x / x.shape[0]), "^block: div depends on the number of images"),
    "a fixed number of images": (inner(lambda self, x: x.reshape(2, 4, 6, 6)), "one number of images only"),
    # forwards
    "a branch by values": (inner(lambda self, x: x if x.sum() > 0 else -x), "^Network: it cannot be traced .*x.sum"),
    "NumPy": (inner(lambda self, x: torch.from_numpy(x.detach().numpy())), "^Network: it cannot be traced"),
    "another size": (inner(lambda self, x: self.conv(x), conv=nn.Conv2d(5, 4, 1)), r"^Network: .* \(3, 8, 8\): "),
    "two outputs": (lambda: Whole(Block(lambda self, x: (x, x))), "^Whole: its forward returns 2 values"),
    "no pixels": (
        lambda: Whole(Block(lambda self, x: torch.ones(x.shape[0], 2))),
        "^Whole: its output does not depend",
    ),
    # weights
    "no values": (lambda: Network(nn.Identity()).to("meta"), r"^conv\.weight: it is on the meta device"),
    "not yet initialised": (lambda: Network(nn.LazyConv2d(4, 1)), r"^block\.weight: it has no values yet"),
    "complex numbers": (lambda: Network(nn.Identity()).to(torch.complex64), r"^conv\.weight: .* torch.complex64"),
}


def state(network):
    """Return which tensors a network has, and how often they were changed."""
    tensors = [*network.parameters(), *network.buffers()]
    lazy = nn.parameter.UninitializedParameter
    return [(id(tensor), None if isinstance(tensor, lazy) else tensor._version) for tensor in tensors]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("fault", REFUSED)
def test_refused_in_one_line(fault, capfd):
    make, message = REFUSED[fault]
    network = make()
    before = state(network)
    with pytest.raises(InputError, match=message) as refusal:
        explain(network, torch.randn(2, 3, 8, 8), Epsilon(0.1), target=0)
    assert "\n" not in str(refusal.value)
    assert refusal.value.fix
    assert all(module.training for module in network.modules())
    assert state(network) == before
    assert capfd.readouterr() == ("", "")
    assert logging.root.manager.disable == 0


def test_the_box_is_for_pixels_only():
    network, images = Network(nn.Conv2d(4, 4, 1)), torch.rand(2, 3, 8, 8)
    with pytest.raises(InputError, match=r"^block: the zᴮ rule is for the first layer only .*line"):
        explain(network, images, Composite(first=Flat(), conv=Box(0.0, 1.0), dense=Epsilon(0.1)), target=0)
    explain(network, images, Composite(first=Box(0.0, 1.0), conv=Flat(), dense=Epsilon(0.1)), target=0)


def test_options_of_other_names_are_refused_at_once():
    with pytest.raises(ValueError, match="add must be"):
        Explainer(Network(nn.Identity()), add="half")
    with pytest.raises(ValueError, match="attention must be"):
        Explainer(Network(nn.Identity()), attention="half")
    with pytest.raises(ValueError, match="lrn must be"):
        Explainer(Network(nn.Identity()), lrn="half")
    with pytest.raises(ValueError, match="no layer is called nothing; the layers are conv, relu, mean, head"):
        explain(Network(nn.Identity()), torch.rand(2, 3, 8, 8), target=0, keep="nothing")
    with pytest.raises(ValueError, match=r"must end in \(N, units\)"):
        explain(Whole(nn.Identity()), torch.rand(2, 3, 8, 8), target=0)


def test_weights_that_changed_need_a_new_explainer():
    network, images = Network(nn.Identity()), torch.rand(2, 3, 8, 8)
    explainer = Explainer(network)
    explainer(images, 0)
    nn.init.zeros_(network.head.bias)
    with pytest.raises(InputError, match="make a new Explainer"):
        explainer(images, 0)


def test_what_torch_export_cannot_see_is_found_in_the_first_batch(monkeypatch):
    network, images = Network(nn.Identity()), torch.rand(2, 3, 8, 8)

    class Changing(Network):
        def forward(self, x):
            return super().forward(x) * (1 if torch.compiler.is_exporting() else 2)

    with pytest.raises(InputError, match=r"^Changing: the network's own output is .* they differ by"):
        explain(Changing(nn.Identity()), images, target=0)
    explain(network, images, target=0)


@pytest.mark.parametrize("conv", ["ieee", "tf32"])
def test_settings_of_torch_are_kept(conv):
    setting = torch.backends._FP32Precision("cuda", "conv")
    before = setting.fp32_precision
    setting.fp32_precision = conv
    try:
        explain(Network(nn.Identity()), torch.rand(2, 3, 8, 8), target=0)
        assert setting.fp32_precision == conv
    finally:
        setting.fp32_precision = before
