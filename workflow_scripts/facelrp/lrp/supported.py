"""Refuse by name whatever in a network relevance cannot follow.

Relevance follows a network's modules, not its code: a container is a chain of its children, a layer computes what its
type says from its weights. Code that does anything else is refused here. `facelrp.lrp.comparison` finds what is left.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin

from facelrp.errors import InputError

#: The types of layers that relevance can pass. A subclass is accepted only if it is run by the methods of its base and
#: so computes the same; a subclass of LocalResponseNorm may also compute the same in another way.
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

#: The methods by which PyTorch runs a module, and those that containers and convolutions call in turn.
RUN_BY = ("__call__", "_wrapped_call_impl", "_call_impl", "forward", "_conv_forward", "__iter__")

#: The types that weights can have.
DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)

LAYERS = f"supported are {', '.join(known.__name__ for known in SUPPORTED)} in an nn.Sequential"


def is_known(module):
    """Return whether a module is, by its type, a supported layer or a chain of them, however it may have been changed.

    Parameters
    ----------
    module : torch.nn.Module
    """
    base = _base(module)
    if base is None or (_changed(module, base) and not isinstance(module, LazyModuleMixin)):
        return False
    return base is not nn.Sequential or all(is_known(child) for child in module._modules.values())


def _base(module):
    """Return the type that a module is an instance of, among those that are supported, or None."""
    return next((known for known in (nn.Sequential, *SUPPORTED) if isinstance(module, known)), None)


def _changed(module, base):
    """List the methods that a module is run by and that are not its base's, unless it computes the same."""
    kind = type(module)
    changed = [method for method in RUN_BY if getattr(kind, method, None) is not getattr(base, method, None)]
    return [] if changed and base is nn.LocalResponseNorm and _normalises(module) else changed


def require_followed(name, module):
    """Refuse a container or a layer that may compute something else than its children or its type say.

    Parameters
    ----------
    name : str
        Its name in the network.
    module : torch.nn.Module

    Raises
    ------
    InputError
        If its type is not supported, a method that runs it is not that of its type, or it has hooks or no weights yet.
    """
    kind = type(module).__name__
    base = _base(module)
    if base is None:
        raise InputError(f"relevance cannot pass the layer of type {kind}", name, LAYERS)
    if isinstance(module, LazyModuleMixin):
        raise InputError(f"the layer of type {kind} has no weights yet", name, "run the network once on an image")
    if replaced := [method for method in RUN_BY if method in vars(module)]:
        what = f"{replaced[0]} of this {kind} has been replaced, and relevance cannot follow the replacement"
        raise InputError(what, name, "undo the replacement")
    changed = _changed(module, base)
    if changed and base is nn.Sequential:
        what = f"relevance cannot follow {changed[0]} of {kind}, which is not that of nn.Sequential"
        raise InputError(what, name, f"write what it computes as layers; {LAYERS}")
    if changed:
        raise InputError(f"relevance cannot pass the layer of type {kind}", name, LAYERS)
    require_no_hooks(name, module)


def require_no_hooks(name, module):
    """Refuse a module with hooks on its forward pass; arguments and error are those of `require_followed`."""
    hooks = [*module._forward_pre_hooks.values(), *module._forward_hooks.values()]
    if hooks:
        hook = getattr(hooks[0], "__qualname__", type(hooks[0]).__name__)
        raise InputError(
            f"the hook {hook} may change what this {type(module).__name__} computes, and relevance cannot follow it",
            name,
            "remove it; torch.nn.utils has remove_weight_norm, remove_spectral_norm and prune.remove, "
            "which keep the weights that their hooks compute",
        )


def _normalises(module):
    """Return whether a subclass of LocalResponseNorm computes what its base does, where its constants matter."""
    channels = 2 * module.size + 1
    spread = abs(module.k / module.alpha) ** 0.5 if module.alpha and module.k else 1
    values = torch.arange(channels * 8, dtype=torch.float64, device="cpu").cos().mul_(2 * spread)
    values = values.reshape(2, channels, 2, 2)
    expected = F.local_response_norm(values, module.size, module.alpha, module.beta, module.k)
    with torch.no_grad():
        return torch.allclose(module.forward(values.clone()), expected, rtol=1e-6, atol=0, equal_nan=True)


def require_weights(name, module, first):
    """Refuse weights that cannot be computed with, or not together with those of the first layer.

    Parameters
    ----------
    name : str
        The layer's name in the network.
    module : torch.nn.Conv2d or torch.nn.Linear
    first : torch.Tensor or None
        The weight of the first layer with weights; None if this is the first.

    Returns
    -------
    torch.Tensor
        ``first``, or this layer's weight if there was none.

    Raises
    ------
    InputError
        If weight or bias have no values or are not real numbers, or differ in type or device from ``first``.
    """
    first = module.weight if first is None else first
    for part in ("weight", "bias"):
        values = getattr(module, part)
        if values is None:
            continue
        if values.is_meta:
            raise InputError(f"its {part} is on the meta device and has no values", name, "load the weights first")
        if values.dtype not in DTYPES or values.layout != torch.strided:
            what = f"its {part} is of the type {values.dtype}, {values.layout}"
            raise InputError(what, name, "use dense weights in float32 or float64")
        if (values.dtype, values.device) != (first.dtype, first.device):
            what = f"its {part} is {values.dtype} on {values.device}, unlike the first weight, "
            what += f"which is {first.dtype} on {first.device}"
            raise InputError(what, name, "bring the whole network to one type and one device by network.to(…)")
    return first


def require_values(network):
    """Refuse a network with weights that have no values yet, or with values that cannot be computed with.

    Parameters
    ----------
    network : torch.nn.Module

    Raises
    ------
    InputError
        If a parameter is not initialised, is on the meta device, or is not of real numbers.
    """
    for name, values in network.named_parameters():
        if isinstance(values, nn.parameter.UninitializedTensorMixin):
            raise InputError("it has no values yet", name, "run the network once on an image")
        if values.is_meta:
            raise InputError("it is on the meta device and has no values", name, "load the weights first")
        if values.dtype not in DTYPES or values.layout != torch.strided:
            what = f"it is of the type {values.dtype}, {values.layout}"
            raise InputError(what, name, "use dense weights in float32 or float64")


def dimensions_after(name, module, dimensions):
    """Follow the number of dimensions of the values through a layer, and refuse layers that do not take so many.

    Parameters
    ----------
    name : str
        The layer's name in the network.
    module : torch.nn.Module
        A supported layer.
    dimensions : int
        The number of dimensions of its inputs; 4, (N, C, H, W), in the first layer.

    Returns
    -------
    int
        The number of dimensions of its outputs.

    Raises
    ------
    InputError
        If the layer needs more dimensions, flattens images into one another, or returns more than one tensor.
    """
    if getattr(module, "return_indices", False):
        what = "with return_indices=True the layer returns two tensors, which nn.Sequential cannot pass on"
        raise InputError(what, name, "write return_indices=False")
    needed = {nn.LocalResponseNorm: 3, nn.Conv2d: 4, nn.MaxPool2d: 4, nn.AvgPool2d: 4, nn.AdaptiveAvgPool2d: 4}
    if dimensions < max((least for known, least in needed.items() if isinstance(module, known)), default=2):
        what = f"the layer of type {type(module).__name__} needs maps (N, C, H, W), but they are flattened before it"
        raise InputError(what, name, "put nn.Flatten after the last layer that needs maps")
    if not isinstance(module, nn.Flatten):
        return dimensions
    start, end = (axis + dimensions if axis < 0 else axis for axis in (module.start_dim, module.end_dim))
    if start == 0 < end:
        raise InputError("flattening from dimension 0 joins the images of a batch", name, "write start_dim=1")
    if not 0 <= start <= end < dimensions:
        what = f"its inputs of {dimensions} dimensions cannot be flattened from {module.start_dim} to {module.end_dim}"
        raise InputError(what, name, "write start_dim=1, end_dim=-1")
    return dimensions - (end - start)


def may_change_signs(module):
    """Return whether a layer without weights may make a non-negative value negative: averages by a negative divisor."""
    if isinstance(module, nn.LocalResponseNorm):
        return module.k < 0 or module.alpha < 0
    return (getattr(module, "divisor_override", None) or 1) < 0
