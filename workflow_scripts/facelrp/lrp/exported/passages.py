"""An operation of an exported network, and how relevance passes it."""

from dataclasses import dataclass, replace

import torch

from facelrp.errors import InputError
from facelrp.lrp.composites import Composite
from facelrp.lrp.exported.layouts import FIRST, Layout
from facelrp.lrp.protocols import Join, Layer
from facelrp.lrp.rules import Epsilon


@dataclass(frozen=True)
class Value:
    """A value that depends on pixels.

    Attributes
    ----------
    number : int
        Its number, see `facelrp.lrp.graph`.
    shape : tuple of int
        Its shape for one image, where images are the first axis.
    signed : bool
        Whether it may be negative.
    pixels : bool
        Whether no layer with weights lies between it and the pixels.
    held : bool
        Whether products with other values hold it constant: it is attention or a gate.
    layout : Layout
        Where its images are in the network.
    """

    number: int
    shape: tuple[int, ...]
    signed: bool
    pixels: bool
    held: bool = False
    layout: Layout = FIRST

    @property
    def rank(self):
        """The number of its axes in the network."""
        return len(self.shape) + 1 - len(self.layout.joined)

    def place(self, axis):
        """Return the axis of (N, …) that an axis of it in the network is; 0 is that of images."""
        return self.layout.place(axis % self.rank)


@dataclass(frozen=True)
class Operation:
    """An operation of a network, and what is known of it before any image is seen.

    Attributes
    ----------
    name : str
        Its name in the network.
    function : callable
        The operation of ATen.
    arguments : dict of str to object
        Its arguments by their names in ATen. Tensors are a `Value` if they depend on pixels; otherwise they are
        constants, with one image if they have an axis of images.
    shape : tuple of int
        The shape of its value for one image.
    layout : Layout
        Where images are in its value.
    composite : Composite
        The rules of layers with weights.
    add : str
        The rule of additions, see `facelrp.lrp.joining.Addition`.
    attention : str
        The rule of attention, see `facelrp.lrp.attention`.
    like : torch.Tensor
        A tensor of the type and on the device that are computed in.
    """

    name: str
    function: object
    arguments: dict
    shape: tuple[int, ...]
    layout: Layout
    composite: Composite
    add: str
    attention: str
    like: torch.Tensor

    def __getitem__(self, name):
        return self.arguments[name]

    @property
    def epsilon(self):
        """The ε rule of layers and products without weights of their own: that of dense layers, or the default."""
        return self.composite.dense if isinstance(self.composite.dense, Epsilon) else Epsilon()

    def first_and_options(self):
        """Return the operation's input, and its other arguments by name."""
        first, *others = self.arguments
        return self[first], {name: self[name] for name in others}

    def constant(self, value):
        """Return a constant, such as the term of a sum, as (1, …) with as many axes as the value of (N, …)."""
        is_bool = isinstance(value, torch.Tensor) and value.dtype == torch.bool
        value = torch.as_tensor(value, dtype=torch.bool if is_bool else self.like.dtype, device=self.like.device)
        rank = len(self.shape) + 1 - len(self.layout.joined)
        sizes = [1] * (rank - value.dim()) + list(value.shape)
        if value.dim() > rank or sizes[self.layout.axis] != 1:
            self.refuse("a constant has values for each image of a batch", "use one that is the same for all images")
        ones = replace(self.layout, outer=1, inner=1).images_first(sizes)
        before = self.layout.axis
        return value.reshape(1, *ones[:before], *[1] * len(self.layout.joined), *ones[before:])

    def refuse(self, what, fix):
        """Raise an `InputError`, to which the caller adds the place."""
        raise InputError(what, self.name, fix)


@dataclass(frozen=True)
class Passage:
    """How relevance passes an operation: a layer, its inputs, and what is known of its value.

    The ``constant`` inputs follow the others. They receive no relevance.
    """

    layer: Layer | Join
    inputs: tuple[Value, ...]
    signed: bool
    pixels: bool
    renormalise: bool = False
    held: bool = False
    constant: tuple[Value, ...] = ()


def through(layer, x, signed=None, held=None):
    """Return the passage of a layer with one input and without weights."""
    return Passage(layer, (x,), x.signed if signed is None else signed, x.pixels, held=x.held if held is None else held)


def require_maps(op, x):
    """Refuse values that are not maps, (C, H, W) for one image."""
    if len(x.shape) != 3:
        op.refuse(f"it needs maps (N, C, H, W), but gets {('N', *x.shape)}", "bring its input to this shape")
