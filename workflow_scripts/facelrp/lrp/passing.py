"""Layers without weights: activation, pooling, averages and local response normalisation."""

import torch
import torch.nn.functional as F
from torch import nn

from facelrp.lrp.affine import pair
from facelrp.lrp.joining import summed_to
from facelrp.lrp.propagation import divide


class PassThrough:
    """ReLU, dropout (off), identity: each output has one input, which receives all its relevance."""

    def __init__(self, function=None):
        self.function = function

    def forward(self, x):
        return (x if self.function is None else self.function(x)), None

    def backward(self, relevance, kept):
        return relevance, {}


class Reshape:
    """``nn.Flatten``: only the shape changes."""

    def __init__(self, module):
        self.start, self.end = module.start_dim, module.end_dim

    def forward(self, x):
        return x.flatten(self.start, self.end), x.shape

    def backward(self, relevance, shape):
        return relevance.reshape(shape), {}


class Scale:
    """A product with a constant: each output has one input with a value, which receives all its relevance.

    Parameters
    ----------
    factor : torch.Tensor
        (1, …), with as many axes as the input.
    """

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        return x * self.factor, x.shape

    def backward(self, relevance, shape):
        return summed_to(relevance, shape), {}


class Average:
    """The mean or the sum along axes: each input receives its share a/Σa.

    Parameters
    ----------
    function : callable
        The function of the forward pass.
    axes : list of int
        Its axes; 0, that of images, is not among them.
    keepdim : bool
        Whether the function keeps these axes, with the size 1.
    """

    def __init__(self, function, axes, keepdim):
        self.function, self.axes, self.keepdim = function, axes, keepdim

    def forward(self, x):
        return self.function(x, self.axes, keepdim=self.keepdim), x

    def backward(self, relevance, x):
        sums = x.sum(self.axes, keepdim=True)
        s, empty = divide(relevance.reshape(sums.shape), sums)
        return s * x, {"empty_side": empty}


class EachPosition:
    """A dense layer on inputs with more than two dimensions: it maps the last one, at each position of the others.

    Parameters
    ----------
    layer : facelrp.lrp.protocols.Layer
        The layer on inputs (N, I). It sees each position as an image of its own.
    """

    def __init__(self, layer):
        self.layer = layer

    def forward(self, x):
        output, kept = self.layer.forward(x.flatten(0, -2))
        return output.unflatten(0, x.shape[:-1]), (kept, x.shape)

    def backward(self, relevance, kept):
        kept, shape = kept
        passed, losses = self.layer.backward(relevance.flatten(0, -2), kept)
        return passed.reshape(shape), {cause: lost.reshape(shape[0], -1).sum(1) for cause, lost in losses.items()}


class MaxPool:
    """Winner takes all: the relevance of a pooled value goes to the position of the maximum.

    Among equal values the winner is the one that PyTorch's forward pass reports: the first in reading order.
    """

    def __init__(self, module):
        stride = module.stride or module.kernel_size
        self.arguments = [*map(pair, (module.kernel_size, stride, module.padding, module.dilation)), module.ceil_mode]

    def forward(self, x):
        output, winners = F.max_pool2d(x, *self.arguments, return_indices=True)
        return output, (x, winners)

    def backward(self, relevance, kept):
        x, winners = kept
        return torch.ops.aten.max_pool2d_with_indices_backward(relevance, x, *self.arguments, winners), {}


class ProportionalPool:
    """Average pooling: each input of a window receives its share a/Σa of the window's relevance.

    The windows of rows and of columns are 0/1 matrices M and M', so the window sums of a map A are M A M'ᵀ, and the
    adjoint of S is Mᵀ S M'. The divisor of the forward pass cancels from the shares.

    Parameters
    ----------
    module : torch.nn.AvgPool2d or torch.nn.AdaptiveAvgPool2d
        The layer; its own function computes the forward pass.
    """

    def __init__(self, module):
        self.module = module

    def forward(self, x):
        return self.module.forward(x), x

    def backward(self, relevance, x):
        rows, columns = (self._windows(axis, x, relevance) for axis in (0, 1))
        s, empty = divide(relevance, rows @ x @ columns.T)
        return (rows.T @ s @ columns).mul_(x), {"empty_side": empty}

    def _windows(self, axis, x, relevance):
        """Build the membership matrix of one axis: (outputs, inputs), 1 where the input is in the window."""
        module, size, windows = self.module, x.shape[2 + axis], relevance.shape[2 + axis]
        window = torch.arange(windows, device=x.device)
        if isinstance(module, nn.AdaptiveAvgPool2d):
            start, stop = window * size // windows, -(-(window + 1) * size // windows)
        else:
            sizes = module.kernel_size, module.stride or module.kernel_size, module.padding
            kernel, stride, padding = (pair(value)[axis] for value in sizes)
            start = window * stride - padding
            stop = start + kernel
        position = torch.arange(size, device=x.device)
        return ((position >= start[:, None]) & (position < stop[:, None])).to(x)


class TaylorNorm:
    """Local response normalisation by the first-order Taylor expansion of Binder et al. (2016), made to conserve.

    Let y_k = x_k S_k^−β with S_k = k₀ + b Σ x² over a window of channels and b = α/size. The expansion of y_k sends
    input channel k the message x_k (k₀ + b x_k²)^−β and every neighbour i the message −2bβ x_k x_i² S_k^−(β+1). The
    messages are divided by their sum, a step that the original Caffe code omits. x_k cancels from these shares and is
    left out.

    Parameters
    ----------
    module : torch.nn.LocalResponseNorm
        The layer, or an instance of a subclass; its own function computes the forward pass.
    """

    def __init__(self, module):
        self.module = module

    def forward(self, x):
        return self.module.forward(x), x

    def backward(self, relevance, x):
        strength, exponent, offset = self.module.alpha / self.module.size, self.module.beta, self.module.k
        window = self._window(x)
        squares = x.square()
        own = (offset + strength * squares).pow_(-exponent)
        around = torch.einsum("ki,ni...->nk...", window, squares)
        slope = (around.mul(strength).add_(offset)).pow_(-exponent - 1).mul_(-2 * strength * exponent)
        s, empty = divide(relevance, own + slope * (around - squares))
        pull = slope.mul_(s)
        neighbours = torch.einsum("ki,nk...->ni...", window, pull).sub_(pull).mul_(squares)
        return own.mul_(s).add_(neighbours), {"empty_side": empty}

    def _window(self, x):
        """Build the membership matrix (k, i) of channels: 1 where i is in the window of k, as PyTorch pads it."""
        channel = torch.arange(x.shape[1], device=x.device)
        offset = channel - channel[:, None]
        size = self.module.size
        return ((offset >= -(size // 2)) & (offset <= (size - 1) // 2)).to(x)
