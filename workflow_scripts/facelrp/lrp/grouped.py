"""Convolutions in groups, such as depthwise ones, as linear maps that keep their groups."""

import torch
import torch.nn.functional as F

from facelrp.lrp.affine import Convolution


class GroupedConvolution(Convolution):
    """The linear map of a convolution in g groups, with weights (O, I/g, h, w).

    Rules stack weights: m kinds of inputs, such as a⁺ and |a⁻|, are (N, m·I, H, W) with weights (O, m·I/g, h, w), and k
    kinds of outputs are weights (k·O, …) and (N, k·O, H', W'), kind by kind. PyTorch wants them group by group.

    Parameters
    ----------
    module : object
        See `Convolution`.
    name : str
        The layer's name, for errors.
    """

    def __init__(self, module, name):
        super().__init__(module, name)
        self.reorder = self.unstrided = False

    @staticmethod
    def _without_groups(weight, groups):
        return weight

    def _by_group(self, values, kinds, axis=1):
        """Sort channels from kind by kind to group by group."""
        if kinds == 1:
            return values
        return values.unflatten(axis, (kinds, self.groups, -1)).transpose(axis, axis + 1).flatten(axis, axis + 2)

    def _by_kind(self, values, kinds, axis=1):
        """Sort channels from group by group to kind by kind."""
        if kinds == 1:
            return values
        return values.unflatten(axis, (self.groups, kinds, -1)).transpose(axis, axis + 1).flatten(axis, axis + 2)

    def _kinds(self, weight):
        """Return how many kinds of inputs and of outputs a weight is for."""
        return weight.shape[1] // self.weight.shape[1], len(weight) // len(self.weight)

    def forward(self, x, weight, bias=None):
        of_inputs, of_outputs = self._kinds(weight)
        x, weight = self._by_group(x, of_inputs), self._by_group(weight, of_outputs, 0)
        if bias is not None:
            bias = self._by_group(bias, of_outputs, 0)
        y = F.conv2d(x, weight, bias, self.stride, self.padding, self.dilation, self.groups)
        return self._by_kind(y, of_outputs)

    def prepare(self, weight):
        return weight, weight

    def adjoint(self, s, weight, shape):
        of_inputs, of_outputs = self._kinds(weight)
        s, weight = self._by_group(s, of_outputs), self._by_group(weight, of_outputs, 0)
        beyond = self._beyond(s.shape, weight.shape, shape)
        full = F.conv_transpose2d(s, weight, None, self.stride, self.padding, beyond, self.groups, self.dilation)
        return self._by_kind(full, of_inputs)

    def connections(self):
        return torch.ones_like(self.weight)
