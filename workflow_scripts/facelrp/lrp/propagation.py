"""Layers that pass relevance through convolutions and dense layers, for `facelrp.lrp.rules` and similar rules.

Each is a `facelrp.lrp.protocols.Layer`.
"""

import math

import torch

from facelrp.errors import InputError
from facelrp.lrp.affine import Dense
from facelrp.lrp.ledger import total


def smallest_divisor(dtype):
    """Return the size up to which a denominator counts as zero.

    It is the square root of the smallest normal number, 1e-19 in float32. That is below any activation that matters,
    and a quotient with a larger denominator cannot overflow. Denominators up to it count as 0/0, where LRP
    passes nothing.
    """
    return math.sqrt(torch.finfo(dtype).tiny)


def divide(relevance, divisor):
    """Divide R by z, with 0 where z is zero; return the quotient and the relevance lost there, (N,) float64."""
    sizes, smallest = divisor.abs(), smallest_divisor(divisor.dtype)
    if sizes.amin() > smallest:
        return relevance / divisor, relevance.new_zeros(len(relevance), dtype=torch.float64)
    empty = sizes <= smallest
    quotient = (relevance / divisor).masked_fill_(empty, 0)
    return quotient, total(relevance * empty)


def stabilised(relevance, z, epsilon):
    """Divide R by z + ε·sign(z); z is overwritten.

    Returns
    -------
    s : torch.Tensor
        The quotient.
    losses : dict of str to torch.Tensor
        What the stabiliser absorbs, or with ε = 0 what is lost where z is zero: (N,) float64.
    """
    if epsilon <= smallest_divisor(z.dtype):
        s, empty = divide(relevance, z)
        return s, {"empty_side": empty}
    # z = −0 gets −ε, which is harmless: it only occurs if all contributions are zero
    stabiliser = torch.copysign(z.new_tensor(epsilon), z)
    divisor = z.add_(stabiliser)
    s = torch.div(relevance, divisor, out=divisor)
    return s, {"epsilon": total(stabiliser.mul_(s))}


def absorbed(s, bias):
    """Sum the relevance s·b that the bias absorbs: (N, O, …) and (O,) to (N,) float64."""
    if s.dim() > 2:
        s = s.sum((2, 3))
    return s.double() @ bias.double()


class SplitLayer:
    """For rules that separate positive from negative contributions, such as AlphaBeta and Gamma.

    Signed inputs are split into a⁺ and |a⁻|, so that all inputs are non-negative, and the weights are stacked as
    [W⁺; |W⁻|]. One forward of twice the width then gives the two sides p and n, whose difference is the layer's output.
    One adjoint of twice the width gives the relevance of the inputs. The forward adds only numbers of one sign, so an
    empty side is exactly zero.

    Parameters
    ----------
    linear : facelrp.lrp.affine.Dense or facelrp.lrp.affine.Convolution
        The layer's linear map.
    rule : Rule
        It also has ``bias`` and ``share(relevance, sides)``. ``share`` takes the two sides p and n, (N, 2, O, …), and
        may overwrite them. It returns s, (N, 2·O, …) or, for the positive side alone, (N, O, …), and the losses. An
        input of size |a| then receives |a|·[W⁺; |W⁻|]ᵀs.
    signed : bool
        Whether inputs may be negative. After a ReLU they are not, which halves the work.
    """

    def __init__(self, linear, rule, signed):
        self.linear, self.rule, self.signed = linear, rule, signed
        plus, minus = linear.weight.clamp(min=0), (-linear.weight).clamp_(min=0)
        if signed:
            plus, minus = torch.cat([plus, minus], 1), torch.cat([minus, plus], 1)
        self.weight, self.adjoint_weight = linear.prepare(torch.cat([plus, minus]))
        self.bias = self.outside = None
        if linear.bias is not None and rule.bias:
            self.bias = torch.cat([linear.bias.clamp(min=0), (-linear.bias).clamp_(min=0)])
        elif linear.bias is not None:
            self.outside = linear.bias.reshape(-1, *[1] * (linear.weight.dim() - 2))

    def forward(self, x):
        inputs = torch.cat([x.clamp(min=0), (-x).clamp_(min=0)], 1) if self.signed else x
        sides = self.linear.forward(inputs, self.weight, self.bias).unflatten(1, (2, -1))
        if isinstance(self.linear, Dense):
            # a dense layer's p and n are sums of many terms, so their difference would lose digits of the output
            return self.linear.forward(x, self.linear.weight, self.linear.bias), (inputs, sides)
        output = sides[:, 0] - sides[:, 1]
        if self.outside is not None:
            output += self.outside
        return output, (inputs, sides)

    def backward(self, relevance, kept):
        inputs, sides = kept
        s, losses = self.rule.share(relevance, sides)
        if self.bias is not None:
            losses["bias"] = absorbed(s, self.bias[: s.shape[1]])
        passed = self.linear.adjoint(s, self.adjoint_weight[: s.shape[1]], inputs.shape).mul_(inputs)
        if self.signed:
            passed = passed.unflatten(1, (2, -1)).sum(1)
        return passed, losses


class EpsilonLayer:
    """The ε rule: one forward, one adjoint.

    Parameters
    ----------
    linear : facelrp.lrp.affine.Dense or facelrp.lrp.affine.Convolution
        The layer's linear map.
    rule : Epsilon
        The rule.
    """

    def __init__(self, linear, rule):
        self.linear, self.rule = linear, rule
        self.weight, self.adjoint_weight = linear.prepare(linear.weight)

    def forward(self, x):
        if self.rule.bias or self.linear.bias is None:
            output = z = self.linear.forward(x, self.weight, self.linear.bias)
        else:
            z = self.linear.forward(x, self.weight)
            output = z + self.linear.bias.reshape(-1, *[1] * (z.dim() - 2))
        return output, (x, z)

    def backward(self, relevance, kept):
        x, z = kept
        s, losses = stabilised(relevance, z, self.rule.epsilon)
        if self.rule.bias and self.linear.bias is not None:
            losses["bias"] = absorbed(s, self.linear.bias)
        return self.linear.adjoint(s, self.adjoint_weight, x.shape).mul_(x), losses


class GammaLayer:
    """The γ rule for inputs of both signs, as in networks with attention: two forwards and two adjoints.

    With z = Σaw + b and q = Σ|aw| + |b|, the two sides are p = (q + z)/2 and n = (q − z)/2. The rule's denominators are
    then z + γ(q + z)/2 for z ≥ 0 and z − γ(q − z)/2 for z < 0, sums of terms of one sign, and inputs share by
    aw + γ(aw ± |aw|)/2. `SplitLayer` computes p and n themselves, without the loss of digits in q − z, and needs twice
    the arithmetic.

    Parameters
    ----------
    linear : facelrp.lrp.affine.Dense or facelrp.lrp.affine.Convolution
        The layer's linear map.
    rule : Gamma
        The rule.
    """

    def __init__(self, linear, rule):
        self.linear, self.half = linear, rule.gamma / 2
        (self.weight, self.adjoint_weight), (self.sizes, self.adjoint_sizes) = map(
            linear.prepare, (linear.weight, linear.weight.abs())
        )
        self.bias = linear.bias if rule.bias else None
        self.outside = None if rule.bias or linear.bias is None else linear.bias

    def forward(self, x):
        z = self.linear.forward(x, self.weight, self.bias)
        q = self.linear.forward(x.abs(), self.sizes, None if self.bias is None else self.bias.abs())
        output = z if self.outside is None else z + self.outside.reshape(-1, *[1] * (z.dim() - 2))
        return output, (x, z, q)

    def backward(self, relevance, kept):
        x, z, q = kept
        divisor = q.add_(z.abs()).mul_(self.half).copysign_(z).add_(z)
        s, empty = divide(relevance, divisor)
        signed = torch.copysign(z.new_tensor(self.half), z).mul_(s)
        s = s.mul_(1 + self.half)
        losses = {"empty_side": empty}
        if self.bias is not None:
            losses["bias"] = absorbed(s, self.bias) + absorbed(signed, self.bias.abs())
        passed = self.linear.adjoint(s, self.adjoint_weight, x.shape).mul_(x)
        return passed.addcmul_(self.linear.adjoint(signed, self.adjoint_sizes, x.shape), x.abs()), losses


class SubstituteLayer:
    """For rules that share relevance by substitute weights, whatever the input, such as WSquare and Flat.

    Parameters
    ----------
    linear : facelrp.lrp.affine.Dense or facelrp.lrp.affine.Convolution
        The layer's linear map.
    weight : torch.Tensor
        The weights to share by, (O, I) or (O, I, h, w).
    """

    def __init__(self, linear, weight):
        self.linear = linear
        self.weight, self.adjoint_weight = linear.prepare(weight)

    def forward(self, x):
        return self.linear.forward(x, self.linear.weight, self.linear.bias), self._inputs(x)

    def _inputs(self, x):
        return torch.ones_like(x[:1])

    def backward(self, relevance, kept):
        s, empty = divide(relevance, self.linear.forward(kept, self.weight))
        passed = self.linear.adjoint(s, self.adjoint_weight, (len(s), *kept.shape[1:])).mul_(kept)
        return passed, {"empty_side": empty}


class BoxLayer(SubstituteLayer):
    """The zᴮ rule: inputs, lower bounds and upper bounds are concatenated as channels, each with its weights.

    Parameters
    ----------
    linear : facelrp.lrp.affine.Dense or facelrp.lrp.affine.Convolution
        The layer's linear map.
    rule : Box
        The rule.
    name : str
        The layer's name, for errors.
    """

    def __init__(self, linear, rule, name):
        self.rule, self.name, weight = rule, name, linear.weight
        self.low, self.high = (self._bound(weight, bound) for bound in (rule.low, rule.high))
        super().__init__(linear, torch.cat([weight, weight.clamp(min=0), weight.clamp(max=0)], 1))

    def _bound(self, weight, bound):
        bound = weight.new_tensor(bound).reshape(-1, *[1] * (weight.dim() - 2))
        if len(bound) not in (1, weight.shape[1]):
            raise InputError(
                f"the box has bounds for {len(bound)} channels but the layer has {weight.shape[1]}",
                self.name,
                "give low and high as one number or one for each channel",
            )
        return bound

    def _inputs(self, x):
        slack = 1e-3 * (self.high - self.low)
        if (x < self.low - slack).any() or (x > self.high + slack).any():
            raise InputError(
                f"pixels from {x.min():g} to {x.max():g} are outside the box of the zᴮ rule",
                self.name,
                f"widen low={self.rule.low} and high={self.rule.high}, in units of the input with the mean subtracted",
            )
        return torch.cat([x, -self.low.expand_as(x), -self.high.expand_as(x)], 1)

    def backward(self, relevance, kept):
        passed, losses = super().backward(relevance, kept)
        return passed.unflatten(1, (3, -1)).sum(1), losses
