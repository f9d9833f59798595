"""Turn a PyTorch network into the list of layers that relevance passes through."""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp.affine import linear_map
from facelrp.lrp.composites import Composite
from facelrp.lrp.passing import MaxPool, PassThrough, ProportionalPool, Reshape, TaylorNorm
from facelrp.lrp.propagation import SplitLayer
from facelrp.lrp.protocols import Layer
from facelrp.lrp.rules import Box

#: The types of layers that relevance can pass. A subclass is accepted only if it keeps ``forward`` and so computes the
#: same; a subclass of LocalResponseNorm may also compute it in another way.
SUPPORTED = (
    nn.Conv2d,
    nn.Linear,
    nn.ReLU,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.LocalResponseNorm,
    nn.Flatten,
    nn.Dropout,
    nn.Dropout2d,
    nn.Identity,
)


@dataclass(frozen=True)
class Step:
    """A layer on the path of relevance.

    Attributes
    ----------
    name : str
        The layer's name in the network.
    kind : str
        The name of its type.
    layer : Layer
        The object that computes it and passes relevance.
    renormalise : bool
        Whether the relevance of each image is rescaled after this layer so that its sum is kept.
    """

    name: str
    kind: str
    layer: Layer
    renormalise: bool = False


def leaves(network, prefix=""):
    """List the (name, module) pairs of a sequential network, with names of nested children joined by dots."""
    if not isinstance(network, nn.Sequential):
        return [(prefix or type(network).__name__.lower(), network)]
    return [
        leaf
        for name, child in network._modules.items()  # unlike named_children, lists a module twice if used twice
        for leaf in leaves(child, f"{prefix}.{name}" if prefix else name)
    ]


def as_sequential(model):
    """Turn torchvision's AlexNet or VGG into an equivalent ``nn.Sequential``.

    Parameters
    ----------
    model : torch.nn.Module
        A model of ``features``, ``avgpool`` and ``classifier``, run in this order with a flattening before the
        classifier. The result shares its weights.

    Returns
    -------
    torch.nn.Sequential
        Children features, avgpool, flatten, classifier.

    Raises
    ------
    facelrp.errors.InputError
        If the model has other children.
    """
    children = [name for name, _ in model.named_children()]
    if children != ["features", "avgpool", "classifier"]:
        raise InputError(
            f"a model with the children {', '.join(children) or 'none'} cannot be put in sequence",
            type(model).__name__,
            "AlexNet and VGG of torchvision can; write others as an nn.Sequential",
        )
    return nn.Sequential(
        OrderedDict(features=model.features, avgpool=model.avgpool, flatten=nn.Flatten(), classifier=model.classifier)
    )


def trace(network, rule, lrn):
    """Prepare every layer of a network for relevance propagation; weights are split here, once.

    Parameters
    ----------
    network : torch.nn.Sequential
        The network, nested to any depth.
    rule : Rule or Composite
        The rule of all layers with weights, or one for each group of them.
    lrn : {"identity", "taylor"}
        How relevance passes local response normalisation.

    Returns
    -------
    list of Step

    Raises
    ------
    facelrp.errors.InputError
        If a layer is not supported.
    ValueError
        If ``lrn`` is not one of the two.
    """
    if lrn not in ("identity", "taylor"):
        raise ValueError(f'lrn must be "identity" or "taylor", not {lrn!r}')
    composite = rule if isinstance(rule, Composite) else Composite(conv=rule, dense=rule)
    steps, is_first, signed = [], True, True
    for name, module in leaves(network):
        _require_supported(name, module)
        kind = type(module).__name__
        if isinstance(module, nn.Conv2d | nn.Linear):
            chosen = composite.rule_for(is_first, isinstance(module, nn.Linear))
            if isinstance(chosen, Box) and not is_first:
                raise InputError(
                    "the zᴮ rule is for the first layer only", name, 'make it the "first" rule of a composite'
                )
            layer = chosen.layer(linear_map(module, name), signed, name)
            steps.append(Step(name, kind, layer, getattr(chosen, "renormalise", False)))
            is_first, signed = False, True
        else:
            fresh = bool(steps) and isinstance(steps[-1].layer, SplitLayer)
            steps.append(Step(name, kind, _weightless(module, lrn, fresh)))
            # pooling, normalising and reshaping never make a non-negative value negative
            signed = signed and not isinstance(module, nn.ReLU)
    return steps


def _require_supported(name, module):
    base = next((known for known in SUPPORTED if isinstance(module, known)), None)
    if base is not None and (base is nn.LocalResponseNorm or type(module).forward is base.forward):
        return
    raise InputError(
        f"relevance cannot pass the layer of type {type(module).__name__}",
        name,
        f"supported are {', '.join(known.__name__ for known in SUPPORTED)} in an nn.Sequential",
    )


def _weightless(module, lrn, fresh):
    """Choose the implementation of a layer without weights; ``fresh`` inputs are not kept and may be overwritten."""
    if isinstance(module, nn.MaxPool2d):
        return MaxPool(module)
    if isinstance(module, nn.AvgPool2d | nn.AdaptiveAvgPool2d):
        return ProportionalPool(module)
    if isinstance(module, nn.Flatten):
        return Reshape(module)
    if isinstance(module, nn.LocalResponseNorm):
        return TaylorNorm(module) if lrn == "taylor" else PassThrough(module.forward)
    if isinstance(module, nn.ReLU):
        return PassThrough(torch.relu_ if fresh else torch.relu)
    return PassThrough()
