"""Relevance against references: what sets an output apart from the outputs for other images, and not all that it is.

Most of f(x) says nothing about x: a rating starts at the mean rating. Here f(x) − mean f(x′) is explained, the mean
taken over reference images x′. Relevance is then positive where x speaks for a higher output than the references do.

- **Dense layers** compare x with each reference: the relevance of an input is its share (a − a′)W of the difference
  z − z′, LRP-0 on differences, in which biases cancel. The rule knows the sign of each contribution. Relevance is then
  averaged over the references.
- **Layers below them** pass on this mean. A convolution shares it in proportion to E[(a − a′)²]·W², the mean square of
  what each input contributes to the differences. A rule with signs would pass on large amounts of both signs that
  cancel: those of uniform differences, such as of a lighter skin. Pooling, activations and normalisation are passed
  as in all explanations.

Comparing each layer's inputs with those of a reference is DeepLIFT's idea (Shrikumar et al. 2017); averaging over real
images instead of one is that of Lundberg & Lee (2017) and Erion et al. (2021); Letzgus et al. (2022) explain why a
regressed output needs a reference. In the dense part relevance is DeepLIFT's, by its rescale rule.
"""

from itertools import takewhile

import torch
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp.explainer import Explainer
from facelrp.lrp.graph import Graph
from facelrp.lrp.propagation import SubstituteLayer, divide, smallest_divisor
from facelrp.lrp.rules import Epsilon
from facelrp.lrp.structure import leaves, trace
from facelrp.lrp.surroundings import evaluating, full_precision

#: Layers that may stand among the dense layers which compare an image with each reference.
DENSE_PART = (nn.Linear, nn.ReLU, nn.Flatten, nn.Dropout, nn.Dropout2d, nn.Identity)


class DifferenceLayer:
    """A dense layer that compares its inputs with those of each reference.

    The relevance of its outputs is (N, M, O), the share of each of the M references, and so is that of its inputs,
    (N, M, I), or their sum over references, (N, I), if it is the lowest of the dense layers.

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


class DeviationLayer(SubstituteLayer):
    """A layer below the dense ones: it shares relevance in proportion to E[(a − a′)²]·W².

    Parameters
    ----------
    linear : facelrp.lrp.affine.Dense or facelrp.lrp.affine.Convolution
        The layer's linear map.
    references : torch.Tensor
        Its inputs for the references, (M, …).
    """

    def __init__(self, linear, references):
        squares = linear.weight.square()
        # Shares do not depend on the scale, but squares of small numbers would count as zero.
        super().__init__(linear, squares / squares.max().clamp(min=smallest_divisor(squares.dtype)))
        self.mean = references.mean(0, keepdim=True)
        self.variance = references.var(0, correction=0, keepdim=True)

    def _inputs(self, x):
        squares = (x - self.mean).square_().add_(self.variance)
        largest = squares.flatten(1).amax(1).clamp_(min=smallest_divisor(x.dtype))
        return squares.div_(largest.reshape(-1, *[1] * (x.dim() - 1)))


class Differences:
    """The rule of all layers that need their inputs for the references: `DifferenceLayer` or `DeviationLayer`.

    Parameters
    ----------
    inputs : dict of {str: torch.Tensor}
        The references' inputs of each layer, by its name.
    dense : list of str
        The names of the layers that compare with each reference, the lowest first.
    """

    def __init__(self, inputs, dense):
        self.inputs, self.dense = inputs, dense

    def layer(self, linear, signed, name):
        if name in self.dense:
            return DifferenceLayer(linear, self.inputs[name], lowest=name == self.dense[0])
        return DeviationLayer(linear, self.inputs[name])


class ReferenceExplainer(Explainer):
    """A network prepared to explain what sets its output for an image apart from its outputs for references.

    An explanation's ``output`` is f(x), and its ``baseline`` is mean f(x′); relevance adds up to their difference. If
    the network has several outputs, classes, then f is the target's output minus the mean of all: only differences of
    logits have a meaning.

    Parameters
    ----------
    network : torch.nn.Sequential
        See `Explainer`. It is explained as it is now: make a new explainer if its weights change.
    references : torch.Tensor
        M images, (M, C, H, W), such as those of training: 32 are enough for faces. As with all images, the mean is
        already subtracted.

    Raises
    ------
    facelrp.errors.InputError
        If relevance cannot follow a layer; if a dense layer has inputs of more than two dimensions; if the references
        do not fit the network, or are not finite.
    ValueError
        If there are no references.

    Notes
    -----
    The result depends on the references. State how they were chosen.
    """

    def __init__(self, network, references):
        leaves(network)  # refuses what is not in sequence
        with torch.no_grad(), evaluating(network), full_precision():
            super().__init__(network, Epsilon(0, bias=False))
            self._require_images(references, "reference")
            inputs, x = {}, references.to(self.device, self.dtype)
            for step in self.graph.steps:
                inputs[step.name] = x
                x, _ = step.forward(x)
            self._require_finite("output", x)
            self.outputs = x
            self.dense = self._dense_part(inputs)
            self.graph = Graph(trace(network, Differences(inputs, self.dense), "identity"))

    def _dense_part(self, inputs):
        """Return the names of the dense layers at the network's end, the lowest first."""
        modules = leaves(self.network)
        for name, module in modules:
            if isinstance(module, nn.Linear) and inputs[name].dim() != 2:
                what = f"inputs of the shape {tuple(inputs[name].shape)} cannot be compared with references"
                raise InputError(what, name, "flatten them to (N, features), or explain without references")
        above = takewhile(lambda named: isinstance(named[1], DENSE_PART), reversed(modules))
        return [name for name, module in above if isinstance(module, nn.Linear)][::-1]

    def _start(self, x, target):
        """Return the outputs, the baseline and the relevance to start with: that of each reference, (N, M, units)."""
        contrast = (torch.arange(x.shape[1], device=x.device) == target[:, None]).to(x.dtype)
        if x.shape[1] > 1:
            contrast -= 1 / x.shape[1]
        relevance = contrast[:, None] * (x[:, None] - self.outputs) / len(self.outputs)
        output, baseline = (x * contrast).sum(1), (self.outputs.mean(0) * contrast).sum(1)
        return output, baseline, relevance if self.dense else relevance.sum(1)

    def _explain(self, x, target, keep):
        explanation = super()._explain(x, target, keep)
        # Above the lowest dense layer, relevance is that of each reference.
        names = self.graph.names
        above = names[1 + names.index(self.dense[0]) :] if self.dense else []
        for name in explanation.layers.keys() & set(above):
            explanation.layers[name] = explanation.layers[name].sum(1)
        return explanation
