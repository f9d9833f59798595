"""Draw a few faces beside their heatmaps by several LRP rules, and what each part really does, where that is known."""

import numpy as np

from facelrp.faces.parts import mask
from facelrp.faces.rating_scales import RatingScale
from facelrp.report import figures
from facelrp.report.outlines import letter_panels
from facelrp_workflow.files import new_figure, open_array, read_faces, read_table
from facelrp_workflow.job import job
from facelrp_workflow.skill_remark import skill_remark

#: What a rule's relevance is of, by whether it compares with other faces.
TITLES = {False: "{}\nof f(x)", True: "{}\nof f(x) − mean f(x′)"}


def painted(labels, effects):
    """Return a map of the face with each part in the value of its effect: float (H, W).

    Parameters
    ----------
    labels : ndarray of uint8, shape (H, W)
    effects : dict of {str: float}
        By part.
    """
    values = np.zeros(labels.shape)
    for part, effect in effects.items():
        values[mask(labels, part)] = effect
    return values


def effects_of(interventions, attribute, face_id):
    """Return the effect of each part of a face, {part: points}; none if it was not drawn again."""
    rows = interventions[(interventions["attribute"] == attribute) & (interventions["face_id"] == face_id)]
    return dict(zip(rows["part"], rows["effect"], strict=True))


def main(files, attribute, smoothing_pixels, scale, output, log):
    scale = RatingScale(*scale)
    scores, relevance = read_table(files.scores), open_array(files.relevance)
    faces = read_faces(files).reset_index(names="row").set_index("face_id")
    shown, rules = scores["face_id"].unique(), scores["rule"].unique()
    labels = open_array(files.parts)[faces.loc[shown, "row"]]
    interventions = read_table(files.interventions) if files.get("interventions") else None
    log.info("faces shown: %s", shown.tolist())

    figure, axes = figures.grid(len(shown), 1 + len(rules) + (interventions is not None), lines=1.7, under=0)
    for panels, face_id in zip(axes, shown, strict=True):
        row, predicted = faces.loc[face_id], scores.set_index("face_id").loc[[face_id], "output"].iloc[0]
        text = f"rated {scale.text(row[attribute])}, predicted {scale.text(scale.to_points(predicted))}"
        figures.show_face(panels[0], open_array(files.images)[row["row"]], label=text)
    for panels, maps in zip(axes[:, 1:].T, relevance, strict=False):
        limit = figures.colour_limit(*maps, smoothing=smoothing_pixels)
        for panel, heatmap, parts in zip(panels, maps, labels, strict=True):
            total = f"ΣR = {scale.change_text(scale.width * np.sum(heatmap, dtype=np.float64))} points"
            figures.show_heatmap(panel, heatmap, limit, total, parts=parts, smoothing=smoothing_pixels)
    titles = [attribute]
    for rule in rules:
        compared = scores.loc[scores["rule"] == rule, "baseline"].any()
        titles.append(TITLES[bool(compared)].format(figures.in_words(rule)))
    if interventions is not None:
        titles.append("effects of parts\n(drawn again)")
        maps = [
            painted(parts, effects_of(interventions, attribute, one)) for one, parts in zip(shown, labels, strict=True)
        ]
        limit = max(np.abs(one).max() for one in maps) or 1.0
        for panel, one, parts in zip(axes[:, -1], maps, labels, strict=True):
            text = f"largest {scale.change_text(one.flat[np.abs(one).argmax()])} points"
            figures.show_heatmap(panel, one, limit, text, parts=parts)
    for panel, title in zip(axes[0], titles, strict=True):
        panel.set_title(title, fontsize=figures.SMALL)
    letter_panels(axes[:, 0])
    figures.warn(figure, skill_remark(files, [attribute]))
    with new_figure(output) as paths:
        figures.save(figure, *paths)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, **snakemake.params, output=snakemake.output, log=log)
