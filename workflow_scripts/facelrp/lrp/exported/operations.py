"""Operations of exported networks, by their names in ATen, each with its passage for relevance.

An operation on values that depend on no pixel is not here: it is computed once, see `facelrp.lrp.exported.building`.
"""

from types import SimpleNamespace

import torch
from torch import nn

from facelrp.lrp.exported import attending, moves, weighted
from facelrp.lrp.exported.passages import Passage, Value, require_maps, through
from facelrp.lrp.joining import Addition, BesideConstants, Concatenation
from facelrp.lrp.passing import Average, MaxPool, PassThrough, ProportionalPool, Scale


def _sum(op, scales, terms):
    """Add values and constants, each times its scale."""
    values = tuple(term for term in terms if isinstance(term, Value))
    if any(len(value.shape) != len(op.shape) for value in values):
        op.refuse("relevance cannot pass a sum of values with different numbers of axes", "unsqueeze the smaller one")
    constants = {i: op.constant(term) for i, term in enumerate(terms) if not isinstance(term, Value)}
    if not all(constant.isfinite().all() for constant in constants.values()):
        op.refuse("relevance cannot pass a sum with an infinite constant", "use a large number")
    layer = Addition(op.add, scales)
    signed = any(
        scale < 0 or (bool((constants[i] < 0).any()) if i in constants else term.signed)
        for i, (scale, term) in enumerate(zip(scales, terms, strict=True))
    )
    if constants:
        layer = BesideConstants(layer, constants)
    held = all(value.held for value in values)
    return Passage(layer, values, signed, all(value.pixels for value in values), held=held)


def _product(op, x, factor, divide=False):
    """Multiply values, or multiply or divide a value by a constant."""
    if isinstance(x, Value) and isinstance(factor, Value):
        if not divide:
            return attending.factors(op, x, factor)
        what = "relevance cannot pass a quotient of two values that both depend on pixels"
        op.refuse(what, "divide by constants only; layer_norm, group_norm and rms_norm are supported")
    if not isinstance(x, Value):
        if divide:
            op.refuse("relevance cannot pass a division by values that depend on pixels", "divide by constants only")
        x, factor = factor, x
    factor = op.constant(factor)
    factor = 1 / factor if divide else factor
    if len(x.shape) != len(op.shape):
        op.refuse("relevance cannot pass a product that adds axes to values", "unsqueeze them before")
    return through(Scale(factor), x, x.signed or bool((factor < 0).any()))


def _quotient(op):
    if op.arguments.get("rounding_mode") is not None:
        op.refuse("relevance cannot pass a division that rounds", "leave out the rounding")
    return _product(op, op["self"], op["other"], divide=True)


def _cat(op):
    tensors = op["tensors"]
    values = tuple(tensor for tensor in tensors if isinstance(tensor, Value))
    constants = {i: op.constant(tensor) for i, tensor in enumerate(tensors) if not isinstance(tensor, Value)}
    if constants and op.layout.joined:
        op.refuse("relevance cannot pass cat with constants here: images are joined with others", "keep them apart")
    axis = values[0].place(op["dim"])
    signed = any(value.signed for value in values) or any(bool((c < 0).any()) for c in constants.values())
    layer = Concatenation(axis)
    if constants:
        layer = BesideConstants(layer, constants)
    return Passage(layer, values, signed, all(value.pixels for value in values))


def _dropout(op):
    if op["train"]:
        op.refuse("its dropout is on even in evaluation", "switch it off")
    return through(PassThrough(), op["input"])


def _activation(op):
    """A function of each value, with f(0) = 0: relevance passes unchanged."""
    x, options = op.first_and_options()
    if not isinstance(x, Value) or any(isinstance(option, Value) for option in options.values()):
        op.refuse("relevance cannot pass an activation whose options depend on pixels", "use constants")
    return through(PassThrough(lambda values: op.function(values, **options)), x, signed=True)


def _relu(op):
    return through(PassThrough(torch.relu), op["self"], signed=False)


def _hardtanh(op):
    low, high = op["min_val"], op["max_val"]
    if not low <= 0 <= high:
        op.refuse(f"relevance cannot pass hardtanh from {low} to {high}", "use a range that contains 0")
    return through(PassThrough(lambda values: values.clamp(low, high)), op["self"], signed=low < 0)


def _max_pool(op):
    require_maps(op, op["self"])
    return through(MaxPool(SimpleNamespace(**op.arguments)), op["self"])


def _avg_pool(op):
    require_maps(op, op["self"])
    arguments = {name: value for name, value in op.arguments.items() if name != "self"}
    arguments["stride"] = arguments["stride"] or None
    signed = op["self"].signed or (op["divisor_override"] or 1) < 0
    return through(ProportionalPool(nn.AvgPool2d(**arguments)), op["self"], signed)


def _adaptive_pool(op):
    require_maps(op, op["self"])
    return through(ProportionalPool(nn.AdaptiveAvgPool2d(op["output_size"])), op["self"])


def _average(op):
    x, axes = op["self"], op.arguments.get("dim")
    axes = [x.place(axis) for axis in (range(x.rank) if axes is None else axes)]
    if 0 in axes or not axes:
        op.refuse("relevance cannot pass a mean over the images of a batch", "leave out axis 0")
    function = torch.mean if "mean" in op.function.__name__ else torch.sum
    return through(Average(function, list(axes), op["keepdim"]), x)


#: Operations that change nothing but the shape.
RESHAPING = ("view", "_unsafe_view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "expand")

#: The passage of each operation, by its name in ATen.
OPERATIONS = {
    "conv2d": weighted.convolution,
    "linear": weighted.linear,
    "addmm": weighted.addmm,
    **dict.fromkeys(("mm", "matmul", "bmm"), weighted.matmul),
    "add": lambda op: _sum(op, (1, op["alpha"]), (op["self"], op["other"])),
    "sub": lambda op: _sum(op, (1, -op["alpha"]), (op["self"], op["other"])),
    "rsub": lambda op: _sum(op, (-op["alpha"], 1), (op["self"], op["other"])),
    "mul": lambda op: _product(op, op["self"], op["other"]),
    "div": _quotient,
    "neg": lambda op: _product(op, op["self"], -1.0),
    "cat": _cat,
    "pad": moves.pad,
    "roll": moves.roll,
    "_native_batch_norm_legit_no_training": weighted.batch_norm,
    "relu": _relu,
    "hardtanh": _hardtanh,
    "relu6": lambda op: through(PassThrough(lambda values: values.clamp(0, 6)), op["self"], signed=False),
    **dict.fromkeys(("silu", "gelu", "hardswish", "mish", "elu", "leaky_relu", "prelu", "tanh"), _activation),
    "layer_norm": attending.layer_norm,
    "native_layer_norm": attending.layer_norm,
    "group_norm": attending.group_norm,
    "rms_norm": attending.rms_norm,
    "softmax": attending.softmax,
    "_softmax": attending.softmax,
    "scaled_dot_product_attention": attending.attention,
    "sigmoid": attending.gate,
    "hardsigmoid": attending.gate,
    "max_pool2d": _max_pool,
    "max_pool2d_with_indices": _max_pool,
    "avg_pool2d": _avg_pool,
    "adaptive_avg_pool2d": _adaptive_pool,
    "mean": _average,
    "sum": _average,
    **dict.fromkeys(RESHAPING, moves.new_shape),
    **dict.fromkeys(("permute", "transpose", "t", "movedim"), moves.permute),
    **dict.fromkeys(("slice", "select"), moves.select),
    **dict.fromkeys(("contiguous", "clone", "alias", "detach", "to", "_to_copy", "lift_fresh_copy"), moves.identity),
    **dict.fromkeys(("upsample_bilinear2d", "_upsample_bilinear2d_aa"), moves.resize),
    "dropout": _dropout,
    "feature_dropout": _dropout,
}

#: The passage of one part, for operations that return several parts of their input.
PARTS = dict.fromkeys(("split", "split_with_sizes", "chunk", "unbind", "tensor_split"), moves.part)

#: Operations that need images on the first axis, alone.
ON_FIRST_AXIS = (
    *("conv2d", "_native_batch_norm_legit_no_training", "group_norm", "prelu", "feature_dropout", "pad"),
    *("max_pool2d", "max_pool2d_with_indices", "avg_pool2d", "adaptive_avg_pool2d"),
    *("upsample_bilinear2d", "_upsample_bilinear2d_aa"),
)

#: The kinds of operations that relevance can pass, for errors.
SUPPORTED = (
    "supported are convolutions, dense layers, sums, products, cat, attention, norms, gates, activations such as relu "
    "and gelu, max and average pooling, mean, zero padding, and changes of shape or order"
)

#: Why relevance cannot pass some operations, and what to do about it.
REASONS = {
    "_native_batch_norm_legit": (
        "a batch norm by the statistics of the batch, in which images depend on each other",
        "use one with running statistics",
    ),
    "native_dropout": ("dropout that is on even in evaluation", "switch it off"),
}
