"""Networks that an exported program describes, operation by operation.

A description is plain data, and is kept in the metadata of a file of weights (JSON). Nothing in it can run but the
operations that are listed here, on tensors: a stranger's file reads no other file and calls no other program.

    {"images": "x", "size": 224,                          # the input's name, and the side of images in pixels
     "tensors": {"conv1.weight": ["parameter", [64, 3, 7, 7]], …},
     "steps": [[["conv2d"], "conv2d.default", {"input": {"value": "x"}, "weight": {"tensor": "conv1.weight"}, …}], …],
     "features": "flatten", "width": 512}                 # the value that features are, and their number
"""

import operator
from operator import index

import torch
from torch import nn

from facelrp.errors import InputError

#: Names in ATen of the operations on images that a program may have, those that relevance can pass, without the "_" of
#: those in place.
OPERATIONS = {
    *(
        "conv2d",
        "linear",
        "addmm",
        "mm",
        "matmul",
        "bmm",
        "add",
        "sub",
        "rsub",
        "mul",
        "div",
        "neg",
        "cat",
        "mean",
        "sum",
    ),
    *(
        "batch_norm",
        "_native_batch_norm_legit_no_training",
        "layer_norm",
        "native_layer_norm",
        "group_norm",
        "rms_norm",
    ),
    *("relu", "relu6", "hardtanh", "silu", "gelu", "hardswish", "mish", "elu", "leaky_relu", "prelu", "tanh"),
    *("sigmoid", "hardsigmoid", "softmax", "_softmax", "scaled_dot_product_attention", "dropout", "feature_dropout"),
    *("max_pool2d", "max_pool2d_with_indices", "avg_pool2d", "adaptive_avg_pool2d"),
    *("upsample_bilinear2d", "_upsample_bilinear2d_aa", "pad", "roll"),
    *(
        "view",
        "view_as",
        "_unsafe_view",
        "reshape",
        "flatten",
        "unflatten",
        "squeeze",
        "unsqueeze",
        "expand",
        "expand_as",
    ),
    *("permute", "transpose", "t", "mT", "movedim"),
    *("slice", "select", "split", "split_with_sizes", "chunk", "tensor_split", "unbind"),
    *("contiguous", "clone", "alias", "detach", "to", "_to_copy", "lift_fresh_copy"),
}
#: Those whose result depends on no pixel.
SHAPES = {"sym_size", "new_zeros", "new_ones", "new_full"}
#: Further ones for constants, such as masks and positions.
CONSTANTS = {
    *("arange", "zeros", "ones", "full", "zeros_like", "ones_like", "full_like", "stack", "constant_pad_nd", "index"),
    *("masked_fill", "fill", "where", "tril", "triu", "eq", "ne", "lt", "le", "gt", "ge", "bitwise_not", "logical_not"),
    *("pow", "sqrt", "rsqrt", "exp", "clamp", "clamp_min", "abs"),
}
#: Operations on numbers, such as that of images times windows.
NUMBERS = {f"operator.{name}": getattr(operator, name) for name in ("add", "sub", "mul", "floordiv", "truediv", "neg")}
#: Types by their names in a description.
TYPES = {
    name: getattr(torch, name)
    for name in ("float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool")
}
#: The types of tensors that are no parameters.
STORED = {kind: TYPES[kind] for kind in ("float32", "int64", "bool")}
#: Operations that become layers, with their arguments beside input, weight and bias, and what these are by default.
LAYERS = {
    "conv2d.default": {"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
    "conv2d.padding": {"stride": 1, "padding": "valid", "dilation": 1, "groups": 1},
    "linear.default": {},
}


class Program(nn.Module):
    """What a description computes: images (N, 3, size, size) to features (N, width), with fresh weights.

    Convolutions and dense layers are layers by their names in the exported network, in the order in which they are
    computed; all other tensors are parameters and buffers by theirs.

    Parameters
    ----------
    description : dict
        See above.

    Raises
    ------
    InputError
        If it is no description, or has another operation.
    """

    def __init__(self, description):
        super().__init__()
        self._description, self._layers = description, {}
        try:
            self._images, self._features = description["images"], description["features"]
            if min(index(description["size"]), index(description["width"])) < 1:
                raise ValueError("no pixels, or no features")
            steps = [
                (names, self._layer(operation, arguments), function_of(operation), arguments)
                for names, operation, arguments in description["steps"]
            ]
            for name, (kind, shape) in description["tensors"].items():
                self._add_tensor(name, kind, shape)
            kept = {self._images, self._features}
            self._steps = [(*step, ends) for step, ends in zip(steps, _ends(steps, kept), strict=True)]
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, RecursionError) as fault:
            what = f"no network can be made of its program ({repr(fault)[:100]})"
            raise InputError(what, "a file of weights", "export the network again") from fault

    @property
    def description(self):
        """The description."""
        return self._description

    @property
    def steps(self):
        """The names of results, the name of the layer or None, function, arguments and last uses of each operation."""
        return self._steps

    def _layer(self, operation, arguments):
        """Return the name of an operation's layer, which is added; None if it remains a function of its tensors."""
        weight, bias = (arguments.get(name) for name in ("weight", "bias"))
        if operation not in LAYERS or not isinstance(weight, dict):
            return None
        name = weight.get("tensor", "").removesuffix(".weight")
        own = {f"{name}.weight": weight} | ({} if bias is None else {f"{name}.bias": bias})
        tensors = self._description["tensors"]
        if {key for key in tensors if key.startswith(f"{name}.")} != own.keys():
            return None
        if any(value != {"tensor": key} or tensors[key][0] != "parameter" for key, value in own.items()):
            return None
        options = LAYERS[operation] | {
            key: value for key, value in arguments.items() if key not in ("input", "weight", "bias")
        }
        if self._layers.setdefault(name, options) != options:
            return None
        outputs, inputs, *kernel = tensors[f"{name}.weight"][1]
        home, _, last = name.rpartition(".")
        if kernel:
            layer = nn.Conv2d(inputs * options["groups"], outputs, kernel, bias=bias is not None, **options)
        else:
            layer = nn.Linear(inputs, outputs, bias=bias is not None)
        self._home(home).add_module(last, layer)
        return name

    def _add_tensor(self, name, kind, shape):
        home, _, last = name.rpartition(".")
        home = self._home(home)
        if last in home._parameters:  # that of a layer
            return
        if kind == "parameter":
            home.register_parameter(last, nn.Parameter(torch.empty(shape)))
        else:
            home.register_buffer(last, torch.empty(shape, dtype=STORED[kind]))

    def _home(self, name):
        """Return the module of this name, which is added if it is missing."""
        home = self
        for part in name.split(".") if name else ():
            if part not in home._modules:
                home.add_module(part, nn.Module())
            home = home._modules[part]
        return home

    def forward(self, images):
        values = {self._images: images}
        for names, layer, function, arguments, ends in self._steps:
            if layer is not None:
                result = self.get_submodule(layer)(values[arguments["input"]["value"]])
            else:
                given = {name: self._given(argument, values) for name, argument in arguments.items()}
                result = function(*given.values()) if function in NUMBERS.values() else function(**given)
            values.update(zip(names, result if isinstance(result, list | tuple) else [result], strict=True))
            for name in ends:
                del values[name]
        return values[self._features]

    def _given(self, argument, values):
        """Return an argument: a value, a tensor, a type, the device of the images, or what is written."""
        if isinstance(argument, list):
            return [self._given(one, values) for one in argument]
        if not isinstance(argument, dict):
            return argument
        ((kind, name),) = argument.items()
        if kind == "value":
            return values[name]
        if kind == "tensor":
            home, _, last = name.rpartition(".")
            return getattr(self.get_submodule(home), last)
        return TYPES[name] if kind == "type" else values[self._images].device


def function_of(operation):
    """Return the function of an operation, such as "conv2d.default" or "operator.mul".

    Raises
    ------
    ValueError
        If a program may not have it.
    """
    if operation in NUMBERS:
        return NUMBERS[operation]
    name, _, overload = operation.partition(".")
    if name_of(operation) not in OPERATIONS | SHAPES | CONSTANTS:
        raise ValueError(f"the operation {name}")
    function = getattr(getattr(torch.ops.aten, name), overload)
    if not isinstance(function, torch._ops.OpOverload):
        raise ValueError(f"the operation {operation}")
    return function


def name_of(operation):
    """Return the name of an operation without its overload and, if it is done in place, without the "_" of that."""
    return operation.partition(".")[0].removesuffix("_")


def mentioned(argument, kind="value"):
    """Yield the names of the values, or of the tensors, in an argument of an operation."""
    if isinstance(argument, list):
        for one in argument:
            yield from mentioned(one, kind)
    elif isinstance(argument, dict) and kind in argument:
        yield argument[kind]


def _ends(steps, kept):
    """Return the names of the values that are needed no more after each step, of those that are not kept."""
    kept, ends = {*kept}, []
    for names, *_, arguments in reversed(steps):
        used = {*names, *mentioned(list(arguments.values()))} - kept
        ends.append(sorted(used))
        kept |= used
    return ends[::-1]
