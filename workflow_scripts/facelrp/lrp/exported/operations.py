"""Operations of exported networks, by their names in ATen, each with its passage for relevance.

An operation on values that depend on no pixel is not here: it is computed once, see `facelrp.lrp.exported.building`.
"""

from math import prod
from types import SimpleNamespace

import torch
from torch import nn

from facelrp.lrp.exported import weighted
from facelrp.lrp.exported.passages import Passage, Value, require_maps, through
from facelrp.lrp.joining import Addition, BesideConstants, Concatenation
from facelrp.lrp.passing import Average, MaxPool, NewShape, Padding, PassThrough, ProportionalPool, Resize, Scale, View


def _constant(op, value):
    """Return a constant as a tensor with as many axes as the operation's value."""
    value = torch.as_tensor(value, dtype=op.like.dtype, device=op.like.device)
    if value.dim() > len(op.shape) + 1 or (value.dim() == len(op.shape) + 1 and len(value) != 1):
        op.refuse("a constant has values for each image of a batch", "use one that is the same for all images")
    return value.reshape(*[1] * (len(op.shape) + 1 - value.dim()), *value.shape)


def _sum(op, scales, terms):
    """Add values and constants, each times its scale."""
    values = tuple(term for term in terms if isinstance(term, Value))
    if any(len(value.shape) != len(op.shape) for value in values):
        op.refuse("relevance cannot pass a sum of values with different numbers of axes", "unsqueeze the smaller one")
    constants = {i: _constant(op, term) for i, term in enumerate(terms) if not isinstance(term, Value)}
    layer = Addition(op.add, scales)
    signed = any(
        scale < 0 or (bool((constants[i] < 0).any()) if i in constants else term.signed)
        for i, (scale, term) in enumerate(zip(scales, terms, strict=True))
    )
    if constants:
        layer = BesideConstants(layer, constants)
    return Passage(layer, values, signed, all(value.pixels for value in values))


def _product(op, x, factor, divide=False):
    """Multiply or divide a value by a constant."""
    if isinstance(x, Value) and isinstance(factor, Value):
        op.refuse(
            "relevance cannot pass a product or quotient of two values that both depend on pixels",
            "gates, attention and norms of the values themselves are not supported yet",
        )
    if not isinstance(x, Value):
        if divide:
            op.refuse("relevance cannot pass a division by values that depend on pixels", "divide by constants only")
        x, factor = factor, x
    factor = _constant(op, factor)
    factor = 1 / factor if divide else factor
    if len(x.shape) != len(op.shape):
        op.refuse("relevance cannot pass a product that adds axes to values", "unsqueeze them before")
    return through(Scale(factor), x, x.signed or bool((factor < 0).any()))


def _quotient(op):
    if op.arguments.get("rounding_mode") is not None:
        op.refuse("relevance cannot pass a division that rounds", "leave out the rounding")
    return _product(op, op["self"], op["other"], divide=True)


def _cat(op):
    tensors, axis = op["tensors"], op["dim"] % (len(op.shape) + 1)
    values = tuple(tensor for tensor in tensors if isinstance(tensor, Value))
    constants = {i: _constant(op, tensor) for i, tensor in enumerate(tensors) if not isinstance(tensor, Value)}
    signed = any(value.signed for value in values) or any(bool((c < 0).any()) for c in constants.values())
    layer = Concatenation(axis)
    if constants:
        layer = BesideConstants(layer, constants)
    return Passage(layer, values, signed, all(value.pixels for value in values))


def _first_and_options(op):
    """Return an operation's input, and its other arguments by name."""
    first, *others = op.arguments
    return op[first], {name: op[name] for name in others}


def _identity(op):
    return through(PassThrough(), next(iter(op.arguments.values())))


def _dropout(op):
    if op["train"]:
        op.refuse("its dropout is on even in evaluation", "switch it off")
    return through(PassThrough(), op["input"])


def _activation(op):
    """A function of each value, with f(0) = 0: relevance passes unchanged."""
    x, options = _first_and_options(op)
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
    axes = range(len(x.shape) + 1) if axes is None else [axis % (len(x.shape) + 1) for axis in axes]
    if 0 in axes or not axes:
        op.refuse("relevance cannot pass a mean over the images of a batch", "leave out axis 0")
    function = torch.mean if "mean" in op.function.__name__ else torch.sum
    return through(Average(function, list(axes), op["keepdim"]), x)


def _new_shape(op):
    if prod(op.shape) != prod(op["self"].shape):
        op.refuse("relevance cannot pass an operation that repeats values", "leave broadcasting to sums and products")
    return through(NewShape(op.shape), op["self"])


def _pad(op):
    if op["mode"] != "constant" or op["value"]:
        op.refuse("relevance cannot pass this kind of padding", "pad with zeros")
    return through(Padding(op["pad"]), op["self"])


def _view(op):
    x, options = _first_and_options(op)
    if op.shape == x.shape and "step" in options:  # all of it
        return through(PassThrough(), x)
    return through(View(lambda values: op.function(values, **options)), x)


def _resized(op):
    x, options = _first_and_options(op)
    require_maps(op, x)
    return through(Resize(lambda values: op.function(values, **options)), x)


def _part(op):
    """Take one of the parts that an operation returns; its number is the argument "part"."""
    x, options = _first_and_options(op)
    part = options.pop("part")
    return through(View(lambda values: op.function(values, **options)[part]), x)


#: The passage of each operation, by its name in ATen.
OPERATIONS = {
    "conv2d": weighted.convolution,
    "linear": weighted.linear,
    "addmm": weighted.addmm,
    "mm": weighted.matmul,
    "matmul": weighted.matmul,
    "add": lambda op: _sum(op, (1, op["alpha"]), (op["self"], op["other"])),
    "sub": lambda op: _sum(op, (1, -op["alpha"]), (op["self"], op["other"])),
    "rsub": lambda op: _sum(op, (-op["alpha"], 1), (op["self"], op["other"])),
    "mul": lambda op: _product(op, op["self"], op["other"]),
    "div": _quotient,
    "neg": lambda op: _product(op, op["self"], -1.0),
    "cat": _cat,
    "pad": _pad,
    "_native_batch_norm_legit_no_training": weighted.batch_norm,
    "relu": _relu,
    "hardtanh": _hardtanh,
    "relu6": lambda op: through(PassThrough(lambda values: values.clamp(0, 6)), op["self"], signed=False),
    **dict.fromkeys(("silu", "gelu", "hardswish", "mish", "elu", "leaky_relu", "prelu", "tanh"), _activation),
    "max_pool2d": _max_pool,
    "max_pool2d_with_indices": _max_pool,
    "avg_pool2d": _avg_pool,
    "adaptive_avg_pool2d": _adaptive_pool,
    "mean": _average,
    "sum": _average,
    **dict.fromkeys(
        ("view", "_unsafe_view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "expand"), _new_shape
    ),
    **dict.fromkeys(("permute", "transpose", "t", "slice", "select", "movedim"), _view),
    **dict.fromkeys(("contiguous", "clone", "alias", "detach", "to", "_to_copy", "lift_fresh_copy"), _identity),
    **dict.fromkeys(("upsample_bilinear2d", "_upsample_bilinear2d_aa"), _resized),
    "dropout": _dropout,
    "feature_dropout": _dropout,
}

#: The passage of one part, for operations that return several parts of their input.
PARTS = dict.fromkeys(("split", "split_with_sizes", "chunk", "unbind", "tensor_split"), _part)

#: The kinds of operations that relevance can pass, for errors.
SUPPORTED = (
    "supported are convolutions, dense layers, sums, products with constants, cat, batch norm, activations such as "
    "relu and gelu, max and average pooling, mean, zero padding, and changes of shape or order"
)

#: Why relevance cannot pass some operations, and what to do about it.
REASONS = {
    "_native_batch_norm_legit": (
        "a batch norm by the statistics of the batch, in which images depend on each other",
        "use one with running statistics",
    ),
    "native_dropout": ("dropout that is on even in evaluation", "switch it off"),
    **dict.fromkeys(
        ("layer_norm", "native_layer_norm", "rms_norm", "group_norm", "softmax", "scaled_dot_product_attention"),
        (None, f"attention and its norms are not supported yet; {SUPPORTED}"),
    ),
    **dict.fromkeys(("sigmoid", "hardsigmoid"), (None, f"gates are not supported yet; {SUPPORTED}")),
}
