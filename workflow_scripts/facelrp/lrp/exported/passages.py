"""An operation of an exported network, and how relevance passes it."""

from dataclasses import dataclass

import torch

from facelrp.errors import InputError
from facelrp.lrp.composites import Composite
from facelrp.lrp.protocols import Join, Layer


@dataclass(frozen=True)
class Value:
    """A value that depends on pixels.

    Attributes
    ----------
    number : int
        Its number, see `facelrp.lrp.graph`.
    shape : tuple of int
        Its shape for one image.
    signed : bool
        Whether it may be negative.
    pixels : bool
        Whether no layer with weights lies between it and the pixels.
    """

    number: int
    shape: tuple[int, ...]
    signed: bool
    pixels: bool


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
    composite : Composite
        The rules of layers with weights.
    add : str
        The rule of additions, see `facelrp.lrp.joining.Addition`.
    like : torch.Tensor
        A tensor of the type and on the device that are computed in.
    """

    name: str
    function: object
    arguments: dict
    shape: tuple[int, ...]
    composite: Composite
    add: str
    like: torch.Tensor

    def __getitem__(self, name):
        return self.arguments[name]

    def refuse(self, what, fix):
        """Raise an `InputError`, to which the caller adds the place."""
        raise InputError(what, self.name, fix)


@dataclass(frozen=True)
class Passage:
    """How relevance passes an operation: a layer, its inputs, and what is known of its value."""

    layer: Layer | Join
    inputs: tuple[Value, ...]
    signed: bool
    pixels: bool
    renormalise: bool = False


def through(layer, x, signed=None):
    """Return the passage of a layer with one input and without weights."""
    return Passage(layer, (x,), x.signed if signed is None else signed, x.pixels)


def require_maps(op, x):
    """Refuse values that are not maps, (C, H, W) for one image."""
    if len(x.shape) != 3:
        op.refuse(f"it needs maps (N, C, H, W), but gets {('N', *x.shape)}", "bring its input to this shape")
