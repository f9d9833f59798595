"""Figure 4: a woman and a man in two expressions, on one colour scale."""

import numpy as np
import pandas as pd

from facelrp.errors import InputError
from facelrp.faces.rating_scales import to_points
from facelrp.report import figures
from facelrp_workflow.files import new_figure, open_array, read_table
from facelrp_workflow.job import job


def typical_pairs(faces, scores, states):
    """Return the rows (sexes, 2) of one typical identity of each sex.

    Typical is the identity whose difference of scores between the two states is the median of its sex; where nobody's
    sex is known, one stands for all.
    """
    male = faces.get("gender", pd.Series(np.nan, faces.index)) > 50
    faces = faces.assign(output=scores["output"].to_numpy(), row=np.arange(len(faces)), male=male)
    # Where people were photographed several times, the first of each state stands for them.
    faces = faces.drop_duplicates(["identity", "state"])
    wide = faces.pivot(index=["male", "identity"], columns="state", values=["output", "row"]).dropna()
    if wide.empty:
        raise InputError(f"nobody is there in all of the states {', '.join(states)}", "pairs", "choose other states")
    difference = wide["output"][states[0]] - wide["output"][states[1]]
    chosen = [
        group.sort_values(kind="stable").index[len(group) // 2] for _, group in difference.groupby("male", sort=True)
    ]
    return wide["row"].loc[chosen, states].to_numpy(dtype=int)


def main(files, attributes, attribute, output, log):
    faces, scores = read_table(files.faces), read_table(files.scores)
    scores = scores[scores["attribute"] == attribute].reset_index(drop=True)
    # The happy state first, as in the paper; beside it what the data set has: sad or neutral.
    states = ["happy", *(state for state in sorted(set(faces["state"])) if state != "happy")]
    chosen = typical_pairs(faces, scores, states)
    images, heatmaps = open_array(files.images), open_array(files.relevance)[attributes.index(attribute)]
    log.info(
        "faces shown, of the median difference of scores of their sex: %s", faces["face_id"][chosen.ravel()].tolist()
    )

    limit = figures.colour_limit(*heatmaps[chosen.ravel()])
    figure, axes = figures.grid(len(chosen), 2 * len(states))
    for line, rows in zip(axes, chosen, strict=True):
        for column, (row, state) in enumerate(zip(rows, states, strict=True)):
            value = scores["output"][row]
            score = f"predicted {attribute}: {to_points(value):.1f} of 9"
            figures.show_face(line[2 * column], images[row], f"{state} expression", score)
            drawn = figures.show_heatmap(line[2 * column + 1], heatmaps[row], limit, figures.sums(value, heatmaps[row]))
    figures.colour_bar(figure, drawn, axes, figures.RATING)
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
