"""Attention, gates and norms, as passages: operations in which values that depend on pixels meet in a product."""

from facelrp.lrp.attention import Attention, ConstantAttention, Product, Scores, Softmax, WeightedSum
from facelrp.lrp.exported.passages import Passage, Value, through
from facelrp.lrp.gates import Factors, Gate
from facelrp.lrp.joining import Addition
from facelrp.lrp.norms import GroupNorm, LayerNorm
from facelrp.lrp.passing import PassThrough


def softmax(op):
    """Pass a softmax. It is held constant in products if attention is."""
    x = op.arguments.get("self", op.arguments.get("input"))
    axis = x.place(op["dim"])
    if axis == 0:
        op.refuse("relevance cannot pass a softmax over the images of a batch", "take it over another axis")
    return through(Softmax(axis), x, signed=False, held=op.attention == "cp")


def gate(op):
    """Pass a sigmoid: unchanged, but products with other values hold it constant."""
    return through(PassThrough(op.function), op["self"], signed=False, held=True)


def factors(op, x, y):
    """Pass a product of two values: to the signal if one of them is a gate, and otherwise half to each."""
    if len(x.shape) != len(y.shape):
        op.refuse("relevance cannot pass a product of values with different numbers of axes", "unsqueeze the smaller")
    signed, pixels = x.signed or y.signed, x.pixels and y.pixels
    if x.held == y.held:
        return Passage(Factors(), (x, y), signed, pixels, held=x.held)
    signal, weight = (y, x) if x.held else (x, y)
    return Passage(Gate(), (signal,), signed, pixels, constant=(weight,))


def _require_matrices(op, *values):
    """Refuse products that are not of one matrix for each image, or of several."""
    if not all(isinstance(value, Value) for value in values):
        op.refuse("relevance cannot pass attention of values that are the same for all images", "use values of images")
    if len({len(value.shape) for value in values}) > 1 or any(0 in (x.place(-1), x.place(-2)) for x in values):
        op.refuse("relevance cannot pass this kind of product", "multiply values (N, …, T, I) by values (N, …, I, S)")


def product(op, a, b):
    """Pass a matrix product of two values: to one if the other is held constant, and otherwise half to each."""
    _require_matrices(op, a, b)
    signed, epsilon = a.signed or b.signed, op.epsilon.epsilon
    if a.held == b.held:
        return Passage(Product(epsilon), (a, b), signed, pixels=False)
    layer = WeightedSum(epsilon, left=a.held)
    return Passage(layer, (b if a.held else a,), signed, pixels=False, constant=(a if a.held else b,))


def attention(op):
    """Pass scaled dot-product attention."""
    query, key, value, mask = (op[name] for name in ("query", "key", "value", "attn_mask"))
    _require_matrices(op, query, key, value)
    if op["dropout_p"] or op["enable_gqa"] or isinstance(mask, Value):
        what = "relevance cannot pass attention with dropout, with grouped queries, or with a mask of pixels"
        op.refuse(what, "use plain attention, with a mask that is the same for all images")
    mask = None if mask is None else op.constant(mask)
    scores, epsilon = Scores(query.shape[-1], op["scale"], mask, op["is_causal"]), op.epsilon.epsilon
    if op.attention == "cp":
        return Passage(ConstantAttention(scores, epsilon), (value,), value.signed, pixels=False, constant=(query, key))
    layer = Attention(scores, epsilon, Addition(op.add))
    return Passage(layer, (query, key, value), value.signed, pixels=False)


def _require_statistics_of_images(op, x, count):
    """Refuse weights that depend on pixels, and statistics over images."""
    if any(isinstance(op.arguments.get(name), Value) for name in ("weight", "bias")):
        op.refuse("relevance cannot pass to weights that depend on pixels", "use weights that are parameters")
    if 0 in [x.place(-1 - i) for i in range(count)]:
        op.refuse("relevance cannot pass a norm over the images of a batch", "norm over the other axes")


def layer_norm(op):
    """Pass a layer norm."""
    x, shape = op["input"], op["normalized_shape"]
    _require_statistics_of_images(op, x, len(shape))
    layer = LayerNorm(shape, op["weight"], op["bias"], op["eps"], op.epsilon)
    return Passage(layer, (x,), signed=True, pixels=x.pixels, renormalise=op.epsilon.renormalise)


def group_norm(op):
    """Pass a group norm."""
    x = op["input"]
    _require_statistics_of_images(op, x, 0)
    layer = GroupNorm(op["num_groups"], x.shape, op["weight"], op["bias"], op["eps"], op.epsilon)
    return Passage(layer, (x,), signed=True, pixels=x.pixels, renormalise=op.epsilon.renormalise)


def rms_norm(op):
    """Pass an RMS norm: a product with what is held constant."""
    x, options = op.first_and_options()
    _require_statistics_of_images(op, x, len(op["normalized_shape"]))
    return through(PassThrough(lambda values: op.function(values, **options)), x, signed=True)
