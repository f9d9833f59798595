"""Findings as a page, and as excerpts for the captions of the report."""

import re
from collections import Counter

from facelrp.faces.rating_scales import PAPER
from facelrp.findings.outcomes import OUTCOMES

LEGEND = """\
Each claim names the smallest effect that matters, and has one of five verdicts, computed from this experiment's
measurements by the rule that bears its number. **Supported**: the effect is beyond the smallest one, and beyond what
the comparators show. **Contradicted**: it is beyond it in the other direction. **Negligible**: it is smaller, in either
direction. **Inconclusive**: the data do not decide between these. **Cannot be tested here**: there is no data, fewer
than six faces or people, or no network that predicts better than the mean rating. Networks that do not, because the
interval of their skill in Table 1 includes 0, are left out of all claims but those on accuracy; as comparators they
stay. Verdicts are three-sided tests at 5 %, corrected for the claims of their family (false discovery rate). Brackets
hold 95 % intervals over faces or people; sections are the paper's.
"""


def counts(findings):
    """Return how many claims have each verdict, as text."""
    number = Counter(one["verdict"] for one in findings)
    return ", ".join(f"{number[outcome]} {outcome}" for outcome in OUTCOMES)


def on_scale(scale):
    """Return what points are in findings, as a sentence or two."""
    text = f"Points are those of the {scale} scale of ratings."
    if scale != PAPER:
        text += f" The smallest effects are set on the paper's scale, {PAPER}, and keep their share of its length."
    return text


def as_markdown(findings, title, scale=PAPER):
    """Return findings as a Markdown page: a table with a row for each claim, then the rules.

    ``scale`` is that of the experiment's ratings.
    """
    lines = [f"# {title}", "", f"Of {len(findings)} claims: {counts(findings)}.", "", LEGEND + on_scale(scale), ""]
    lines += ["| | section | claim | what we find | verdict |", "|---|---|---|---|---|"]
    for number, one in enumerate(findings, 1):
        # A bar, as in |relevance|, would begin another column.
        cells = (number, one["section"], one["claim"], one["finding"].replace("|", r"\|"), f"**{one['verdict']}**")
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "## Rules", ""]
    lines += [f"{number}. {one['rule']}" for number, one in enumerate(findings, 1)]
    return "\n".join([*lines, ""])


def as_captions(findings):
    """Return findings as reStructuredText, in excerpts that the report's captions include.

    An excerpt is enclosed by the comments ``begin …`` and ``end …``. The excerpt ``all`` counts the verdicts. Each
    section, table, figure and equation of the paper that claims name, such as ``Figure 4``, has an excerpt with its
    claims.
    """
    excerpts = {"all": [f"Of {len(findings)} claims: {counts(findings)}."]}
    for one in findings:
        claim, finding = (re.sub(r"([*`|_\\])", r"\\\1", one[key]) for key in ("claim", "finding"))
        # "3.4, Figure 4 (c)" is section 3.4 and Figure 4.
        for name in re.sub(r" \(.*", "", one["section"]).split(", "):
            intro = "What is claimed, and what is found here:"
            excerpts.setdefault(name, [intro]).append(f"- *{claim}*: **{one['verdict']}**. Here: {finding}.")
    return "".join("\n\n".join([f".. begin {name}", *lines, f".. end {name}", ""]) for name, lines in excerpts.items())
