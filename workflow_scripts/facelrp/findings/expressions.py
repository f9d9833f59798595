"""Claims of section 3.4: what the happy face of a person has that another one lacks."""

from dataclasses import replace

import pandas as pd

from facelrp.faces.happiness import is_happiness
from facelrp.faces.swaps import ALL, CONTROL
from facelrp.findings.appearance import DENSER, DENSER_REASON, less_others
from facelrp.findings.claim import Claim, as_text
from facelrp.findings.measured import (
    at_least_one,
    by_network,
    density,
    happy_minus_other,
    mean_over,
    minus,
    of_part,
    part_shares,
    select,
    thirds,
)
from facelrp.findings.outcomes import ALIKE, MORE, CannotBeTestedError, Effect, Evidence
from facelrp.heatmaps.interventions import LEAST_EFFECT
from facelrp.statistics.pairing import HAPPY, by_person

FAMILY = "expressions"

#: A difference of shares of relevance that one would see in a heatmap.
SMALL_SHARE = 0.02
SHARE_REASON = "less than two of a hundred parts of relevance are not seen in a heatmap"
#: Faces rated above and below differ by more than this in 9 of 10 cases in the paper's kind of data.
SMALL_SCORE = 0.25
SCORE_REASON = "half of the networks' usual error"
#: A smaller effect of a part has no sign worth comparing.
SMALL_SWAP = LEAST_EFFECT
#: Claims of this tool.
OURS = "ours"


def happy_faces_score_higher(pair_faces, pair_scores, expression, scale):
    scores = select(pair_scores, attribute=expression)
    change = happy_minus_other(pair_faces, by_network(scores.assign(points=scale.width * scores["output"]), "points"))
    return Evidence([Effect("score, happy − other", change)])


def changes_of_part(pair_faces, shares, level, part, networks=("base", "mode")):
    """Return each person's change of a part's share: a row per person, a column per network."""
    return of_part(happy_minus_other(pair_faces, part_shares(shares, level, networks=list(networks))), part)


def against_others(pair_faces, pair_shares, permuted_pair_shares, expression, level, part):
    """Return the change of a part's share, and by how much it exceeds that of networks that do not know happiness.

    The comparators are the networks of the other attributes (a smile can change a face's competence, too) and those
    trained on permuted ratings of the same attribute, averaged over their number: of the same base model, and of the
    same mode as far as there are any.
    """
    own = changes_of_part(pair_faces, select(pair_shares, attribute=expression), level, part)
    effects = [Effect(f"share of positive relevance of {part}, happy − other", own)]
    others = pair_shares[pair_shares["attribute"] != expression]
    if len(others):
        keys = ("base", "mode", "attribute")
        found = mean_over(changes_of_part(pair_faces, others, level, part, keys), "attribute")
        effects.append(Effect("less that of other attributes' networks", minus(own, found)))
    found = changes_of_part(pair_faces, permuted_pair_shares, level, part, ("base", "permuted"))
    found = mean_over(found, "permuted")
    ignorant = pd.DataFrame({network: found[network[0]] for network in own.columns}, index=found.index)
    ignorant.columns = own.columns
    effects.append(Effect("less that of networks trained on permuted ratings", minus(own, ignorant)))
    return Evidence(effects)


def part_matters(section, text, level, part):
    """Return the claim that a part is more relevant in the happy face, by its share of positive relevance."""

    def measure(pair_faces, pair_shares, permuted_pair_shares, expression):
        return against_others(pair_faces, pair_shares, permuted_pair_shares, expression, level, part)

    return Claim(FAMILY, section, text, MORE, SMALL_SHARE, "percentage points", SHARE_REASON, measure)


def round_brows_matter(detection, parts, expression):
    """Compare the brows' density of relevance in the faces with the roundest and with the straightest brows."""
    own = density(select(parts, attribute=expression), "brows")
    arches = detection.set_index("face_id")["brow_arch"].reindex(own.index)
    straight, round_ = thirds(at_least_one(arches, "points or drawings tell the shape of brows"))
    effects = [
        Effect("density of positive relevance on brows, roundest − straightest third", own),
        *less_others(own, parts, expression, "brows"),
    ]
    return Evidence(
        [replace(effect, values=effect.values[round_], others=effect.values[straight]) for effect in effects]
    )


def mouth_differs_most(pair_faces, pair_shares, expression):
    shares = happy_minus_other(pair_faces, part_shares(select(pair_shares, attribute=expression), "coarse"))
    mouth = of_part(shares, "mouth")
    parts = [part for part in shares.columns.unique("part") if part != "mouth"]
    changes = {part: of_part(shares, part) for part in parts}
    effects = [Effect("change of the mouth's share", mouth)]
    effects += [Effect(f"less that of {part}", mouth - changes[part]) for part in parts]
    return Evidence(effects)


def teeth_count_in_other_faces(pair_faces, pair_shares, expression):
    shares = of_part(part_shares(select(pair_shares, attribute=expression), "fine"), "inner_mouth")
    shares = shares.reindex(pair_faces["face_id"]).reset_index(drop=True)
    states = [state for state in pair_faces["state"].unique() if state != HAPPY]
    if not states:
        raise CannotBeTestedError("there is no other state")
    other = sum(by_person(pair_faces, shares, state) for state in states) / len(states)
    if not (other > 0).to_numpy().any():
        raise CannotBeTestedError("no face in another state shows its teeth")
    happy = by_person(pair_faces, shares, HAPPY)
    return Evidence(
        [
            Effect("share of positive relevance of inner_mouth in the other face", other),
            Effect("happy − other", minus(happy, other)),
        ]
    )


def sexes_are_alike(pair_faces, pair_shares, expression):
    change = changes_of_part(pair_faces, select(pair_shares, attribute=expression), "coarse", "mouth")
    sex = pair_faces.groupby("identity")["gender"].mean().reindex(change.index)
    women, men = change[sex < 50], change[sex > 50]
    text = "change of the mouth's share, women − men"
    return Evidence([Effect(text, women, men)], remark=f"{len(women)} women, {len(men)} men")


def effects_of_swaps(pair_swaps, part):
    """Return the effect of swapping a part, the mean over a person's other states, NaN if no photograph shows it.

    A row per person, a column per network.
    """
    rows = select(pair_swaps, part=part)
    means = rows.groupby(["base", "mode", "identity"], sort=False)["effect"].mean().reset_index()
    return by_network(means, "effect", face="identity")


def mouth_makes_most_of_the_difference(pair_swaps, expression, scale):
    if not is_happiness(expression):
        raise CannotBeTestedError(f"no networks of happiness, but of {expression}")
    swaps = select(pair_swaps, attribute=expression)
    mouth, control, whole = (effects_of_swaps(swaps, part) for part in ("mouth", CONTROL, ALL))
    taken, difference = (as_text(effect.mean().mean(), "points", scale) for effect in (mouth, whole))
    return Evidence(
        [
            Effect("effect of swapping the mouth, less half of the difference", minus(mouth, whole / 2)),
            Effect("effect of swapping the mouth, less that of a patch of the forehead", minus(mouth, control)),
        ],
        remark=f"{taken} of {difference} in all",
    )


CLAIMS = [
    Claim(
        FAMILY,
        "3.4",
        "The network sees more happiness in the happy face of the same person",
        MORE,
        SMALL_SCORE,
        "points",
        SCORE_REASON,
        happy_faces_score_higher,
    ),
    part_matters("3.4, Figure 4 (c)", "The mouth is more relevant in the happy face", "coarse", "mouth"),
    part_matters("3.4, Figure 4 (c)", "The teeth are more relevant in the happy face", "fine", "inner_mouth"),
    part_matters("3.4, Figure 4 (b)", "The cheeks are more relevant in the happy face", "coarse", "cheeks"),
    part_matters("3.4, Figure 4 (b)", "The dimples are more relevant in the happy face", "fine", "dimples"),
    part_matters("3.4, Figure 4 (b)", "The nose is more relevant in the happy face", "coarse", "nose"),
    part_matters("3.4, Figure 4 (b)", "The widened nostrils are more relevant in the happy face", "fine", "nostrils"),
    part_matters("3.4, Figure 4 (a)", "The brows are more relevant in the happy face", "coarse", "brows"),
    Claim(
        FAMILY,
        "3.4, Figure 4 (a)",
        "Round brows are more relevant for happiness than straight ones",
        MORE,
        DENSER,
        "per cent",
        DENSER_REASON,
        round_brows_matter,
    ),
    Claim(
        FAMILY,
        "3.4",
        "Of all parts, the mouth tells the happy from the other face most",
        MORE,
        SMALL_SHARE,
        "percentage points",
        SHARE_REASON,
        mouth_differs_most,
    ),
    Claim(
        FAMILY,
        OURS,
        "Swapping the mouth alone takes away most of the difference in happiness",
        MORE,
        SMALL_SWAP,
        "points",
        "smaller effects have no sign worth comparing",
        mouth_makes_most_of_the_difference,
    ),
    Claim(
        FAMILY,
        "3.4, Figure 4",
        "Teeth are relevant in the other face, too, but less",
        MORE,
        0.005,
        "percentage points",
        "the inner mouth covers about half of a hundredth of the image",
        teeth_count_in_other_faces,
    ),
    Claim(
        FAMILY,
        "3.4",
        "What tells the happy from the other face does not depend on the person's sex",
        ALIKE,
        0.05,
        "percentage points",
        "a difference of less would hardly be seen in a heatmap",
        sexes_are_alike,
    ),
]
