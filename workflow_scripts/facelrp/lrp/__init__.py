"""Layer-wise Relevance Propagation for sequences and networks with branches, with a ledger of where relevance is lost.

The rules follow Bach et al. (2015) and the notation of Arbabzadah et al. (2016), eqs. 1–3: the two sides of the αβ rule
are weighted by α and β with α + β = 1, so the paper's heatmaps are ``AlphaBeta(alpha=2, beta=-1)``.

>>> explanation = explain(network, images, rule=AlphaBeta(alpha=2, beta=-1))
>>> explanation.relevance, explanation.output, explanation.ledger
"""

from facelrp.lrp.composites import COMPOSITES, RULES, Composite, rule_class, rule_from_config
from facelrp.lrp.explainer import Explainer, Explanation, explain
from facelrp.lrp.ledger import Ledger
from facelrp.lrp.protocols import Join, Layer, Rule
from facelrp.lrp.references import ReferenceExplainer
from facelrp.lrp.rules import AlphaBeta, Box, Epsilon, Flat, Gamma, WSquare
from facelrp.lrp.structure import as_sequential

__all__ = [
    "COMPOSITES",
    "RULES",
    "AlphaBeta",
    "Box",
    "Composite",
    "Epsilon",
    "Explainer",
    "Explanation",
    "Flat",
    "Gamma",
    "Join",
    "Layer",
    "Ledger",
    "ReferenceExplainer",
    "Rule",
    "WSquare",
    "as_sequential",
    "explain",
    "rule_class",
    "rule_from_config",
]
