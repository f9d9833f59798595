"""Compare what is explained with what the network computes itself, so that no other function is explained in silence.

`facelrp.lrp.supported` refuses code that relevance cannot follow. This finds what it cannot see, such as a patched
PyTorch, a hook on all modules, or weights written to without PyTorch's knowledge.
"""

import math
from copy import deepcopy

import torch

from facelrp.errors import InputError
from facelrp.lrp.rules import Epsilon
from facelrp.lrp.surroundings import evaluating, working_dtype
from facelrp.lrp.tracing import graph_of

#: How many images are compared. Another function differs for almost any image, and each costs a forward pass.
IMAGES = 2

#: Differences in float64 up to this share of the largest value of any layer are rounding, and so are those of float32.
ROUNDING, SINGLE_ROUNDING = 1e-12, 1e-4


def require_same_output(network, images, output, program=None):
    """Refuse to explain a network whose own output is not the explained one.

    Rounding alone can make them differ where positive and negative terms almost cancel. So if they differ by more than
    half the digits, a copy of the network in float64 has the last word.

    Parameters
    ----------
    network : torch.nn.Module
        Run once on these images, with dropout off; its training mode is kept.
    images : torch.Tensor
        (N, C, H, W), in the type that is computed in.
    output : torch.Tensor
        (N, units), the output computed layer by layer.
    program : torch.export.ExportedProgram, optional
        The network by `facelrp.lrp.exported.programs.export`, if it is not a sequence.

    Raises
    ------
    InputError
        If they differ; the message says by how much.
    """
    half = any(weight.dtype != working_dtype(weight.dtype) for weight in network.parameters())
    # The network's own half precision would differ by its rounding.
    own = _own_output(deepcopy(network).to(output.dtype) if half else network, images)
    if _agree(own, output):
        return
    copy = deepcopy(network).to("cpu", torch.float64)
    images, largest = images.to("cpu", torch.float64), 0.0
    own = _own_output(copy, images)
    for x, _ in graph_of(copy, program, Epsilon(0), "identity", "ratio", "cp").run(images):
        largest = max(largest, x.abs().max().item())
    if not _agree(own, x, ROUNDING * largest):
        _refuse(network, own, x)
    if not _agree(own.to(output.dtype), output.cpu(), SINGLE_ROUNDING * largest):
        _refuse(network, own, output.cpu())


def _own_output(network, images):
    with evaluating(network):
        return network(images.clone())  # a first layer may work in place


def _agree(own, output, rounding=0.0):
    if not isinstance(own, torch.Tensor) or own.shape != output.shape:
        return False
    allowed = math.sqrt(torch.finfo(output.dtype).eps) * own.abs().max() + rounding
    return bool((own - output).abs().max() <= allowed)


def _refuse(network, own, output):
    if not isinstance(own, torch.Tensor) or own.shape != output.shape:
        own, output = (tuple(getattr(value, "shape", [type(value).__name__])) for value in (own, output))
        what = f"the network's own output is {own}, not {output} like that of its layers, one after another"
    else:
        gap = (own - output).abs()
        image, unit = divmod(gap.nan_to_num(math.inf).argmax().item(), gap.shape[1])
        what = (
            f"the network's own output is {own[image, unit]:.6g} where its layers, one after another, give "
            f"{output[image, unit]:.6g} (image {image}, unit {unit}): they differ by {gap[image, unit]:.3g}"
        )
    fix = "write what it computes beside its layers as layers; after a change of weights make a new Explainer"
    raise InputError(what, type(network).__name__, fix)
