"""Draw a picture of each of the user's photographs: its score, heatmap and overlay for every attribute."""

import shutil
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from facelrp.faces.rating_scales import to_points, to_unit
from facelrp.report import figures
from facelrp_workflow.files import open_array, read_table, replacing, write_table
from facelrp_workflow.job import job


def draw(image, heatmaps, ratings, path):
    """Draw the photograph, and beside it a column for each attribute of ``ratings``, {attribute: rating}."""
    limit = figures.colour_limit(*heatmaps)
    figure, axes = figures.grid(2, 1 + len(ratings))
    figures.show_face(axes[0, 0], image, "input")
    axes[1, 0].axis("off")
    for column, heatmap, (attribute, rating) in zip(axes[:, 1:].T, heatmaps, ratings.items(), strict=True):
        title = f"{attribute}: {rating:.1f} of 9"
        drawn = figures.show_heatmap(column[0], heatmap, limit, figures.sums(to_unit(rating), heatmap), title)
        figures.show_overlay(column[1], image, heatmap, limit)
    figures.colour_bar(figure, drawn, axes, figures.RATING)
    with replacing(path) as temporary:
        figures.save(figure, temporary)


def main(files, attributes, output, log):
    images, tables = open_array(files.images), [read_table(path) for path in files.scores]
    heatmaps = [open_array(path) for path in files.relevance]
    names = tables[0]["face_id"]
    scores = pd.DataFrame(
        {"photo": names, **{name: to_points(one["output"]) for name, one in zip(attributes, tables, strict=True)}}
    )
    folder = Path(output.pictures)
    shutil.rmtree(folder, ignore_errors=True)
    for row, name in enumerate(tqdm(names, desc="photographs", disable=None)):
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(images[row], [heatmap[row] for heatmap in heatmaps], scores.loc[row, attributes].to_dict(), path)
    write_table(output.scores, scores)
    log.info("\n%s", scores.round(2).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.params.attributes, snakemake.output, log)
