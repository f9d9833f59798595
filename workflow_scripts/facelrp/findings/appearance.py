"""Claims of sections 3.5, 3.6 and 3.3: what makes a face old or attractive, and whether networks see as people do."""

from facelrp.faces.happiness import is_happiness
from facelrp.findings.claim import Claim
from facelrp.findings.measured import by_network, density, mean_over, minus, select, thirds
from facelrp.findings.outcomes import MORE, CannotBeTestedError, Effect, Evidence

AGE, ATTRACTIVENESS, LIKENESS = "age", "attractiveness", "likeness to people"

#: A part is a feature of its own if relevance on it is denser than on the face as a whole by this much.
DENSER = 0.25
DENSER_REASON = "a quarter more than the face as a whole is what stands out in a heatmap"

#: What is known to tell happiness: cheek raiser and lip corner puller (action units 6 and 12, Ekman & Friesen 1978).
HAPPY_PARTS = (
    "upper_lip",
    "inner_mouth",
    "lower_lip",
    "rest_of_mouth",
    "dimples",
    "nasolabial_folds",
    "crows_feet",
)


def oldest_and_youngest(rated, values):
    """Return the rows of the oldest and of the youngest third of the test faces, by their age."""
    if "age" not in rated or rated["age"].isna().all():
        raise CannotBeTestedError("no ages of the rated faces")
    ages = rated.set_index("face_id")["age"].reindex(values.index)
    young, old = thirds(ages)
    return values[old], values[young]


def density_in_ageing(ageing_parts, part):
    """Return how dense relevance for old rather than young is on a part: a Series, see `density`."""
    return density(ageing_parts.assign(base="age"), part, networks=["base"])["age"]


def shows_age(section, text, part):
    """Return the claim that a part shows old age: relevance for old rather than young is dense on it in old faces."""

    def measure(rated, ageing_parts):
        old, young = oldest_and_youngest(rated, density_in_ageing(ageing_parts, part))
        return Evidence(
            [
                Effect(f"density of positive relevance on {part}, oldest third", old),
                Effect("oldest − youngest third", old, young),
            ]
        )

    return Claim(AGE, section, text, MORE, DENSER, "per cent", DENSER_REASON, measure)


def lids_show_age_most(rated, ageing_parts):
    def of_oldest(part):
        return oldest_and_youngest(rated, density_in_ageing(ageing_parts, part))[0]

    lids = of_oldest("upper_lids")
    parts = ("earlobes", "crows_feet", "eye_bags", "lower_lids", "nasolabial_folds", "hair")
    return Evidence(
        [
            Effect("density on upper_lids, oldest third", lids),
            *(Effect(f"less that on {part}", lids - of_oldest(part)) for part in parts),
        ]
    )


def high_against_low(rated, values, attribute):
    """Return the rows of the third of test faces rated highest, and of the lowest."""
    low, high = thirds(rated.set_index("face_id")[attribute].reindex(values.index))
    return values[high], values[low]


def less_others(own, parts, attribute, *several):
    """Return by how much density on parts exceeds the mean of other attributes' networks: effects, none without any."""
    others = parts[parts["attribute"] != attribute]
    if others.empty:
        return []
    found = mean_over(density(others, *several, networks=["base", "mode", "attribute"]), "attribute")
    return [Effect("less that of other attributes' networks", minus(own, found))]


def attracts(text, *several):
    """Return the claim that parts matter for attractiveness, in the faces rated most attractive."""
    part = " and ".join(several)

    def measure(rated, parts, attractiveness):
        found = density(select(parts, attribute=attractiveness), *several)
        high, low = high_against_low(rated, found, attractiveness)
        return Evidence(
            [
                Effect(f"density of positive relevance on {part}, most attractive third", high),
                Effect("most − least attractive third", high, low),
                *less_others(high, parts, attractiveness, *several),
            ]
        )

    return Claim(ATTRACTIVENESS, "3.6, Figure 6", text, MORE, DENSER, "per cent", DENSER_REASON, measure)


def shape_of_attractive(text, shape, smallest, reason):
    """Return the claim that heatmaps of attractive faces have more of a shape than those of unattractive ones."""

    def measure(rated, shapes, attractiveness):
        found = by_network(select(shapes, attribute=attractiveness), shape)
        effect = Effect(f"{shape}, most − least attractive third", *high_against_low(rated, found, attractiveness))
        return Evidence([effect])

    return Claim(ATTRACTIVENESS, "3.6, Figure 6", text, MORE, smallest, "ratio", reason, measure)


def networks_look_where_people_do(rated, parts, expression):
    if not is_happiness(expression):
        raise CannotBeTestedError(f"no parts are known to tell {expression}")
    own = density(select(parts, attribute=expression), *HAPPY_PARTS)
    high = high_against_low(rated, own, expression)[0]
    return Evidence(
        [
            Effect("density of positive relevance on mouth, smile lines and crow's feet, happiest third", high),
            *less_others(high, parts, expression, *HAPPY_PARTS),
        ]
    )


def effects_are_where_ratings_come_from(interventions, truth, expression):
    measured = select(interventions, attribute=expression)
    effects = measured[measured["rule"] == measured["rule"].iloc[0]]
    known = truth[truth["attribute"] == expression].set_index("part")["share"]
    if known.empty:
        raise CannotBeTestedError(f"it is not known what ratings of {expression} depend on")
    effects = effects.assign(size=effects["effect"].abs(), known=effects["part"].isin(known.index))
    share = effects[effects["known"]].groupby(["base", "mode", "face_id"])["size"].sum()
    share = share / effects.groupby(["base", "mode", "face_id"])["size"].sum()
    wide = share.unstack(["base", "mode"])
    chance = known.index.isin(effects["part"]).sum() / effects["part"].nunique()
    text = "share of effects on the parts that ratings depend on, above their share of parts"
    return Evidence([Effect(text, wide - chance)])


CLAIMS = [
    Claim(
        LIKENESS,
        "3.3",
        "The networks of happiness look where people are known to see it: at the smile",
        MORE,
        DENSER,
        "per cent",
        DENSER_REASON,
        networks_look_where_people_do,
    ),
    Claim(
        LIKENESS,
        "3.3",
        "What moves the networks' prediction of happiness is what people's ratings depend on",
        MORE,
        0.1,
        "percentage points",
        "a tenth of all effects is the contribution of an average part",
        effects_are_where_ratings_come_from,
    ),
    shows_age("3.5, Figure 5", "Earlobes are evidence for advanced age", "earlobes"),
    shows_age("3.5, Figure 5", "Wrinkles beside the eyes are evidence for advanced age", "crows_feet"),
    shows_age("3.5, Figure 5", "Eye bags are evidence for advanced age", "eye_bags"),
    shows_age("3.5, Figure 5", "Eyelids are evidence for advanced age", "upper_lids"),
    Claim(
        AGE,
        "3.5, Figure 5",
        "Eyelids are the dominant evidence for advanced age",
        MORE,
        DENSER,
        "per cent",
        DENSER_REASON,
        lids_show_age_most,
    ),
    shows_age("3.5", "Grey hair is in part evidence for advanced age", "hair"),
    attracts("The eyes of attractive faces are relevant", "eye_openings"),
    attracts("The nose of attractive faces is relevant", "nose_bridge", "nose_tip"),
    attracts("The space between eyes and brows of attractive faces is relevant", "under_brows"),
    shape_of_attractive(
        "Heatmaps of attractive faces are more symmetric",
        "symmetry",
        0.05,
        "a twentieth of the range of a correlation",
    ),
    shape_of_attractive(
        "Heatmaps of attractive faces show more straight lines",
        "coherence",
        0.05,
        "a twentieth of its range",
    ),
]
