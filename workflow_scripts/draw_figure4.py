"""Draw figure 4: a woman and a man in two expressions, on one colour scale."""

import numpy as np
import pandas as pd

from facelrp.errors import InputError
from facelrp.faces.rating_scales import RatingScale
from facelrp.report import figures
from facelrp.report.outlines import letter_panels
from facelrp.statistics.pairing import states_of
from facelrp_workflow.files import new_figure, open_array, read_table
from facelrp_workflow.job import job
from facelrp_workflow.skill_remark import skill_remark


def typical_pairs(faces, scores, states):
    """Return the rows (sexes, states) of one typical identity of each sex.

    The typical identity has the median difference of scores between the first two states. If no sex is known, one
    identity represents all.
    """
    male = faces.get("gender", pd.Series(np.nan, faces.index)) > 50
    faces = faces.assign(output=scores["output"].to_numpy(), row=np.arange(len(faces)), male=male)
    # Take the first of several photographs of a person in one state.
    faces = faces.drop_duplicates(["identity", "state"])
    wide = faces.pivot(index=["male", "identity"], columns="state", values=["output", "row"]).dropna()
    if wide.empty:
        raise InputError(
            f"nobody has photographs in all of the states {', '.join(states)}", "pairs", "choose other states"
        )
    difference = wide["output"][states[0]] - wide["output"][states[1]]
    chosen = [
        group.sort_values(kind="stable").index[len(group) // 2] for _, group in difference.groupby("male", sort=True)
    ]
    return wide["row"].loc[chosen, states].to_numpy(dtype=int)


def main(files, attributes, attribute, smoothing_pixels, scale, output, log):
    scale = RatingScale(*scale)
    faces, scores = read_table(files.faces), read_table(files.scores)
    scores = scores[scores["attribute"] == attribute].reset_index(drop=True)
    # As in the paper, the happy state comes first.
    states = states_of(faces)
    chosen = typical_pairs(faces, scores, states)
    images, heatmaps = open_array(files.images), open_array(files.relevance)[attributes.index(attribute)]
    log.info(
        "faces shown, with the median difference of scores of their sex: %s", faces["face_id"][chosen.ravel()].tolist()
    )

    labels = open_array(files.parts)
    limit = figures.colour_limit(*heatmaps[chosen.ravel()], smoothing=smoothing_pixels)
    figure, axes = figures.grid(len(chosen), 2 * len(states))
    for panels, rows in zip(axes, chosen, strict=True):
        for (face, heatmap), row, state in zip(panels.reshape(-1, 2), rows, states, strict=True):
            value = scores["output"][row]
            score = f"predicted {attribute}: {scale.text(scale.to_points(value))} of {scale.highest:g}"
            figures.show_face(face, images[row], f"{state} expression", score)
            sums = figures.sums(value, heatmaps[row])
            drawn = figures.show_heatmap(
                heatmap, heatmaps[row], limit, sums, parts=labels[row], smoothing=smoothing_pixels
            )
    letter_panels(axes[:, ::2].flat)
    figures.colour_bar(figure, drawn, axes, figures.RATING, smoothing_pixels)
    figures.warn(figure, skill_remark(files, [attribute]))
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
