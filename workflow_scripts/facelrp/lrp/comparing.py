"""Layers that compare their inputs with those of references, see `facelrp.lrp.references`.

Notation: a is an input for an image, a′ that for a reference, and E the mean over the M references.
"""

from functools import reduce

import torch

from facelrp.lrp.attention import WeightedSum
from facelrp.lrp.propagation import SubstituteLayer, divide, smallest_divisor


class Deviations:
    """How far the inputs of a layer are from those of the references, by the mean and the variance of a′ alone.

    References come in batches, so that not all of them are in memory at once (Chan et al. 1983, *Algorithms for
    computing the sample variance*).
    """

    def __init__(self):
        self.count = 0

    def add(self, references):
        """Add the inputs for a batch of references, (M, …)."""
        count, mean = len(references), references.mean(0, keepdim=True)
        variance = references.var(0, correction=0, keepdim=True)
        if self.count:
            share, step = count / (self.count + count), mean - self.mean
            mean = self.mean + step * share
            variance = self.variance * (1 - share) + variance * share + step.square_() * (share * (1 - share))
        self.count, self.mean, self.variance = self.count + count, mean, variance

    def squares(self, x):
        """Return E[(a − a′)²] for images, (N, …)."""
        return (x - self.mean).square_().add_(self.variance)


def mean_squares(inputs, deviations):
    """Return E[(a − a′)²] of each input of a layer, divided by the largest of all inputs of the image.

    Shares do not depend on the scale, but squares of small numbers would count as zero.

    Parameters
    ----------
    inputs : sequence of torch.Tensor
        Each (N, …).
    deviations : sequence of Deviations

    Returns
    -------
    list of torch.Tensor
        In the shapes of the inputs.
    """
    squares = [seen.squares(x) for x, seen in zip(inputs, deviations, strict=True)]
    largest = reduce(torch.maximum, [each.flatten(1).amax(1) for each in squares])
    largest = largest.clamp_(min=smallest_divisor(largest.dtype))
    return [each.div_(largest.reshape(-1, *[1] * (each.dim() - 1))) for each in squares]


class DifferenceLayer:
    """A dense layer that compares its inputs with those of each reference: LRP-0 on differences.

    The relevance of its outputs is (N, M, O), the share of each of the M references, and so is that of its inputs,
    (N, M, I), or their sum over references, (N, I), if it is the lowest layer of the dense part.

    Parameters
    ----------
    linear : facelrp.lrp.affine.Dense
        The layer's linear map.
    references : torch.Tensor
        Its inputs for the references, (M, I).
    lowest : bool
    """

    def __init__(self, linear, references, lowest):
        self.linear, self.lowest = linear, lowest
        self.inputs, self.outputs = references, linear.forward(references, linear.weight, linear.bias)

    def forward(self, x):
        output = self.linear.forward(x, self.linear.weight, self.linear.bias)
        return output, (x, output)

    def backward(self, relevance, kept):
        x, output = kept
        s, empty = divide(relevance, output[:, None] - self.outputs)
        passed = self.linear.adjoint(s, self.linear.weight, None).mul_(x[:, None] - self.inputs)
        return passed.sum(1) if self.lowest else passed, {"empty_side": empty}


class AverageDifferences:
    """An average, the lowest layer of the dense part: each position receives its share (a − a′)/Σ(a − a′).

    Parameters
    ----------
    layer : facelrp.lrp.protocols.Layer
        It computes the output.
    axes : sequence of int
        The axes of its inputs that are averaged.
    references : torch.Tensor
        Its inputs for the references, (M, …).
    """

    def __init__(self, layer, axes, references):
        self.layer, self.axes, self.inputs = layer, list(axes), references
        self.sums = references.sum(self.axes, keepdim=True)

    def forward(self, x):
        return self.layer.forward(x)[0], x

    def backward(self, relevance, x):
        differences = x.sum(self.axes, keepdim=True)[:, None] - self.sums
        s, empty = divide(relevance.reshape(differences.shape), differences)
        # one image at a time: all references' maps at once are large enough
        passed = [(each * (own - self.inputs)).sum(0) for each, own in zip(s, x, strict=True)]
        return torch.stack(passed), {"empty_side": empty}


class OneToOne:
    """A layer of the dense part that maps each value to one value, in the same order: (N, M, …) to (N, M, …).

    Parameters
    ----------
    layer : facelrp.lrp.protocols.Layer or facelrp.lrp.protocols.Join
        It computes the output.
    """

    def __init__(self, layer):
        self.layer = layer

    def forward(self, x):
        return self.layer.forward(x)[0], x.shape[1:]

    def backward(self, relevance, shape):
        return relevance.reshape(*relevance.shape[:2], *shape), {}


class DeviationLayer(SubstituteLayer):
    """A layer with weights below the dense part: it shares relevance in proportion to E[(a − a′)²]·W².

    Parameters
    ----------
    linear : facelrp.lrp.affine.Dense, facelrp.lrp.affine.Convolution or facelrp.lrp.affine.Scaling
        The layer's linear map. A dense one may be applied to each position of (N, …, I).
    deviations : Deviations
        Those of its input.
    """

    def __init__(self, linear, deviations):
        squares = linear.weight.square()
        # Shares do not depend on the scale, but squares of small numbers would count as zero.
        super().__init__(linear, squares / squares.max().clamp(min=smallest_divisor(squares.dtype)))
        self.deviations = deviations

    def _inputs(self, x):
        return mean_squares([x], [self.deviations])[0]


class IdentityLayer:
    """A layer below the dense part whose outputs have one input each, or nearly so, such as a layer norm.

    Parameters
    ----------
    layer : facelrp.lrp.protocols.Layer
        It computes the output.
    """

    def __init__(self, layer):
        self.layer = layer

    def forward(self, x):
        return self.layer.forward(x)[0], None

    def backward(self, relevance, kept):
        return relevance, {}


class AttentionLayer:
    """Attention A, held constant, on values v: they receive shares in proportion to A²·E[(v − v′)²].

    Parameters
    ----------
    layer : facelrp.lrp.protocols.Join
        It computes the output from v and what A depends on; what it keeps is v, A and the output.
    left : bool
        See `facelrp.lrp.attention.WeightedSum`.
    deviations : Deviations
        Those of v.
    """

    def __init__(self, layer, left, deviations):
        self.layer, self.deviations, self.sum = layer, deviations, WeightedSum(0.0, left)

    def forward(self, value, *others):
        output, (_, weights, _) = self.layer.forward(value, *others)
        _, kept = self.sum.forward(*mean_squares([value], [self.deviations]), weights.square())
        return output, kept

    def backward(self, relevance, kept):
        return self.sum.backward(relevance, kept)


class SquaresLayer:
    """A layer without weights below the dense part: another one shares relevance, by E[(a − a′)²] as its inputs.

    Parameters
    ----------
    layer : facelrp.lrp.protocols.Layer or facelrp.lrp.protocols.Join
        It computes the output.
    shares : facelrp.lrp.protocols.Layer or facelrp.lrp.protocols.Join
        It passes relevance in proportion to its inputs.
    deviations : sequence of Deviations
        Those of each input.
    """

    def __init__(self, layer, shares, deviations):
        self.layer, self.shares, self.deviations = layer, shares, deviations

    def forward(self, *inputs):
        output, _ = self.layer.forward(*inputs)
        _, kept = self.shares.forward(*mean_squares(inputs, self.deviations))
        return output, kept

    def backward(self, relevance, kept):
        return self.shares.backward(relevance, kept)
