"""Turn an exported network into a graph of layers that relevance passes through.

What depends on no pixel is computed here, once. A batch norm behind a convolution or a dense layer whose output nothing
else uses is folded into its weights, see `facelrp.lrp.exported.folding`.
"""

from collections import Counter
from dataclasses import replace

import torch

from facelrp.errors import InputError
from facelrp.lrp.composites import Composite
from facelrp.lrp.exported.folding import folded, is_batch_norm, layer_before, norm_behind
from facelrp.lrp.exported.layouts import FIRST, axis_of_images, reshaped
from facelrp.lrp.exported.operations import ON_FIRST_AXIS, OPERATIONS, PARTS, REASONS, RESHAPING, SUPPORTED
from facelrp.lrp.exported.passages import Operation, Value
from facelrp.lrp.exported.places import layer_of, module_path, name_of, source_of
from facelrp.lrp.exported.programs import IMAGES
from facelrp.lrp.graph import Graph, Step
from facelrp.lrp.joining import Addition
from facelrp.lrp.passing import PassThrough
from facelrp.lrp.propagation import SplitLayer
from facelrp.lrp.surroundings import working_dtype

#: Operations whose arguments may contain the number of images: their result's shape says it all.
OF_ANY_SHAPE = ("view", "_unsafe_view", "reshape", "unflatten", "expand")

#: Operations of which the first argument gives type and device only: their values depend on no pixel.
NEW = ("new_zeros", "new_ones", "new_full")


class Builder:
    """Walks an exported program and makes a step of each operation that depends on pixels.

    Parameters
    ----------
    network : torch.nn.Module
        The network, for names.
    program : torch.export.ExportedProgram
        See `facelrp.lrp.exported.programs.export`.
    weight : torch.Tensor or None
        A weight, of the type and on the device of all constants.
    rule : Rule or Composite
        The rule of all layers with weights, or one for each group of them. The first layers are those that see pixels.
    add : {"ratio", "proportional"}
        How terms of a sum share relevance, see `facelrp.lrp.joining.Addition`.
    attention : {"cp", "attnlrp"}
        How relevance passes attention, see `facelrp.lrp.attention`.
    """

    def __init__(self, network, program, weight, rule, add, attention):
        self.network, self.program, self.add, self.attention = network, program, add, attention
        self.composite = rule if isinstance(rule, Composite) else Composite(conv=rule, dense=rule)
        weight = torch.empty(0, device="cpu") if weight is None else weight
        self.like = torch.empty(0, dtype=working_dtype(weight.dtype), device=weight.device)
        self.steps, self.names = [], Counter()
        #: What is known of each node: a `Value`, a constant, or None if it is several values.
        self.known = {}

    def graph(self):
        """Return the network's `Graph`, or refuse by an `InputError` what relevance cannot pass."""
        output = self._output()
        needed, waiting = set(), [output]
        while waiting:
            node = waiting.pop()
            if node not in needed:
                needed.add(node)
                waiting += node.all_input_nodes
        nodes = [node for node in self.program.graph.nodes if node in needed]
        for node in nodes:
            if node.op == "placeholder":
                self.known[node] = self._placeholder(node)
            elif _operation(node) == "sym_size":
                self.known[node] = IMAGES
            elif _operation(node) in NEW or not any(self._is_live(source) for source in node.all_input_nodes):
                self.known[node] = self._computed(node)
        for node in nodes:
            if node not in self.known:
                self.known[node] = self._call(node)
        if isinstance(self.known[output], Value) and self.known[output].layout != FIRST:
            self._refuse_images(output)
        if not self.steps:
            what = "its output does not depend on the images"
            raise InputError(what, type(self.network).__name__, "check its forward")
        return Graph(_in_place(self.steps))

    def _output(self):
        outputs = self.program.graph_signature.user_outputs
        if len(outputs) != 1 or not isinstance(outputs[0], str):
            what = f"its forward returns {len(outputs)} values"
            raise InputError(what, type(self.network).__name__, "wrap it in a module that returns (N, units)")
        return next(node for node in self.program.graph.nodes if node.name == outputs[0])

    def _placeholder(self, node):
        signature = self.program.graph_signature
        if node.name in signature.user_inputs:
            self.images = node.meta["val"].shape[0]
            return Value(0, tuple(node.meta["val"].shape[1:]), signed=True, pixels=True)
        named = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        name = (named | dict(signature.inputs_to_lifted_tensor_constants))[node.name]
        stored = self.program.state_dict if name in self.program.state_dict else self.program.constants
        return self._constant(stored[name].detach())

    def _computed(self, node):
        """Compute a value that depends on no pixel."""
        known = {**self.known, node.args[0]: self.like} if _operation(node) in NEW else self.known
        arguments, options = torch.fx.node.map_arg((node.args, dict(node.kwargs)), known.__getitem__)
        return self._constant(node.target(*arguments, **options))

    def _call(self, node):
        """Return what is known of an operation's value, after adding its step if it has one."""
        name = _operation(node)
        if name in PARTS:
            return None
        if name == "getitem":
            source, part = node.args
            if self.known[source] is None:
                passage = PARTS[_operation(source)]
                return self._step(node, source, passage, {**self._arguments(source), "part": part})
            if part:
                self._refuse(node, f"relevance cannot pass value {part} of {_operation(source)}", "use its first value")
            return self.known[source]
        if is_batch_norm(node) and layer_before(node) is not None:
            return self.known[node.args[0]]
        if name not in OPERATIONS or node.target.namespace != "aten":
            what, fix = REASONS.get(name, (None, SUPPORTED))
            self._refuse(node, f"relevance cannot pass {what or f'the operation {name}'}", fix)
        arguments = self._arguments(node)
        if norm := norm_behind(node):
            arguments = folded(arguments, self._arguments(norm))
        return self._step(node, node, OPERATIONS[name], arguments)

    def _constant(self, value):
        """Bring a constant to the type and the device that are computed in."""
        if not isinstance(value, torch.Tensor):
            return value
        return value.to(self.like.device, self.like.dtype if value.is_floating_point() else value.dtype)

    def _is_live(self, node):
        return node not in self.known or isinstance(self.known[node], Value)

    def _arguments(self, node):
        """Return the arguments of an operation by name, with what is known of each."""
        if _operation(node) not in OF_ANY_SHAPE and any(
            isinstance(source.meta.get("val"), torch.SymInt) for source in node.all_input_nodes
        ):
            self._refuse(node, f"{_operation(node)} depends on the number of images", "use constants")
        schema = node.target._schema.arguments
        given = dict(zip((argument.name for argument in schema), node.args, strict=False)) | dict(node.kwargs)
        given = {argument.name: given.get(argument.name, argument.default_value) for argument in schema}
        return {name: torch.fx.node.map_arg(value, self._argument) for name, value in given.items()}

    def _argument(self, node):
        """Return what is known of an argument; constants that are repeated for each image have one image."""
        known = self.known.get(node)
        if not isinstance(known, torch.Tensor) or all(isinstance(size, int) for size in node.meta["val"].shape):
            return known
        if not self._counts_images(node.meta["val"]) or not torch.equal(known[:1].expand_as(known), known):
            self._refuse(node, "a constant depends on the number of images", "use one that is the same for all images")
        return known[:1]

    def _counts_images(self, value):
        """Return whether the first axis of a value, and no other, is that of the images."""
        first, *others = value.shape or (None,)
        return (
            isinstance(first, torch.SymInt)
            and first.node.expr == self.images.node.expr
            and all(isinstance(size, int) for size in others)
        )

    def _step(self, node, source, passage_of, arguments):
        """Add the step of an operation, whose arguments are those of the node ``source``; return its `Value`."""
        operation, value = _operation(source), node.meta["val"]
        value = value[0] if isinstance(value, tuple | list) else value
        layout = self._layout(node, source, value)
        if not value.dtype.is_floating_point:
            self._refuse(node, f"relevance cannot pass {operation} to {value.dtype}", "use real numbers")
        name = name_of(self.network, node, operation, self.names)
        shape, rules = layout.images_first(value.shape), (self.composite, self.add, self.attention)
        try:
            passage = passage_of(Operation(name, source.target, arguments, shape, layout, *rules, self.like))
        except InputError as error:
            raise InputError(error.what + source_of(node), error.where, error.fix) from error
        inputs, constant = ([value.number for value in some] for some in (passage.inputs, passage.constant))
        kind = self._kind(node, operation)
        self.steps.append(Step(name, kind, passage.layer, tuple(inputs), passage.renormalise, tuple(constant)))
        return Value(len(self.steps), shape, passage.signed, passage.pixels, passage.held, layout)

    def _layout(self, node, source, value):
        """Return where images are in the value of an operation, or refuse one that does not keep them apart."""
        operation, axis = _operation(source), axis_of_images(value, self.images)
        inputs = [before for before in source.all_input_nodes if isinstance(self.known[before], Value)]
        layouts = {self.known[before].layout for before in inputs}
        if axis is None or len(layouts) != 1 or (operation in ON_FIRST_AXIS and layouts != {FIRST}):
            self._refuse_images(node, operation)
        layout = layouts.pop()
        if operation in RESHAPING:
            layout = reshaped(layout, inputs[0].meta["val"].shape, value.shape, *axis)
        else:
            layout = replace(layout, axis=axis[0]) if layout.outer * layout.inner == axis[1] else None
        if layout is None:
            self._refuse_images(node, operation)
        return layout

    def _refuse_images(self, node, operation=None):
        operation = operation or _operation(node)
        what = f"relevance cannot pass {operation} here: it moves images to another axis, or joins them"
        self._refuse(node, what, "keep the images apart, on the first axis")

    def _kind(self, node, operation):
        """Name the type of an operation's layer, with that of a batch norm that is folded into it."""
        layer = layer_of(self.network, node)
        kind = operation if layer is None else type(layer).__name__
        return f"{kind} + {self._kind(norm, 'batch_norm')}" if (norm := norm_behind(node)) else kind

    def _refuse(self, node, what, fix):
        raise InputError(what + source_of(node), module_path(node) or type(self.network).__name__, fix)


def _operation(node):
    return getattr(node.target, "_opname", getattr(node.target, "__name__", str(node.target)))


def _in_place(steps):
    """Let a ReLU overwrite its input if that is not kept and nothing else needs it."""
    uses = Counter(number for step in steps for number in (*step.inputs, *step.constant))

    def may_overwrite(step):
        source = step.inputs[0]
        is_relu = isinstance(step.layer, PassThrough) and step.layer.function is torch.relu
        return is_relu and source and uses[source] == 1 and isinstance(steps[source - 1].layer, SplitLayer | Addition)

    return [replace(step, layer=PassThrough(torch.relu_)) if may_overwrite(step) else step for step in steps]
