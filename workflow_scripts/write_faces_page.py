"""Write the page of faces: a grid that sorts and filters, and each face with its heatmaps by all networks.

The page needs no server and no network: it reads small scripts from the folder beside it, one for each face, see
`facelrp.report.page_data`. On it, relevance is in points of the rating scale.
"""

import shutil
from pathlib import Path

import numpy as np
from tqdm import tqdm

from facelrp.faces.occlusion import occlude
from facelrp.faces.parts import NAMES, PARTS, REPORTED_AS, mask, sums_by_part
from facelrp.faces.rating_scales import RatingScale
from facelrp.memory_maps import release
from facelrp.report.figures import colour_limit
from facelrp.report.page_data import (
    colours,
    heatmap_uri,
    legend,
    outline,
    patch,
    picture_uri,
    rounded,
    save_thumbnail,
    script,
)
from facelrp_workflow.files import open_array, read_faces, read_table, replacing
from facelrp_workflow.job import job
from facelrp_workflow.publishing import may_be_on_page
from facelrp_workflow.selection import BLOCK

#: Relevance is summed over coarse parts: a list of all fine ones is too long to look at.
REPORTED_PARTS = REPORTED_AS["coarse"]
PART_NAMES = list(dict.fromkeys(REPORTED_PARTS[name] for name in PARTS))
#: {part of the label map: reported part} as a matrix of 0 and 1.
MEMBERS = np.array([[REPORTED_PARTS[name] == part for part in PART_NAMES] for name in NAMES], dtype=float)
#: Decimals of predictions, ratings and sums of relevance in points.
DIGITS = 4


def mean_of(heatmaps):
    """Return the mean heatmap, float64 (H, W), of heatmaps (N, H, W) that may be memory-mapped."""
    total = np.zeros(heatmaps.shape[1:])
    for start in range(0, len(heatmaps), BLOCK):
        total += heatmaps[start : start + BLOCK].sum(0, dtype=np.float64)
        release(heatmaps)
    return total / max(len(heatmaps), 1)


def sums_over_parts(heatmaps, labels):
    """Return the sums of heatmaps (K, H, W) over the parts of a face (H, W): ndarray (K, parts of `PART_NAMES`)."""
    return sums_by_part(heatmaps, np.broadcast_to(labels, heatmaps.shape)) @ MEMBERS


def effects_of(tables, networks, occluded):
    """Return by how much occluding parts changes predictions, in points.

    Parameters
    ----------
    tables : list of DataFrame
        Predictions of faces as they are and occluded, for each base model and mode in the order of the networks.
    networks : list of dict
        ``base``, ``mode`` and ``attribute`` of K networks.
    occluded : list of str

    Returns
    -------
    dict of {str: ndarray of float, shape (K, len(occluded))}
        By ``face_id``; NaN for a part that the face does not show.
    """
    kinds = dict.fromkeys((network["base"], network["mode"]) for network in networks)
    predictions = {
        kind: table.pivot(index=["attribute", "face_id"], columns="occluded", values="prediction")
        for kind, table in zip(kinds, tables, strict=True)
    }
    changes = []
    for network in networks:
        own = predictions[network["base"], network["mode"]].loc[network["attribute"]]
        changes.append(own[occluded].sub(own["none"], axis=0))
    return {face: np.stack([change.loc[face] for change in changes]) for face in changes[0].index}


def index_of(faces, networks, scale):
    """Return what the page has to know of all faces, as far as it is known: names, age, sex."""
    attributes = list(dict.fromkeys(network["attribute"] for network in networks))
    return {
        "faces": faces["face_id"].tolist(),
        "age": rounded(faces["age"], 0) if "age" in faces else None,
        # From 0, female, to 100, male.
        "gender": rounded(faces["gender"], 0) if "gender" in faces else None,
        "rated": bool(attributes and attributes[0] in faces),
        "networks": networks,
        "attributes": attributes,
        "scale": [scale.lowest, scale.highest],
        "parts": PART_NAMES,
        "colours": colours(),
    }


def outcomes_of(tables, faces, networks, scale):
    """Return what networks predict, what raters say, and what heatmaps add up to: (K, N) each, in points.

    Parameters
    ----------
    tables : list of DataFrame
        ``output``, ``baseline`` and ``relevance`` of N faces, for each of K networks.
    faces : DataFrame
        Ratings by attribute; NaN for an attribute that it has not.
    networks : list of dict
    scale : RatingScale

    Returns
    -------
    dict of {str: ndarray}
        ``predictions``, ``ratings``, ``sums`` (of relevance) and what is ``explained``.
    """
    unknown = np.full(len(faces), np.nan)
    return {
        "predictions": scale.to_points(np.stack([table["output"] for table in tables])),
        "ratings": np.stack([faces.get(network["attribute"], unknown) for network in networks]).astype(float),
        "sums": scale.width * np.stack([table["relevance"] for table in tables]),
        "explained": scale.width * np.stack([table["output"] - table["baseline"] for table in tables]),
    }


def heatmaps_of(row, heatmaps, points):
    """Return the heatmaps of a face by all networks, for the page, with the ``end`` of their common scale.

    One unit of f(x) is so many ``points``.
    """
    own = points * np.stack([maps[row].astype(np.float32) for maps in heatmaps])
    end = colour_limit(own)
    return own, {"end": end, "heatmaps": [heatmap_uri(heatmap, end) for heatmap in own]}


def parts_of(labels, heatmaps, means):
    """Return the outlines of a face's parts, and the relevance in each by its heatmaps and by the mean heatmaps."""
    outlines = {part: outline(mask(labels, part)) for part in PARTS if part != "background"}
    return {
        "outlines": {part: path for part, path in outlines.items() if path},
        "relevance": rounded(sums_over_parts(heatmaps, labels), DIGITS),
        "mean_relevance": rounded(sums_over_parts(means, labels), DIGITS),
    }


def write(folder, name, content):
    """Write data for the page as a script of this name."""
    path = folder / f"{name}.js"
    path.parent.mkdir(exist_ok=True)
    path.write_text(script(name, content), encoding="utf-8")


def new_folder(path, copied):
    """Return an empty folder with copies of files."""
    folder = Path(path)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in copied:
        shutil.copyfile(file, folder / Path(file).name)
    return folder


def main(files, output, experiment, networks, first, rule, patches, shown, scale, log):
    rated, scale = bool(files.get("split")), RatingScale(*scale)
    faces = read_faces(files, "test" if rated else None)
    rows = np.flatnonzero(may_be_on_page(faces, shown))
    images, labels = open_array(files.images), open_array(files.parts) if files.get("parts") else None
    heatmaps = [open_array(path) for path in files.relevance]
    outcomes = outcomes_of([read_table(path) for path in files.scores], faces, networks, scale)
    occluded = [*patches["parts"], "control"] if patches else []
    effects = effects_of([read_table(path) for path in files.occlusion], networks, occluded) if occluded else {}
    log.info("%d of %d faces, %d networks", len(rows), len(faces), len(networks))

    folder = new_folder(output.data, files.beside)
    about = {
        "experiment": experiment,
        "kind": "test faces" if rated else "faces on photographs",
        "left_out": len(faces) - len(rows),
        "first": networks.index(first),
        "occluded": occluded,
        "control": patches["control"] if patches else None,
        "legend": legend(rule, len(open_array(files.references)) if files.get("references") else None),
        "single": (Path(output.page).parent / "figures" / "faces").as_posix() if rated else None,
    }
    write(folder, "index", about | index_of(faces.iloc[rows], networks, scale))
    for number in range(len(networks)):
        columns = {"prediction": outcomes["predictions"], "rating": outcomes["ratings"]}
        write(
            folder, f"networks/{number}", {name: rounded(values[number, rows], 2) for name, values in columns.items()}
        )
    # Photographs may be few: what is general about a network is the mean over the test set.
    means = scale.width * np.stack([mean_of(open_array(path)) for path in files.get("test_set", files.relevance)])
    ends = [colour_limit(mean, quantile=1) for mean in means]
    uris = [heatmap_uri(mean, end) for mean, end in zip(means, ends, strict=True)]
    write(folder, "means", {"ends": ends, "heatmaps": uris, "sums": rounded(means.sum((1, 2)), DIGITS)})

    (folder / "thumbnails").mkdir()
    for number, row in enumerate(tqdm(rows, desc="faces", disable=None)):
        face_id, image = faces["face_id"].iloc[row], images[faces.index[row]]
        own, drawn = heatmaps_of(row, heatmaps, scale.width)
        face = {"picture": picture_uri(image)} | drawn
        face |= {name: rounded(values[:, row], DIGITS) for name, values in outcomes.items()}
        if labels is not None:
            face |= parts_of(labels[faces.index[row]], own, means)
        if face_id in effects:
            covered, _ = occlude(image, labels[faces.index[row]], **patches)
            face |= {"patches": [patch(image, one) for one in covered], "effects": rounded(effects[face_id], DIGITS)}
        write(folder, f"faces/{number}", face)
        save_thumbnail(image, folder / "thumbnails" / f"{number}.webp")
        for array in (images, *heatmaps):
            release(array)
    with replacing(output.page) as temporary:
        shutil.copyfile(*files.page, temporary)


if __name__ == "__main__":
    with job(snakemake) as log:
        main(snakemake.input, snakemake.output, **snakemake.params, log=log)
