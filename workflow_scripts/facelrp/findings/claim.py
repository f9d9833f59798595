"""A claim: what it says, the smallest effect that matters, and the function that measures its effects."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from facelrp.faces.rating_scales import PAPER, RatingScale
from facelrp.findings.able_networks import without
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
        The smallest effect that matters, in ``unit``; points are those of the paper's scale.
    unit : str
        The unit of all effects: one of `UNITS`.
    reason : str
        Why smaller effects do not matter.
    measure : callable
        ``measure(…) -> Evidence``. Its parameters name the tables it needs and any of the experiment's settings; those
        with a default are passed if there are any. ``scale`` is that of the experiment's ratings.
    scale : RatingScale
        The scale of the experiment's ratings, on which effects in points are measured.
    """

    family: str
    section: str
    text: str
    direction: Direction
    smallest: float
    unit: str
    reason: str
    measure: Callable
    scale: RatingScale = PAPER

    @property
    def least(self):
        """The smallest effect that matters, in ``unit``, on the experiment's scale."""
        return self.scale.from_paper(self.smallest) if self.unit == POINTS else self.smallest

    def judged(self, tables, settings, left_out=frozenset()):
        """Measure and judge the claim.

        Parameters
        ----------
        tables : dict of {str: DataFrame}
        settings : dict
        left_out : set of (str, str, str), optional
            Networks that the claim must not rest on, see `facelrp.findings.able_networks`.

        Returns
        -------
        judgement : Judgement or None
            None if the claim cannot be tested.
        finding : str
            The effects with their intervals, or why it cannot be tested.
        """
        settings = settings | {"scale": self.scale}
        wanted = inspect.signature(self.measure).parameters
        tables, settings = ({name: known[name] for name in wanted if name in known} for known in (tables, settings))
        remark = ""
        try:
            if missing := [
                name for name, one in wanted.items() if name not in tables | settings and one.default is one.empty
            ]:
                raise CannotBeTestedError(f"not measured: {', '.join(missing).replace('_', ' ')}")
            tables, remark = without(tables, settings, left_out)
            evidence = self.measure(**tables, **settings)
            judgement = judge(evidence, self.direction, self.least)
        except CannotBeTestedError as reason:
            return None, joined(str(reason), remark)
        return judgement, joined(self._finding(evidence, judgement), remark)

    def _finding(self, evidence, judgement):
        """Return effects with their intervals, remark and reasons, as text.

        If there are many comparators, the one that supports the claim least is shown: it decides.
        """
        effects = evidence.effects
        texts = [
            f"{effect.text}: {as_text(mean, self.unit, self.scale)}{_interval_text(low, high, self.unit, self.scale)}"
            for effect, mean, (low, high) in zip(effects, judgement.means, judgement.intervals, strict=True)
        ]
        texts[0] += _range_text(effects[0], self.unit, self.scale)
        if len(texts) > SHOWN:
            support = [
                (effect.direction or self.direction).support(mean)
                for effect, mean in zip(effects[1:], judgement.means[1:], strict=True)
            ]
            texts = [texts[0], f"{texts[1 + int(np.argmin(support))]}, the closest of {len(support)} comparisons"]
        return joined(*texts, evidence.remark, *judgement.reasons)

    def rule(self):
        """Return what supports the claim, and why that much, as a sentence."""
        least = as_text(self.smallest, self.unit, sign=False)
        if self.unit == POINTS and self.scale != PAPER:
            least = f"{self.least:.4g} points ({self.smallest:g} of {PAPER})"
        text = self.direction.text.format(least)
        return f"Supported if the effect is {text}: {self.reason}."


def joined(*texts):
    """Return the texts that are not empty, as one."""
    return "; ".join(text for text in texts if text)


#: More effects than this are not all shown.
SHOWN = 3

#: The unit of ratings, on the experiment's scale.
POINTS = "points"
#: How numbers of each unit are written: their factor, digits (None: they depend on the scale) and what follows.
UNITS = {
    POINTS: (1, None, " points"),
    "percentage points": (100, 1, " percentage points"),
    "per cent": (100, 0, " %"),
    "correlation": (1, 2, ""),
    "share": (100, 0, " %"),
    "variance": (1, 2, " of the variance"),
    "ratio": (1, 2, ""),
}
#: Units of which a number is not a difference, so that no plus sign belongs to it.
UNSIGNED = ("share",)


def _written(unit, scale):
    """Return how numbers of a unit are written, see `UNITS`."""
    factor, digits, name = UNITS[unit]
    return factor, scale.decimals + 1 if digits is None else digits, name


def as_text(value, unit, scale=PAPER, sign=True):
    """Return a number in a unit as text: +0.12 points."""
    factor, digits, name = _written(unit, scale)
    form = "+" if sign and unit not in UNSIGNED else ""
    return f"{factor * value:{form}.{digits}f}{name}".replace("-", "−")


def _interval_text(low, high, unit, scale):
    """Return an interval as text; with too few values there is none."""
    if np.isnan(low):
        return " (too few for an interval)"
    factor, digits, _ = _written(unit, scale)
    form = "" if unit in UNSIGNED else "+"
    return f" [{factor * low:{form}.{digits}f}, {factor * high:{form}.{digits}f}]".replace("-", "−")


def _range_text(effect, unit, scale):
    """Return the range over networks, as text; "" for a single one."""
    means = [sample.mean for sample in effect.samples()]
    if not means:
        return ""
    factor, digits, _ = _written(unit, scale)
    form = "" if unit in UNSIGNED else "+"
    low, high = (f"{factor * end:{form}.{digits}f}" for end in (min(means), max(means)))
    return f" (single networks {low} to {high})".replace("-", "−")


def findings(claims, tables, settings, left_out=frozenset(), scale=PAPER):
    """Judge claims, corrected for the number of claims in each family.

    Parameters
    ----------
    claims : list of Claim
    tables, settings, left_out
        See `Claim.judged`. Claims on what the experiment says that it does not have, by a setting that is None, are
        left out: those on attractiveness where no attribute is called so.
    scale : RatingScale
        That of the experiment's ratings.

    Returns
    -------
    list of dict
        For each claim that is left: family, section, claim, finding, verdict (one of `outcomes.OUTCOMES`), q, rule.
    """
    absent = {name for name, value in settings.items() if value is None}
    claims = [
        replace(claim, scale=scale)
        for claim in claims
        if not absent & inspect.signature(claim.measure).parameters.keys()
    ]
    judged = [claim.judged(tables, settings, left_out) for claim in claims]
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
