"""Operations with weights: convolutions, dense layers and batch norms, as passages by the rule for their place."""

from types import SimpleNamespace

from facelrp.lrp.affine import Convolution, Dense, Positions, Scaling
from facelrp.lrp.exported import attending
from facelrp.lrp.exported.folding import factor_and_offset
from facelrp.lrp.exported.passages import Passage, Value, require_maps
from facelrp.lrp.grouped import GroupedConvolution
from facelrp.lrp.passing import EachPosition
from facelrp.lrp.propagation import EpsilonLayer, GammaLayer
from facelrp.lrp.rules import Box, Epsilon, Gamma


def _weighted(op, linear, x, is_dense):
    """Pass a layer with weights by the rule for its place in the network."""
    rule = op.composite.rule_for(x.pixels, is_dense)
    if isinstance(rule, Box) and not x.pixels:
        op.refuse("the zᴮ rule is for the first layer only", 'make it the "first" rule of a composite')
    # Sequences keep `SplitLayer` for γ, so that their results stay the same to the last digit.
    layer = GammaLayer(linear, rule) if isinstance(rule, Gamma) and x.signed else rule.layer(linear, x.signed, op.name)
    if is_dense and len(x.shape) > 1:
        layer = EachPosition(layer)
    return Passage(layer, (x,), signed=True, pixels=False, renormalise=getattr(rule, "renormalise", False))


def _require_constant(op, *names):
    """Refuse weights that depend on pixels."""
    if any(isinstance(op[name], Value) for name in names):
        op.refuse("relevance cannot pass to weights that depend on pixels", "use weights that are parameters")


def convolution(op):
    """Pass a convolution, with its groups."""
    _require_constant(op, "weight", "bias")
    x = op["input"]
    require_maps(op, x)
    module = SimpleNamespace(padding_mode="zeros", **{key: op[key] for key in op.arguments if key != "input"})
    kind = Convolution if module.groups == 1 else GroupedConvolution
    return _weighted(op, kind(module, op.name), x, is_dense=False)


def _dense(op, x, weight, bias=None):
    if not isinstance(x, Value) or weight.dim() != 2 or x.place(-1) == 0:
        op.refuse("relevance cannot pass this kind of product", "multiply values (N, …, I) by weights (I, O)")
    kind = Positions if len(x.shape) > 1 else Dense
    return _weighted(op, kind(SimpleNamespace(weight=weight, bias=bias)), x, is_dense=True)


def linear(op):
    """Pass a dense layer."""
    _require_constant(op, "weight", "bias")
    return _dense(op, op["input"], op["weight"], op["bias"])


def addmm(op):
    """Pass a dense layer that is written as bias + x·W."""
    _require_constant(op, "self", "mat2")
    if op["alpha"] != 1 or op["beta"] != 1:
        op.refuse("relevance cannot pass addmm with alpha or beta", "multiply the weights by them")
    return _dense(op, op["mat1"], op["mat2"].T, op["self"].reshape(-1).expand(op.shape))


def matmul(op):
    """Pass a product of two values, or a dense layer that is written as a product, without a bias."""
    x, weight = op.arguments.values()
    if isinstance(x, Value) and isinstance(weight, Value):
        return attending.product(op, x, weight)
    if not isinstance(x, Value):
        op.refuse("relevance cannot pass weights on the left of a product", "write the product as nn.Linear")
    return _dense(op, x, weight.T if weight.dim() == 2 else weight)


def batch_norm(op):
    """Pass a batch norm that could not be folded into the layer before it: a weight for each channel, by the ε rule."""
    x, rule = op["input"], op.composite.conv if isinstance(op.composite.conv, Epsilon) else Epsilon()
    weight, bias = factor_and_offset(op.arguments)
    layer = EpsilonLayer(Scaling(SimpleNamespace(weight=weight, bias=bias)), rule)
    return Passage(layer, (x,), signed=True, pixels=x.pixels, renormalise=rule.renormalise)
