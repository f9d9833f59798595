"""Layers with several inputs: where branches of a network meet. Each is a `facelrp.lrp.protocols.Join`."""

from functools import reduce
from operator import add

import torch

from facelrp.lrp.ledger import total
from facelrp.lrp.propagation import divide

#: The rules by which terms of a sum share relevance, see `Addition`.
ADDITIONS = ("ratio", "proportional")


def summed_to(relevance, shape):
    """Sum relevance over the axes along which a value of this shape was repeated; the first axis is that of images."""
    missing = relevance.dim() - len(shape)
    repeated = [axis for axis, size in enumerate(shape, missing) if size == 1 and relevance.shape[axis] > 1]
    if repeated:
        relevance = relevance.sum(repeated, keepdim=True)
    return relevance if relevance.shape == shape else relevance.reshape(shape)


class Addition:
    """A sum of terms, such as that of a residual block: z = Σ t.

    "ratio" shares R by the size of the terms, |t|/Σ|t| (Otsuki et al. 2024, *Layer-wise relevance propagation with
    conservation property for ResNet*). No share is larger than R, so it never amplifies. "proportional" shares by t/z,
    as ε-LRP with ε = 0 does (Bach et al. 2015; the rule ``Norm`` of zennit): where terms of different signs
    almost cancel, their shares are large and of both signs.

    Parameters
    ----------
    rule : {"ratio", "proportional"}
        How the terms share relevance.
    scales : tuple of float
        A factor for each input; −1 subtracts it.

    Raises
    ------
    ValueError
        If the rule has another name.
    """

    def __init__(self, rule="ratio", scales=(1, 1)):
        if rule not in ADDITIONS:
            raise ValueError(f'add must be "ratio" or "proportional", not {rule!r}')
        self.rule, self.scales = rule, scales

    def forward(self, *inputs):
        terms = [x if scale == 1 else x * scale for x, scale in zip(inputs, self.scales, strict=True)]
        return reduce(add, terms), terms

    def backward(self, relevance, terms):
        weights = [term.abs() for term in terms] if self.rule == "ratio" else terms
        s, empty = divide(relevance, reduce(add, weights))
        return tuple(summed_to(s * weight, weight.shape) for weight in weights), {"empty_side": empty}


class Concatenation:
    """Inputs side by side: each receives the relevance of its part of the output.

    Parameters
    ----------
    axis : int
        The axis along which they are joined; not 0, that of images.
    """

    def __init__(self, axis):
        self.axis = axis

    def forward(self, *inputs):
        return torch.cat(inputs, self.axis), [x.shape[self.axis] for x in inputs]

    def backward(self, relevance, sizes):
        return relevance.split(sizes, self.axis), {}


class BesideConstants:
    """A layer with several inputs, some of which are the same for all images: their relevance is lost to ``constant``.

    Parameters
    ----------
    layer : Join
        The layer of all inputs.
    constants : dict of int to torch.Tensor
        The constant inputs by their place among all, each (1, …) with as many axes as the output.
    """

    def __init__(self, layer, constants):
        self.layer, self.constants = layer, constants

    def forward(self, *inputs):
        remaining, count = iter(inputs), len(inputs) + len(self.constants)
        images = len(inputs[0])
        every = [
            self.constants[i].expand(images, *self.constants[i].shape[1:]) if i in self.constants else next(remaining)
            for i in range(count)
        ]
        return self.layer.forward(*every)

    def backward(self, relevance, kept):
        shares, losses = self.layer.backward(relevance, kept)
        losses["constant"] = reduce(add, [total(shares[i]) for i in self.constants])
        return tuple(share for i, share in enumerate(shares) if i not in self.constants), losses
