"""The choice of the front-end: a chain of layers is read from its modules, any other network from its computation."""

import torch
from torch import nn

from facelrp.lrp.exported.building import Builder
from facelrp.lrp.graph import Graph
from facelrp.lrp.structure import leaves, trace
from facelrp.lrp.supported import is_known

#: Networks that torch.export cannot follow.
OPAQUE = (nn.DataParallel, torch.jit.ScriptModule)


def is_sequence(network):
    """Return whether a network is read layer by layer, or refused as such.

    Its graph then does not depend on the size of images. An ``nn.Sequential`` with other modules, such as residual
    blocks, is no such sequence: torch.export follows what they compute.
    """
    return isinstance(network, OPAQUE) or is_known(network)


def graph_of(network, program, rule, lrn, add, attention):
    """Prepare a network for relevance propagation; weights are split here, once.

    Parameters
    ----------
    network : torch.nn.Module
    program : torch.export.ExportedProgram or None
        The network by `facelrp.lrp.exported.programs.export`; None if it is a sequence.
    rule, lrn, add, attention
        See `facelrp.lrp.explainer.Explainer`.

    Returns
    -------
    facelrp.lrp.graph.Graph

    Raises
    ------
    facelrp.errors.InputError
        If relevance cannot pass a layer or an operation.
    """
    if program is None:
        return Graph(trace(network, rule, lrn))
    return Builder(network, program, first_weight(network), rule, add, attention).graph()


def first_weight(network):
    """Return a weight of the first layer that has weights, or None; their type and device are the network's."""
    if is_sequence(network):
        modules = (module for _, module in leaves(network) if isinstance(module, nn.Conv2d | nn.Linear))
        return next((module.weight for module in modules), None)
    return next((weight for weight in network.parameters() if weight.is_floating_point()), None)
