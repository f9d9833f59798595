"""Networks from files of `torch.export.save` (``.pt2``): the program is read as data, and nothing is unpickled.

`torch.export.load` evaluates expressions in such a file, calls whatever it names, and unpickles some of its tensors.
Here its JSON becomes a description for `facelrp.networks.programs`, and its tensors are read as bytes.
"""

import json
from math import prod

import torch

from facelrp.errors import InputError
from facelrp.networks.programs import OPERATIONS, SHAPES, STORED, Program, function_of, mentioned, name_of
from facelrp.networks.surgery import first_convolution
from facelrp.networks.view import SIDE
from facelrp.sources.archives import listing, open_zip
from facelrp.sources.extraction import Limits, safe_members

#: How the names of these files end.
PROGRAM = ".pt2"
#: Where the program is in a file, and the version of its format that is read.
MODEL, MAJOR = "models/model.json", 8
#: How the targets of operations begin.
ATEN = "torch.ops.aten."
#: torch's numbers of types.
SCALARS = {1: "uint8", 4: "int32", 5: "int64", 6: "float16", 7: "float32", 8: "float64", 12: "bool", 13: "bfloat16"}
#: Arguments of operations that say how tensors lie in memory, which changes no value.
IN_MEMORY = ("as_layout", "as_memory_format")
#: The largest description, in characters; that of Swin-T has 100,000.
MOST_CHARACTERS = 1 << 19
#: The fix of most files.
EXPORT = "export the network in evaluation mode, for images of one size and any number, by torch.export.save"


def read_program(path, output=None):
    """Read a network from a file of `torch.export.save`.

    Parameters
    ----------
    path : path
    output : str, optional
        The name of the dense layer that is the output; by default the last one. What follows it is left out.

    Returns
    -------
    description : dict
        The network up to that layer's input, the features; see `facelrp.networks.programs`.
    state : dict of {str: Tensor}
        Its tensors as ``features.…``, and those of the output as ``fc.weight`` and ``fc.bias``.

    Raises
    ------
    InputError
        If it is another file, or its network cannot be a base model.
    """
    try:
        with open_zip(path) as opened:
            return _read(_File(path, opened, safe_members(opened, path, Limits(ratio=1))), output)
    except InputError:
        raise
    except Exception as fault:  # a stranger's JSON may be anything
        what = f"cannot be read as a program of torch.export ({repr(fault)[:100]})"
        raise InputError(what, path, "save it again, by torch.export.save of torch 2.11 or later") from fault


class _File:
    """The JSON and the tensors of an opened file."""

    def __init__(self, path, opened, members):
        self.path, self.opened = path, opened
        (self.folder,) = (name.removesuffix(MODEL) for name in members if name.endswith(f"/{MODEL}"))

    def refuse(self, what, fix=EXPORT):
        raise InputError(what, self.path, fix)

    def json(self, name):
        return json.loads(self.opened.read(self.folder + name))

    def tensors(self, names):
        """Return tensors by name."""
        stored = {}
        for kind in ("weights", "constants"):
            config = self.json(f"data/{kind}/model_{kind}_config.json")["config"]
            stored |= {name: (f"data/{kind}/{entry['path_name']}", entry) for name, entry in config.items()}
        return {name: self._tensor(name, *stored[name]) for name in names}

    def _tensor(self, name, member, entry):
        meta = entry["tensor_meta"]
        kind = SCALARS.get(meta["dtype"])
        if entry["use_pickle"] or kind not in STORED:
            self.refuse(f"its tensor {name[:100]} is no plain one of {', '.join(STORED)}", "export it in float32")
        shape, strides = ([size["as_int"] for size in meta[key]] for key in ("sizes", "strides"))
        content = torch.frombuffer(bytearray(self.opened.read(self.folder + member)), dtype=torch.uint8)
        values = content != 0 if kind == "bool" else content.view(STORED[kind])
        if prod(shape) > len(values):
            raise ValueError(f"{len(values)} values of {name}")
        return values.as_strided(shape, strides, meta["storage_offset"]["as_int"]).contiguous().clone()


def _read(file, output):
    """Return a file's description and state, see `read_program`."""
    model = file.json(MODEL)
    if model["schema_version"]["major"] != MAJOR:
        raise ValueError(f"version {model['schema_version']['major']}")
    graph, signature = model["graph_module"]["graph"], model["graph_module"]["signature"]
    images, size, names = _inputs(file, graph, signature)
    steps = [_step(file, node, names) for node in graph["nodes"] if not node["target"].startswith(f"{ATEN}_assert")]
    at = _output(file, steps, output)
    _, _, arguments = steps[at]
    features, layer = arguments["input"]["value"], [*mentioned([arguments["weight"], arguments.get("bias")], "tensor")]
    sizes = [known.get("as_int") for known in graph["tensor_values"][features]["sizes"]]
    if len(sizes) != 2 or sizes[0] is not None:
        what = f"the input of its dense layer {layer[0]} is not one row of features for each image"
        file.refuse(what, "name another dense layer: output: …")
    tensors = file.tensors(sorted({name for *_, one in steps[:at] for name in mentioned([*one.values()], "tensor")}))
    head = dict(zip(("fc.weight", "fc.bias"), file.tensors(layer).values(), strict=False))
    head.setdefault("fc.bias", torch.zeros(len(head["fc.weight"])))
    parameters = {spec["parameter"]["parameter_name"] for spec in signature["input_specs"] if "parameter" in spec}
    kinds = {type_of: kind for kind, type_of in STORED.items()}
    description = {
        "images": images,
        "size": size,
        "tensors": {
            name: ["parameter" if name in parameters else kinds[value.dtype], [*value.shape]]
            for name, value in tensors.items()
        },
        "steps": steps[:at],
        "features": features,
        "width": sizes[1],
    }
    if len(json.dumps(description)) > MOST_CHARACTERS:
        file.refuse(f"it has {at:,} operations", "take a smaller network")
    _require_pixels_first(file, description)
    _require_relevance(file, images, steps[:at])
    return description, {f"features.{name}": value for name, value in tensors.items()} | head


def _inputs(file, graph, signature):
    """Return the name of the images, their side, and the names of tensors by those that operations give them."""
    images, names = [], {}
    for spec in signature["input_specs"]:
        ((kind, described),) = spec.items()
        if kind == "user_input":
            images.append(described["arg"]["as_tensor"]["name"])
        else:
            names[described["arg"]["name"]] = described[f"{kind}_name"]
    if len(images) != 1:
        file.refuse(f"it has {len(images)} inputs", "export a network that takes images alone")
    number, *shape = graph["tensor_values"][images[0]]["sizes"]
    if "as_int" in number:
        what = f"it takes {number['as_int']} images at a time, and no other number"
        file.refuse(what, 'give torch.export.export dynamic_shapes=({0: torch.export.Dim("images")},)')
    shape = [size.get("as_int") for size in shape]
    if len(shape) != 3 or shape[0] != 3 or shape[1] != shape[2] or not 32 <= (shape[1] or 0) <= 2 * SIDE:
        what = f"it takes images of the shape {' × '.join(str(size or 'any') for size in shape)}"
        file.refuse(what, f"export it for 3 × size × size, from 32 to {2 * SIDE} pixels")
    return images[0], shape[1], names


def _step(file, node, names):
    """Return a node as a step of a description: the names of its results, its operation and its arguments."""
    operation = node["target"].replace("_operator.", "operator.").removeprefix(ATEN)
    try:
        function_of(operation)
    except (ValueError, AttributeError):
        file.refuse(f"it has the operation {operation[:100]}", "write the network without it")
    arguments = {
        given["name"]: _argument(given["arg"], names)
        for given in node["inputs"]
        if given["name"] != "pin_memory" and not given["arg"].keys() & {*IN_MEMORY}
    }
    if arguments.get("training") or arguments.get("train"):
        file.refuse("it was exported in training mode", "call network.eval() before torch.export.export")
    results = []
    for result in node["outputs"]:
        ((kind, value),) = result.items()
        results += [one.get("name") or one["as_name"] for one in (value if kind == "as_tensors" else [value])]
    return [results, operation, arguments]


def _argument(argument, names):
    """Return an argument of an operation as it is in a description."""
    ((kind, value),) = argument.items()
    if kind == "as_optional_tensors":
        return [_argument(one, names) for one in value]
    if kind.endswith("s"):
        return [_argument({kind.removesuffix("s"): one}, names) for one in value]
    if kind == "as_tensor":
        name = value["name"]
        return {"tensor": names[name]} if name in names else {"value": name}
    if kind == "as_sym_int":
        return value["as_int"] if "as_int" in value else {"value": value["as_name"]}
    simple = {
        "as_none": lambda value: None,
        "as_float": float,
        "as_scalar_type": lambda value: {"type": SCALARS[value]},
        "as_device": lambda value: {"device": None},
        **dict.fromkeys(("as_int", "as_bool", "as_string"), lambda value: value),
    }
    return simple[kind](value)


def _output(file, steps, name):
    """Return the place of the output among the steps: that of the dense layer of this name, or of the last one."""
    tensors = [[*mentioned([*arguments.values()], "tensor")] for *_, arguments in steps]
    layers = {
        names[0].removesuffix(".weight"): at
        for at, ((_, operation, _), names) in enumerate(zip(steps, tensors, strict=True))
        if operation == "linear.default" and names
    }
    if not layers:
        file.refuse("it has no dense layer", "export a network that ends in one, undecomposed")
    if name is None:
        name = list(layers)[-1]
        if any(tensors[layers[name] + 1 :]):
            file.refuse(f"layers with weights follow its last dense layer, {name}", "name the dense layer: output: …")
    if name not in layers:
        file.refuse(f"it has no dense layer {name!r}", f"name one of {listing([*layers][::-1])}")
    return layers[name]


def _require_pixels_first(file, description):
    """Refuse a network unless its first convolution alone sees pixels: its weights can then be scaled for them."""
    with torch.device("meta"):
        program = Program(description)
    seen = [
        layer
        for (_, layer, *_), (_, operation, arguments) in zip(program.steps, description["steps"], strict=True)
        if description["images"] in mentioned([*arguments.values()]) and not operation.startswith("sym_size")
    ]
    if len(seen) != 1 or seen[0] is None or program.get_submodule(seen[0]) is not first_convolution(program):
        what = "its pixels are not the input of a convolution, and of nothing else"
        file.refuse(what, "export it without what standardises pixels, and give that as mean and std")


def _require_relevance(file, images, steps):
    """Refuse a network if an operation on what depends on pixels is none that relevance can pass."""
    live = {images}
    for names, operation, arguments in steps:
        if live.isdisjoint(mentioned([*arguments.values()])) or name_of(operation) in SHAPES:
            continue
        if name_of(operation) not in OPERATIONS:
            file.refuse(f"relevance cannot pass its operation {name_of(operation)}", "write the network without it")
        live.update(names)
