"""Relevance against references: what sets an output apart from the outputs for other images, and not all that it is.

Most of f(x) says nothing about x: a rating starts at the mean rating. Here f(x) − mean f(x′) is explained, the mean
taken over reference images x′. Relevance is then positive where x speaks for a higher output than the references do.

- **The dense part**, the chain of dense layers and activations at the network's end, compares x with each reference:
  the relevance of an input is its share (a − a′)W of the difference z − z′, LRP-0 on differences, in which biases and
  constants cancel. The rule knows the sign of each contribution. In networks with branches the average before the
  dense layers belongs to them: it is as linear as they are, and each position receives its share (a − a′)/Σ(a − a′).
  Relevance is then averaged over the references.
- **Layers below it** pass on this mean. A convolution shares it in proportion to E[(a − a′)²]·W², the mean square of
  what each input contributes to the differences. A rule with signs would pass on large amounts of both signs that
  cancel: those of uniform differences, such as of a lighter skin. Sums, averages and batch norms are convolutions with
  other weights, and share alike: the terms t of a sum by E[(t − t′)²], the positions of an average by E[(a − a′)²];
  a batch norm, folded or not, has one input for each output. Constants do not differ from the references and receive
  nothing. Attention is held constant, and its values v receive shares by A²·E[(v − v′)²]. A layer norm passes relevance
  unchanged: but for the mean, each output has one input. Where branches part, their relevance adds up, as in all
  explanations. Pooling by maxima, activations, gates and normalisation are passed as in all explanations.

Averages in an ``nn.Sequential`` that is read layer by layer are passed as in all explanations, too, by a/Σa.

Comparing each layer's inputs with those of a reference is DeepLIFT's idea (Shrikumar et al. 2017); averaging over real
images instead of one is that of Lundberg & Lee (2017) and Erion et al. (2021); Letzgus et al. (2022) explain why a
regressed output needs a reference. In the dense part relevance is DeepLIFT's, by its rescale rule.

To let relevance pass another layer, give its replacement in `BELOW`, or name it in `UNCHANGED`.
"""

from dataclasses import replace
from math import prod

import torch

from facelrp.errors import InputError
from facelrp.lrp.affine import Dense, Scaling
from facelrp.lrp.attention import ConstantAttention, WeightedSum
from facelrp.lrp.comparing import (
    AttentionLayer,
    AverageDifferences,
    DeviationLayer,
    Deviations,
    DifferenceLayer,
    IdentityLayer,
    OneToOne,
    SquaresLayer,
)
from facelrp.lrp.explainer import Explainer
from facelrp.lrp.gates import Factors, Gate
from facelrp.lrp.graph import Graph
from facelrp.lrp.joining import Addition, BesideConstants, Concatenation
from facelrp.lrp.moving import NewShape, Padding, Permutation, Resize, Roll, View
from facelrp.lrp.norms import GroupNorm, LayerNorm
from facelrp.lrp.passing import Average, EachPosition, MaxPool, PassThrough, ProportionalPool, Reshape, Scale
from facelrp.lrp.propagation import EpsilonLayer
from facelrp.lrp.rules import Epsilon
from facelrp.lrp.surroundings import full_precision
from facelrp.lrp.tracing import is_sequence

#: How many references are in memory at a time.
BATCH = 32


def _sum_of_squares(layer):
    """Return the sum that shares relevance among E[(t − t′)²] as its inputs; its constants are 0."""
    if isinstance(layer, BesideConstants):
        constants = {i: torch.zeros_like(constant) for i, constant in layer.constants.items()}
        return BesideConstants(_sum_of_squares(layer.layer), constants)
    return Addition("proportional", tuple(scale**2 for scale in layer.scales))


def _beside_constants(layer, seen):
    return SquaresLayer(layer, _sum_of_squares(layer), seen) if isinstance(layer.layer, Addition) else layer


#: The layers below the dense part, by the type of the layer that they replace: functions of this layer, as the rule
#: `Epsilon` makes it, and of the `Deviations` of each of its inputs.
BELOW = {
    EpsilonLayer: lambda layer, seen: DeviationLayer(layer.linear, *seen),
    EachPosition: lambda layer, seen: DeviationLayer(Dense(layer.layer.linear), *seen),
    Addition: lambda layer, seen: SquaresLayer(layer, _sum_of_squares(layer), seen),
    BesideConstants: _beside_constants,
    Average: lambda layer, seen: SquaresLayer(layer, layer, seen),
    ProportionalPool: lambda layer, seen: SquaresLayer(layer, layer, seen),
    ConstantAttention: lambda layer, seen: AttentionLayer(layer, True, *seen),
    WeightedSum: lambda layer, seen: AttentionLayer(layer, layer.left, *seen),
    LayerNorm: lambda layer, seen: IdentityLayer(layer),
    GroupNorm: lambda layer, seen: IdentityLayer(layer),
}

#: The types of layers that pass relevance alike whatever the references.
UNCHANGED = (
    *(PassThrough, Scale, MaxPool, Gate, Factors),
    *(Reshape, NewShape, View, Permutation, Roll, Resize, Padding, Concatenation),
)


def compared(graph, references, averages=True):
    """Make of a network's layers those that know their inputs for the references.

    Parameters
    ----------
    graph : facelrp.lrp.graph.Graph
        The network, prepared with the rule ``Epsilon``.
    references : torch.Tensor
        (M, C, H, W)
    averages : bool
        Whether averages compare, too.

    Returns
    -------
    graph : facelrp.lrp.graph.Graph
    outputs : torch.Tensor
        The network's output for the references, (M, units).
    dense : list of str
        The names of the steps of the dense part, the lowest first.

    Raises
    ------
    facelrp.errors.InputError
        If a layer has no counterpart that compares.
    """
    shapes = [tuple(x.shape[1:]) for x in _values(graph, references[:1])]
    below = {kind: make for kind, make in BELOW.items() if averages or kind not in (Average, ProportionalPool)}
    for step in graph.steps:
        if step.name in graph.names and type(step.layer) not in (*below, *UNCHANGED, Average, ProportionalPool):
            what = f"relevance against references cannot pass the layer of type {step.kind}"
            raise InputError(what, step.name, "explain the network by a rule instead")
    dense = _dense_part(graph.steps, shapes, averages)

    # What is needed of each value: all of it in the dense part, and for the output; otherwise mean and variance.
    whole = {len(graph.steps): []} | {graph.steps[number - 1].inputs[0]: [] for number in dense}
    seen = {
        source: Deviations()
        for number, step in enumerate(graph.steps, 1)
        if number not in dense and type(step.layer) in below
        for source in step.inputs
    }
    for batch in references.split(BATCH):
        for number, value in enumerate(_values(graph, batch)):
            if number in whole:
                whole[number].append(value)
            if number in seen:
                seen[number].add(value)

    def comparing(number, step):
        layer, source = step.layer, step.inputs[0]
        if number not in dense:
            make = below.get(type(layer))
            return make(layer, [seen[source] for source in step.inputs]) if make else layer
        if _is_dense(layer, shapes[source]):
            return DifferenceLayer(layer.linear, torch.cat(whole[source]), number == dense[0])
        if axes := _averaged(layer, shapes[source], shapes[number]):
            return AverageDifferences(layer, axes, torch.cat(whole[source]))
        return OneToOne(layer)

    steps = [replace(step, layer=comparing(number, step)) for number, step in enumerate(graph.steps, 1)]
    return Graph(steps), torch.cat(whole[len(steps)]), [graph.steps[number - 1].name for number in dense]


def _values(graph, images):
    """Compute the values of a graph in order, from the images to the output, and forget each after its last use."""
    yield images
    for output, _ in graph.run(images):
        yield output


def _dense_part(steps, shapes, averages):
    """Return the numbers of the steps of the dense part, a chain that ends in the output; the lowest first.

    Parameters
    ----------
    steps : sequence of facelrp.lrp.graph.Step
    shapes : list of tuple of int
        The shape of each value for one image, by its number.
    averages : bool
        Whether an average may be the lowest of them.

    Returns
    -------
    list of int
    """
    chain, length, number = [], 0, len(steps)
    while number:
        step = steps[number - 1]
        before, after = shapes[step.inputs[0]], shapes[number]
        is_average = averages and bool(_averaged(step.layer, before, after))
        compares = is_average or _is_dense(step.layer, before)
        if not compares and not (_is_one_to_one(step) and prod(before) == prod(after)):
            break
        chain.append(number)
        length = len(chain) if compares else length
        number = 0 if is_average else step.inputs[0]
    return chain[:length][::-1]


def _is_dense(layer, before):
    """Return whether this is a dense layer on (N, I)."""
    return isinstance(layer, EpsilonLayer) and isinstance(layer.linear, Dense) and len(before) == 1


def _averaged(layer, before, after):
    """Return the axes that this average takes together, the same positions for all outputs, or an empty list."""
    if isinstance(layer, ProportionalPool):
        return [2, 3] if after == (before[0], 1, 1) else []
    return layer.axes if isinstance(layer, Average) else []


def _is_one_to_one(step):
    """Return whether each output has one input, if there are as many of them."""
    layer = step.layer
    if isinstance(layer, EpsilonLayer):
        return isinstance(layer.linear, Scaling)
    if isinstance(layer, BesideConstants):
        return isinstance(layer.layer, Addition) and len(step.inputs) == 1
    return isinstance(layer, PassThrough | Reshape | NewShape | Scale)


class ReferenceExplainer(Explainer):
    """A network prepared to explain what sets its output for an image apart from its outputs for references.

    An explanation's ``output`` is f(x), and its ``baseline`` is mean f(x′); relevance adds up to their difference. If
    the network has several outputs, classes, then f is the target's output minus the mean of all: only differences of
    logits have a meaning. If the target is weights w of the outputs, then f is Σ w·f, and nothing is subtracted.

    Parameters
    ----------
    network : torch.nn.Module
        See `Explainer`. It is explained as it is now: make a new explainer if its weights change.
    references : torch.Tensor
        M images, (M, C, H, W), such as those of training: 32 are enough for faces. As with all images, the mean is
        already subtracted. Below the dense part, only the mean and the variance of each layer's inputs are kept.

    Raises
    ------
    facelrp.errors.InputError
        If relevance cannot follow a layer; if the references do not fit the network, or are not finite. When images
        are explained, also if their shape is not that of the references.
    ValueError
        If there are no references.

    Notes
    -----
    The result depends on the references. State how they were chosen.
    """

    def __init__(self, network, references):
        super().__init__(network, Epsilon(0, bias=False))
        self._require_images(references, "reference")
        self.expected = references.shape[1:]
        with torch.no_grad(), full_precision():
            super()._prepare(self.expected)
            references = references.to(self.device, self.dtype)
            self.graph, self.outputs, self.dense = compared(self.graph, references, not is_sequence(network))
        self._require_finite("output", self.outputs)

    def _prepare(self, shape):
        """Refuse images of another shape than that of the references, for which the network is prepared."""
        if shape != self.expected:
            what = f"images of the shape {tuple(shape)} cannot be compared with references of {tuple(self.expected)}"
            raise InputError(what, type(self.network).__name__, "bring them to one size")

    def _start(self, x, target):
        """Return the outputs, the baseline and the relevance to start with: that of each reference, (N, M, units)."""
        contrast = target
        if not target.is_floating_point():
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
