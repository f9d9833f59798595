"""In words: what the relevance of an experiment's heatmaps adds up to, as it was measured."""

#: What becomes of relevance that does not reach the pixels, by cause (see `facelrp.lrp.ledger`).
CAUSES = {
    "bias": "biases",
    "epsilon": "the stabiliser ε",
    "empty_side": "the empty side of αβ",
    "surplus": "α + β ≠ 1",
    "renormalised": "renormalisation",
}
#: Shares of what is explained: a smaller loss is not worth a word; a larger one on an empty side is worth advice.
SMALL, MUCH = 0.01, 0.02


def in_words(table, compared):
    """Return what relevance adds up to in an experiment, as text.

    Parameters
    ----------
    table : DataFrame
        A row per network, with medians over faces as shares of what is explained: ``median_relevance_share`` at the
        pixels, and ``median_…`` for each of `CAUSES`.
    compared : bool
        Whether faces are compared with references, so that f(x) − mean f(x′) is explained, not f(x).

    Returns
    -------
    str
    """
    explained = "f(x) − mean f(x′)" if compared else "f(x)"
    shares = table["median_relevance_share"]
    if (shares - 1).abs().max() <= SMALL:
        return f"Here ΣR = {explained}, within {100 * SMALL:.0f} % in the median face of every network."
    ends = [f"{100 * share:.0f}" for share in (shares.min(), shares.max())]
    largest = {cause: table[f"median_{cause}"].abs().max() for cause in CAUSES}
    lost = [f"{CAUSES[cause]} (up to {100 * share:.0f} %)" for cause, share in largest.items() if share > SMALL]
    range_ = f"{ends[0]} %" if ends[0] == ends[1] else f"{ends[0]} % to {ends[1]} %"
    text = f"Here ΣR is not {explained} but {range_} of it, in the median face of each network."
    return f"{text} The rest went to {', '.join(lost)}." if lost else text


def advice(table):
    """Return what to do about relevance that is lost on an empty side, as text; "" if little is."""
    lost = table["median_empty_side"].abs()
    count = int((lost > MUCH).sum())
    if not count:
        return ""
    return (
        f"In {count} of {len(table)} networks, units without negative or positive contributions lost "
        f"more than {100 * MUCH:.0f} % of relevance, up to {100 * lost.max():.0f} %: with renormalise: true, the rule "
        "alpha_beta keeps the sum in each layer; the rule references has no empty sides; it explains f(x) − mean f(x′)."
    )
