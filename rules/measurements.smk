"""The measurements that claims are judged by: a registry, and which of them an experiment has."""


class Measured(NamedTuple):
    """Measurements that claims are judged by: their files, and what an experiment needs for them.

    ``over`` is the selector of a table for each network or base model; None for a single table.
    """

    pattern: str
    over: object = None
    needed: object = always


#: By the name that claims use.
MEASURED = {
    "predictions": Measured("<results>/networks/{base}/{mode}/{attribute}/predictions.csv", networks),
    "convergence": Measured("<results>/tables/convergence.csv"),
    "aptitude": Measured("<results>/tables/aptitude.csv"),
    "truth": Measured("<results>/faces/rated/truth.csv"),
    "detection": Measured("<results>/faces/rated/detection.csv"),
    "parts": Measured("<results>/heatmaps/{base}/{mode}/parts.csv", base_modes),
    "shapes": Measured("<results>/heatmaps/{base}/{mode}/shapes.csv", base_modes),
    "base_parts": Measured("<results>/heatmaps/{base}/base/parts.csv", bases),
    "base_shapes": Measured("<results>/heatmaps/{base}/base/shapes.csv", bases),
    "random_base_shapes": Measured("<results>/heatmaps/{base}/base/random_shapes.csv", bases),
    "ageing_parts": Measured("<results>/heatmaps/ageing/parts.csv", None, has_age_base),
    "pair_faces": Measured("<results>/faces/pairs/people.csv", None, has_pairs),
    "pair_scores": Measured("<results>/pairs/{base}/{mode}/scores.csv", base_modes, has_pairs),
    "pair_shares": Measured("<results>/pairs/{base}/{mode}/shares.csv", base_modes, has_pairs),
    "pair_swaps": Measured("<results>/pairs/{base}/{mode}/swaps.csv", base_modes, has_pairs),
    "occlusion_scores": Measured("<results>/occlusion/{base}/{mode}/scores.csv", base_modes),
    "occlusion_relevance": Measured("<results>/occlusion/{base}/{mode}/relevance.csv", base_modes),
    "perturbation": Measured("<results>/evaluation/{base}/{mode}/perturbation.csv", base_modes),
    "localisation": Measured("<results>/evaluation/{base}/{mode}/localisation.csv", base_modes),
    "sanity": Measured("<results>/evaluation/{base}/{mode}/sanity.csv", base_modes),
    "permuted_pair_shares": Measured("<results>/permuted/{base}/shares.csv", bases, has_pairs),
    "permuted_localisation": Measured("<results>/permuted/{base}/localisation.csv", bases),
    "permuted_perturbation": Measured("<results>/permuted/{base}/perturbation.csv", bases),
    "replicates": Measured("<results>/tables/replicates.csv", None, has_replicates),
    "replicate_predictions": Measured(
        "<results>/networks/{base}/{mode}/{attribute}/predictions.csv", replicated_networks, has_replicates
    ),
    "replicate_parts": Measured("<results>/heatmaps/{base}/base/parts.csv", replicated_bases, has_replicates),
    "replicate_shapes": Measured("<results>/heatmaps/{base}/base/shapes.csv", replicated_bases, has_replicates),
    "individuality_faces": Measured("<results>/evaluation/individuality_faces.csv"),
    "interventions": Measured("<results>/evaluation/{base}/{mode}/interventions.csv", base_modes, can_redraw),
}


def measured_by(wildcards):
    """The measurements that an experiment has, by name."""
    settings = settings_of(wildcards)
    return {name: measured for name, measured in MEASURED.items() if measured.needed(settings)}


def measurements(wildcards):
    """The files of an experiment's measurements, by name."""
    return {
        name: each(measured.pattern, measured.over)(wildcards) if measured.over else filled(measured.pattern, wildcards)
        for name, measured in measured_by(wildcards).items()
    }


def measured_networks(wildcards):
    """The networks or base models of measurements that have a table for each, by name."""
    return {name: measured.over(wildcards) for name, measured in measured_by(wildcards).items() if measured.over}


def claim_settings(wildcards):
    """What claims need to know of an experiment's settings."""
    settings = settings_of(wildcards)
    kinds = {base: {key: one.get(key) for key in ("target", "classes")} for base, one in settings["bases"].items()}
    figures = {
        key: value for key, value in settings["figures"].items() if key not in ("faces_page", "smoothing_pixels")
    }
    others = {"shown": attribute_of_figures(wildcards), "equal_recipes": equal_recipes(wildcards), "kinds": kinds}
    return figures | others
