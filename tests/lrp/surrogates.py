"""An oracle for any network: each rule as a function of equal value, and gradient × input of the whole.

While a network runs, PyTorch's functions are replaced by surrogates: y = g(x) with the same value, in which all is held
constant but what the rule shares by. If the relevance of y is y·∂f/∂y, then that of x by the rule is x·∂f/∂x. Autograd
then does the propagation, through residuals and branches as they come: it shares no code with `facelrp.lrp`, and batch
norms are folded by torch.fx.
"""

import copy

import torch
import torch.nn.functional as F
from torch.fx.experimental.optimization import fuse
from torch.overrides import TorchFunctionMode

from facelrp.lrp import AlphaBeta, Box, Composite, Epsilon, Flat, Gamma, WSquare


def over(numerator, denominator):
    """Divide by a constant, with 0/0 = 0."""
    denominator = denominator.detach()
    return numerator / torch.where(denominator == 0, torch.inf, denominator)


def of_value(surrogate, value):
    """Give a surrogate the value that the network has, without a gradient of the difference."""
    return surrogate + (value - surrogate).detach()


def sign(x):
    """Return the sign of a constant, with +1 for 0."""
    return 2 * (x.detach() >= 0).to(x) - 1


def in_place_of(x):
    """Return a function of value 1 whose gradient times x is 1, where x is not zero."""
    return over(x, x)


def weighted(function, rule, x, weight, bias):
    """Return z = function(x, weight) + bias as its surrogate by a rule."""
    bias = weight.new_zeros(len(weight)) if bias is None else bias
    axes = [-1] + [1] * (weight.dim() - 2)
    z, offset = function(x, weight) + bias.reshape(axes), bias.reshape(axes) * getattr(rule, "bias", True)

    def sides(x):
        plus, minus = x.clamp(min=0), x.clamp(max=0)
        return (
            function(plus, weight.clamp(min=0)) + function(minus, weight.clamp(max=0)) + offset.clamp(min=0),
            function(plus, weight.clamp(max=0)) + function(minus, weight.clamp(min=0)) + offset.clamp(max=0),
        )

    if isinstance(rule, AlphaBeta):
        p, n = sides(x)
        surrogate = rule.alpha * over(p, p) + rule.beta * over(n, n)
    elif isinstance(rule, Gamma):
        p, n = sides(x)
        positive = (sign(p + n) + 1) / 2
        favoured = (1 + rule.gamma * positive) * p + (1 + rule.gamma * (1 - positive)) * n
        surrogate = over(favoured, favoured)
    elif isinstance(rule, Epsilon):
        linear = function(x, weight) + offset
        surrogate = over(linear, linear + rule.epsilon * sign(linear))
    elif isinstance(rule, Box):
        one = in_place_of(x)
        low, high = function(one * rule.low, weight.clamp(min=0)), function(one * rule.high, weight.clamp(max=0))
        surrogate = over(linear := function(x, weight) - low - high, linear)
    else:
        substitute = weight.square() if isinstance(rule, WSquare) else torch.ones_like(weight)
        assert isinstance(rule, WSquare | Flat)
        surrogate = over(shares := function(in_place_of(x), substitute), shares)
    return of_value(surrogate * z.detach(), z)


class Surrogates(TorchFunctionMode):
    """Within this context, functions of PyTorch are surrogates by a rule for layers and by one for additions."""

    def __init__(self, rule, add):
        super().__init__()
        self.rule = rule if isinstance(rule, Composite) else Composite(conv=rule, dense=rule)
        self.add, self.first = add, True

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(function, "__name__", "")
        if name in ("conv2d", "linear"):
            rule, self.first = self.rule.rule_for(self.first, name == "linear"), False
            x, weight, bias, *others = *args, *[None] * (3 - len(args))
            kwargs = {key: value for key, value in kwargs.items() if key != "bias"}
            return weighted(lambda x, w: function(x, w, None, *others, **kwargs), rule, x, weight, bias)
        if name == "batch_norm":
            x, mean, variance, weight, bias, *_, eps = (*args, *kwargs.values())
            factor = weight / (variance + eps).sqrt()
            rule = self.rule.conv if isinstance(self.rule.conv, Epsilon) else Epsilon()
            function = lambda x, factor: x * factor.reshape(-1, 1, 1)  # noqa: E731
            offset = (bias - mean * factor).reshape(-1, 1, 1)
            z = function(x, factor) + offset
            return of_value(over(z, z + rule.epsilon * sign(z)) * z.detach(), z)
        if name in ("relu", "relu_", "relu6", "hardtanh", "hardtanh_", "silu", "gelu", "hardswish"):
            x = args[0]
            with torch.no_grad():
                y = {"relu_": F.relu, "hardtanh_": F.hardtanh}.get(name, function)(
                    x, *args[1:], **kwargs | inplace(name)
                )
            return of_value(over(x, x) * y, y)
        if name in ("add", "add_", "__add__", "__iadd__", "__radd__", "sub", "__sub__"):
            return self.sum(*args, **kwargs, sign=-1 if "sub" in name else 1)
        return function(*args, **kwargs)

    def sum(self, x, y, sign):
        x, y = (term if isinstance(term, torch.Tensor) else torch.tensor(term, dtype=torch.float64) for term in (x, y))
        z = x + sign * y
        if self.add == "proportional":
            return z
        sizes = x * x.detach().sign() + y * y.detach().sign()
        return of_value(over(sizes, sizes) * z.detach(), z)


def inplace(name):
    return {"inplace": False} if name in ("relu", "relu6", "hardtanh", "silu", "hardswish") else {}


def relevance_by_gradient(network, images, target, rule, add):
    """Return gradient × input of a network of surrogates, (N, C, H, W)."""
    network = fuse(copy.deepcopy(network).eval(), inplace=False)
    images = images.clone().requires_grad_()
    with Surrogates(rule, add):
        output = network(images)
    (gradient,) = torch.autograd.grad(output[:, target].sum(), images)
    return (images * gradient).detach()
