"""A claim: what it says, the smallest effect that matters, and the function that measures its effects."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from facelrp.findings.outcomes import CannotBeTestedError, Direction, corrected, judge


@dataclass(frozen=True)
class Claim:
    """A claim of the paper, or of this tool.

    Attributes
    ----------
    family : str
        The question that it belongs to: outcomes are corrected for the number of claims in a family.
    section : str
        The paper's section and its table or figure; "ours" for claims of this tool.
    text : str
        The claim, in our words.
    direction : Direction
    smallest : float
        The smallest effect that matters, in ``unit``.
    unit : str
        The unit of all effects: one of `UNITS`.
    reason : str
        Why smaller effects do not matter.
    measure : callable
        ``measure(…) -> Evidence``. Its parameters name the tables it needs and any of the experiment's settings; those
        with a default are passed if there are any.
    """

    family: str
    section: str
    text: str
    direction: Direction
    smallest: float
    unit: str
    reason: str
    measure: Callable

    def judged(self, tables, settings):
        """Measure and judge the claim.

        Parameters
        ----------
        tables : dict of {str: DataFrame}
        settings : dict

        Returns
        -------
        judgement : Judgement or None
            None if the claim cannot be tested.
        finding : str
            The effects with their intervals, or why it cannot be tested.
        """
        known = tables | settings
        wanted = inspect.signature(self.measure).parameters
        try:
            if missing := [name for name, one in wanted.items() if name not in known and one.default is one.empty]:
                raise CannotBeTestedError(f"not measured: {', '.join(missing).replace('_', ' ')}")
            evidence = self.measure(**{name: known[name] for name in wanted if name in known})
            judgement = judge(evidence, self.direction, self.smallest)
        except CannotBeTestedError as reason:
            return None, str(reason)
        return judgement, self._finding(evidence, judgement)

    def _finding(self, evidence, judgement):
        """Return effects with their intervals, remark and reasons, as text.

        If there are many comparators, the one that supports the claim least is shown: it decides.
        """
        effects = evidence.effects
        texts = [
            f"{effect.text}: {as_text(mean, self.unit)}{_interval_text(low, high, self.unit)}"
            for effect, mean, (low, high) in zip(effects, judgement.means, judgement.intervals, strict=True)
        ]
        texts[0] += _range_text(effects[0], self.unit)
        if len(texts) > SHOWN:
            support = [
                (effect.direction or self.direction).support(mean)
                for effect, mean in zip(effects[1:], judgement.means[1:], strict=True)
            ]
            texts = [texts[0], f"{texts[1 + int(np.argmin(support))]}, the closest of {len(support)} comparisons"]
        return "; ".join([*texts, *([evidence.remark] if evidence.remark else []), *judgement.reasons])

    def rule(self):
        """Return what supports the claim, and why that much, as a sentence."""
        text = self.direction.text.format(as_text(self.smallest, self.unit, sign=False))
        return f"Supported if the effect is {text}: {self.reason}."


#: More effects than this are not all shown.
SHOWN = 3

#: How numbers of each unit are written: their factor, digits and what follows.
UNITS = {
    "points": (1, 2, " points"),
    "percentage points": (100, 1, " percentage points"),
    "per cent": (100, 0, " %"),
    "correlation": (1, 2, ""),
    "share": (100, 0, " %"),
    "variance": (1, 2, " of the variance"),
    "ratio": (1, 2, ""),
}
#: Units of which a number is not a difference, so that no plus sign belongs to it.
UNSIGNED = ("share",)


def as_text(value, unit, sign=True):
    """Return a number in a unit as text: +0.12 points."""
    factor, digits, name = UNITS[unit]
    form = "+" if sign and unit not in UNSIGNED else ""
    return f"{factor * value:{form}.{digits}f}{name}".replace("-", "−")


def _interval_text(low, high, unit):
    """Return an interval as text; with too few values there is none."""
    if np.isnan(low):
        return " (too few for an interval)"
    factor, digits, _ = UNITS[unit]
    form = "" if unit in UNSIGNED else "+"
    return f" [{factor * low:{form}.{digits}f}, {factor * high:{form}.{digits}f}]".replace("-", "−")


def _range_text(effect, unit):
    """Return the range over networks, as text; "" for a single one."""
    means = [sample.mean for sample in effect.samples()]
    if not means:
        return ""
    factor, digits, _ = UNITS[unit]
    form = "" if unit in UNSIGNED else "+"
    low, high = (f"{factor * end:{form}.{digits}f}" for end in (min(means), max(means)))
    return f" (single networks {low} to {high})".replace("-", "−")


def findings(claims, tables, settings):
    """Judge claims, corrected for the number of claims in each family.

    Parameters
    ----------
    claims : list of Claim
    tables : dict of {str: DataFrame}
    settings : dict
        Claims on what the experiment says that it does not have, by a setting that is None, are left out: those on
        attractiveness where no attribute is called so.

    Returns
    -------
    list of dict
        For each claim that is left: family, section, claim, finding, verdict (one of `outcomes.OUTCOMES`), q, rule.
    """
    absent = {name for name, value in settings.items() if value is None}
    claims = [claim for claim in claims if not absent & inspect.signature(claim.measure).parameters.keys()]
    judged = [claim.judged(tables, settings) for claim in claims]
    verdicts, q = corrected([judgement for judgement, _ in judged], [claim.family for claim in claims])
    return [
        {
            "family": claim.family,
            "section": claim.section,
            "claim": claim.text,
            "finding": finding,
            "verdict": verdict,
            "q": adjusted,
            "rule": claim.rule(),
        }
        for claim, (_, finding), verdict, adjusted in zip(claims, judged, verdicts, q, strict=True)
    ]
