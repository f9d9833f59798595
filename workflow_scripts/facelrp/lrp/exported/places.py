"""Where an operation of an exported network comes from: its module, and the line of code."""

import re
from pathlib import Path

#: A frame of a stack trace: file, line, code.
FRAME = re.compile(r'File "(?P<file>[^"]*)", line (?P<line>\d+), in [^\n]*\n\s*(?P<code>[^\n]*)')

#: torch's own modules call their functions here: the line that says most is above these.
OWN = ("/torch/nn/", "/torch/_", "/torch/export/", "/torch/fx/")


def module_path(node):
    """Return the path of the module that an operation belongs to; "" is the network itself."""
    stack = node.meta.get("nn_module_stack") or {}
    return next(reversed([path for path, _ in stack.values()]), "")


def layer_of(network, node):
    """Return the layer that is this operation alone, if it is one of torch's own layers; otherwise None."""
    try:
        module = network.get_submodule(module_path(node))
    except AttributeError:  # a module that is not registered
        return None
    is_layer = type(module).__module__.startswith("torch.nn.") and next(module.children(), None) is None
    return module if is_layer and module is not network else None


def name_of(network, node, operation, names):
    """Name an operation: by the path of its layer, or by that of the module whose forward it is in and its own name.

    Parameters
    ----------
    network : torch.nn.Module
    node : torch.fx.Node
    operation : str
        The name of the operation.
    names : collections.Counter
        How often each name was given. A second operation of the same name is "name@1", as torch.export writes it.

    Returns
    -------
    str
    """
    path = module_path(node)
    name = path if layer_of(network, node) is not None else f"{path}.{operation}" if path else operation
    names[name] += 1
    return name if names[name] == 1 else f"{name}@{names[name] - 1}"


def source_of(node):
    """Return the line of code that an operation comes from, as " (file, line n: code)", or ""."""
    frames = list(FRAME.finditer(node.meta.get("stack_trace") or ""))
    own = [frame for frame in frames if not any(part in frame["file"] for part in OWN)]
    if not (own or frames):
        return ""
    frame = (own or frames)[-1]
    return f" ({Path(frame['file']).name}, line {frame['line']}: {frame['code'].strip()})"
