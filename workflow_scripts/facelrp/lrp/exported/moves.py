"""Operations that change the shape or the order of values, as passages. Relevance is moved like the values."""

from math import prod

from facelrp.lrp.exported.layouts import permutation
from facelrp.lrp.exported.passages import require_maps, through
from facelrp.lrp.moving import NewShape, Padding, Permutation, Resize, Roll, View
from facelrp.lrp.passing import PassThrough


def _apart(op, x, axis):
    """Return the axis of (N, …) that an axis is, and refuse that of images."""
    place = x.place(axis)
    if place == 0:
        op.refuse("relevance cannot pass an operation that moves images, or joins them", "keep the images apart")
    return place


def new_shape(op):
    """Pass values in the same order, in another shape."""
    x = op["self"]
    if prod(op.shape) != prod(x.shape):
        op.refuse("relevance cannot pass an operation that repeats values", "leave broadcasting to sums and products")
    return through(PassThrough() if op.shape == x.shape else NewShape(op.shape), x)


def permute(op):
    """Pass values whose axes are in another order."""
    x, options = op.first_and_options()
    order = x.layout.order(permutation(op.function, options, x.rank))
    return through(PassThrough() if order == sorted(order) else Permutation(order), x)


def select(op):
    """Pass a part of the values: a slice, or one index of an axis."""
    x, options = op.first_and_options()
    if op.shape == x.shape and "step" in options:  # all of it
        return through(PassThrough(), x)
    options["dim"] = _apart(op, x, options["dim"])
    return through(View(lambda values: op.function(values, **options)), x)


def part(op):
    """Pass one of the parts that an operation returns; its number is the argument "part"."""
    x, options = op.first_and_options()
    number, options["dim"] = options.pop("part"), _apart(op, x, options["dim"])
    return through(View(lambda values: op.function(values, **options)[number]), x)


def roll(op):
    """Pass values that are shifted along axes, those from the end to the start."""
    x = op["self"]
    if not op["dims"]:
        op.refuse("relevance cannot pass roll without dims", "say by dims along which axes")
    return through(Roll(op["shifts"], [_apart(op, x, axis) for axis in op["dims"]]), x)


def resize(op):
    """Pass maps of another size."""
    x, options = op.first_and_options()
    require_maps(op, x)
    return through(Resize(lambda values: op.function(values, **options)), x)


def pad(op):
    """Pass maps with zeros around them."""
    if op["mode"] != "constant" or op["value"]:
        op.refuse("relevance cannot pass this kind of padding", "pad with zeros")
    if not any(op["pad"]):
        return through(PassThrough(), op["self"])
    return through(Padding(op["pad"]), op["self"])


def identity(op):
    """Pass values as they are."""
    return through(PassThrough(), next(iter(op.arguments.values())))
