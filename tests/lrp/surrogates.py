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


#: Activations that pass relevance unchanged.
ACTIVATIONS = (
    *("relu", "relu_", "relu6", "hardtanh", "hardtanh_", "silu", "gelu", "hardswish", "prelu"),
    *("sigmoid", "hardsigmoid"),
)

#: Functions whose value is a gate or attention if their first argument is.
MOVES = ("view", "reshape", "permute", "transpose", "unsqueeze", "squeeze", "flatten", "contiguous", "dropout")


class Surrogates(TorchFunctionMode):
    """Within this context, functions of PyTorch are surrogates by rules for layers, for additions and for attention."""

    def __init__(self, rule, add, attention="cp"):
        super().__init__()
        self.rule = rule if isinstance(rule, Composite) else Composite(conv=rule, dense=rule)
        self.add, self.attention, self.first = add, attention, True
        self.epsilon = self.rule.dense if isinstance(self.rule.dense, Epsilon) else Epsilon()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs, name = kwargs or {}, getattr(function, "__name__", "")
        if name in ("conv2d", "linear"):
            return self.weighted(function, *args, **kwargs)
        if name == "batch_norm":
            x, mean, variance, weight, bias, *_, eps = (*args, *kwargs.values())
            rule = self.rule.conv if isinstance(self.rule.conv, Epsilon) else Epsilon()
            z = F.batch_norm(x, mean, variance, weight, bias, eps=eps)
            return stabilised(z, rule.epsilon)
        if name in ("layer_norm", "group_norm"):
            return stabilised(norm(name, *args, **kwargs), self.epsilon.epsilon)
        if name == "rms_norm":
            x, y = args[0], function(*args, **kwargs)
            return of_value(over(x, x) * y.detach(), y)
        if name in ACTIVATIONS:
            with torch.no_grad():
                plain = {"relu_": F.relu, "hardtanh_": F.hardtanh}.get(name, function)
                y = plain(args[0], *args[1:], **kwargs | inplace(name))
            y = of_value(over(args[0], args[0]) * y, y)
            y.held = name in ("sigmoid", "hardsigmoid")
            return y
        if name in ("add", "add_", "__add__", "__iadd__", "__radd__", "sub", "__sub__"):
            return self.sum(*args, **kwargs, sign=-1 if "sub" in name else 1)
        if name in ("mul", "__mul__", "__rmul__", "mul_", "__imul__") and live(*args):
            held = [getattr(x, "held", False) for x in args]
            return self.halves(torch.mul, *args) if held[0] == held[1] else torch.mul(*constant(args, held))
        if name in ("matmul", "bmm", "__matmul__") and live(*args):
            return self.product(*args)
        if name == "softmax":
            y = F.softmax(args[0], kwargs["dim"] if "dim" in kwargs else args[1])
            y.held = self.attention == "cp"
            return y
        if name == "scaled_dot_product_attention":
            return self.dot_product_attention(*args, **kwargs)
        if name == "multi_head_attention_forward":
            return self.heads(*args, **kwargs)
        value = function(*args, **kwargs)
        if name in MOVES and getattr(args[0], "held", False):
            value.held = True
        return value

    def weighted(self, function, x, weight, bias=None, *others, **options):
        """Return the surrogate of a layer with weights."""
        rule, self.first = self.rule.rule_for(self.first, function is F.linear), False
        return weighted(lambda x, w: function(x, w, None, *others, **options), rule, x, weight, bias)

    def sum(self, x, y, sign):
        held = getattr(x, "held", False) and not live(y)
        x, y = (term if isinstance(term, torch.Tensor) else torch.tensor(term, dtype=torch.float64) for term in (x, y))
        z = x + sign * y
        if self.add != "proportional":
            sizes = x * x.detach().sign() + y * y.detach().sign()
            z = of_value(over(sizes, sizes) * z.detach(), z)
        z.held = held
        return z

    def halves(self, function, x, y):
        """Return a product whose gradients are those of x and y, halved."""
        return (function(x, y.detach()) + function(x.detach(), y)) / 2

    def product(self, a, b):
        """Return a product of matrices that both depend on pixels."""
        held = [getattr(x, "held", False) for x in (a, b)]
        z = self.halves(torch.matmul, a, b) if held[0] == held[1] else torch.matmul(*constant((a, b), held))
        return stabilised(z, self.epsilon.epsilon)

    def dot_product_attention(self, query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
        """Return attention from its parts."""
        scores = self.product(query, key.mT) * (scale or query.shape[-1] ** -0.5)
        if is_causal:
            attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        if attn_mask is not None and attn_mask.dtype == torch.bool:
            scores = torch.where(attn_mask, scores, -torch.inf)
        elif attn_mask is not None:
            scores = self.sum(scores, attn_mask, 1)
        weights = scores.softmax(-1)
        weights.held = self.attention == "cp"
        return self.product(weights, value)

    def heads(self, query, key, value, width, heads, weight, bias, *_args, **_kwargs):
        """Return torch's attention with several heads for one sequence, which is (T, N, C)."""
        assert query is key is value
        parts = weighted(F.linear, self.rule.dense, query, weight, bias).chunk(3, -1)
        parts = [part.unflatten(-1, (heads, -1)).permute(1, 2, 0, 3) for part in parts]
        y = self.dot_product_attention(*parts).permute(2, 0, 1, 3).flatten(2)
        return weighted(F.linear, self.rule.dense, y, _args[4], _args[5]), None


def norm(name, x, count, weight=None, bias=None, eps=1e-5):
    """Return a layer norm or group norm whose σ is a constant."""
    shape = x.shape
    if name == "group_norm":
        axes = [-1] + [1] * (x.dim() - 2)
        weight, bias, x = weight.reshape(axes), bias.reshape(axes), x.unflatten(1, (count, -1)).flatten(2)
    axes = [-1] if name == "group_norm" else [-1 - i for i in range(len(count))]
    centred = x - x.mean(axes, keepdim=True)
    y = (centred / (centred.square().mean(axes, keepdim=True) + eps).sqrt().detach()).reshape(shape)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def live(*values):
    """Return whether all values depend on pixels."""
    return all(isinstance(value, torch.Tensor) and value.requires_grad for value in values)


def constant(values, held):
    """Detach the values that are held constant."""
    return [x.detach() if is_held else x for x, is_held in zip(values, held, strict=True)]


def stabilised(z, epsilon):
    """Return the surrogate of a value by the ε rule."""
    return of_value(over(z, z + epsilon * sign(z)) * z.detach(), z)


def inplace(name):
    return {"inplace": False} if name in ("relu", "relu6", "hardtanh", "silu", "hardswish") else {}


def relevance_by_gradient(network, images, target, rule, add, attention="cp"):
    """Return gradient × input of a network of surrogates, (N, C, H, W)."""
    network = copy.deepcopy(network).eval()
    if any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules()):
        network = fuse(network, inplace=False)
    network.requires_grad_(False)
    images = images.clone().requires_grad_()
    with Surrogates(rule, add, attention):
        output = network(images)
    (gradient,) = torch.autograd.grad(output[:, target].sum(), images)
    return (images * gradient).detach()
