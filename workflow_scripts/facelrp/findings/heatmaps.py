"""Claims of this tool: whether the experiment's heatmaps can be trusted to say what its networks see."""

import pandas as pd

from facelrp.faces.swaps import PARTS
from facelrp.findings.claim import Claim
from facelrp.findings.measured import by_network, mean_over, select
from facelrp.findings.outcomes import MORE, CannotBeTestedError, Effect, Evidence
from facelrp.heatmaps.interventions import correlation, one_sign, sign_agreement
from facelrp.heatmaps.perturbation import areas_of_orders
from facelrp.heatmaps.rule_names import OWN, RANDOM

FAMILY = "trust in heatmaps"
OURS = "ours"
NETWORKS = ["base", "mode", "attribute"]


def areas(curves, networks):
    """Return the area over the curve of each face, most relevant cells first, less that of random orders."""
    area = areas_of_orders(curves, networks)
    return (area["most"] - area["random"]).unstack(networks)


def relevant_regions_matter(perturbation, permuted_perturbation, shown):
    curves = select(perturbation, attribute=shown)
    own = areas(curves[curves["rule"].isin([OWN, RANDOM])], ["base", "mode"])
    ignorant = mean_over(areas(permuted_perturbation, ["base", "permuted"]), "permuted")
    return Evidence(
        [
            Effect("fall of the score, most relevant first, less that in random orders", own),
            Effect("less that of networks trained on permuted ratings", minus_of_base(own, ignorant)),
        ]
    )


def minus_of_base(own, ignorant):
    """Return the difference from the comparator of the same base model, for each network: DataFrame."""
    faces = own.index.intersection(ignorant.index)
    if not len(faces):
        raise CannotBeTestedError("the networks trained on permuted ratings were tested on other faces")
    return pd.DataFrame({network: own.loc[faces, network] - ignorant.loc[faces, network[0]] for network in own.columns})


def relevance_is_on_true_parts(localisation, permuted_localisation, shown):
    rows = select(localisation, attribute=shown, target="true", rule=OWN)
    own = by_network(rows.assign(mass=rows["absolute_mass"] / rows["area"] - 1), "mass")
    rows = select(permuted_localisation, target="true")
    rows = rows.assign(mass=rows["absolute_mass"] / rows["area"] - 1)
    found = by_network(rows, "mass", networks=["base", "permuted"])
    return Evidence(
        [
            Effect("density of |relevance| on the parts that ratings depend on", own),
            Effect(
                "less that of networks trained on permuted ratings", minus_of_base(own, mean_over(found, "permuted"))
            ),
        ]
    )


def by_face(interventions, rule, measure):
    """Return a measure of each face: a row per face, a column per network.

    ``measure`` takes effects and relevance, both (faces, parts).
    """
    found = {}
    for network, table in select(interventions, rule=rule).groupby(NETWORKS, sort=False):
        wide = table.pivot(index="face_id", columns="part", values=["effect", "relevance"])
        found[network] = pd.Series(measure(wide["effect"].to_numpy(), wide["relevance"].to_numpy()), wide.index)
    return pd.DataFrame(found)


def agreeing(effects, relevance, scale):
    """Return the share of comparable parts of each face with relevance of the sign of its effect."""
    return sign_agreement(effects[:, None], relevance[:, None], scale)


def above_half(effects, relevance, scale):
    return agreeing(effects, relevance, scale) - 0.5


def above_one_sign(effects, relevance, scale):
    """Return what `agreeing` exceeds that of a heatmap of one sign by, which knows nothing of a face."""
    return agreeing(effects, relevance, scale) - agreeing(effects, one_sign(effects, relevance, scale), scale)


def signs_beat_chance(measured):
    """Return the evidence that signs are right more often than by chance, and than those of a map of one sign.

    Parameters
    ----------
    measured : callable
        Returns a measure of effects and relevance, such as `above_half`, for each face or person.
    """
    text = "parts whose relevance has the sign of their effect, above one half"
    constant = "above those of a map of one sign everywhere"
    return Evidence([Effect(text, measured(above_half)), Effect(constant, measured(above_one_sign))])


def swaps_agree(pair_swaps, scale):
    """Measure signs for swaps of parts between two photographs: the mean over each person's other states."""

    def measured(measure):
        found = {}
        for network, table in pair_swaps[pair_swaps["part"].isin(PARTS)].groupby(NETWORKS, sort=False):
            wide = table.pivot(index=["identity", "against"], columns="part", values=["effect", "relevance"])
            shares = measure(wide["effect"].to_numpy(), wide["relevance"].to_numpy(), scale)
            found[network] = pd.Series(shares, wide.index).groupby("identity").mean()
        return mean_of_networks(pd.DataFrame(found))

    return signs_beat_chance(measured)


def mean_of_networks(values):
    """Return the mean over the networks that have a value for a face: DataFrame of one column."""
    return values.mean(axis=1).dropna()


def signs_are_right(interventions, scale):
    return signs_beat_chance(
        lambda measure: mean_of_networks(by_face(interventions, OWN, lambda *both: measure(*both, scale)))
    )


def sizes_are_right(interventions):
    found = mean_of_networks(by_face(interventions, OWN, lambda *both: correlation(*both, axis=1)))
    return Evidence([Effect("correlation of relevance and effects over the parts of a face", found)])


def of_random_networks(sanity, column):
    """Return a measure of networks with random weights in all layers: means over seeds, a row per face."""
    rows = sanity[(sanity["test"] == "randomisation") & sanity["entropy_rise"].notna()]
    if rows.empty:
        raise CannotBeTestedError("no network was randomised")
    return by_network(rows.groupby([*NETWORKS, "face_id"])[column].mean().reset_index(), column, networks=NETWORKS)


def heatmaps_depend_on_weights(sanity, individuality_faces):
    random = mean_of_networks(of_random_networks(sanity, "rank_correlation"))
    pairs = individuality_faces[individuality_faces["kind"] == "base"]
    pairs = pairs[pairs["attribute"].isin(sanity["attribute"].unique())]
    trained = pairs.groupby("face_id")["rank_correlation"].mean()
    faces = random.index.intersection(trained.index)
    if not len(faces):
        raise CannotBeTestedError("no maps of two base models to compare")
    text = "rank correlation with maps of the other base model's network, less that with maps of random ones"
    return Evidence([Effect(text, trained[faces] - random[faces])])


def random_maps_are_more_complex(sanity):
    rise = mean_of_networks(of_random_networks(sanity, "entropy_rise"))
    return Evidence([Effect("rise of the entropy of the map with random weights, as a share", rise)])


def heatmaps_are_individual(individuality_faces):
    found = individuality_faces.assign(own=individuality_faces["same_face"] - individuality_faces["other_faces"])
    wide = found.groupby(["kind", "face_id"])["own"].mean().unstack("kind")
    if "base" not in wide:
        raise CannotBeTestedError("no maps of two base models to compare")
    text = "agreement of two base models' maps of a face without the mean map, above that for different faces"
    return Evidence([Effect(text, wide["base"])])


CLAIMS = [
    Claim(
        FAMILY,
        OURS,
        "Red parts raise the prediction and blue ones lower it",
        MORE,
        0.1,
        "percentage points",
        "one in ten parts more than by chance",
        signs_are_right,
    ),
    Claim(
        FAMILY,
        OURS,
        "Between two photographs of a person, parts that are more relevant raise the score when they are swapped",
        MORE,
        0.1,
        "percentage points",
        "one in ten parts more than by chance",
        swaps_agree,
    ),
    Claim(
        FAMILY,
        OURS,
        "The more relevance a part of a face has, the more it does for the prediction",
        MORE,
        0.2,
        "correlation",
        "less explains under a twentieth of the variance",
        sizes_are_right,
    ),
    Claim(
        FAMILY,
        OURS,
        "Taking away the most relevant regions lowers the prediction more than taking away others",
        MORE,
        0.05,
        "points",
        "a twentieth of a point is within rounding of a mean rating",
        relevant_regions_matter,
    ),
    Claim(
        FAMILY,
        OURS,
        "Relevance lies on the parts that ratings depend on",
        MORE,
        0.25,
        "per cent",
        "a quarter more than an even spread is what stands out in a heatmap",
        relevance_is_on_true_parts,
    ),
    Claim(
        FAMILY,
        OURS,
        "Heatmaps depend on what the network has learned",
        MORE,
        0.1,
        "correlation",
        "a twentieth of the range of a correlation",
        heatmaps_depend_on_weights,
    ),
    Claim(
        FAMILY,
        OURS,
        "Maps of networks with random weights are more complex",
        MORE,
        0.01,
        "per cent",
        "one per cent of the entropy is several hundred pixels more or less",
        random_maps_are_more_complex,
    ),
    Claim(
        FAMILY,
        OURS,
        "Heatmaps are individual: they show what sets this face apart",
        MORE,
        0.1,
        "correlation",
        "a twentieth of the range of a correlation",
        heatmaps_are_individual,
    ),
]
