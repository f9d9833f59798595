"""Read One Million Impressions: 1,004 photorealistic faces with mean human ratings of 34 attributes.

Peterson, Uddenberg, Griffiths, Todorov & Suchow (2022), Deep models of superficial face judgments, PNAS 119(17);
github.com/jcpeterson/omi, CC BY-NC-SA 4.0. A network trained on FFHQ generated the faces, aligned like that set: eyes
and mouth are at nearly the same position in all, so one template of the parts fits them roughly. It is made for a face
that looks straight ahead; points found on each face are more accurate.
"""

import logging
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pandas as pd

from facelrp.datasets.face_set import FaceSet
from facelrp.errors import InputError
from facelrp.faces.imaging import placement
from facelrp.faces.portraits import WITHOUT_DETECTOR
from facelrp.faces.templates import FFHQ_SIDE, ffhq_outlines
from facelrp.sources.archives import listing, open_zip
from facelrp.sources.csv_tables import numbers, read_csv, refuse_duplicates
from facelrp.sources.extraction import Limits, safe_members

#: Options of these faces in a configuration, see `facelrp_workflow.choices`.
OPTIONS = {
    "title": "One Million Impressions",
    "description": "Rated faces.",
    "rated": True,
    # Age and gender are rated, too.
    "columns": """
        trustworthy attractive dominant smart age gender weight typical happy familiar outgoing memorable well_groomed
        long_haired smug dorky skin_color hair_color alert cute privileged liberal asian middle_eastern hispanic
        islander native black white looks_like_you gay electable godly outdoors
    """,
    "required": ["archive"],
    "properties": {
        "archive": {"$ref": "#/$defs/archive_name"},
        "first_faces": {"$ref": "#/$defs/first_faces"},
        "regions": {"$ref": "#/$defs/regions_by_template", "default": "detected"},
        "frame": {"$ref": "#/$defs/frame", "default": "box"},
        "background": {"$ref": "#/$defs/background", "default": "keep"},
        "fit": {"$ref": "#/$defs/fit"},
        "crop_box": {"$ref": "#/$defs/crop_box"},
    },
}

#: Lowest and highest rating.
SCALE = (0.0, 100.0)
#: Image numbers run from 1 to 1004; another edition of the set may have more.
MOST_FACES = 9999
#: Limits of the archive of ratings: its only table has 32 MB.
LIMITS = Limits(members=10, member_bytes=1 << 27, total_bytes=1 << 27)

log = logging.getLogger(__name__)


def load(source, fit="squash", crop_box=None, first_faces=None, allow_missing=False, portraits=WITHOUT_DETECTOR):
    """Return the faces of One Million Impressions.

    Parameters
    ----------
    source : path
        Folder with ``attribute_means.csv``, ``images/<stimulus>.jpg`` and, for the answers of single raters,
        ``attribute_ratings.zip``.
    fit : {"squash", "pad"}
        How a box that is not square becomes one.
    crop_box : sequence of float, optional
        The part of each image to use, see ``box`` of `facelrp.faces.imaging.placement`; default: the whole image.
    first_faces : int, optional
        Take only this number of faces.
    allow_missing : bool
        Leave out faces whose image is missing.

    portraits : facelrp.faces.portraits.Portraits
        How faces are found, framed and divided; by default without a detector, by one template.

    Returns
    -------
    FaceSet
        face_id and identity ``omi0001``, state "", then the ratings, 0–100, with ``-`` in their names replaced by
        ``_``: age (how old the face looks, not years) and gender (100: most male) first.

    Raises
    ------
    InputError
        If the table lacks a column, has a rating that is not a number from 0 to 100, or has a face twice, or if images
        are missing.
    """
    source = Path(source)
    path = source / "attribute_means.csv"
    cells = read_csv(path, ["stimulus", "age", "gender"])
    cells["stimulus"] = numbers(cells, "stimulus", (1, MOST_FACES), path, whole=True).astype(int).astype(str)
    refuse_duplicates(cells, "stimulus", path)
    names = ["age", "gender", *(name for name in cells if name not in ("stimulus", "age", "gender"))]
    ratings = {name.replace("-", "_"): numbers(cells, name, SCALE, path) for name in names}
    face_ids = [f"omi{stimulus:>04}" for stimulus in cells["stimulus"]]
    table = pd.DataFrame({"face_id": face_ids, "identity": face_ids, "state": "", **ratings}, index=cells.index)

    images = pd.Series([source / "images" / f"{stimulus}.jpg" for stimulus in cells["stimulus"]], index=cells.index)
    exists = images.map(Path.is_file)
    if not exists.all():
        missing = listing([image.name for image in images[~exists]])
        if not allow_missing:
            fix = "fetch the archive again, or set allow_missing: true"
            raise InputError(f"{(~exists).sum()} images are missing: {missing}", source / "images", fix)
        log.warning("%d faces are left out, their images are missing: %s", (~exists).sum(), missing)
    table, images = table[exists][:first_faces].reset_index(drop=True), images[exists].tolist()[:first_faces]
    if table.empty:
        raise InputError("no face is left", source, "is this the right archive?")

    placement((FFHQ_SIDE, FFHQ_SIDE), fit, crop_box)  # report faulty options now, not at the first face
    portraits = replace(portraits, fit=fit, box=crop_box)

    def face(i):
        return portraits(images[i], lambda shape: template(shape, images[i]))

    stimuli = dict(zip((image.stem for image in images), table["face_id"], strict=True))
    path = source / "attribute_ratings.zip"
    if not path.is_file():
        log.warning("%s is missing: only means over raters are known", path.name)
        return FaceSet(table, face, SCALE)
    return FaceSet(table, face, SCALE, lambda attributes: read_raters(path, attributes, stimuli))


def template(shape, path):
    """Return the outlines of an FFHQ-aligned image; raise InputError if this one, of that height and width, is not."""
    if shape != (FFHQ_SIDE, FFHQ_SIDE):
        what = f"{shape[1]}×{shape[0]} pixels where {FFHQ_SIDE}×{FFHQ_SIDE} are expected"
        raise InputError(what, path, "restore the image from its source")
    return ffhq_outlines()


def read_raters(path, attributes, stimuli):
    """Return the answers of single raters, see `facelrp.datasets.face_set.FaceSet`.

    Repeated questions to the same rater are left out: raters agree with themselves more than with others.

    Parameters
    ----------
    path : path
        ``attribute_ratings.zip``, which contains one table.
    attributes : sequence of str
        Column names in the table of `load`.
    stimuli : dict of {str: str}
        Number of the stimulus → face_id, for the faces to read.
    """
    with open_zip(path) as opened:
        members = [info for name, info in safe_members(opened, path, LIMITS).items() if name.endswith(".csv")]
        if len(members) != 1:
            raise InputError(f"{len(members)} tables where one is expected", path, "fetch the archive again")
        try:
            with opened.open(members[0]) as file:
                cells = pd.read_csv(file, dtype=str, usecols=["rating", "attribute", "rating_type", "stimulus"])
        except (ValueError, OSError, zipfile.BadZipFile, zlib.error) as fault:
            raise InputError(f"not a table of ratings ({fault})", path, "fetch the archive again") from fault
    # As in the file, where line 1 is the header.
    cells.index += 2
    cells["attribute"] = cells["attribute"].str.replace("-", "_")
    cells["face_id"] = cells["stimulus"].map(stimuli)
    kept = cells["face_id"].notna() & cells["attribute"].isin(list(attributes)) & (cells["rating_type"] == "normal")
    return cells[kept].assign(rating=numbers(cells[kept], "rating", SCALE, path))[["face_id", "attribute", "rating"]]
