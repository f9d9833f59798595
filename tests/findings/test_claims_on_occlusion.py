"""Claims on covered parts: supported by measurements that show their effect, and by no others."""

import measurements as made
import pytest
from judging import verdict

from facelrp.findings.outcomes import CONTRADICTED, INCONCLUSIVE, NEGLIGIBLE, SUPPORTED


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("Occluding the mouth", {}, SUPPORTED),
        ("Occluding the mouth", {"mouth": 0.0}, NEGLIGIBLE),
        ("Occluding the mouth", {"mouth": 1.0}, CONTRADICTED),
        ("Occluding the mouth", {"control": -1.0}, NEGLIGIBLE),
        ("Only the mouth", {}, SUPPORTED),
        ("Only the mouth", {"nose": -0.5}, CONTRADICTED),
        ("Only the mouth", {"control": -0.5}, SUPPORTED),
        ("The mouth's occlusion", {}, SUPPORTED),
        ("The mouth's occlusion", {"nose": -1.0}, NEGLIGIBLE),
        ("The mouth's occlusion", {"nose": -2.0}, CONTRADICTED),
        ("The mouth's occlusion", {"control": -2.0}, CONTRADICTED),
        ("Occluding both eyes", {}, SUPPORTED),
        ("Occluding both eyes", {"eyes": -1.0}, CONTRADICTED),
        ("Removing the eyes", {"eyes": 0.5}, SUPPORTED),
        ("Removing the eyes", {"eyes": -0.5}, INCONCLUSIVE),
    ],
)
def test_occlusion(text, changes, expected):
    assert verdict(text, **made.occlusion(**changes)) == expected


@pytest.mark.parametrize(
    ("mouth", "control", "expected"),
    [(-0.2, 0.0, SUPPORTED), (0.0, 0.0, NEGLIGIBLE), (-0.2, -0.2, NEGLIGIBLE), (0.2, 0.0, CONTRADICTED)],
)
def test_relevance_of_a_covered_mouth(mouth, control, expected):
    own = made.occlusion_relevance({"mouth": mouth, "eyes": 0.0, "control": control}, dict.fromkeys(made.ALL, 0.0))
    assert verdict("Relevance in the region", occlusion_relevance=own, rated=made.rated()) == expected


@pytest.mark.parametrize(
    ("eyes", "control", "expected"), [(0.2, 0.0, SUPPORTED), (0.2, 0.2, NEGLIGIBLE), (-0.2, 0.0, CONTRADICTED)]
)
def test_attention_moves_to_the_mouth(eyes, control, expected):
    moved = {"mouth": 0.0, "eyes": eyes, "control": control}
    table = made.occlusion_relevance(dict.fromkeys(moved, 0.0), moved)
    assert verdict("Attention moves", occlusion_relevance=table, rated=made.rated()) == expected
