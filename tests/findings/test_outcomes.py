"""The five outcomes: what leads to each, and how often in simulated data."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from facelrp.findings.outcomes import (
    ALIKE,
    CONTRADICTED,
    INCONCLUSIVE,
    LESS,
    MORE,
    NEGLIGIBLE,
    NOT_LESS,
    NOT_MORE,
    OFTENER,
    SUPPORTED,
    UNTESTED,
    CannotBeTestedError,
    Effect,
    Evidence,
    Judgement,
    corrected,
    judge,
)
from facelrp.statistics import regions

FACES = 40
#: Simulated sets of faces.
SETS = 1000
#: The mean of this many faces has a standard error of δ / 3.3.
SPREAD = FACES**0.5 / 3.3


def effect(mean, count=FACES, spread=0.3, seed=0, **options):
    """Return an effect of exactly this mean, in units of the smallest effect."""
    values = np.random.default_rng(seed).normal(0, spread, size=count)
    return Effect("an effect", mean + values - values.mean(), **options)


def outcome(direction, *effects, **options):
    return judge(Evidence(list(effects), **options), direction, 1.0).outcome


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        (MORE, [CONTRADICTED, INCONCLUSIVE, NEGLIGIBLE, INCONCLUSIVE, SUPPORTED]),
        (LESS, [SUPPORTED, INCONCLUSIVE, NEGLIGIBLE, INCONCLUSIVE, CONTRADICTED]),
        (NOT_MORE, [SUPPORTED, SUPPORTED, SUPPORTED, INCONCLUSIVE, CONTRADICTED]),
        (NOT_LESS, [CONTRADICTED, INCONCLUSIVE, SUPPORTED, SUPPORTED, SUPPORTED]),
        (ALIKE, [CONTRADICTED, INCONCLUSIVE, SUPPORTED, INCONCLUSIVE, CONTRADICTED]),
    ],
)
def test_each_direction_has_its_regions(direction, expected):
    assert [outcome(direction, effect(mean)) for mean in (-3, -1, 0, 1, 3)] == expected


def test_a_share_is_often_or_seldom():
    def raised(yes, total):
        return outcome_of_share(np.repeat([1.0, 0.0], [yes, total - yes]))

    def outcome_of_share(values):
        return judge(Evidence([Effect("rises", values, yes_or_no=True)]), OFTENER, 0.05).outcome

    assert [raised(20, 60), raised(4, 60), raised(0, 200)] == [SUPPORTED, INCONCLUSIVE, CONTRADICTED]


def test_all_effects_must_support_a_claim():
    assert outcome(MORE, effect(3), effect(3, seed=1)) == SUPPORTED
    assert outcome(MORE, effect(3), effect(1, seed=1)) == INCONCLUSIVE
    assert outcome(MORE, effect(3), effect(0, seed=1)) == NEGLIGIBLE
    assert outcome(MORE, effect(3), effect(-3, seed=1)) == CONTRADICTED
    assert outcome(LESS, effect(-3), effect(0, seed=1, direction=NOT_LESS)) == SUPPORTED
    assert outcome(LESS, effect(-3), effect(-3, seed=1, direction=NOT_LESS)) == CONTRADICTED


def test_p_is_the_largest_of_those_that_must_agree():
    clear, weaker = effect(3), effect(1.15, seed=1)
    alone = judge(Evidence([weaker]), MORE, 1.0)
    both = judge(Evidence([clear, weaker]), MORE, 1.0)
    assert alone.outcome == both.outcome == SUPPORTED
    assert both.p == alone.p > judge(Evidence([clear]), MORE, 1.0).p
    # One of several can contradict by chance: p is multiplied by their number.
    against = judge(Evidence([effect(-1.15, seed=1)]), MORE, 1.0)
    assert judge(Evidence([clear, effect(-1.15, seed=1)]), MORE, 1.0).p == pytest.approx(2 * against.p)


def test_a_limit_makes_clear_effects_inconclusive():
    found = judge(Evidence([effect(3)], limit="one pair"), MORE, 1.0)
    assert (found.outcome, found.reasons) == (INCONCLUSIVE, ["one pair"])
    assert judge(Evidence([effect(1)], limit="one pair"), MORE, 1.0).reasons == []


def test_networks_that_say_the_contrary_make_their_mean_inconclusive():
    noise = np.random.default_rng(0).normal(0, 0.3, size=(FACES, 4))
    agreeing = pd.DataFrame(noise + 4)
    assert outcome(MORE, Effect("an effect", agreeing)) == SUPPORTED
    found = judge(Evidence([Effect("an effect", agreeing.assign(**{"3": noise[:, 3] - 4})[[0, 1, 2, "3"]])]), MORE, 1.0)
    assert found.outcome == INCONCLUSIVE
    assert found.reasons == ["but 1 of 4 networks say the contrary"]
    # A network that only shows nothing does not contradict the mean of all.
    assert outcome(MORE, Effect("an effect", pd.DataFrame(noise + np.array([4, 4, 4, 0])))) == SUPPORTED


@pytest.mark.parametrize("count", [0, 1, 5])
def test_fewer_than_six_faces_are_not_tested(count):
    with pytest.raises(CannotBeTestedError, match=f"^{count} faces or people, fewer than 6$"):
        judge(Evidence([Effect("an effect", np.ones(count))]), MORE, 1.0)


def test_infinite_results_are_not_tested():
    with pytest.raises(CannotBeTestedError, match="not all finite"):
        judge(Evidence([Effect("an effect", np.array([np.inf] + [1.0] * 9))]), MORE, 1.0)


def test_outcomes_are_corrected_within_their_family():
    """By hand: of 0.01, 0.04, 0.045 q is 0.03, 0.045, 0.045; beside 0.6 it is 0.04, 0.06, 0.06."""
    first = [Judgement(SUPPORTED, p) for p in (0.01, 0.04, 0.045)]
    outcomes, q = corrected([*first, None], ["a"] * 4)
    assert outcomes == [SUPPORTED] * 3 + [UNTESTED]
    np.testing.assert_allclose(q, [0.03, 0.045, 0.045, np.nan])
    outcomes, q = corrected([*first, Judgement(INCONCLUSIVE, 0.6), Judgement(NEGLIGIBLE, 0.04)], ["a"] * 4 + ["b"])
    assert outcomes == [SUPPORTED, INCONCLUSIVE, INCONCLUSIVE, INCONCLUSIVE, NEGLIGIBLE]
    np.testing.assert_allclose(q, [0.04, 0.06, 0.06, 0.6, 0.04])


def simulated(direction, mean, kind, rng):
    """Judge a simulated set of faces whose true effect is ``mean`` times the smallest one, δ = 1."""
    if kind == "one group":
        effects = [Effect("", rng.normal(mean, SPREAD, size=FACES))]
    elif kind == "two groups":
        spread = SPREAD / 2**0.5
        effects = [Effect("", rng.normal(mean, spread, size=FACES), rng.normal(0, spread, size=FACES))]
    elif kind == "networks":
        # Networks see the same faces: they share most of the noise.
        faces = rng.normal(mean, 0.9 * SPREAD, size=(FACES, 1))
        effects = [Effect("", faces + rng.normal(0, 0.9 * SPREAD, size=(FACES, 4)))]
    elif kind == "two comparators":
        effects = [Effect("", rng.normal(mean, SPREAD, size=FACES)) for _ in range(3)]
    else:
        faces = rng.binomial(1, 0.05 * mean, size=120).astype(float)
        return judge(Evidence([Effect("", faces, yes_or_no=True)]), OFTENER, 0.05).outcome
    return judge(Evidence(effects), direction, 1.0).outcome


RULES = [
    # direction, kind, then for no effect, the smallest and three times it: which outcomes must be rare, which frequent
    (MORE, "one group", (SUPPORTED, NEGLIGIBLE), (SUPPORTED, None), (NEGLIGIBLE, SUPPORTED)),
    (LESS, "one group", (SUPPORTED, NEGLIGIBLE), (CONTRADICTED, None), (SUPPORTED, CONTRADICTED)),
    (NOT_MORE, "one group", (CONTRADICTED, SUPPORTED), (SUPPORTED, None), (SUPPORTED, CONTRADICTED)),
    (NOT_LESS, "one group", (CONTRADICTED, SUPPORTED), (CONTRADICTED, SUPPORTED), (CONTRADICTED, SUPPORTED)),
    (ALIKE, "one group", (CONTRADICTED, SUPPORTED), (SUPPORTED, None), (SUPPORTED, CONTRADICTED)),
    (MORE, "two groups", (SUPPORTED, NEGLIGIBLE), (SUPPORTED, None), (NEGLIGIBLE, SUPPORTED)),
    (ALIKE, "two groups", (CONTRADICTED, SUPPORTED), (SUPPORTED, None), (SUPPORTED, CONTRADICTED)),
    (MORE, "networks", (SUPPORTED, NEGLIGIBLE), (SUPPORTED, None), (NEGLIGIBLE, SUPPORTED)),
    (MORE, "two comparators", (SUPPORTED, NEGLIGIBLE), (SUPPORTED, None), (NEGLIGIBLE, SUPPORTED)),
    (OFTENER, "share", (SUPPORTED, CONTRADICTED), (SUPPORTED, None), (CONTRADICTED, SUPPORTED)),
]


@pytest.mark.parametrize("effect_size", [0, 1, 3])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule[0].text.format('δ')}, {rule[1]}")
def test_rates_of_outcomes(rule, effect_size, monkeypatch, record_property):
    """In 1,000 simulated sets false statements are rare, and effects of three times the smallest are found."""
    monkeypatch.setattr(regions, "DRAWS", 999)
    direction, kind, *expected = rule
    rng = np.random.default_rng(7)
    found = pd.Series([simulated(direction, effect_size, kind, rng) for _ in range(SETS)]).value_counts()
    record_property("rates", (found / SETS).to_dict())
    rare, frequent = expected[(0, 1, 3).index(effect_size)]
    # At most 5 %, as far as this number of sets can tell.
    assert stats.binomtest(found.get(rare, 0), SETS, 0.05, alternative="greater").pvalue > 0.001
    if frequent:
        assert found.get(frequent, 0) >= 0.8 * SETS
