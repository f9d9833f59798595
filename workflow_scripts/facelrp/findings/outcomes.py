"""The five outcomes of a claim, and how measured effects lead to one of them.

A claim names a direction and the smallest effect that matters. Its effects are tested for the regions that these divide
the possible means into, see `facelrp.statistics.regions`. A claim can need several effects: the mouth's, and that it
exceeds what the comparators show. All of them must support the claim (an intersection-union test), one is enough to
contradict it.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from facelrp.statistics.crossed import Crossed
from facelrp.statistics.inference import SIGNIFICANT, benjamini_hochberg
from facelrp.statistics.rank_correlation import RankCorrelation
from facelrp.statistics.regions import Sample, p_of_regions

SUPPORTED, CONTRADICTED, NEGLIGIBLE, INCONCLUSIVE, UNTESTED = OUTCOMES = (
    "supported",
    "contradicted",
    "negligible",
    "inconclusive",
    "cannot be tested here",
)


class CannotBeTestedError(Exception):
    """Raised by a claim's measurement if there is no data for it; the text names what is missing."""


@dataclass(frozen=True)
class Direction:
    """What a claim says of an effect.

    Attributes
    ----------
    text : str
        In a sentence, with the smallest effect as ``{}``.
    cuts : tuple of int
        The borders of its regions, in units of the smallest effect.
    outcomes : tuple of str
        The outcome of an effect in each region, one more than cuts.
    """

    text: str
    cuts: tuple
    outcomes: tuple

    def support(self, mean):
        """Return a number that is the larger, the more an effect's mean supports the claim."""
        if self.outcomes[0] == self.outcomes[-1]:
            return -abs(mean)
        return mean if self.outcomes[-1] == SUPPORTED else -mean


MORE = Direction("more than {}", (-1, 1), (CONTRADICTED, NEGLIGIBLE, SUPPORTED))
LESS = Direction("less than −{}", (-1, 1), (SUPPORTED, NEGLIGIBLE, CONTRADICTED))
NOT_MORE = Direction("at most {}", (1,), (SUPPORTED, CONTRADICTED))
NOT_LESS = Direction("no less than −{}", (-1,), (CONTRADICTED, SUPPORTED))
ALIKE = Direction("between −{0} and {0}", (-1, 1), (CONTRADICTED, SUPPORTED, CONTRADICTED))
#: For shares of faces, with a least share instead of a smallest effect.
OFTENER = Direction("in more than {} of cases", (1,), (CONTRADICTED, SUPPORTED))


@dataclass(frozen=True)
class Effect:
    """One measured effect.

    Attributes
    ----------
    text : str
        What is measured.
    values : DataFrame, Series or ndarray, shape (N,) or (N, K); or Crossed or RankCorrelation
        A row for each face or person, a column for each network if there are several: their mean is judged. Or a sample
        of another kind, such as `facelrp.statistics.crossed.Crossed`.
    others : like ``values``, optional
        The values of another group of faces: the difference of the two groups' means is judged.
    direction : Direction, optional
        If it is another than the claim's.
    yes_or_no : bool
        Whether values are 0 or 1, and the effect is a share.
    some : bool
        Whether a row's mean is over the networks that it has a value of: not every face is rated on all attributes.
        Otherwise a row that lacks any is left out.
    """

    text: str
    values: object
    others: object = None
    direction: Direction | None = None
    yes_or_no: bool = False
    some: bool = False

    def sample(self):
        """Return the values to judge, averaged over networks: a `Sample`, or the sample of another kind."""
        if isinstance(self.values, Crossed | RankCorrelation):
            return self.values
        others = None if self.others is None else _mean_over_networks(self.others, self.some)
        return Sample(_mean_over_networks(self.values, self.some), others, self.yes_or_no)

    def samples(self):
        """Return those of each network: a list of `Sample`, empty if there is only one."""
        if isinstance(self.values, Crossed | RankCorrelation):
            return []
        groups = [np.asarray(group, dtype=np.float64) for group in (self.values, self.others) if group is not None]
        if groups[0].ndim == 1 or groups[0].shape[1] < 2:
            return []
        return [Sample(*(group[:, network] for group in groups)) for network in range(groups[0].shape[1])]


def _mean_over_networks(values, some):
    """Return the mean over the columns, NaN where any, or with ``some`` all, are missing: ndarray of float, (N,)."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim == 1:
        return values
    return np.nanmean(values, axis=1) if some else values.mean(axis=1)


@dataclass(frozen=True)
class Evidence:
    """What a claim's measurement returns.

    Attributes
    ----------
    effects : list of Effect
        The first is the claim's own, the others compare it.
    remark : str
        To be added to the finding.
    limit : str
        Why the claim cannot be more than inconclusive however clear the effects are; "" if nothing limits it.
    """

    effects: list
    remark: str = ""
    limit: str = ""


@dataclass(frozen=True)
class Judgement:
    """The outcome of a claim before it is corrected for the claims of its family.

    Attributes
    ----------
    outcome : str
    p : float
        The p-value of that outcome; NaN if the claim could not be tested.
    means, intervals : list
        For each effect.
    reasons : list of str
        Why it is inconclusive although its effects are clear.
    """

    outcome: str
    p: float
    means: list = field(default_factory=list)
    intervals: list = field(default_factory=list)
    reasons: list = field(default_factory=list)


def p_of_outcomes(sample, direction, smallest):
    """Return the p-value of each outcome of one effect: {outcome: p}; empty if it cannot be tested."""
    p = p_of_regions(sample, [cut * smallest for cut in direction.cuts])
    if np.isnan(p).any():
        return {}
    found = {}
    for outcome, value in zip(direction.outcomes, p, strict=True):
        found[outcome] = min(value, found.get(outcome, 1.0))
    return found


def judge(evidence, direction, smallest):
    """Judge one claim by its evidence.

    Parameters
    ----------
    evidence : Evidence
    direction : Direction
    smallest : float
        The smallest effect that matters, above 0.

    Returns
    -------
    Judgement
        To support the claim, all effects must, and p is the largest of theirs (Berger 1982). Otherwise it is
        contradicted, or negligible, if any effect is, and p is the smallest times the number of effects (Bonferroni).
        A claim of several networks' mean is inconclusive if any single network, corrected for their number, says the
        contrary.
    """
    effects = evidence.effects
    samples = [effect.sample() for effect in effects]
    for sample in samples:
        if sample.count < sample.fewest:
            raise CannotBeTestedError(f"{sample.count} {sample.units}, fewer than {sample.fewest}")
    directions = [effect.direction or direction for effect in effects]
    tests = [p_of_outcomes(sample, one, smallest) for sample, one in zip(samples, directions, strict=True)]
    if not all(tests):
        raise CannotBeTestedError("the networks' results are not all finite")
    p = {SUPPORTED: max(test.get(SUPPORTED, 1.0) for test in tests)}
    for outcome in (CONTRADICTED, NEGLIGIBLE):
        p[outcome] = min(1.0, len(tests) * min(test.get(outcome, 1.0) for test in tests))
    outcome = next((one for one in p if p[one] < SIGNIFICANT), INCONCLUSIVE)
    judgement = Judgement(
        outcome, p.get(outcome, min(p.values())), [one.mean for one in samples], [one.interval() for one in samples]
    )
    reasons = [evidence.limit] if evidence.limit and outcome != INCONCLUSIVE else []
    decisive = 0 if outcome == SUPPORTED else min(range(len(tests)), key=lambda one: tests[one].get(outcome, 1.0))
    if reason := _disagreement(effects[decisive], directions[decisive], smallest, outcome):
        reasons.append(reason)
    return replace(judgement, outcome=INCONCLUSIVE, reasons=reasons) if reasons else judgement


def _disagreement(effect, direction, smallest, outcome):
    """Return how many single networks say the contrary of their mean, as text; "" if none does."""
    contrary = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED}.get(outcome)
    networks = effect.samples()
    tests = [p_of_outcomes(network, direction, smallest).get(contrary, 1.0) for network in networks if contrary]
    against = sum(len(networks) * p < SIGNIFICANT for p in tests)
    return f"but {against} of {len(networks)} networks say the contrary" if against else ""


def corrected(judgements, families):
    """Correct the outcomes of claims for the number of claims in their family.

    Parameters
    ----------
    judgements : list of Judgement or None
        None for a claim that could not be tested.
    families : list of str
        For each claim.

    Returns
    -------
    outcomes : list of str
    q : ndarray of float
        p, adjusted over the family (Benjamini & Hochberg 1995). An outcome needs q < 0.05, otherwise the claim is
        inconclusive.
    """
    p = pd.Series([np.nan if one is None else one.p for one in judgements], dtype=float)
    q = p.groupby(np.asarray(families)).transform(benjamini_hochberg).to_numpy()
    outcomes = []
    for one, adjusted in zip(judgements, q, strict=True):
        if one is None:
            outcomes.append(UNTESTED)
        else:
            outcomes.append(one.outcome if adjusted < SIGNIFICANT else INCONCLUSIVE)
    return outcomes, q
