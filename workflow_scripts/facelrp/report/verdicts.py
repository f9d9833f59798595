"""What became of a claim: three verdicts, reached by rules that are stated beside them."""

import inspect
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

#: A difference is taken for one below this share of false discoveries.
Q = 0.05

VERDICTS = (HOLDS, FAILS, UNTESTED) = ("holds", "does not hold", "cannot be tested here")


class CannotBeTestedError(Exception):
    """What a claim's rule raises where a table lacks what it needs; its text says what that is."""


@dataclass(frozen=True)
class Claim:
    """A claim of the paper.

    Attributes
    ----------
    section : str
        Of the paper.
    text : str
        The claim, in our words.
    rule : str
        When it is said to hold.
    judge : callable
        ``judge(…) -> (bool, str)``: whether it holds, and our number with its interval. It names as its arguments the
        tables it needs and, from the experiment's settings, ``expression``, ``attractiveness``, ``base``, ``mode``.
    """

    section: str
    text: str
    rule: str
    judge: Callable

    def finding(self, tables, settings):
        """Judge the claim.

        Parameters
        ----------
        tables : dict of {str: DataFrame}
        settings : dict of {str: str}

        Returns
        -------
        dict
            section, claim, finding (text), verdict (one of `VERDICTS`), rule.
        """
        known = tables | settings
        needed = inspect.signature(self.judge).parameters
        missing = [name for name in needed if name not in known]
        try:
            if missing:
                raise CannotBeTestedError(f"there is no table {', '.join(missing)}")
            holds, finding = self.judge(**{name: known[name] for name in needed})
            verdict = HOLDS if holds else FAILS
        except CannotBeTestedError as reason:
            verdict, finding = UNTESTED, str(reason)
        return {
            "section": self.section,
            "claim": self.text,
            "finding": finding,
            "verdict": verdict,
            "rule": self.rule,
        }


def interval(value, low, high, digits=2, sign=True, percent=False):
    """Return a number with its interval as text: +0.12 [+0.05, +0.19]."""
    form = f"{{:{'+' if sign else ''}.{digits}{'%' if percent else 'f'}}}"
    return f"{form.format(value)} [{form.format(low)}, {form.format(high)}]"


def of(table, **columns):
    """Return the lines of a table with these values, of which there must be one at least."""
    for column, value in columns.items():
        table = table[table[column] == value]
    if table.empty:
        raise CannotBeTestedError(f"no {', '.join(map(str, columns.values()))} among the results")
    return table


def as_markdown(findings, title):
    """Return findings as a Markdown page: a line for each claim, then the rules."""
    lines = [
        f"# {title}",
        "",
        "Each verdict is computed from this experiment's tables by the rule that bears its number. Brackets hold 95 %",
        "intervals; sections are the paper's.",
        "",
        "| | section | claim of the paper | what we find | verdict |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {number} | {one['section']} | {one['claim']} | {one['finding']} | **{one['verdict']}** |"
        for number, one in enumerate(findings, 1)
    ]
    lines += ["", "## Rules", "", *(f"{number}. Holds {one['rule']}." for number, one in enumerate(findings, 1)), ""]
    return "\n".join(lines)


def as_captions(findings):
    """Return findings as reStructuredText, in parts for the captions of the report to include.

    A part stands between the comments ``begin …`` and ``end …``: ``all`` tells how many claims have which verdict, and
    each section, table, figure and equation of the paper that claims name, such as ``Figure 4``, has a part with these
    claims.
    """
    number = Counter(one["verdict"] for one in findings)
    counts = f"{number[HOLDS]} hold here, {number[FAILS]} do not, and {number[UNTESTED]} cannot be tested"
    parts = {"all": [f"Of {len(findings)} claims of the paper {counts}."]}
    for one in findings:
        claim, finding = (re.sub(r"([*`|_\\])", r"\\\1", one[key]) for key in ("claim", "finding"))
        # "3.4, Figure 4 (c)" is section 3.4 and Figure 4.
        for place in re.sub(r" \(.*", "", one["section"]).split(", "):
            intro = "What the paper claims, and what is found here:"
            parts.setdefault(place, [intro]).append(f"- *{claim}*: **{one['verdict']}**. Here: {finding}.")
    return "".join("\n\n".join([f".. begin {place}", *lines, f".. end {place}", ""]) for place, lines in parts.items())
