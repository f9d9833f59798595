"""Relevance against references in networks with attention, layer norms and gates."""

import pytest
import torch
from modern import made

from facelrp.lrp import ReferenceExplainer
from facelrp.lrp.attention import ConstantAttention, Scores
from facelrp.lrp.comparing import AttentionLayer, Deviations


@pytest.mark.parametrize("name", ["vit", "swin", "convnext", "efficientnet"])
def test_relevance_adds_up_to_the_difference(name):
    torch.manual_seed(5)
    network, images = made(name)
    references = torch.randn(4, *images.shape[1:], dtype=torch.float64)
    explanation = ReferenceExplainer(network, references)(torch.cat([images, references[:1]]), 1)
    with torch.no_grad():
        outputs = network(torch.cat([images, references]))
    contrast = outputs[:, 1] - outputs.mean(1)
    expected = contrast[:2] - contrast[2:].mean()
    torch.testing.assert_close(explanation.output[:2] - explanation.baseline[:2], expected)
    lost = explanation.ledger.lost()
    relevance = explanation.relevance.sum((1, 2, 3))
    torch.testing.assert_close(relevance[:2] + lost[:2], expected, rtol=1e-9, atol=1e-12)
    assert (explanation.relevance[:2].abs().amax((1, 2, 3)) > 0).all()
    # One image at a time, as in a batch.
    alone = ReferenceExplainer(network, references)(images[1:], 1)
    torch.testing.assert_close(alone.relevance[0], explanation.relevance[1], rtol=1e-9, atol=1e-12)


def test_what_equals_all_references_has_no_relevance():
    torch.manual_seed(6)
    network, images = made("vit")
    explanation = ReferenceExplainer(network, images[:1].expand(3, -1, -1, -1))(images, 0)
    assert explanation.relevance[0].abs().max() < 1e-15 < explanation.relevance[1].abs().max() * 1e-9


def test_attention_shares_by_squares():
    """Each output's relevance, one pair of positions after another."""
    torch.manual_seed(7)
    query, key, value = (torch.randn(1, 2, 3, 4, dtype=torch.float64) for _ in range(3))
    references = torch.randn(5, 2, 3, 4, dtype=torch.float64)
    relevance = torch.randn(1, 2, 3, 4, dtype=torch.float64)
    deviations = Deviations()
    deviations.add(references)
    layer = AttentionLayer(ConstantAttention(Scores(4, None, None, False), 1e-6), True, deviations)

    output, kept = layer.forward(value, query, key)
    passed, losses = layer.backward(relevance, kept)

    expected = torch.zeros_like(value)
    for head in range(2):
        scores = [[sum(query[0, head, i] * key[0, head, j]).item() / 2 for j in range(3)] for i in range(3)]
        weights = torch.tensor(scores, dtype=torch.float64).exp()
        weights = weights / weights.sum(1, keepdim=True)
        torch.testing.assert_close(output[0, head], weights @ value[0, head])
        for feature in range(4):
            square = [((value[0, head, j, feature] - references[:, head, j, feature]) ** 2).mean() for j in range(3)]
            for i in range(3):
                shares = [weights[i, j] ** 2 * square[j] for j in range(3)]
                for j in range(3):
                    part = relevance[0, head, i, feature] * shares[j] / sum(shares)
                    expected[0, head, j, feature] += part
    torch.testing.assert_close(passed, expected)
    assert all((lost.abs() < 1e-12).all() for lost in losses.values())
