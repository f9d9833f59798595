"""Attention: softmax, products of matrices that both depend on pixels, and scaled dot-product attention.

Two rules of how relevance passes softmax(QKᵀ)V:

- "cp" (Ali et al. 2022, *XAI for transformers: better explanations through conservative propagation*): the weights
  softmax(QKᵀ) are held constant, so that V receives all relevance.
- "attnlrp" (Achtibat et al. 2024, *AttnLRP: attention-aware layer-wise relevance propagation for transformers*): the
  factors of a product receive half each, and relevance passes the softmax to Q and K.
"""

import math

import torch

from facelrp.lrp.ledger import total
from facelrp.lrp.propagation import stabilised

#: The rules by which relevance passes attention.
ATTENTIONS = ("cp", "attnlrp")


def require_attention(attention):
    """Refuse a name of no rule of attention by a ValueError."""
    if attention not in ATTENTIONS:
        raise ValueError(f'attention must be "cp" or "attnlrp", not {attention!r}')


class Softmax:
    """s = softmax(x) by the first-order Taylor expansion at x: R_in = x(R − sΣR) (Achtibat et al. 2024, eq. 13).

    It does not conserve relevance: the constant term of the expansion receives some, ``softmax`` in the ledger.

    Parameters
    ----------
    axis : int
        The axis that sums to 1; not 0, that of images.
    """

    def __init__(self, axis):
        self.axis = axis

    def forward(self, x):
        s = x.softmax(self.axis)
        return s, (x, s)

    def backward(self, relevance, kept):
        x, s = kept
        passed = x * (relevance - s * relevance.sum(self.axis, keepdim=True))
        return passed, {"softmax": total(relevance) - total(passed)}


class Product:
    """A product of matrices z = a·b by the ε rule, half of R for each (Achtibat et al. 2024, eq. 14).

    a receives a·(s bᵀ) and b receives b·(aᵀ s), where s = R/(2(z + ε·sign(z))).

    Parameters
    ----------
    epsilon : float
        See `facelrp.lrp.rules.Epsilon`.
    """

    def __init__(self, epsilon):
        self.epsilon = epsilon

    def forward(self, a, b):
        z = a @ b
        return z, (a, b, z)

    def backward(self, relevance, kept):
        a, b, z = kept
        s, losses = stabilised(relevance, z, self.epsilon)
        s = s / 2
        return (summed(s @ b.mT, a), summed(a.mT @ s, b)), losses


class WeightedSum:
    """A product of matrices by the ε rule, in which one of the two, such as attention, is held constant.

    Its inputs are the other one, which receives all relevance, and then the one that is held constant.

    Parameters
    ----------
    epsilon : float
        See `facelrp.lrp.rules.Epsilon`.
    left : bool
        Whether the one that is held constant is on the left.
    """

    def __init__(self, epsilon, left=True):
        self.epsilon, self.left = epsilon, left

    def forward(self, x, weights):
        z = weights @ x if self.left else x @ weights
        return z, (x, weights, z)

    def backward(self, relevance, kept):
        x, weights, z = kept
        s, losses = stabilised(relevance, z, self.epsilon)
        return summed(weights.mT @ s if self.left else s @ weights.mT, x), losses


def summed(shares, x):
    """Multiply x by its sums of s, after adding up those of axes along which x is repeated."""
    return shares.sum_to_size(x.shape) * x


class Scores:
    """What the softmax of attention is of: QKᵀ·scale + mask.

    Parameters
    ----------
    width : int
        The number of features of Q and K.
    scale : float or None
        By default 1/√width.
    mask : torch.Tensor or None
        The same for all images: (1, …, T, S), of truth values (which scores count) or added to the scores.
    causal : bool
        Whether each of T counts only those of S that are not behind it.
    """

    def __init__(self, width, scale, mask, causal):
        self.scale = 1 / math.sqrt(width) if scale is None else scale
        self.causal, self.offset, self.blocked = causal, None, None
        if mask is not None and mask.dtype == torch.bool:
            self.blocked = ~mask
        elif mask is not None:
            self.blocked, self.offset = mask == -torch.inf, mask.masked_fill(mask == -torch.inf, 0)
            self.blocked = self.blocked if self.blocked.any() else None

    def block(self, scores):
        """Return the scores with −∞ where they do not count."""
        if self.causal:
            later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu_(1)
            scores = scores.masked_fill(later, -torch.inf)
        return scores if self.blocked is None else scores.masked_fill(self.blocked, -torch.inf)

    def __call__(self, query, key):
        scores = (query * self.scale) @ key.mT
        return self.block(scores if self.offset is None else scores + self.offset)


class ConstantAttention:
    """softmax(QKᵀ·scale + mask)V by "cp": the inputs are V, which receives all relevance, Q and K.

    Parameters
    ----------
    scores : Scores
    epsilon : float
        See `facelrp.lrp.rules.Epsilon`.
    """

    def __init__(self, scores, epsilon):
        self.scores, self.sum = scores, WeightedSum(epsilon)

    def forward(self, value, query, key):
        return self.sum.forward(value, self.scores(query, key).softmax(-1))

    def backward(self, relevance, kept):
        return self.sum.backward(relevance, kept)


class Attention:
    """softmax(QKᵀ·scale + mask)V by "attnlrp"; the inputs are Q, K and V.

    Parameters
    ----------
    scores : Scores
    epsilon : float
        See `facelrp.lrp.rules.Epsilon`.
    addition : facelrp.lrp.joining.Addition
        How the scores and a mask that is added to them share relevance; that of the mask is lost, ``constant`` in the
        ledger.
    """

    def __init__(self, scores, epsilon, addition):
        self.scores, self.addition, self.product, self.softmax = scores, addition, Product(epsilon), Softmax(-1)

    def forward(self, query, key, value):
        scores, products = self.product.forward(query, key.mT)
        scores, terms = scores * self.scores.scale, None
        if self.scores.offset is not None:
            scores, terms = self.addition.forward(scores, self.scores.offset.expand_as(scores))
        weights, (_, weights_) = self.softmax.forward(self.scores.block(scores))
        # Where scores do not count, −∞ would become NaN; any number will do, because no relevance arrives there.
        output, sums = self.product.forward(weights, value)
        return output, (products, terms, (scores, weights_), sums)

    def backward(self, relevance, kept):
        products, terms, scores, sums = kept
        (relevance, of_value), losses = self.product.backward(relevance, sums)
        relevance, more = self.softmax.backward(relevance, scores)
        losses = merged(losses, more)
        if terms is not None:
            (relevance, lost), more = self.addition.backward(relevance, terms)
            losses = merged(losses, more, {"constant": total(lost)})
        (of_query, of_key), more = self.product.backward(relevance, products)
        return (of_query, of_key.mT, of_value), merged(losses, more)


def merged(*losses):
    """Add up losses by cause."""
    causes = dict.fromkeys(cause for some in losses for cause in some)
    return {cause: sum(some[cause] for some in losses if cause in some) for cause in causes}
