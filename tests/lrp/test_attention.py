"""Rules of attention, norms and gates by NumPy's arithmetic, from their formulas."""

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention as attend

from facelrp.lrp import Epsilon
from facelrp.lrp.attention import Attention, ConstantAttention, Product, Scores, Softmax, WeightedSum
from facelrp.lrp.gates import Factors, Gate
from facelrp.lrp.joining import Addition
from facelrp.lrp.norms import GroupNorm, LayerNorm

RANDOM = np.random.default_rng(5)


def tensor(values):
    return torch.tensor(np.asarray(values), dtype=torch.float64)


def passed(layer, relevance, *inputs):
    """Return a layer's output, the relevance of its inputs and its losses, as arrays; check that its books close."""
    output, kept = layer.forward(*map(tensor, inputs))
    value = output.numpy().copy()
    shares, losses = layer.backward(tensor(relevance), kept)
    shares = shares if isinstance(shares, tuple) else (shares,)
    losses = {cause: lost.numpy() for cause, lost in losses.items()}
    received = sum(share.flatten(1).sum(1).numpy() for share in shares)
    np.testing.assert_allclose(
        received + sum(losses.values()), np.reshape(relevance, (len(relevance), -1)).sum(1), atol=1e-11
    )
    return value, [share.numpy() for share in shares], losses


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def product_rule(a, b, relevance, epsilon=0.0):
    """R_ij shared by a_ik b_kj / 2z_ij, as one sum over all i, j, k."""
    z = np.einsum("...ik,...kj->...ij", a, b)
    shares = np.einsum("...ik,...kj,...ij->...ikj", a, b, relevance / (z + np.where(z < 0, -epsilon, epsilon)))
    return z, shares.sum(-1) / 2, shares.sum(-3) / 2


def test_softmax_by_hand():
    """x = (ln 3, 0): s = (3/4, 1/4), and R = (1, 3) gives (ln 3 (1 − 3), 0 (3 − 1))."""
    value, (share,), losses = passed(Softmax(1), [[1.0, 3.0]], [[np.log(3), 0.0]])
    np.testing.assert_allclose(value, [[0.75, 0.25]])
    np.testing.assert_allclose(share, [[-2 * np.log(3), 0]])
    np.testing.assert_allclose(losses["softmax"], [4 + 2 * np.log(3)])


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_softmax_along_an_axis(axis):
    x, relevance = RANDOM.normal(size=(2, 2, 3, 4, 5))
    value, (share,), _ = passed(Softmax(axis), relevance, x)
    s = np.moveaxis(softmax(np.moveaxis(x, axis, -1)), -1, axis)
    np.testing.assert_allclose(value, s)
    np.testing.assert_allclose(share, x * (relevance - s * relevance.sum(axis, keepdims=True)))


def test_a_product_by_hand():
    """z = 1·3 + 2·(−1) = 1: 3 R and −2 R of R = 4, half for each factor."""
    value, (a, b), _ = passed(Product(0.0), [[[4.0]]], [[[1.0, 2.0]]], [[[3.0], [-1.0]]])
    assert value == 1
    np.testing.assert_allclose(a, [[[6, -4]]])
    np.testing.assert_allclose(b, [[[6], [-4]]])
    for left in (True, False):
        inputs = ([[[3.0], [-1.0]]], [[[1.0, 2.0]]]) if left else ([[[1.0, 2.0]]], [[[3.0], [-1.0]]])
        _, (all_,), _ = passed(WeightedSum(0.0, left), [[[4.0]]], *inputs)
        np.testing.assert_allclose(all_.ravel(), [12, -8])


@pytest.mark.parametrize("epsilon", [0.0, 0.3])
def test_products_with_repeated_matrices(epsilon):
    """One matrix for all heads, such as that of shared keys, receives the sum of its shares."""
    a, b, relevance = (
        RANDOM.normal(size=(2, 3, 4, 5)),
        RANDOM.normal(size=(2, 1, 5, 6)),
        RANDOM.normal(size=(2, 3, 4, 6)),
    )
    value, (of_a, of_b), losses = passed(Product(epsilon), relevance, a, b)
    z, share_a, share_b = product_rule(a, b, relevance, epsilon)
    np.testing.assert_allclose(value, z)
    np.testing.assert_allclose(of_a, share_a)
    np.testing.assert_allclose(of_b, share_b.sum(1, keepdims=True))
    assert set(losses) == {"epsilon" if epsilon else "empty_side"}
    _, (alone,), _ = passed(WeightedSum(epsilon), relevance, b, a)
    np.testing.assert_allclose(alone, 2 * of_b)


MASKS = {
    "none": (None, False),
    "causal": (None, True),
    "truth": (RANDOM.random((1, 1, 4, 5)) < 0.7, False),
    "offsets": (RANDOM.normal(size=(1, 2, 4, 5)), False),
    "infinite": (np.where(RANDOM.random((1, 1, 4, 5)) < 0.7, RANDOM.normal(size=(1, 1, 4, 5)), -np.inf), False),
}
for mask, _ in MASKS.values():
    if mask is not None:
        mask[..., 0] = 1  # at least one score counts


@pytest.mark.parametrize("scale", [None, 0.4])
@pytest.mark.parametrize("name", MASKS)
def test_attention(name, scale):
    mask, causal = MASKS[name]
    q, k, v = (RANDOM.normal(size=(3, 2, count, 6)) for count in (4, 5, 5))
    relevance = RANDOM.normal(size=(3, 2, 4, 6))
    given = None if mask is None else torch.tensor(mask)
    expected = attend(*map(tensor, (q, k, v)), attn_mask=given, is_causal=causal, scale=scale).numpy()

    products = np.einsum("...ik,...jk->...ij", q, k)
    scaled = products * (1 / np.sqrt(6) if scale is None else scale)
    counts = np.tri(4, 5, dtype=bool) if causal else np.ones((4, 5), bool)
    offsets = np.zeros((4, 5))
    if mask is not None:
        counts, offsets = (
            (mask, offsets) if mask.dtype == bool else (mask > -np.inf, np.where(mask == -np.inf, 0, mask))
        )
    scores = scaled + offsets
    weights = softmax(np.where(counts, scores, -np.inf))

    value, (of_value,), losses = passed(ConstantAttention(Scores(6, scale, given, causal), 0.0), relevance, v, q, k)
    np.testing.assert_allclose(value, expected, rtol=1e-10)
    _, of_weights, half = product_rule(weights, v, relevance)
    np.testing.assert_allclose(of_value, 2 * half)
    assert not losses["empty_side"].any()

    layer = Attention(Scores(6, scale, given, causal), 0.0, Addition("ratio"))
    value, (of_q, of_k, of_v), losses = passed(layer, relevance, q, k, v)
    np.testing.assert_allclose(value, expected, rtol=1e-10)
    np.testing.assert_allclose(of_v, half)
    of_scores = scores * (of_weights - weights * of_weights.sum(-1, keepdims=True))
    sizes = np.abs(scaled) + np.abs(offsets)
    of_scaled = of_scores * np.abs(scaled) / sizes
    _, share_q, share_k = product_rule(q, np.swapaxes(k, -1, -2), of_scaled)
    np.testing.assert_allclose(of_q, share_q, atol=1e-12)
    np.testing.assert_allclose(of_k, np.swapaxes(share_k, -1, -2), atol=1e-12)
    of_mask = (of_scores * np.abs(offsets) / sizes).sum((1, 2, 3))
    np.testing.assert_allclose(losses.get("constant", 0), of_mask, atol=1e-12)
    np.testing.assert_allclose(losses["softmax"], (of_weights - of_scores).sum((1, 2, 3)), atol=1e-12)


def norm_rule(x, relevance, weight, bias, eps, epsilon):
    """Share R by the dense matrix of w(x − mean)/σ + b, for one image whose values are a vector."""
    size = len(x)
    centre = np.eye(size) - 1 / size
    matrix = (weight / np.sqrt(x.var() + eps))[:, None] * centre
    z = matrix @ x + bias
    s = relevance / (z + np.where(z < 0, -epsilon, epsilon))
    return z, (matrix * x * s[:, None]).sum(0), (s * bias).sum()


@pytest.mark.parametrize("epsilon", [0.0, 0.2])
def test_layer_norm(epsilon):
    x, relevance = RANDOM.normal(size=(2, 3, 4, 5))
    weight, bias = RANDOM.normal(size=(2, 5))
    layer = LayerNorm([5], tensor(weight), tensor(bias), 1e-3, Epsilon(epsilon))
    value, (share,), losses = passed(layer, relevance, x)
    for at in np.ndindex(3, 4):
        z, expected, _ = norm_rule(x[at], relevance[at], weight, bias, 1e-3, epsilon)
        np.testing.assert_allclose(value[at], z)
        np.testing.assert_allclose(share[at], expected)
    absorbed = [
        sum(norm_rule(x[i, j], relevance[i, j], weight, bias, 1e-3, epsilon)[2] for j in range(4)) for i in range(3)
    ]
    np.testing.assert_allclose(losses["bias"], absorbed)


def test_layer_norm_of_several_axes_and_without_its_bias():
    x, relevance = RANDOM.normal(size=(2, 3, 4, 5))
    weight, bias = RANDOM.normal(size=(2, 4, 5))
    layer = LayerNorm([4, 5], tensor(weight), tensor(bias), 1e-3, Epsilon(0, bias=False))
    value, (share,), losses = passed(layer, relevance, x)
    for i in range(3):
        z, expected, _ = norm_rule(x[i].ravel(), relevance[i].ravel(), weight.ravel(), np.zeros(20), 1e-3, 0)
        np.testing.assert_allclose(value[i].ravel(), z + bias.ravel())
        np.testing.assert_allclose(share[i].ravel(), expected)
    assert "bias" not in losses


@pytest.mark.parametrize("affine", [True, False])
def test_group_norm(affine):
    x, relevance = RANDOM.normal(size=(2, 3, 6, 2, 2))
    weight, bias = RANDOM.normal(size=(2, 6)) if affine else (np.ones(6), np.zeros(6))
    given = (tensor(weight), tensor(bias)) if affine else (None, None)
    layer = GroupNorm(3, x.shape[1:], *given, 1e-3, Epsilon(0.1))
    value, (share,), _ = passed(layer, relevance, x)
    every = (np.repeat(values, 4).reshape(6, 2, 2) for values in (weight, bias))
    parts = [values.reshape(-1, 3, 8) for values in (value, share, x, relevance, *(v[None] for v in every))]
    for i, group in np.ndindex(3, 3):
        of_value, of_share, of_x, of_relevance = (part[i, group] for part in parts[:4])
        w, b = (part[0, group] for part in parts[4:])
        z, expected, _ = norm_rule(of_x, of_relevance, w, b, 1e-3, 0.1)
        np.testing.assert_allclose(of_value, z)
        np.testing.assert_allclose(of_share, expected)


def test_gates_and_factors():
    x, gate, relevance = RANDOM.normal(size=(3, 2, 4, 3, 3))
    gate = gate.mean((2, 3), keepdims=True)
    value, (share,), _ = passed(Gate(), relevance, x, gate)
    np.testing.assert_allclose(value, x * gate)
    np.testing.assert_allclose(share, relevance)
    _, (wide, narrow), _ = passed(Factors(), relevance, x, gate)
    np.testing.assert_allclose(wide, relevance / 2)
    np.testing.assert_allclose(narrow, relevance.sum((2, 3), keepdims=True) / 2)
    _, (narrow,), _ = passed(Gate(), relevance, gate, x)  # a signal for each channel, and a gate for each position
    np.testing.assert_allclose(narrow, relevance.sum((2, 3), keepdims=True))


def test_an_attention_of_another_name_is_refused():
    from facelrp.lrp.attention import require_attention

    with pytest.raises(ValueError, match='attention must be "cp" or "attnlrp", not \'all\''):
        require_attention("all")
