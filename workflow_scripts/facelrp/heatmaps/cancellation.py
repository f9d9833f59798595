"""How much of a heatmap cancels, and what becomes of the biases' share: to be known when rules are compared.

A rule passes on positive and negative relevance. If both are much larger than their sum, the heatmap is the difference
of large numbers, and small changes of the face or of rounding turn it around.
"""

import numpy as np
import pandas as pd

from facelrp.lrp import Composite, rule_from_config

#: The bounds of pixels do not matter here.
RANGE = (-1.0, 1.0)


def bias_treatment(config):
    """Return what a rule does with the share of biases, in a word.

    Parameters
    ----------
    config : dict
        A rule of the configuration.

    Returns
    -------
    {"absorb", "left out", "cancel"}
        ``absorb``: biases count as contributions and keep their share, which does not reach the pixels. ``left out``:
        inputs alone share all relevance, that of biases, too. ``cancel``: the rule is one of differences. If groups of
        layers differ, the word of each, joined by commas.
    """
    if config["name"] == "references":
        return "cancel"
    rule = rule_from_config(config, RANGE)
    parts = (rule.first, rule.conv, rule.dense) if isinstance(rule, Composite) else (rule,)
    words = [_treatment(part) for part in parts if part is not None]
    return ", ".join(dict.fromkeys(words))


def _treatment(rule):
    if hasattr(rule, "bias"):
        return "absorb" if rule.bias else "left out"
    return "cancel" if hasattr(rule, "low") else "left out"


def relevance_sums(maps, explained, biases):
    """Return the sums of each face's heatmap by each rule, beside what it should add up to: a table.

    Parameters
    ----------
    maps : dict of {str: ndarray of float, shape (N, H, W)}
        By rule.
    explained : dict of {str: ndarray of float, shape (N,)}
        By rule, f(x) less the baseline that it is compared with.
    biases : dict of {str: str}
        By rule, see `bias_treatment`.

    Returns
    -------
    DataFrame
        A row per face (``row``) and ``rule``: ``biases``, ``explained``, ``relevance`` (ΣR) and ``absolute`` (Σ|R|),
        in units of f(x).
    """
    return pd.concat(
        pd.DataFrame(
            {
                "row": np.arange(len(heatmaps)),
                "rule": rule,
                "biases": biases[rule],
                "explained": explained[rule].astype(np.float64),
                "relevance": heatmaps.sum((1, 2), dtype=np.float64),
                "absolute": np.abs(heatmaps).sum((1, 2), dtype=np.float64),
            }
        )
        for rule, heatmaps in maps.items()
    )
