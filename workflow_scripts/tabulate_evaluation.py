"""Summarise the measures of the heatmaps, network by network, with intervals over faces.

``perturbation`` is faithfulness (region perturbation, AOPC), ``localisation`` relevance mass and rank accuracy, and
``sanity`` both randomisation (MPRT) and robustness (mirror equivariance); see `facelrp.heatmaps`.
"""

import pandas as pd

from facelrp.heatmaps.perturbation import area_over_curve
from facelrp.statistics.summary import summarise
from facelrp_workflow.files import read_tables, write_tables
from facelrp_workflow.job import job

NETWORK = ["base", "mode", "attribute"]


def areas(curves):
    """Return each face's and rule's area over the curve, its excess over random orders, and the symmetric gain."""
    keys = [*NETWORK, "rule", "face_id"]
    area = curves.groupby([*keys, "order"], sort=False)["prediction"].agg(lambda scores: area_over_curve(scores))
    area = area.unstack("order")
    random = area["random"].dropna().droplevel("rule")
    area = area.drop(columns="random").dropna().reset_index()
    area["random"] = random.loc[pd.MultiIndex.from_frame(area[[*NETWORK, "face_id"]])].to_numpy()
    return area[keys].assign(
        aopc=area["most"], above_random=area["most"] - area["random"], gain=area["most"] - area["least"]
    )


def against_area(found):
    """Return the accuracies, with the mass accuracies also as multiples of the target's share of the area."""
    return found.assign(
        positive_mass_over_area=found["positive_mass"] / found["area"],
        negative_mass_over_area=found["negative_mass"] / found["area"],
    )


def main(files, base_modes, output, log):
    tables = {
        "perturbation": summarise(areas(read_tables(files.perturbation, base_modes)), [*NETWORK, "rule"]),
        "localisation": summarise(
            against_area(read_tables(files.localisation, base_modes)), [*NETWORK, "rule", "target"]
        ),
        "sanity": summarise(read_tables(files.sanity, base_modes).fillna({"layer": ""}), [*NETWORK, "test", "layer"]),
    }
    write_tables(output, tables, log)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.base_modes, snakemake.output, log)
