"""Norms by the statistics of each image: layer norm, group norm and RMS norm.

Their statistics are held constant, so that they are linear maps of their inputs (Ali et al. 2022; Achtibat et al. 2024,
section 3.3.3).
"""

from math import prod

import torch

from facelrp.lrp.ledger import total
from facelrp.lrp.propagation import stabilised


class LayerNorm:
    """y = w(x − mean x)/σ + b with σ held constant, by the ε rule.

    x receives x/σ·(u − mean u), where u = wR/(y + ε·sign(y)). The bias absorbs relevance.

    Parameters
    ----------
    shape : sequence of int
        The sizes of the last axes, over which mean and σ are taken.
    weight, bias : torch.Tensor or None
        In this shape.
    eps : float
        What is added to σ².
    rule : facelrp.lrp.rules.Epsilon
        Without its ``bias``, y is shared by as if it were without b.
    """

    def __init__(self, shape, weight, bias, eps, rule):
        self.shape, self.weight, self.bias, self.eps, self.rule = tuple(shape), weight, bias, eps, rule

    def forward(self, x):
        y, _, factor = torch.native_layer_norm(x, self.shape, self.weight, self.bias, self.eps)
        return y, (x, y, factor)

    def backward(self, relevance, kept):
        x, y, factor = kept
        absorbs = self.bias is not None and self.rule.bias
        z = y if absorbs or self.bias is None else y - self.bias
        s, losses = stabilised(relevance, z, self.rule.epsilon)
        if absorbs:
            losses["bias"] = total(s * self.bias)
        u = s if self.weight is None else s * self.weight
        centred = u - u.mean([-1 - i for i in range(len(self.shape))], keepdim=True)
        return centred.mul_(factor).mul_(x), losses


class GroupNorm(LayerNorm):
    """A layer norm of each group of channels, with a weight and a bias for each channel.

    Parameters
    ----------
    groups : int
        The number of groups.
    shape : sequence of int
        The shape of an image, (C, …).
    weight, bias : torch.Tensor or None
        (C,)
    eps, rule
        See `LayerNorm`.
    """

    def __init__(self, groups, shape, weight, bias, eps, rule):
        def of_groups(values):
            if values is None:
                return None
            return values.reshape(-1, *[1] * (len(shape) - 1)).expand(shape).reshape(groups, -1)

        self.groups = groups
        super().__init__([prod(shape) // groups], of_groups(weight), of_groups(bias), eps, rule)

    def forward(self, x):
        grouped = x.reshape(len(x), self.groups, -1)
        y, _, factor = torch.native_layer_norm(grouped, self.shape, None, None, self.eps)
        if self.weight is not None:
            y.mul_(self.weight)
        if self.bias is not None:
            y.add_(self.bias)
        return y.reshape(x.shape), (grouped, y, factor)

    def backward(self, relevance, kept):
        passed, losses = super().backward(relevance.reshape(kept[0].shape), kept)
        return passed.reshape(relevance.shape), losses
