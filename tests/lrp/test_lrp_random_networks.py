"""200 random networks from every supported layer against dense matrices, which share no code with the propagation.

The oracle runs the network's own layers one after another. It writes each layer with weights as a matrix, by probing it
with unit vectors, and applies the formula of the rule to it in NumPy. Pooling and normalisation are written by their
derivatives.
"""

import itertools
import random

import numpy as np
import pytest
import torch
from torch import nn

from facelrp.lrp import AlphaBeta, Box, Composite, Epsilon, Flat, Gamma, ReferenceExplainer, WSquare, explain
from facelrp.lrp.supported import SUPPORTED

NETWORKS = 200
POOLING = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)
#: Layers below which no dense layer compares with each reference.
LOWER = (nn.Conv2d, nn.LocalResponseNorm, *POOLING)
#: The most values that a layer of a random network has, so that its matrix is small.
VALUES = 400
LOW, HIGH = -4.0, 6.0

RULES = [
    AlphaBeta(2, -1),
    AlphaBeta(2, -1, bias=False),
    AlphaBeta(1, 0),
    AlphaBeta(1.7, -0.7, renormalise=True),
    Epsilon(0.3),
    Epsilon(0.1, bias=False),
    Epsilon(0.2, renormalise=True),
    Gamma(0.3),
    Gamma(0.7, bias=False),
    Composite(conv=Gamma(0.1), dense=Epsilon(0.2), first=Box(LOW, HIGH)),
    Composite(conv=AlphaBeta(1, 0), dense=Epsilon(0.3), first=WSquare()),
    Composite(conv=AlphaBeta(2, -1), dense=Epsilon(0.3), first=Flat()),
    WSquare(),
    Flat(),
]


def over(numerator, denominator):
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=np.abs(denominator) > 1e-150)


def by_rule(rule, a, w, b, r):
    """Pass relevance r through z = w a + b by the formula of a rule."""
    if isinstance(rule, WSquare):
        return over(r, (w**2).sum(1)) @ w**2
    if isinstance(rule, Flat):
        return over(r, (w != 0).sum(1).astype(float)) @ (w != 0)
    if isinstance(rule, Box):
        terms = a * w - LOW * w.clip(0) - HIGH * w.clip(max=0)
        return over(r, terms.sum(1)) @ terms
    terms = np.column_stack([a * w, b * rule.bias])
    if isinstance(rule, AlphaBeta):
        plus, minus = terms.clip(0), terms.clip(max=0)
        passed = rule.alpha * over(r, plus.sum(1)) @ plus + rule.beta * over(r, minus.sum(1)) @ minus
    elif isinstance(rule, Epsilon):
        z = terms.sum(1)
        passed = (r / (z + rule.epsilon * np.where(z >= 0, 1, -1))) @ terms
    else:
        favoured = np.where(np.sign(terms) == np.where(terms.sum(1) >= 0, 1, -1)[:, None], 1 + rule.gamma, 1) * terms
        passed = over(r, favoured.sum(1)) @ favoured
    passed = passed[:-1]
    # As documented: what has almost cancelled is not rescaled.
    usable = rule.renormalise and abs(passed.sum()) > 1e-6 * np.abs(passed).sum()
    return passed * (r.sum() / passed.sum() if usable else 1)


def matrix(module, shape):
    """Write an affine layer for one input of this shape as a matrix (outputs, inputs) and an offset, by probing it."""
    units = torch.eye(int(np.prod(shape)), dtype=torch.float64)
    offset = module(torch.zeros(1, *shape, dtype=torch.float64)).flatten()
    return (module(units.reshape(-1, *shape)).flatten(1) - offset).T.numpy(), offset.numpy()


def by_taylor(module, x, r):
    """Pass relevance through a normalisation: neighbours by x_i ∂y_k/∂x_i, the own channel as if it were alone."""
    jacobian = torch.autograd.functional.jacobian(lambda values: module(values[None]).flatten(), x, vectorize=True)
    messages = (jacobian.reshape(x.numel(), -1) * x.flatten()).numpy()
    own = x * (module.k + module.alpha / module.size * x**2) ** -module.beta
    np.fill_diagonal(messages, own.flatten().numpy())
    return over(r, messages.sum(1)) @ messages


def by_layer(layers, x):
    """Return the inputs of each layer for images x, and the outputs."""
    inputs = []
    with torch.no_grad():
        for layer in layers:
            inputs.append(x)
            x = layer(x.clone())
    return inputs, x


def by_pooling(layer, x, r):
    """Pass relevance through pooling of one image's values (C, H, W)."""
    if isinstance(layer, nn.MaxPool2d):
        x = x[None].clone().requires_grad_()
        (passed,) = torch.autograd.grad(layer(x).flatten(), x, torch.from_numpy(r))
        return passed.flatten().numpy()
    terms = matrix(layer, x.shape)[0] * x.flatten().numpy()
    return over(r, terms.sum(1)) @ terms


def expected_relevance(layers, rule, lrn, image, target):
    """Return the relevance of one image (C, H, W)."""
    inputs, x = by_layer(layers, image[None])
    r = np.zeros(x.shape[1])
    r[target] = x[0, target]
    first = next(layer for layer in layers if isinstance(layer, nn.Conv2d | nn.Linear))
    for layer, x in zip(reversed(layers), reversed(inputs), strict=True):
        a, shape = x[0].flatten().numpy(), x.shape[1:]
        if isinstance(layer, nn.Conv2d | nn.Linear):
            chosen = rule
            if isinstance(rule, Composite):
                chosen = rule.conv if isinstance(layer, nn.Conv2d) else rule.dense
                chosen = rule.first if layer is first and rule.first is not None else chosen
            with torch.no_grad():
                r = by_rule(chosen, a, *matrix(layer, shape), r)
        elif isinstance(layer, POOLING):
            r = by_pooling(layer, x[0], r)
        elif isinstance(layer, nn.LocalResponseNorm) and lrn == "taylor":
            r = by_taylor(layer, x[0], r)
    return r.reshape(image.shape)


def expected_against(layers, references, image, target):
    """Return the relevance of one image (C, H, W) compared with references (M, C, H, W)."""
    (own, output), (others, outputs) = (by_layer(layers, images) for images in (image[None], references))
    classes = output.shape[1]
    contrast = (np.arange(classes) == target) - (1 / classes if classes > 1 else 0)

    def is_dense(i):
        return not (isinstance(layers[i], LOWER) or (isinstance(layers[i], nn.Linear) and own[i].dim() > 2))

    dense = list(itertools.takewhile(is_dense, reversed(range(len(layers)))))
    each = (output - outputs).numpy() * contrast / len(references)
    for i in dense:
        if isinstance(layers[i], nn.Linear):
            difference = (own[i] - others[i]).numpy()
            weights = layers[i].weight.detach().numpy()
            each = np.stack([over(r, weights @ d) @ weights * d for r, d in zip(each, difference, strict=True)])
    r = each.sum(0)
    for i in reversed(range(len(layers) - len(dense))):
        if isinstance(layers[i], nn.Conv2d | nn.Linear):
            squares = ((own[i] - others[i]) ** 2).mean(0).flatten().numpy()
            with torch.no_grad():
                terms = squares * matrix(layers[i], own[i].shape[1:])[0] ** 2
            r = over(r, terms.sum(1)) @ terms
        elif isinstance(layers[i], POOLING):
            r = by_pooling(layers[i], own[i][0], r)
    return r.reshape(image.shape)


def pooling(draw):
    kernel, stride = draw.choice([1, 2, 3, (2, 3), (2,)]), draw.choice([None, 1, 2, (1, 2), (2,)])
    return {
        "kernel_size": kernel,
        "stride": stride,
        "padding": draw.choice([0, 0, 1]),
        "ceil_mode": draw.random() < 0.5,
    }


def random_layer(draw, x):
    """Draw a layer that may follow values (N, C, H, W)."""
    channels = x.shape[1]
    kind = draw.choice([*SUPPORTED[:-4], nn.Conv2d, nn.Conv2d, nn.ReLU, nn.Dropout, nn.Dropout2d, nn.Identity])
    if kind is nn.Conv2d:
        stride = draw.choice([1, 1, 2, 3, (2,), (1, 2)])
        return nn.Conv2d(
            channels,
            channels * draw.choice([1, 2]),
            draw.choice([1, 2, 3, (3, 2)]),
            stride,
            draw.choice([0, 1, (1,), (0, 1), "valid"]),
            draw.choice([1, 1, 2]),
            groups=draw.choice([1, 1, channels]),
            bias=draw.random() < 0.7,
        )
    if kind is nn.Linear:
        return nn.Linear(x.shape[-1], draw.choice([2, 4]), bias=draw.random() < 0.7)
    if kind is nn.MaxPool2d:
        return nn.MaxPool2d(**pooling(draw), dilation=draw.choice([1, 1, 2]))
    if kind is nn.AvgPool2d:
        divisor = draw.choice([None, None, 3, -2])
        return nn.AvgPool2d(**pooling(draw), count_include_pad=draw.random() < 0.5, divisor_override=divisor)
    if kind is nn.AdaptiveAvgPool2d:
        return nn.AdaptiveAvgPool2d(draw.choice([2, (3, None), (None, 2), 4]))
    if kind is nn.LocalResponseNorm:
        return nn.LocalResponseNorm(draw.randint(1, 6), draw.choice([1e-4, 0.3]), draw.choice([0.75, 0.5]), k=1.5)
    return kind(inplace=True) if kind is nn.ReLU and draw.random() < 0.5 else kind()


def random_layers(draw, x):
    """Draw layers from images x to (N, units): maps, a flattening in one step or in two, dense layers."""
    layers = []

    def add(layer):
        nonlocal x
        layer = layer.double().eval()
        try:
            after = layer(x.clone())
        except RuntimeError:  # the maps are too small for it
            return
        if 0 < after[0].numel() <= VALUES:
            layers.append(layer)
            x = after

    for _ in range(draw.randint(1, 6)):
        add(random_layer(draw, x))
    if draw.random() < 0.3:
        add(nn.Flatten(*draw.choice([(2,), (1, 2), (-2, -1)])))
        add(nn.Linear(x.shape[-1], 3))
        add(nn.LocalResponseNorm(2, 0.1))
        add(nn.ReLU())
    add(nn.Flatten())
    for _ in range(draw.randint(0, 2)):
        add(nn.Linear(x.shape[-1], draw.randint(2, 9), bias=draw.random() < 0.7))
        add(draw.choice([nn.ReLU(), nn.ReLU(inplace=True), nn.Dropout(), nn.Identity()]))
    add(nn.Linear(x.shape[-1], draw.randint(1, 3)))
    return layers


def nested(draw, layers):
    """Put layers into containers, at random to any depth."""
    if len(layers) < 3 or draw.random() < 0.3:
        return nn.Sequential(*layers)
    cut = sorted(draw.sample(range(len(layers) + 1), 2))
    return nn.Sequential(*layers[: cut[0]], nested(draw, layers[slice(*cut)]), *layers[cut[1] :])


def random_network(seed):
    draw = random.Random(seed)
    torch.manual_seed(seed)
    images = torch.randn(2, draw.choice([1, 2, 3]), draw.randint(5, 9), draw.randint(5, 9), dtype=torch.float64)
    images = images.clamp(LOW, HIGH)
    with torch.no_grad():
        layers = random_layers(draw, images)
    return layers, nested(draw, layers).train(), images, draw.choice(RULES), draw.choice(["identity", "taylor"])


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_random_network_equals_dense_matrices(seed):
    layers, network, images, rule, lrn = random_network(seed)
    target = torch.tensor([0, layers[-1].out_features - 1])

    explanation = explain(network, images, rule, target, lrn=lrn)

    network.eval()
    torch.testing.assert_close(explanation.output, network(images)[[0, 1], target].detach())
    for image, unit, ours in zip(images, target, explanation.relevance, strict=True):
        expected = expected_relevance(layers, rule, lrn, image, unit.item())
        np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-7, atol=1e-9 * max(np.abs(expected).max(), 1e-9))
    scale = max(entry.relevance_in.abs().max().item() for entry in explanation.ledger) + explanation.output.abs().max()
    gap = (explanation.conservation_error() * explanation.output.abs()).abs()
    assert (gap <= 1e-9 * scale).all()


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_random_network_against_references_equals_dense_matrices(seed):
    layers, network, images, _, _ = random_network(seed)
    references = torch.randn(3, *images.shape[1:], dtype=torch.float64)
    target = torch.tensor([0, layers[-1].out_features - 1])

    explanation = ReferenceExplainer(network, references)(images, target)

    network.eval()
    _, outputs = by_layer(layers, torch.cat([images, references]))
    contrast = outputs - outputs.mean(1, keepdim=True) if outputs.shape[1] > 1 else outputs
    torch.testing.assert_close(explanation.output, contrast[[0, 1], target])
    torch.testing.assert_close(explanation.baseline, contrast[2:, target].mean(0))
    for image, unit, ours in zip(images, target, explanation.relevance, strict=True):
        expected = expected_against(layers, references, image, unit.item())
        np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-7, atol=1e-9 * max(np.abs(expected).max(), 1e-9))
    difference = (explanation.output - explanation.baseline).double()
    accounted = explanation.relevance.sum((1, 2, 3)) + explanation.ledger.lost()
    torch.testing.assert_close(accounted, difference, rtol=0, atol=1e-9 * contrast.abs().max().item())


def test_random_networks_have_every_supported_layer():
    kinds, rules, deepest = {}, set(), 0
    for seed in range(NETWORKS):
        layers, network, _, rule, _ = random_network(seed)
        deepest = max(deepest, *(name.count(".") for name, _ in network.named_modules()))
        rules.add(rule)
        for layer in layers:
            kinds[type(layer)] = kinds.get(type(layer), 0) + 1
    assert set(kinds) == set(SUPPORTED)
    assert min(kinds.values()) >= 15, kinds
    assert rules == set(RULES)
    assert deepest >= 3
