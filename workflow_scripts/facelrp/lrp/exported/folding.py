"""Batch norms folded into the weights of the layer before them.

In evaluation a batch norm is a factor and an offset for each channel, so that behind a convolution or a dense layer the
two are one layer with other weights. Rules that split contributions by sign explain the two differently: between them
are values that no activation has seen.
"""

#: A batch norm in evaluation.
BATCH_NORM = "_native_batch_norm_legit_no_training"

#: The layers that it can be folded into.
LAYERS = ("conv2d", "linear")


def is_batch_norm(node):
    """Return whether a node of an exported program is a batch norm in evaluation."""
    return node.op == "call_function" and getattr(node.target, "_opname", "") == BATCH_NORM


def layer_before(norm):
    """Return the node that a batch norm can be folded into, or None: a layer whose output nothing else uses."""
    layer = norm.args[0]
    fits = layer.op == "call_function" and getattr(layer.target, "_opname", "") in LAYERS and len(layer.users) == 1
    # Behind a dense layer on (N, T, I), a batch norm has a factor for each position, not for each feature.
    return layer if fits and (layer.target._opname == "conv2d" or len(layer.meta["val"].shape) == 2) else None


def norm_behind(layer):
    """Return the batch norm that is folded into a layer, or None."""
    norm = next(iter(layer.users), None)
    return norm if norm is not None and is_batch_norm(norm) and layer_before(norm) is layer else None


def factor_and_offset(norm):
    """Return a batch norm as y = factor·x + offset, (C,) each.

    Parameters
    ----------
    norm : mapping of str to object
        Its arguments by their names in ATen: weight, bias, running_mean, running_var, eps.
    """
    factor = (norm["running_var"] + norm["eps"]).rsqrt()
    if norm["weight"] is not None:
        factor = factor * norm["weight"]
    offset = -norm["running_mean"] * factor
    return factor, offset if norm["bias"] is None else offset + norm["bias"]


def folded(layer, norm):
    """Return the arguments of a layer with its batch norm folded into weight and bias.

    Parameters
    ----------
    layer, norm : mapping of str to object
        The arguments of both by their names in ATen.
    """
    factor, offset = factor_and_offset(norm)
    weight = layer["weight"] * factor.reshape(-1, *[1] * (layer["weight"].dim() - 1))
    return {**layer, "weight": weight, "bias": offset if layer["bias"] is None else offset + layer["bias"] * factor}
