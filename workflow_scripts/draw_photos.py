"""Draw a picture of each face on the user's photographs: its score, heatmap and overlay for every attribute."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from facelrp.faces.framing import between_centres
from facelrp.faces.imaging import read_image
from facelrp.faces.rating_scales import RatingScale
from facelrp.report import figures
from facelrp_workflow.files import open_array, read_table, replacing, write_table
from facelrp_workflow.job import job
from facelrp_workflow.skill_remark import skill_remark

#: Longest side of a photograph as it is shown, in pixels.
SHOWN = 700

#: What is said of a face that `compare_photos` finds unusual.
UNUSUAL = "this face is unlike the rated faces: its scores mean little"


def laid_back(heatmap, transform, photograph):
    """Return a heatmap as it lies on a photograph.

    Parameters
    ----------
    heatmap : ndarray of float, shape (H, W)
        That of the framed face.
    transform : ndarray of float, shape (2, 3)
        From pixels of the photograph to those of the heatmap.
    photograph : ndarray of uint8, shape (h, w, 3)

    Returns
    -------
    ndarray of float32, shape (h, w)
        0 where the photograph is outside the frame.
    """
    size, flags = photograph.shape[1::-1], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(np.asarray(heatmap, np.float32), between_centres(transform), size, flags=flags)


def reduced(photograph, transform):
    """Return a photograph at a size to be shown, and the transform from its pixels."""
    scale = min(SHOWN / max(photograph.shape[:2]), 1.0)
    size = tuple(max(round(scale * side), 1) for side in photograph.shape[1::-1])
    ratio = np.array([photograph.shape[1] / size[0], photograph.shape[0] / size[1], 1.0])
    return cv2.resize(photograph, size, interpolation=cv2.INTER_AREA), transform * ratio


def draw(image, photograph, transform, heatmaps, smoothing, ratings, scale, warnings, path):
    """Draw a face and its heatmaps, and below the photograph with the heatmaps laid back on it.

    A column for each attribute of ``ratings``, {attribute: rating} on a `RatingScale`; a line for each of
    ``warnings``, if it is not "".
    """
    limit = figures.colour_limit(*heatmaps, smoothing=smoothing)
    figure, axes = figures.grid(2, 1 + len(ratings))
    photograph, transform = reduced(photograph, transform)
    figures.show_face(axes[0, 0], image, "the face")
    figures.show_face(axes[1, 0], photograph, "the photograph")
    for column, heatmap, (attribute, rating) in zip(axes[:, 1:].T, heatmaps, ratings.items(), strict=True):
        title = f"{attribute}: {scale.text(rating)} of {scale.highest:g}"
        sums = figures.sums(scale.to_unit(rating), heatmap)
        drawn = figures.show_heatmap(column[0], heatmap, limit, sums, title, smoothing=smoothing)
        overlaid = laid_back(figures.smoothed(heatmap, smoothing), transform, photograph)
        figures.show_overlay(column[1], photograph, overlaid, limit)
    figures.colour_bar(figure, drawn, axes, figures.RATING, smoothing)
    figures.warn(figure, *warnings)
    with replacing(path) as temporary:
        figures.save(figure, temporary)


def main(files, attributes, source, smoothing_pixels, scale, output, log):
    scale = RatingScale(*scale)
    images, transforms = open_array(files.images), open_array(files.transforms)
    tables = [read_table(path) for path in files.scores]
    heatmaps = [open_array(path) for path in files.relevance]
    faces, found = read_table(files.faces), read_table(files.detection)
    ratings = pd.DataFrame({name: scale.to_points(one["output"]) for name, one in zip(attributes, tables, strict=True)})
    ratings.insert(0, "face_id", faces["face_id"])
    compared, of_networks = read_table(files.unusual), skill_remark(files, attributes, attributes)
    folder = Path(output.pictures)
    shutil.rmtree(folder, ignore_errors=True)
    for row, face in enumerate(tqdm(faces.itertuples(), desc="faces", total=len(faces), disable=None)):
        path = folder / f"{face.face_id}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        own, scores = [heatmap[row] for heatmap in heatmaps], ratings.loc[row, attributes].to_dict()
        warnings = [UNUSUAL if compared.loc[row, "unusual"] == "yes" else "", of_networks]
        photograph, options = read_image(Path(source) / face.photo), (smoothing_pixels, scores, scale, warnings)
        draw(images[row], photograph, transforms[row], own, *options, path)
    # Photographs without a face that can be used have no rating, but a line.
    scores = found[["photo", "face_id"]].merge(ratings.merge(compared, on="face_id"), how="left", on="face_id")
    scores = scores.assign(**found[["width", "roll", "yaw", "remarks"]])
    write_table(output.scores, scores)
    log.info("\n%s", scores.round(2).to_string(index=False))


if __name__ == "__main__":
    with job(snakemake) as log:
        params = snakemake.params
        options = (params.folder, params.smoothing_pixels, params.scale)
        main(snakemake.input, params.attributes, *options, snakemake.output, log)
