"""Turn a PyTorch network into the list of layers that relevance passes through."""

from collections import OrderedDict

import torch
from torch import nn

from facelrp.errors import InputError
from facelrp.lrp.affine import linear_map
from facelrp.lrp.composites import Composite
from facelrp.lrp.graph import Step
from facelrp.lrp.passing import EachPosition, MaxPool, PassThrough, ProportionalPool, Reshape, TaylorNorm
from facelrp.lrp.propagation import SplitLayer
from facelrp.lrp.rules import Box
from facelrp.lrp.supported import (
    dimensions_after,
    may_change_signs,
    require_followed,
    require_no_hooks,
    require_weights,
)

#: The modules of the models that `as_sequential` knows the forward of.
TORCHVISION = ("torchvision.models.alexnet", "torchvision.models.vgg")


def leaves(network, prefix=""):
    """List the (name, module) pairs of a sequential network, with names of nested children joined by dots.

    Raises
    ------
    facelrp.errors.InputError
        If relevance cannot follow a layer, or a container is not a plain chain of its children.
    """
    require_followed(prefix or type(network).__name__.lower(), network)
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
        If the model has other children, a forward that is not torchvision's, or hooks.
    """
    name, fix = type(model).__name__, "AlexNet and VGG of torchvision can; write others as an nn.Sequential"
    children = [name for name, _ in model.named_children()]
    if children != ["features", "avgpool", "classifier"]:
        what = f"a model with the children {', '.join(children) or 'none'} cannot be put in sequence"
        raise InputError(what, name, fix)
    if "forward" in vars(model) or type(model).forward.__module__ not in TORCHVISION:
        raise InputError("a model with a forward of its own cannot be put in sequence", name, fix)
    require_no_hooks(name, model)
    return nn.Sequential(
        OrderedDict(features=model.features, avgpool=model.avgpool, flatten=nn.Flatten(), classifier=model.classifier)
    )


def require_lrn(lrn):
    """Refuse a name of no treatment of local response normalisation by a ValueError."""
    if lrn not in ("identity", "taylor"):
        raise ValueError(f'lrn must be "identity" or "taylor", not {lrn!r}')


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
    list of facelrp.lrp.graph.Step

    Raises
    ------
    facelrp.errors.InputError
        If a layer is not supported, or relevance cannot follow what the network computes.
    ValueError
        If ``lrn`` is not one of the two.
    """
    require_lrn(lrn)
    composite = rule if isinstance(rule, Composite) else Composite(conv=rule, dense=rule)
    steps, first, signed, dimensions = [], None, True, 4
    for name, module in leaves(network):
        kind, before, dimensions = type(module).__name__, dimensions, dimensions_after(name, module, dimensions)
        if isinstance(module, nn.Conv2d | nn.Linear):
            is_first, first = first is None, require_weights(name, module, first)
            chosen = composite.rule_for(is_first, isinstance(module, nn.Linear))
            if isinstance(chosen, Box) and not is_first:
                raise InputError(
                    "the zᴮ rule is for the first layer only", name, 'make it the "first" rule of a composite'
                )
            layer = chosen.layer(linear_map(module, name), signed, name)
            if isinstance(module, nn.Linear) and before > 2:
                layer = EachPosition(layer)
            steps.append(Step(name, kind, layer, (len(steps),), getattr(chosen, "renormalise", False)))
            signed = True
        else:
            fresh = bool(steps) and isinstance(steps[-1].layer, SplitLayer)
            steps.append(Step(name, kind, _weightless(module, lrn, fresh), (len(steps),)))
            signed = (signed or may_change_signs(module)) and not isinstance(module, nn.ReLU)
    return steps


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
