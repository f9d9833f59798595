"""Findings in an article: where each claim stands in it, and the verdicts in sentences."""

import re

from facelrp.findings.outcomes import OUTCOMES

#: Sections of the article, by section of the paper, for claims that name no figure or table.
SECTIONS = {
    "2": "Relevance",
    "3.2": "Networks",
    "3.3": "Convergence",
    "3.4": "Expressions",
    "3.5": "Heatmaps",
    "3.6": "Heatmaps",
    "3.7": "Occlusion",
}
#: The same for claims of this tool, by family.
OURS = {"expressions": "Expressions"}
#: What else a claim can name, beside figures and tables with these words in their titles.
NAMED = {"Base models": "Base models"}


def placed(findings, titles):
    """Return findings with their number and their place in the article.

    Parameters
    ----------
    findings : list of dict
        Rows of ``tables/findings.csv``.
    titles : dict of {str: str}
        Section of the article of each figure and table, by title, such as "Table 1: mean absolute errors".

    Returns
    -------
    list of dict
        With ``number`` (from 1) and ``place`` added.
    """
    return [one | {"number": number, "place": place(one, titles)} for number, one in enumerate(findings, 1)]


def place(finding, titles):
    """Return the section of the article in which a claim stands: that of the figure it names, else by its section."""
    section, *named = re.sub(r" \(.*", "", finding["section"]).split(", ")
    for name in named:
        if name in NAMED:
            return NAMED[name]
        for title, where in titles.items():
            if title.partition(":")[0] == name:
                return where
    return SECTIONS.get(section) or OURS.get(finding["family"], "Evaluation")


def by_verdict(findings):
    """Return the findings of each verdict, without verdicts that none has: {verdict: list of dict}."""
    groups = {outcome: [one for one in findings if one["verdict"] == outcome] for outcome in OUTCOMES}
    return {outcome: group for outcome, group in groups.items() if group}


def counted(findings, sections):
    """Return how many claims of each section have each verdict: {section: {verdict: int}}, without empty sections."""
    rows = {}
    for section in sections:
        own = [one["verdict"] for one in findings if one["place"] == section]
        if own:
            rows[section] = {outcome: own.count(outcome) for outcome in OUTCOMES}
    return rows
