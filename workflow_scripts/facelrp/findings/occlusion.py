"""Claims of section 3.7: what covering a part of a happy face does to its score and its heatmap."""

from facelrp.faces.occlusion import OTHER_FILL
from facelrp.findings.claim import Claim
from facelrp.findings.expressions import SCORE_REASON, SHARE_REASON, SMALL_SCORE, SMALL_SHARE
from facelrp.findings.measured import at_least_one, by_network, minus, select
from facelrp.findings.outcomes import LESS, MORE, NOT_LESS, OFTENER, CannotBeTestedError, Effect, Evidence

FAMILY = "occlusion"
FIGURE7 = "3.7, Figure 7"


def changes(occlusion_scores, rated, expression, scale):
    """Return how occlusions change the scores of happy faces, those rated above the middle of the scale.

    Returns
    -------
    dict of {str: DataFrame}
        By part, and ``control``: a row per face, a column per network, in points.
    """
    scores = select(occlusion_scores, attribute=expression)
    happy = rated.loc[rated[expression] > scale.middle, "face_id"]
    wide = scores[scores["face_id"].isin(happy)].pivot(
        index="face_id", columns=["occluded", "base", "mode"], values="prediction"
    )
    if wide.empty:
        raise CannotBeTestedError(f"no occluded face is rated above the middle ({expression})")
    parts = [part for part in scores["occluded"].unique() if part not in ("none", OTHER_FILL)]
    return {part: wide[part] - wide["none"] for part in parts}


def of(found, part):
    """Return the changes by one part's occlusion; without it, the claim cannot be tested."""
    if part not in found:
        raise CannotBeTestedError(f"occlusion: no {part}")
    return at_least_one(found[part], f"face shows its {part}")


def named(part):
    return part.replace("_", " ")


def mouth_lowers_happiness(occlusion_scores, rated, expression, scale):
    found = changes(occlusion_scores, rated, expression, scale)
    mouth, control = of(found, "mouth"), of(found, "control")
    return Evidence([Effect("mouth", mouth), Effect("less the control patch's", minus(mouth, control))])


def only_mouth_lowers_happiness(occlusion_scores, rated, expression, scale):
    found = changes(occlusion_scores, rated, expression, scale)
    others = [part for part in found if part not in ("mouth", "control")]
    if not others:
        raise CannotBeTestedError("no other part was occluded")
    return Evidence(
        [
            Effect("mouth", of(found, "mouth")),
            *(Effect(named(part), of(found, part), direction=NOT_LESS) for part in others),
        ]
    )


def mouth_lowers_happiness_most(occlusion_scores, rated, expression, scale):
    found = changes(occlusion_scores, rated, expression, scale)
    mouth = of(found, "mouth")
    others = [part for part in found if part != "mouth"]
    effects = [Effect(f"mouth, less {named(part)}", minus(mouth, of(found, part))) for part in others]
    return Evidence([Effect("mouth", mouth), *effects])


def eyes_do_not_lower_happiness(occlusion_scores, rated, expression, scale):
    found = changes(occlusion_scores, rated, expression, scale)
    return Evidence([Effect("both eyes", of(found, "eyes"))])


def eyes_sometimes_raise_happiness(occlusion_scores, rated, expression, scale):
    # A face counts if most of its networks say so.
    eyes = of(changes(occlusion_scores, rated, expression, scale), "eyes")
    raised = (eyes.mean(axis=1) > 0).astype(float)
    return Evidence([Effect("happy faces whose score rises without eyes", raised, yes_or_no=True)])


def relevance_changes(occlusion_relevance, rated, expression, scale, part, share):
    """Return how a share of positive relevance changes in explained happy faces when a part is covered.

    Returns
    -------
    DataFrame
        A row per face, a column per network.
    """
    rows = select(occlusion_relevance, attribute=expression, occluded=part)
    rows = rows[rows["face_id"].isin(rated.loc[rated[expression] > scale.middle, "face_id"])]
    if rows.empty:
        raise CannotBeTestedError(f"no explained face is rated above the middle ({expression})")
    found = by_network(rows.assign(change=rows[f"{share}_after"] - rows[f"{share}_before"]), "change")
    return at_least_one(found, f"relevance of the {share}")


def beside_control(occlusion_relevance, rated, expression, scale, part, share, text, of_control):
    """Return how a share of positive relevance changes when a part is covered, and by how much less for the control."""
    own, control = (
        relevance_changes(occlusion_relevance, rated, expression, scale, covered, share)
        for covered in (part, "control")
    )
    return Evidence([Effect(text, own), Effect(of_control, minus(own, control))])


def relevance_of_the_mouth_drops(occlusion_relevance, rated, expression, scale):
    texts = "share of positive relevance on the covered mouth, after − before", "less the control patch's"
    return beside_control(occlusion_relevance, rated, expression, scale, "mouth", "share", *texts)


def attention_moves_to_the_mouth(occlusion_relevance, rated, expression, scale):
    texts = (
        "share of positive relevance on the mouth when the eyes are covered, after − before",
        "less that when the control patch is",
    )
    return beside_control(occlusion_relevance, rated, expression, scale, "eyes", "mouth", *texts)


def points_claim(section, text, direction, measure):
    return Claim(FAMILY, section, text, direction, SMALL_SCORE, "points", SCORE_REASON, measure)


CLAIMS = [
    points_claim(FIGURE7, "Occluding the mouth lowers the happiness of happy faces", LESS, mouth_lowers_happiness),
    points_claim(FIGURE7, "Only the mouth lowers happiness when it is occluded", LESS, only_mouth_lowers_happiness),
    points_claim(
        "3.7",
        "The mouth's occlusion lowers happiness more than that of any other part",
        LESS,
        mouth_lowers_happiness_most,
    ),
    points_claim(FIGURE7, "Occluding both eyes does not lower happiness", NOT_LESS, eyes_do_not_lower_happiness),
    Claim(
        FAMILY,
        "3.7",
        "Removing the eyes sometimes even raises happiness",
        OFTENER,
        0.05,
        "share",
        "sometimes means more than one face in twenty",
        eyes_sometimes_raise_happiness,
    ),
    Claim(
        FAMILY,
        FIGURE7,
        "Relevance in the region of the mouth drops when the mouth is occluded",
        LESS,
        SMALL_SHARE,
        "percentage points",
        SHARE_REASON,
        relevance_of_the_mouth_drops,
    ),
    Claim(
        FAMILY,
        "3.7",
        "Attention moves to the mouth when the eyes are occluded",
        MORE,
        SMALL_SHARE,
        "percentage points",
        SHARE_REASON,
        attention_moves_to_the_mouth,
    ),
]
