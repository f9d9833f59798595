"""Convolutions and dense layers as linear maps x ↦ xW with adjoints s ↦ sWᵀ, for any weights W of the right shape."""

import torch
import torch.nn.functional as F
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp.surroundings import working_dtype

#: Convolutions whose sums have at least this many terms run faster in oneDNN with channels stored one after another
#: (contiguous), including the time to reorder: a fifth faster in the second layer of the Levi-Hassner network and in
#: the adjoint of its third.
MANY_TERMS = 2000


def pair(value):
    """Return a size or a distance for both axes, given as one number or as a sequence of one or two, as a tuple."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * 2 if len(values) == 1 else values


def _wide(values):
    return None if values is None else values.detach().to(working_dtype(values.dtype))


class Dense:
    """The linear map of an ``nn.Linear``."""

    def __init__(self, module):
        self.weight, self.bias = _wide(module.weight), _wide(module.bias)

    def forward(self, x, weight, bias=None):
        """(N, I) ↦ (N, O) for weight (O, I) and bias (O,)."""
        return F.linear(x, weight, bias)

    def prepare(self, weight):
        """Return a weight (O, I) in the forms that ``forward`` and ``adjoint`` take."""
        return weight, weight

    def adjoint(self, s, weight, shape):
        """(N, O) ↦ (N, I): the transpose of ``forward`` without bias."""
        return s @ weight

    def connections(self):
        """Return a weight that is 1 wherever the layer connects an input to an output."""
        return torch.ones_like(self.weight)


class Positions(Dense):
    """The linear map of an ``nn.Linear`` at many positions, such as tokens, for networks with branches.

    Often relevance comes from few of them, such as the class token, or of few outputs, such as the values of attention
    but not its queries and keys. The others are left out.
    """

    def adjoint(self, s, weight, shape):
        # a row of zeros shows in the first column, and a column of zeros in the first row
        rows = None if s[:, 0].all() else _few(s.any(1))
        if rows is not None:
            passed = s.new_zeros(len(s), weight.shape[1])
            passed[rows] = s[rows] @ weight
            return passed
        columns = None if s[0].all() else _few(s.any(0))
        return s @ weight if columns is None else s[:, columns] @ weight[columns]


def _few(used):
    """Return the indices of what is used if it is less than half, so that to pick it out is quicker; otherwise None."""
    indices = used.nonzero()[:, 0]
    return indices if 2 * len(indices) < len(used) else None


class Convolution:
    """The linear map of an ``nn.Conv2d``.

    The adjoint of a convolution with stride s is computed at stride 1, because PyTorch is disproportionately slow at
    strided input gradients with few channels, such as those of a first layer. Sorting the input positions by their
    remainder modulo s turns the input into s² times as many channels on a grid s times coarser; the kernel is sorted
    in the same way. The result is the same number for number.

    Parameters
    ----------
    module : torch.nn.Conv2d
        Any stride, dilation and number of groups; zero padding.
    name : str
        The layer's name, for errors.

    Raises
    ------
    facelrp.errors.InputError
        If the layer does not pad with zeros, or does not pad equally on both sides.
    """

    def __init__(self, module, name):
        self.stride, self.dilation, self.groups = pair(module.stride), pair(module.dilation), module.groups
        self.padding = self._padding(module, name)
        self.weight, self.bias = self._without_groups(_wide(module.weight), module.groups), _wide(module.bias)
        self.unstrided = self.stride[0] == self.stride[1] > 1 and self.dilation == (1, 1)
        self.reorder = self.weight.device.type == "cpu" and self.weight[0].numel() >= MANY_TERMS

    @staticmethod
    def _padding(module, name):
        if module.padding_mode != "zeros":
            raise InputError(f"padding_mode={module.padding_mode!r} is not supported", name, "use zero padding")
        if module.padding == "valid":
            return (0, 0)
        if module.padding == "same":
            total = [d * (k - 1) for d, k in zip(pair(module.dilation), module.weight.shape[2:], strict=True)]
            if any(pixels % 2 for pixels in total):
                raise InputError("padding='same' with an even kernel pads unequally", name, "use an odd kernel")
            return tuple(pixels // 2 for pixels in total)
        return pair(module.padding)

    @staticmethod
    def _without_groups(weight, groups):
        """Write a grouped kernel as one full kernel with zeros between the groups."""
        if groups == 1:
            return weight
        outputs, inputs = weight.shape[:2]
        full = weight.new_zeros(outputs, inputs * groups, *weight.shape[2:])
        for group in range(groups):
            rows = slice(group * outputs // groups, (group + 1) * outputs // groups)
            full[rows, group * inputs : (group + 1) * inputs] = weight[rows]
        return full

    def forward(self, x, weight, bias=None):
        """(N, I, H, W) ↦ (N, O, H', W') for weight (O, I, h, w) and bias (O,)."""
        if self.reorder:
            x = x.contiguous()
        y = F.conv2d(x, weight, bias, self.stride, self.padding, self.dilation)
        return y.contiguous(memory_format=torch.channels_last) if self.reorder else y

    def prepare(self, weight):
        """Return a weight (O, I, h, w) in the forms that ``forward`` and ``adjoint`` take."""
        if self.reorder:
            weight = weight.contiguous()
        elif weight.device.type == "cpu":
            # channels_last saves oneDNN a reordering in every call
            weight = weight.contiguous(memory_format=torch.channels_last)
        if not self.unstrided:
            return weight, weight
        step = self.stride[0]
        height, width = (-size % step for size in weight.shape[2:])
        coarse = F.pixel_unshuffle(F.pad(weight, (0, width, 0, height)), step)
        return weight, coarse.contiguous(memory_format=torch.channels_last) if weight.device.type == "cpu" else coarse

    def adjoint(self, s, weight, shape):
        """(N, O, H', W') ↦ (N, I, H, W) = shape: the transpose of ``forward`` without bias."""
        height, width = shape[2:]
        if self.unstrided:
            full = F.pixel_shuffle(F.conv_transpose2d(s, weight), self.stride[0])
            (top, left), (rows, columns) = self.padding, full.shape[2:]
            # rows and columns beyond the last window never reach an output, so they are padded with zeros
            return F.pad(full, (-left, left + width - columns, -top, top + height - rows))
        beyond = self._beyond(s.shape, weight.shape, shape)
        if self.reorder:
            s = s.contiguous()
        full = F.conv_transpose2d(
            s, weight, stride=self.stride, padding=self.padding, output_padding=beyond, dilation=self.dilation
        )
        return full.contiguous(memory_format=torch.channels_last) if self.reorder else full

    def _beyond(self, outputs, kernel, inputs):
        """Return how many rows and columns of inputs of this shape lie beyond the last window."""
        return [
            size - ((out - 1) * step - 2 * pad + dilation * (width - 1) + 1)
            for size, out, step, pad, dilation, width in zip(
                inputs[2:], outputs[2:], self.stride, self.padding, self.dilation, kernel[2:], strict=True
            )
        ]

    def connections(self):
        """Return a weight that is 1 wherever the layer connects an input to an output."""
        inputs = self.weight.shape[1] // self.groups
        return self._without_groups(torch.ones_like(self.weight[:, :inputs]), self.groups)


class Scaling:
    """The linear map of a batch norm: each channel has one weight.

    Parameters
    ----------
    module : object
        Its ``weight`` and ``bias`` are those of the channels, (C,).
    """

    def __init__(self, module):
        self.weight, self.bias = _wide(module.weight), _wide(module.bias)

    def forward(self, x, weight, bias=None):
        """(N, C, …) ↦ (N, C, …) for weight (C,) and bias (C,)."""
        y = x * self._along(weight, x)
        return y if bias is None else y.add_(self._along(bias, x))

    def prepare(self, weight):
        """Return a weight (C,) in the forms that ``forward`` and ``adjoint`` take."""
        return weight, weight

    def adjoint(self, s, weight, shape):
        """(N, C, …) ↦ (N, C, …): the transpose of ``forward`` without bias."""
        return s * self._along(weight, s)

    @staticmethod
    def _along(values, x):
        return values.reshape(-1, *[1] * (x.dim() - 2))


def linear_map(module, name):
    """Wrap a supported module, an ``nn.Linear`` or ``nn.Conv2d``, as its linear map."""
    return Convolution(module, name) if isinstance(module, nn.Conv2d) else Dense(module)
