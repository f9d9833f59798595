"""Judge claims: each gets one of three verdicts by a stated rule, for a page and for the report's captions."""

import inspect
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

HOLDS, FAILS, UNTESTED = "holds", "does not hold", "cannot be tested here"


class CannotBeTestedError(Exception):
    """Raised by a claim's rule if a table lacks data that it needs; the text names the data."""


@dataclass(frozen=True)
class Claim:
    """A claim of the paper.

    Attributes
    ----------
    section : str
        The paper's section.
    text : str
        The claim, in our words.
    rule : str
        The condition under which it holds.
    judge : callable
        ``judge(…) -> (bool, str)``: whether the claim holds, and our number with its interval. Its parameters name the
        tables it needs and any of the experiment's settings ``expression``, ``attractiveness``, ``base``, ``mode``.
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
            section, claim, finding (text), verdict (`HOLDS`, `FAILS` or `UNTESTED`), rule.
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


def select(table, **columns):
    """Return the rows of a table with these values, at least one; otherwise raise `CannotBeTestedError`."""
    for column, value in columns.items():
        table = table[table[column] == value]
    if table.empty:
        raise CannotBeTestedError(f"no {', '.join(map(str, columns.values()))} among the results")
    return table


def as_markdown(findings, title):
    """Return findings as a Markdown page: a table with a row for each claim, then the rules."""
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
    """Return findings as reStructuredText, in excerpts that the report's captions include.

    An excerpt is enclosed by the comments ``begin …`` and ``end …``. The excerpt ``all`` counts the verdicts. Each
    section, table, figure and equation of the paper that claims name, such as ``Figure 4``, has an excerpt with its
    claims.
    """
    number = Counter(one["verdict"] for one in findings)
    counts = f"{number[HOLDS]} hold here, {number[FAILS]} do not, and {number[UNTESTED]} cannot be tested"
    excerpts = {"all": [f"Of {len(findings)} claims of the paper {counts}."]}
    for one in findings:
        claim, finding = (re.sub(r"([*`|_\\])", r"\\\1", one[key]) for key in ("claim", "finding"))
        # "3.4, Figure 4 (c)" is section 3.4 and Figure 4.
        for name in re.sub(r" \(.*", "", one["section"]).split(", "):
            intro = "What the paper claims, and what is found here:"
            excerpts.setdefault(name, [intro]).append(f"- *{claim}*: **{one['verdict']}**. Here: {finding}.")
    return "".join("\n\n".join([f".. begin {name}", *lines, f".. end {name}", ""]) for name, lines in excerpts.items())
