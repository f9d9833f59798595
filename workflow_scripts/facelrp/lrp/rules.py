"""The propagation rules; each is a `facelrp.lrp.protocols.Rule`.

Notation: a is the input of a layer, W its weights, b its bias and R the relevance of its output. The weighted
activations of one output unit are summed into two sides: the positive side p = Σ(aW)⁺ + b⁺ and the size of the negative
side n = |Σ(aW)⁻ + b⁻|. The unit's raw value is z = p − n.
"""

import math
from dataclasses import dataclass
from math import isclose, isfinite

import torch
import torch.nn.functional as F

from facelrp.lrp.ledger import total
from facelrp.lrp.propagation import BoxLayer, EpsilonLayer, SplitLayer, SubstituteLayer, divide, smallest_divisor

#: The parameters of each rule in a configuration, beside its name, see `facelrp_workflow.choices`.
OPTIONS = {
    "alpha_beta": {
        "description": "Positive and negative contributions, weighted (eq. 3).",
        "properties": {
            "alpha": {"$ref": "#/$defs/alpha"},
            "beta": {"$ref": "#/$defs/beta"},
            "bias": {"$ref": "#/$defs/bias"},
            "renormalise": {"$ref": "#/$defs/renormalise"},
        },
    },
    "epsilon": {
        "description": "Contributions as they are, with a stabiliser (eq. 2).",
        "properties": {
            "epsilon": {"$ref": "#/$defs/stabiliser"},
            "bias": {"$ref": "#/$defs/bias"},
            "renormalise": {"$ref": "#/$defs/renormalise"},
        },
    },
    "gamma": {
        "description": "Contributions of the output's sign are favoured.",
        "properties": {
            "gamma": {
                "description": "How much they are favoured; 0.25 by default.",
                "type": "number",
                "minimum": 0,
            },
            "bias": {"$ref": "#/$defs/bias"},
            "renormalise": {"$ref": "#/$defs/renormalise"},
        },
    },
    "w_square": {"description": "Relevance is shared by squared weights, whatever the input."},
    "flat": {"description": "Relevance is shared equally."},
    "zb": {
        "title": "zB, for inputs between known bounds",
        "description": "Inputs are between known bounds (deep Taylor decomposition).",
        "first_layer_only": True,
        "properties": {"low": {"$ref": "#/$defs/low"}, "high": {"$ref": "#/$defs/high"}},
    },
}


def _require_finite(**values):
    for name, value in values.items():
        if not isfinite(value):
            raise ValueError(f"{name} must be a finite number, not {value}")


@dataclass(frozen=True)
class AlphaBeta:
    """The αβ rule: positive and negative weighted activations share R in the fixed ratio α : β (eq. 3 of the paper).

    R_in = Σ (α (aW)⁺/p + β (aW)⁻/(−n)) R. An empty side (for example n = 0) passes nothing on. The other side still
    passes its αR or βR, and the ledger shows the rest as ``empty_side``.

    Parameters
    ----------
    alpha, beta : float
        Weights of the two sides in the sign convention of the paper: α + β = 1, usually with β ≤ 0. Libraries that
        write α − β = 1 call the default "alpha=2, beta=1".
    bias : bool
        Whether the bias takes part in the denominators and so absorbs relevance.
    renormalise : bool
        Rescale the relevance of each image after every layer so that its sum is kept.
    strict : bool
        False allows α + β ≠ 1. Relevance then grows or shrinks at every layer; the ledger shows this as ``surplus``.

    Raises
    ------
    ValueError
        If α + β ≠ 1 and ``strict``.
    """

    alpha: float = 2.0
    beta: float = -1.0
    bias: bool = True
    renormalise: bool = False
    strict: bool = True

    def __post_init__(self):
        _require_finite(alpha=self.alpha, beta=self.beta)
        if self.strict and not isclose(self.alpha + self.beta, 1):
            raise ValueError(
                f"alpha + beta must be 1 for relevance to be conserved, but alpha={self.alpha} and beta={self.beta}; "
                "the paper writes 2 and -1 where others write 2 and 1 (strict=False allows any pair)"
            )

    def layer(self, linear, signed, name):
        return SplitLayer(linear, self, signed)

    def share(self, relevance, sides):
        """Return s = [αR/p; βR/n], see ``SplitLayer``."""
        alpha, beta = self.alpha, self.beta
        losses = {}
        if beta == 0:
            sides = sides[:, :1]
        smallest = smallest_divisor(sides.dtype)
        if sides.amin() <= smallest:
            empty = sides <= smallest
            losses["empty_side"] = sum(
                weight * total(relevance * side) for weight, side in zip((alpha, beta), empty.unbind(1), strict=False)
            )
            F.threshold_(sides, smallest, math.inf)
        if not self.strict:
            losses["surplus"] = (1 - alpha - beta) * total(relevance)
        zero = relevance.new_zeros(())
        for weight, side in zip((alpha, beta), sides.unbind(1), strict=False):
            torch.addcdiv(zero, relevance, side, value=weight, out=side)
        return sides.flatten(1, 2), losses


@dataclass(frozen=True)
class Epsilon:
    """The ε rule: R_in = a·Wᵀ(R / (z + ε·sign(z))) with sign(0) = +1 (eq. 2 of the paper); ε = 0 is LRP-0.

    Parameters
    ----------
    epsilon : float
        Size of the stabiliser, in units of z. It absorbs relevance; the ledger shows how much.
    bias : bool
        Whether the bias takes part in the denominators and so absorbs relevance.
    renormalise : bool
        The paper's renormalisation step: rescale the relevance of each image after every layer to keep its sum.

    Raises
    ------
    ValueError
        If ε is negative.
    """

    epsilon: float = 1e-6
    bias: bool = True
    renormalise: bool = False

    def __post_init__(self):
        _require_finite(epsilon=self.epsilon)
        if self.epsilon < 0:
            raise ValueError(f"epsilon must not be negative, but is {self.epsilon}")

    def layer(self, linear, signed, name):
        return EpsilonLayer(linear, self)


@dataclass(frozen=True)
class Gamma:
    """The γ rule: contributions of the same sign as z are favoured by 1 + γ (Montavon et al. 2019).

    This is the form of Andéol et al. (2021), which also holds for inputs of both signs: for z ≥ 0 the denominator is
    (1 + γ)p − n, for z < 0 it is p − (1 + γ)n. γ = 0 is LRP-0; γ → ∞ approaches αβ with α = 1.

    Parameters
    ----------
    gamma : float
        How much contributions of the sign of z are favoured, at least 0.
    bias : bool
        Whether the bias takes part in the denominators and so absorbs relevance.
    renormalise : bool
        Rescale the relevance of each image after every layer so that its sum is kept.

    Raises
    ------
    ValueError
        If γ is negative.
    """

    gamma: float = 0.25
    bias: bool = True
    renormalise: bool = False

    def __post_init__(self):
        _require_finite(gamma=self.gamma)
        if self.gamma < 0:
            raise ValueError(f"gamma must not be negative, but is {self.gamma}")

    def layer(self, linear, signed, name):
        return SplitLayer(linear, self, signed)

    def share(self, relevance, sides):
        """Return s = R/D · [1 + γ(z ≥ 0); −1 − γ(z < 0)] with D the matching weighted difference of p and n."""
        p, n = sides.unbind(1)
        positive = p >= n
        for_p, for_n = (side.to(p.dtype).mul_(self.gamma).add_(1) for side in (positive, ~positive))
        quotient, empty = divide(relevance, for_p * p - for_n * n)
        return torch.cat([quotient * for_p, -quotient * for_n], 1), {"empty_side": empty}


@dataclass(frozen=True)
class Box:
    """The zᴮ rule for the first layer, whose inputs are in a known box (Montavon et al. 2017, deep Taylor).

    R_in = Σ (aW − lW⁺ − hW⁻) R / Σ(aW − lW⁺ − hW⁻). The bias cancels from this difference and absorbs nothing.

    Parameters
    ----------
    low, high : float or tuple of float
        The lowest and highest possible value of a pixel, in the units of the network's input (the mean subtracted):
        one number, or one for each channel. low < high is required; low ≤ 0 ≤ high is not.

    Raises
    ------
    ValueError
        If a lower bound is not below its upper bound.
    """

    low: float | tuple[float, ...]
    high: float | tuple[float, ...]

    def __post_init__(self):
        low, high = (bound if isinstance(bound, tuple) else (bound,) for bound in (self.low, self.high))
        width = max(len(low), len(high))
        if len(low) not in (1, width) or len(high) not in (1, width):
            raise ValueError(f"low and high differ in their number of channels: {len(low)} and {len(high)}")
        _require_finite(**{f"low[{i}]": bound for i, bound in enumerate(low)})
        _require_finite(**{f"high[{i}]": bound for i, bound in enumerate(high)})
        pairs = zip(low * (width // len(low)), high * (width // len(high)), strict=True)
        if not all(below < above for below, above in pairs):
            raise ValueError(f"every lower bound must be below its upper bound, but low={self.low}, high={self.high}")

    def layer(self, linear, signed, name):
        return BoxLayer(linear, self, name)


@dataclass(frozen=True)
class WSquare:
    """The w² rule: R is shared in proportion to W², whatever the input (Montavon et al. 2017)."""

    def layer(self, linear, signed, name):
        return SubstituteLayer(linear, linear.weight.square())


@dataclass(frozen=True)
class Flat:
    """The flat rule: R is shared equally among all inputs of a unit (Bach et al. 2016, Lapuschkin et al. 2019)."""

    def layer(self, linear, signed, name):
        return SubstituteLayer(linear, linear.connections())


#: The rule of the paper's heatmaps.
PAPER_RULE = AlphaBeta(alpha=2.0, beta=-1.0)
