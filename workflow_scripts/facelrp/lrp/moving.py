"""Layers of networks with branches that only change the shape or the order of values, or pad them."""

import torch
import torch.nn.functional as F

from facelrp.lrp.ledger import total


class NewShape:
    """Values in another shape, in the same order, such as ``view`` or ``unsqueeze``.

    Parameters
    ----------
    shape : tuple of int
        The new shape of the values of one image.
    """

    moves = True

    def __init__(self, shape):
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape), x.shape

    def backward(self, relevance, shape):
        return relevance.reshape(shape), {}


class View:
    """Some or all of the values in another order, such as a transposition or a slice.

    Parameters
    ----------
    function : callable
        It returns a view of a tensor, in which each value of the tensor is at most once.
    """

    moves = True

    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return self.function(x), x.shape

    def backward(self, relevance, shape):
        passed = relevance.new_zeros(shape)
        self.function(passed).copy_(relevance)
        return passed, {}


class Permutation:
    """Values whose axes are in another order.

    Parameters
    ----------
    order : sequence of int
        The axes of the input in their new order; 0, that of images, stays the first.
    """

    moves = True

    def __init__(self, order):
        self.order = list(order)
        self.back = sorted(range(len(self.order)), key=self.order.__getitem__)

    def forward(self, x):
        return x.permute(self.order), None

    def backward(self, relevance, kept):
        return relevance.permute(self.back), {}


class Roll:
    """Values that are shifted along axes, those from the end to the start.

    Parameters
    ----------
    shifts, axes : sequence of int
        As in ``torch.roll``; 0, the axis of images, is not among the axes.
    """

    moves = True

    def __init__(self, shifts, axes):
        self.shifts, self.axes = list(shifts), list(axes)

    def forward(self, x):
        return x.roll(self.shifts, self.axes), None

    def backward(self, relevance, kept):
        return relevance.roll([-shift for shift in self.shifts], self.axes), {}


class Resize:
    """Maps of another size: each value is a mean of some inputs, which receive its relevance by their weights in it.

    Parameters
    ----------
    function : callable
        It is linear, and the weights of each value add up to 1.
    """

    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return self.function(x), x.shape

    def backward(self, relevance, shape):
        with torch.enable_grad():
            x = relevance.new_zeros(shape, requires_grad=True)
            (passed,) = torch.autograd.grad(self.function(x), x, relevance)
        return passed, {}


class Padding:
    """Zeros around maps: each value keeps its relevance; zeros have none to give.

    Parameters
    ----------
    widths : list of int
        As in ``torch.nn.functional.pad``; negative ones cut off.
    """

    def __init__(self, widths):
        self.widths = list(widths)

    def forward(self, x):
        return F.pad(x, self.widths), None

    def backward(self, relevance, kept):
        inner = [-width for width in self.widths]
        return F.pad(relevance, inner), {"empty_side": total(relevance) - total(F.pad(relevance, inner))}
